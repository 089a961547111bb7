"""A shop's accounts at gateways: opening them, and turning one into a gateway for a call."""

import json
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction

from payments.errors import NoWayToPay, UnknownAccount
from payments.gateways import registry
from payments.gateways.base import AccountFacts, Gateway
from payments.gateways.signing import new_secret
from payments.models import GatewayAccount
from payments.signals import gateway_account_added

log = structlog.get_logger(__name__)


@transaction.atomic
def open_account(
    *, gateway: str, mode: str, credentials: dict[str, str] | None = None, label: str = "", is_default: bool = True
) -> GatewayAccount:
    """Add an account and tell the room that opens its webhook address which secret opens it.

    The secret is ours, or the credential the gateway signs with. Refuses: `GatewayNotAllowed`.
    """
    chosen = registry.gateway_class(gateway)
    if is_default:
        GatewayAccount.objects.filter(is_default=True).update(is_default=False)
    known = (credentials or {}).get(chosen.webhook_secret_field, "").strip()
    secret = known if chosen.webhook_secret_field else new_secret()
    account = GatewayAccount.objects.create(
        gateway=gateway,
        mode=mode,
        label=label or chosen.label,
        credentials=json.dumps(credentials or {}),
        webhook_secret=secret,
        is_default=is_default,
    )
    gateway_account_added.send(sender=GatewayAccount, account=account, secret=secret, scheme=chosen.webhook_scheme)
    return account


def gateway_accounts() -> list[GatewayAccount]:
    """Accounts that may take money, the default first."""
    return list(GatewayAccount.objects.filter(is_active=True).order_by("-is_default", "id"))


def account_for(currency: str, amount_cents: int) -> GatewayAccount:
    """The account a new payment of that much goes to. Refuses: `NoWayToPay`."""
    for account in gateway_accounts():
        chosen = registry.GATEWAYS.get(account.gateway)
        if chosen is None or (chosen.is_simulated and not settings.SIMULATED_GATEWAY):
            continue
        if amount_cents >= chosen.min_cents and (chosen.currencies is None or currency in chosen.currencies):
            return account
    raise NoWayToPay("This shop cannot take payments yet.")


def account_by_reference(reference: str) -> GatewayAccount:
    """The account a webhook address belongs to, retired ones included. Refuses: `UnknownAccount`."""
    account = GatewayAccount.objects.filter(pk=int(reference)).first() if reference.isdecimal() else None
    if account is None:
        raise UnknownAccount("No account has this reference.")
    return account


def note_problem(*, account_id: int, problem: str, at: datetime) -> bool:
    """Keep what is wrong with an account, or that nothing is; True if that is news."""
    account = GatewayAccount.objects.filter(pk=account_id)
    is_news = bool(account.exclude(problem=problem).update(problem=problem, checked_at=at))
    if not is_news:
        account.update(checked_at=at)
    elif problem:
        log.error("payment_account_does_not_work", account_id=account_id, problem=problem)
    return is_news


def gateway_for(account: GatewayAccount) -> Gateway:
    """A gateway for one call on `account`; never kept. Refuses: `GatewayNotAllowed`."""
    facts = AccountFacts(
        mode=account.mode,
        credentials=json.loads(account.credentials),
        webhook_secret=account.webhook_secret,
        notify_url=notify_url(account),
    )
    return registry.build(account.gateway, facts)


def notify_url(account: GatewayAccount) -> str:
    """Where the gateway sends its notifications: the platform's edge."""
    return f"{settings.PLATFORM_URL}/webhooks/{account.gateway}/{account.opaque}/"
