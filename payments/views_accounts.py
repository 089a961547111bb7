"""The settings page of payment accounts: connect, test, choose, retire. Keys go in and never come out."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from payments import connecting, health
from payments.forms import AccountForm
from payments.gateways import registry
from payments.gateways.base import Gateway
from payments.models import GatewayAccount
from shopme.lib.errors import BusinessError
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import Role
from tenants.reauthentication import recently_proven

LIST = "payments:account_list"
SHOWN_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """A gateway that may be connected."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account as its page shows it."""

    account: GatewayAccount
    # The end of its key; empty where it has none.
    key_end: str
    can_register: bool


@dashboard_view(role=Role.ADMIN)
@require_GET
def account_list(request: DashboardRequest) -> HttpResponse:
    """The accounts money comes in through, and what is wrong with them."""
    rows = [_row(account) for account in connecting.accounts_shown()]
    shown = {
        "page": "settings",
        "tab": "payments",
        "rows": rows,
        "gateways": [Offer(each.code, each.label) for each in _offered()],
    }
    return render(request, "payments/account_list.html", shown)


@dashboard_view(role=Role.ADMIN)
@require_http_methods(["GET", "POST"])
@recently_proven(back=LIST)
def account_add(request: DashboardRequest, gateway: str) -> HttpResponse:
    """Connect an account: the key is tried before it is kept."""
    chosen = next((found for found in _offered() if found.code == gateway), None)
    if chosen is None:
        raise Http404("No such gateway is offered.")
    form = AccountForm(request.POST or None, gateway=chosen)
    if form.is_valid() and (response := _connect(request, form)):
        return response
    status = 422 if form.is_bound else 200
    shown = {"page": "settings", "tab": "payments", "form": form, "gateway": Offer(chosen.code, chosen.label)}
    return render(request, "payments/account_add.html", shown, status=status)


def _connect(request: DashboardRequest, form: AccountForm) -> HttpResponse | None:
    """Connect, or say in the form why not; an account whose notifications are missing stays and can be finished."""
    mode, label = form.cleaned_data["mode"], form.gateway.label
    try:
        connecting.connect(gateway=form.gateway.code, mode=mode, credentials=form.credentials, actor=request.user)
    except BusinessError as refusal:
        unfinished = connecting.accounts_shown().filter(gateway=form.gateway.code, mode=mode, is_active=False)
        if isinstance(refusal, connecting.AlreadyConnected) or not unfinished.exists():
            form.add_error(None, str(refusal))
            return None
        messages.error(request, f"The key works and is kept, but its notifications are not registered: {refusal}")
    else:
        messages.success(request, f"{label} is connected.")
    return redirect(LIST)


@dashboard_view(role=Role.ADMIN)
@require_POST
def account_test(request: DashboardRequest, account_id: int) -> HttpResponse:
    """Ask the gateway whether the key works and its notifications come here."""
    account = _own(account_id)
    try:
        problem = health.check(account_id=account.pk)
    except BusinessError as refusal:
        messages.error(request, f"{refusal} Try again in a minute.")
    else:
        if problem:
            messages.error(request, f"{GatewayAccount.Problem(problem).label}.")
        else:
            messages.success(request, "The connection works.")
    return redirect(LIST)


@dashboard_view(role=Role.ADMIN)
@require_POST
@recently_proven(back=LIST)
def account_register(request: DashboardRequest, account_id: int) -> HttpResponse:
    """Let the gateway's notifications come here, for the first time or again."""
    return _act(request, account_id, connecting.finish, "Its notifications come here now.")


@dashboard_view(role=Role.ADMIN)
@require_POST
@recently_proven(back=LIST)
def account_default(request: DashboardRequest, account_id: int) -> HttpResponse:
    """New payments go to this account."""
    return _act(request, account_id, connecting.make_default, "New payments go to this account now.")


@dashboard_view(role=Role.ADMIN)
@require_POST
@recently_proven(back=LIST)
def account_retire(request: DashboardRequest, account_id: int) -> HttpResponse:
    """No new payments with it; late ones still arrive."""
    return _act(request, account_id, connecting.retire, "The account is retired. Late payments still arrive.")


def _act(request: DashboardRequest, account_id: int, act: Callable[..., GatewayAccount], word: str) -> HttpResponse:
    """Do it, say so or say why not."""
    account = _own(account_id)
    try:
        act(account_id=account.pk, actor=request.user)
    except BusinessError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, word)
    return redirect(LIST)


def _own(account_id: int) -> GatewayAccount:
    return get_object_or_404(connecting.accounts_shown(), pk=account_id)


def _offered() -> list[type[Gateway]]:
    """Gateways a merchant connects with keys of their own, which can be tried."""
    return [found for found in registry.GATEWAYS.values() if found.tries_credentials]


def _row(account: GatewayAccount) -> AccountRow:
    found = registry.GATEWAYS.get(account.gateway)
    secrets = [wanted.name for wanted in found.credential_fields if wanted.is_secret] if found else []
    key = str(json.loads(account.credentials).get(secrets[-1], "")) if secrets else ""
    repairable = (GatewayAccount.Problem.UNFINISHED, GatewayAccount.Problem.NO_WEBHOOK)
    return AccountRow(account, key[-SHOWN_LETTERS:], account.problem in repairable)
