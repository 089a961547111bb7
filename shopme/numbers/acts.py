"""What people do with a number: one call each, then back to its page with a word."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from conversations.transport.health import number_alerts, pace
from conversations.transport.numbers import number_setup
from conversations.transport.sending import leftovers
from shopme.lib.errors import BusinessError
from shopme.numbers.forms import NameForm
from shopme.numbers.views import number_page, own_number
from tenants.access import DashboardRequest, dashboard_view
from tenants.audit import note
from tenants.models import Role
from tenants.services import own_numbers


def _act(
    request: DashboardRequest, number_id: int, act: Callable[..., None], word: str, *, to_list: bool = False
) -> HttpResponse:
    """Do it, say so or say why not."""
    try:
        act(shop=request.shop, number_id=number_id, actor=request.user)
    except own_numbers.NoSuchNumber as problem:
        raise Http404 from problem
    except BusinessError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, word)
    return redirect("numbers:number_list") if to_list else redirect("numbers:number_detail", number_id)


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_rename(request: DashboardRequest, number_id: int) -> HttpResponse:
    """Another name for the team."""
    number, form = own_number(request, number_id), NameForm(request.POST)
    if not form.is_valid():
        return number_page(request, number, name_form=form, status=422)
    own_numbers.rename_number(
        shop=request.shop, number_id=number.pk, name=form.cleaned_data["name"], actor=request.user
    )
    messages.success(request, "Saved.")
    return redirect("numbers:number_detail", number.pk)


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_on(request: DashboardRequest, number_id: int) -> HttpResponse:
    """Take and send messages again. A number that was never checked goes through its checks instead."""
    own_number(request, number_id)
    if number_setup.is_unproven(number_id):
        messages.error(request, "This number is switched on at the end of its checks.")
        return redirect("numbers:number_detail", number_id)
    return _act(request, number_id, own_numbers.switch_on, "The number is on.")


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_off(request: DashboardRequest, number_id: int) -> HttpResponse:
    """Take and send nothing."""
    return _act(request, number_id, own_numbers.switch_off, "The number is off.")


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_default(request: DashboardRequest, number_id: int) -> HttpResponse:
    """The shop's own news leave from here."""
    return _act(request, number_id, own_numbers.make_default, "News leave from this number now.")


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_up(request: DashboardRequest, number_id: int) -> HttpResponse:
    """One place higher."""
    return _act(request, number_id, own_numbers.move_up, "Moved.", to_list=True)


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_remove(request: DashboardRequest, number_id: int) -> HttpResponse:
    """Give the number up, once the person has said that they mean it."""
    number = own_number(request, number_id)
    if not request.POST.get("sure"):
        messages.error(request, "Tick the box first: a removed number cannot be brought back.")
        return number_page(request, number, status=422)
    waiting = leftovers.waiting_count(number.pk)
    word = f"The number is removed. {waiting} waiting messages were not sent; each says so." if waiting else ""
    return _act(request, number_id, own_numbers.remove_number, word or "The number is removed.", to_list=True)


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_try_again(request: DashboardRequest, number_id: int) -> HttpResponse:
    """Send again now, instead of at the next probe."""
    number = own_number(request, number_id)
    pace.close_breaker(number_id=number.pk)
    note("number.tried_again", shop=request.shop, actor=request.user, subject=f"number {number.pk}")
    messages.success(request, "The number tries again now.")
    return redirect("numbers:number_detail", number.pk)


@dashboard_view(role=Role.MANAGER)
@require_POST
def alert_read(request: DashboardRequest, number_alert_id: int) -> HttpResponse:
    """Somebody has read it; back to the page they read it on."""
    try:
        alert = number_alerts.acknowledge(shop=request.shop, alert_id=number_alert_id, actor=request.user)
    except number_alerts.NoSuchAlert as problem:
        raise Http404 from problem
    if request.POST.get("on") == "problems":
        return redirect("problems:problem_list")
    return redirect("numbers:number_detail", alert.number_id)
