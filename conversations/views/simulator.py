"""The simulator: a phone on the screen that reaches the shop as WhatsApp would."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from conversations import simulated
from conversations.simulated import taps
from conversations.simulated.places import place_with, places_of
from conversations.transport.providers.simulator import payloads
from conversations.transport.providers.simulator.payloads import Person
from conversations.transport.providers.simulator.phone import signal_name
from conversations.transport.providers.simulator.webhook import WebhookRefused
from conversations.views.doors import must_be_on, number_of, number_or_404, page_of, person_or_404, way_of
from conversations.views.files import caged, ranged
from conversations.views.stories import codes_to_photograph, stories_on
from conversations.views.tapped import tap_of
from conversations.views.weather import weather_context, window_of
from loyalty.models import Customer
from orders.basket import basket_of
from orders.queries import latest_order_of
from shopme.lib.htmx import render_part
from shopme.lib.text import clean_text
from tenants.access import DashboardRequest, dashboard_view
from tenants.context import current_shop
from tenants.models import Role, WhatsAppNumber

PAGE: Final = "conversations/simulator.html"
SCREEN: Final = "conversations/phone.html#screen"
MOST_PHONES: Final = 3


@dashboard_view()
@require_GET
def phone_show(request: DashboardRequest) -> HttpResponse:
    """The phones of `?phone=`, up to three; without one, that of the latest customer, else a stranger's."""
    try:
        number = number_of(request)
    except simulated.NoNumber:
        return _without_number(request)
    customers = simulated.customers_to_play(number)
    asked = _asked(request)
    if not asked:
        return redirect(page_of(number, [_first_phone(number, customers)]))
    if "new" in asked:  # a number of its own from the first moment, so that the page can be loaded again
        fresh = (simulated.fresh_phone(number) if digits == "new" else digits for digits in asked)
        return redirect(page_of(number, list(fresh)))
    people = [person_or_404(number, digits) for digits in asked]
    context = {
        "page": "simulator",
        "customers": customers,
        "stories": stories_on(number),
        "codes": codes_to_photograph() if number.shop_id is None else [],
        "opened": _opened(number),
        "shared": simulated.shared_number(),
        "phones": _phones(number, people),
        "is_alone": len(people) == 1,
        "add_url": page_of(number, [*asked, "new"]) if len(asked) < MOST_PHONES else "",
        **_screen(number, people[0]),
        **_behind(number, people[0].digits),
        **weather_context(request, number, people[0].digits),
    }
    return render(request, PAGE, context)


def _asked(request: DashboardRequest) -> list[str]:
    """The digits of the phones on the page, each once, at most three."""
    return list(dict.fromkeys(filter(None, request.GET.getlist("phone"))))[:MOST_PHONES]


def _without_number(request: DashboardRequest) -> HttpResponse:
    """Offer a number to those who may add one, and the shared one to everybody."""
    context = {
        "page": "simulator",
        "can_add": request.membership.may_act_as(Role.MANAGER),
        "shared": simulated.shared_number(),
    }
    return render(request, "conversations/simulator_off.html", context)


def _first_phone(number: WhatsAppNumber, customers: Sequence[Customer]) -> str:
    """That of the latest customer, of the latest phone opened here, or a stranger's."""
    known = [*((customer.phone or "").removeprefix("+") for customer in customers), *_opened(number)]
    return known[0] if known else simulated.fresh_phone(number)


def _opened(number: WhatsAppNumber) -> list[str]:
    """The phones this shop opened on the shared number."""
    return simulated.opened_by(number, current_shop()) if number.shop_id is None else []


def _phones(number: WhatsAppNumber, people: Sequence[Person]) -> list[dict[str, Any]]:
    """What each phone shows, and the page without it."""
    digits = [person.digits for person in people]
    return [
        {
            **_screen(number, person),
            "close_url": page_of(number, [d for d in digits if d != person.digits]) if len(people) > 1 else "",
        }
        for person in people
    ]


@dashboard_view(role=Role.MANAGER)
@require_POST
def number_create(request: DashboardRequest) -> HttpResponse:
    """Give this shop a number on the simulator."""
    must_be_on()
    simulated.make_number(request.shop)
    return redirect("conversations:phone_show")


@dashboard_view()
@require_GET
def screen_show(request: DashboardRequest, digits: str) -> HttpResponse:
    """The chat on the phone, as it is now."""
    number = number_or_404(request)
    return render(request, SCREEN, _screen(number, person_or_404(number, digits)))


@dashboard_view()
@require_GET
def behind_show(request: DashboardRequest, digits: str) -> HttpResponse:
    """What was behind the last reply, and the order so far."""
    number = number_or_404(request)
    person = person_or_404(number, digits)
    return render(
        request, "conversations/behind.html", {"digits": digits, **way_of(number), **_behind(number, person.digits)}
    )


@dashboard_view()
@require_POST
def phone_send(request: DashboardRequest, digits: str) -> HttpResponse:
    """The phone sends a text, a place, a file, or whatever a tap on a message makes of it."""
    number = number_or_404(request)
    person = person_or_404(number, digits)
    page = page_of(number, [digits])
    try:
        content = _content(request, number, person)
        if content is not None:
            simulated.send(number, person, content, context_wamid=_context(request))
    except (WebhookRefused, simulated.BadFile, simulated.NotAPhoneOfOurs, taps.EmptyCart) as refusal:
        if not request.htmx:
            messages.error(request, str(refusal))
            return redirect(page)
        context = {**_screen(number, person), "refusal": str(refusal)}
        return render(request, SCREEN, context, status=422)
    return render_part(request, SCREEN, _screen(number, person), page=page)


@dashboard_view()
@require_POST
def phone_seen(request: DashboardRequest, digits: str) -> HttpResponse:
    """Somebody looks at the phone: blue ticks for the shop."""
    number = number_or_404(request)
    simulated.look(number, person_or_404(number, digits).digits)
    return HttpResponse(status=204)


@dashboard_view()
@require_POST
def phone_start_over(request: DashboardRequest, digits: str) -> HttpResponse:
    """An empty screen; a stranger becomes another stranger."""
    number = number_or_404(request)
    person = person_or_404(number, digits)
    simulated.start_over(number, person.digits)
    is_customer = any((customer.phone or "") == f"+{digits}" for customer in simulated.customers_to_play(number))
    return redirect(page_of(number, [digits if is_customer else "new"]))


@dashboard_view()
@require_safe
def phone_file(request: DashboardRequest, digits: str, media_id: str) -> HttpResponseBase:
    """A file on the phone, from the stand-in's shelf: shown if it is a picture, a sound or a film, else downloaded."""
    number = number_or_404(request)
    person_or_404(number, digits)
    thing = simulated.file_of(number, media_id)
    if thing is None or not simulated.has_file(number, digits, media_id):
        raise Http404("No such file.")
    mime_type, kept = thing.data["mime_type"].partition(";")[0], BytesIO(thing.blob)
    if mime_type in simulated.SHOWN_TYPES:
        return caged(ranged(request, kept, mime_type))
    name = thing.data.get("filename") or f"file-{media_id}"
    return caged(FileResponse(kept, as_attachment=True, filename=name, content_type="application/octet-stream"))


def _screen(number: WhatsAppNumber, person: Person) -> dict[str, Any]:
    return {
        **way_of(number),
        "person": person,
        "digits": person.digits,
        "signal": signal_name(person.digits),
        "places": places_of(current_shop().country),
        **window_of(number, person.digits),
        "screen": simulated.screen_of(number, person.digits),
    }


def _behind(number: WhatsAppNumber, digits: str) -> dict[str, Any]:
    thread = simulated.thread_of(number, digits)
    if thread is None:
        return {"thread": None}
    trace = simulated.last_trace_of(thread)
    return {
        "thread": thread,
        "trace": trace,
        "answered_ms": simulated.milliseconds_to_answer(number, digits),
        "basket": basket_of(thread.customer),
        "order": latest_order_of(thread.customer),
    }


def _content(request: DashboardRequest, number: WhatsAppNumber, person: Person) -> dict[str, Any] | None:
    """Meta's typed part of what was tapped or written; None for nothing."""
    posted = request.POST
    upload = request.FILES.get("file")
    if isinstance(upload, UploadedFile):
        caption = clean_text(posted.get("text", ""), limit=1024).strip()
        return simulated.keep_file(number, upload, filename=upload.name or "", caption=caption)
    if place := place_with(posted.get("place", ""), request.shop.country):
        return payloads.location(place.latitude, place.longitude, place.name, place.address)
    if tap := tap_of(posted, country=request.shop.country):
        return taps.answer(number, person, _context(request), tap)
    words = clean_text(posted.get("text", ""), limit=4096).strip()
    return payloads.text(words) if words else None


def _context(request: DashboardRequest) -> str:
    """The message that is answered; empty for none."""
    return clean_text(request.POST.get("context", ""), limit=200)
