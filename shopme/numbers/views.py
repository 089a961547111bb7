"""The pages of numbers: all of them, and one with its health."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from shopme.numbers.forms import NameForm, PinForm, SecretForm, TokenForm
from shopme.numbers.queries import alert_rows, health_of, number_rows, setup_rows
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import Role, WhatsAppNumber
from tenants.queries import numbers_of_shop


@dashboard_view(role=Role.MANAGER)
@require_GET
def number_list(request: DashboardRequest) -> HttpResponse:
    """The numbers customers write to, those on their way, and what is wrong."""
    shown = {
        "numbers": number_rows(request.shop),
        "setups": setup_rows(request.shop),
        "alerts": alert_rows(request.shop),
        "may_change": request.membership.may_act_as(Role.ADMIN),
    }
    return render(request, "numbers/number_list.html", {"page": "settings", "tab": "numbers", **shown})


@dashboard_view(role=Role.MANAGER)
@require_GET
def number_detail(request: DashboardRequest, number_id: int) -> HttpResponse:
    """How one number is, and what an Admin may do with it."""
    return number_page(request, own_number(request, number_id))


def own_number(request: DashboardRequest, number_id: int) -> WhatsAppNumber:
    """The shop's own number, or 404."""
    return get_object_or_404(numbers_of_shop(request.shop), pk=number_id)


def number_page(request: DashboardRequest, number: WhatsAppNumber, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a number; `more` carries a refused form or something to be shown once."""
    shown = {
        "page": "settings",
        "tab": "numbers",
        "may_change": request.membership.may_act_as(Role.ADMIN),
        "name_form": NameForm(initial={"name": number.display_name}),
        "token_form": TokenForm(),
        "secret_form": SecretForm(),
        "pin_form": PinForm(),
        **health_of(request.shop, number),
        **more,
    }
    return render(request, "numbers/number_detail.html", shown, status=status)
