"""Adding a number: choose a provider, type in what is needed, watch the checks, switch it on."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations.transport.door.endpoints import endpoint_of, webhook_url
from conversations.transport.models import NumberSetup
from conversations.transport.numbers import number_checks, number_setup
from shopme.lib.errors import BusinessError
from shopme.numbers.forms import TestPhoneForm, form_of
from shopme.numbers.views import own_number
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import Role, WhatsAppNumber

CARDS = (
    ("meta_cloud", "Meta Cloud API", "cloud", "Straight from Meta, with your own account or the platform's app."),
    ("dialog360", "360dialog", "key-round", "Your number is with 360dialog, and you have its API key."),
    ("simulator", "Simulator", "smartphone", "A number to play with. Nothing leaves this machine."),
)


@dashboard_view(role=Role.ADMIN)
@require_GET
def number_add(request: DashboardRequest) -> HttpResponse:
    """Where is the number?"""
    cards = [card for card in CARDS if form_of(card[0])]
    return render(request, "numbers/number_add.html", {"page": "settings", "tab": "numbers", "cards": cards})


@dashboard_view(role=Role.ADMIN)
@require_http_methods(["GET", "POST"])
def number_begin(request: DashboardRequest, provider: str) -> HttpResponse:
    """What the provider gave you."""
    made = form_of(provider)
    if made is None:
        raise Http404
    form = made(request.POST or None)
    if form.is_valid():
        try:
            setup = number_setup.begin(
                shop=request.shop, actor=request.user, provider_name=provider, **form.cleaned_data
            )
        except BusinessError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("numbers:setup_show", setup.pk)
    label = WhatsAppNumber.Provider(provider).label
    shown = {"page": "settings", "tab": "numbers", "form": form, "label": label}
    return render(request, "numbers/number_begin.html", shown, status=422 if form.errors else 200)


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_checks_of(request: DashboardRequest, number_id: int) -> HttpResponse:
    """Look at a known number again, from the first check on."""
    setup = number_setup.setup_for(own_number(request, number_id))
    NumberSetup.objects.filter(pk=setup.pk).update(checks={}, test_wamid="")
    return redirect("numbers:setup_show", setup.pk)


@dashboard_view(role=Role.ADMIN)
@require_GET
def setup_show(request: DashboardRequest, setup_id: int) -> HttpResponse:
    """The checks, one line each; with htmx they run one after another."""
    return _checks_page(request, _setup(request, setup_id))


@dashboard_view(role=Role.ADMIN)
@require_POST
def setup_check(request: DashboardRequest, setup_id: int, check: str) -> HttpResponse:
    """Run one check and show all of them."""
    setup = _setup(request, setup_id)
    problem = test_phone = ""
    spec = number_checks.by_name(setup).get(check)
    form = TestPhoneForm(request.POST if spec and spec.needs_phone and "test_phone" in request.POST else None)
    if form.is_bound:
        if not form.is_valid():
            return _checks_page(request, setup, phone_form=form, status=422)
        test_phone = form.cleaned_data["test_phone"]
    try:
        number_setup.run_check(setup=setup, name=check, actor=request.user, test_phone=test_phone)
    except number_setup.NoSuchSetup as gone:
        raise Http404 from gone
    except BusinessError as refusal:
        problem = str(refusal)
    if not request.htmx and not problem:
        return redirect("numbers:setup_show", setup.pk)
    return _checks_page(request, setup, problem=problem, status=422 if problem else 200)


@dashboard_view(role=Role.ADMIN)
@require_POST
def setup_finish(request: DashboardRequest, setup_id: int) -> HttpResponse:
    """Switch the number on."""
    setup = _setup(request, setup_id)
    try:
        number = number_setup.finish(setup=setup, actor=request.user)
    except BusinessError as refusal:
        return _checks_page(request, setup, problem=str(refusal), status=422)
    messages.success(request, f"{number.display_name or number.phone} is on.")
    return redirect("numbers:number_detail", number.pk)


@dashboard_view(role=Role.ADMIN)
@require_POST
def setup_drop(request: DashboardRequest, setup_id: int) -> HttpResponse:
    """Forget a number that is not made yet."""
    try:
        number_setup.give_up(setup=_setup(request, setup_id), actor=request.user)
    except number_setup.NoSuchSetup as gone:
        raise Http404 from gone
    messages.success(request, "Forgotten.")
    return redirect("numbers:number_list")


def _setup(request: DashboardRequest, setup_id: int) -> NumberSetup:
    try:
        return number_setup.setup_of(shop=request.shop, setup_id=setup_id)
    except number_setup.NoSuchSetup as problem:
        raise Http404 from problem


def _checks_page(
    request: DashboardRequest, setup: NumberSetup, *, status: int = 200, problem: str = "", **more: Any
) -> HttpResponse:
    number = number_setup.number_of(setup)
    endpoint = endpoint_of(number)
    upcoming = number_checks.next_to_run(setup)
    rows = [
        {
            "check": check,
            "result": setup.checks.get(check.name, {}),
            "is_next": upcoming is not None and upcoming.name == check.name,
            "is_ready": number_checks.is_ready_for(setup, check),
            "is_watched": setup.checks.get(check.name, {}).get("state") == number_checks.WAITING,
        }
        for check in number_checks.checks_of(setup)
    ]
    shown = {
        "page": "settings",
        "tab": "numbers",
        "setup": setup,
        "number": number,
        "rows": rows,
        "left": number_setup.missing(setup),
        "problem": problem,
        "webhook_url": webhook_url(endpoint) if endpoint else "",
        "verify_token": endpoint.verify_token if endpoint and setup.has_own_app and not endpoint.shaken_at else "",
        "phone_form": TestPhoneForm(),
        **more,
    }
    part = "numbers/setup.html#number-checks" if request.htmx else "numbers/setup.html"
    return render(request, part, shown, status=status)
