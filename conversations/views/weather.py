"""The chaos switch of the simulator: what a phone can send besides words, and how WhatsApp misbehaves."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from conversations import simulated
from conversations.simulated import account_news, chaos, elsewhere
from conversations.simulated.palette import SHELVES
from conversations.transport.providers.simulator.payloads import Person
from conversations.transport.providers.simulator.switches import Switches, switches_of
from conversations.views.doors import number_or_404, own_number_or_404, page_of, person_or_404, way_of
from shopme.lib.errors import BusinessError
from shopme.lib.text import clean_text
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import Role, WhatsAppNumber

PANEL = "conversations/simulator_weather.html"
Act = Callable[[WhatsAppNumber, Person], str | None]


DELAYS: Final = ((0, "not at all"), (2, "2 seconds"), (10, "10 seconds"), (60, "a minute"))


def weather_context(request: DashboardRequest, number: WhatsAppNumber, digits: str) -> dict[str, Any]:
    """What the panel of switches shows."""
    switches = switches_of(number.phone_number_id)
    is_own = number.shop_id is not None
    return {
        **way_of(number),
        "digits": digits,
        **window_of(number, digits),
        "can_change": request.membership.may_act_as(Role.MANAGER),
        "delays": DELAYS,
        "fault_label": next((fault.label for fault in chaos.ODD_ANSWERS if fault.mode == switches.mode), ""),
        "switches": switches,
        "is_rough": is_own and (not switches.is_calm or switches.hide_phone or switches.fault is not None),
        "palette": SHELVES,
        "templates": account_news.templates_of(number) if is_own else [],
        "decisions": account_news.DECISIONS,
        "from_app": elsewhere.FROM_APP,
        "by_itself": elsewhere.BY_ITSELF,
        "number_news": account_news.NUMBER_NEWS,
        "odd_answers": chaos.ODD_ANSWERS,
        "error_faults": chaos.error_faults(),
    }


def window_of(number: WhatsAppNumber, digits: str) -> dict[str, Any]:
    """How long the window of this phone's thread is still open."""
    thread, now = simulated.thread_of(number, digits), timezone.now()
    ends = thread.window_expires_at if thread is not None else None
    left = int((ends - now).total_seconds() // 60) if ends else 0
    is_open = thread is not None and thread.is_window_open(now)
    return {"thread": thread, "window_is_open": is_open, "window_minutes": max(0, left)}


@dashboard_view()
@require_GET
def window_show(request: DashboardRequest, digits: str) -> HttpResponse:
    """The countdown alone, after something was said."""
    number = number_or_404(request)
    person_or_404(number, digits)
    context = {"digits": digits, **way_of(number), **window_of(number, digits)}
    return render(request, "conversations/window_left.html", context)


@dashboard_view()
@require_POST
def kind_send(request: DashboardRequest, digits: str) -> HttpResponse:
    """The phone sends something of the palette; the panel stays as it is, the news reach the screen by themselves."""

    def act(number: WhatsAppNumber, person: Person) -> None:
        chaos.send_kind(shop=request.shop, number=number, person=person, key=request.POST.get("kind", ""))

    answer = _done(request, digits, act, number=number_or_404(request))
    return HttpResponse(status=204) if request.htmx and answer.status_code == 200 else answer


@dashboard_view(role=Role.MANAGER)
@require_POST
def webhooks_switch(request: DashboardRequest, digits: str) -> HttpResponse:
    """How webhooks come from now on."""
    posted = request.POST
    delay = posted.get("delay_seconds", "0")
    wanted = Switches(
        duplicate="duplicate" in posted,
        reorder="reorder" in posted,
        hide_phone="hide_phone" in posted,
        delay_seconds=int(delay) if delay.isascii() and delay.isdigit() and len(delay) < 4 else 0,
    )
    return _done(
        request, digits, lambda number, _person: chaos.misbehave(number, wanted), number=own_number_or_404(request)
    )


@dashboard_view(role=Role.MANAGER)
@require_POST
def sends_switch(request: DashboardRequest, digits: str) -> HttpResponse:
    """What the next sends meet."""
    times = request.POST.get("times", "1")
    count = int(times) if times.removeprefix("-").isdigit() and times.isascii() and len(times) < 6 else 0
    fault = request.POST.get("fault", "")
    return _done(
        request,
        digits,
        lambda number, _person: chaos.fail_sends(number, fault=fault, times=count),
        number=own_number_or_404(request),
    )


@dashboard_view(role=Role.MANAGER)
@require_POST
def weather_calm(request: DashboardRequest, digits: str) -> HttpResponse:
    """A good day again."""
    return _done(request, digits, lambda number, _person: chaos.calm(number), number=own_number_or_404(request))


@dashboard_view(role=Role.MANAGER)
@require_POST
def phone_change(request: DashboardRequest, digits: str) -> HttpResponse:
    """Something happens to the person: another id, number or security code, Meta's own stop."""
    change = request.POST.get("change", "")
    number = number_or_404(request) if change in ON_ANY_NUMBER else own_number_or_404(request)
    return _done(request, digits, _CHANGES.get(change, _nothing), number=number)


@dashboard_view(role=Role.MANAGER)
@require_POST
def elsewhere_happen(request: DashboardRequest, digits: str) -> HttpResponse:
    """Something reaches the number that no phone sent."""
    key = request.POST.get("elsewhere", "")
    number = own_number_or_404(request)
    return _done(request, digits, lambda number, person: elsewhere.happen(number, person, key), number=number)


@dashboard_view(role=Role.MANAGER)
@require_POST
def template_switch(request: DashboardRequest, digits: str) -> HttpResponse:
    """Meta decides about one of the account's templates."""
    posted = request.POST

    def act(number: WhatsAppNumber, _person: Person) -> None:
        account_news.decide_template(
            number, provider_id=posted.get("template", ""), decision=posted.get("decision", "")
        )

    return _done(request, digits, act, number=own_number_or_404(request))


@dashboard_view(role=Role.MANAGER)
@require_POST
def number_switch(request: DashboardRequest, digits: str) -> HttpResponse:
    """WhatsApp does something to the number."""
    news = request.POST.get("news", "")
    number = own_number_or_404(request)
    return _done(request, digits, lambda number, _person: account_news.happen_to_number(number, news), number=number)


@dashboard_view(role=Role.MANAGER)
@require_POST
def window_move(request: DashboardRequest, digits: str) -> HttpResponse:
    """The window of this thread closes in so many minutes."""
    minutes = request.POST.get("minutes", "0")
    wanted = int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 5 else 0
    return _done(
        request,
        digits,
        lambda number, _person: chaos.move_window(number, digits, minutes=wanted),
        number=number_or_404(request),
    )


def _rotate(number: WhatsAppNumber, person: Person) -> None:
    chaos.rotate_id(number, person)


def _nothing(number: WhatsAppNumber, person: Person) -> None:
    raise chaos.NoSuchKind("There is no such change.")


_CHANGES: dict[str, Act] = {
    "id": _rotate,
    "number": chaos.change_number,
    "old_number": lambda number, person: chaos.change_number(number, person, as_of_old=True),
    "code": chaos.change_security_code,
    "stop": lambda number, person: chaos.prefer(number, person, "stop"),
    "resume": lambda number, person: chaos.prefer(number, person, "resume"),
}


# What befalls a person alone; the rest speaks for the number.
ON_ANY_NUMBER: Final = ("id", "number", "old_number", "code")


def _done(request: DashboardRequest, digits: str, act: Act, *, number: WhatsAppNumber) -> HttpResponse:
    """Do it and show the panel again; an act that leads to another phone takes the page there."""
    person = person_or_404(number, digits)
    refusal, elsewhere = "", None
    try:
        elsewhere = act(number, person)
    except BusinessError as problem:
        refusal = str(problem)
    page = page_of(number, [clean_text(elsewhere or digits, limit=20)])
    if not request.htmx:
        if refusal:
            messages.error(request, refusal)
        return redirect(page)
    if elsewhere:
        return HttpResponse(status=204, headers={"HX-Redirect": page})
    context = {**weather_context(request, number, digits), "refusal": refusal}
    return render(request, PANEL, context, status=422 if refusal else 200)
