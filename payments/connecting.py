"""Connecting a shop's own account at a gateway: try its key, keep it, let its notifications come to us.

The gateway is always called outside any transaction. An account takes money once its notifications are registered.
"""

import json
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from payments.accounts import gateway_for
from payments.gateways import registry
from payments.gateways.base import AccountFacts, Gateway, WebhookInfo
from payments.gateways.signing import new_secret
from payments.models import GatewayAccount
from payments.signals import gateway_account_added
from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.context import current_shop
from tenants.models import User

Problem = GatewayAccount.Problem


class AlreadyConnected(BusinessError):
    """The shop has an account at this gateway in this mode."""


class NotConnected(BusinessError):
    """The account takes no money: it was given up, or was never finished."""


def accounts_shown() -> QuerySet[GatewayAccount]:
    """Every account that was not given up, the default first."""
    return GatewayAccount.objects.filter(retired_at__isnull=True).order_by("-is_default", "id")


def connect(*, gateway: str, mode: str, credentials: dict[str, str], actor: User) -> GatewayAccount:
    """Try the credentials, keep them, register the address of notifications. One account a gateway and mode.

    Refuses: `GatewayNotAllowed`, `AlreadyConnected`, and what the gateway says: before the account is kept nothing of
    it stays; afterwards it stays unfinished and `finish` goes on.
    """
    _refuse_second(gateway, mode)
    tried = registry.build(gateway, AccountFacts(mode=mode, credentials=credentials, webhook_secret=""))
    tried.check_credentials()
    account = _keep(gateway, mode, credentials, actor)
    finish(account_id=account.pk, actor=actor)
    account.refresh_from_db()
    return account


def _refuse_second(gateway: str, mode: str) -> None:
    if accounts_shown().filter(gateway=gateway, mode=mode).exists():
        label = registry.gateway_class(gateway).label
        raise AlreadyConnected(f"A {label} account in {mode} mode is connected already. Retire it first.")


@transaction.atomic
def _keep(gateway: str, mode: str, credentials: dict[str, str], actor: User) -> GatewayAccount:
    """Sealed at once. Two people who connect at the same moment are refused by the database."""
    label = registry.gateway_class(gateway).label
    try:
        with transaction.atomic():
            account = GatewayAccount.objects.create(
                gateway=gateway,
                mode=mode,
                label=label,
                credentials=json.dumps(credentials),
                is_active=False,
                problem=Problem.UNFINISHED,
            )
    except IntegrityError as problem:
        raise AlreadyConnected(f"Somebody connected {label} in {mode} mode a moment ago.") from problem
    _note("connected", account, actor)
    return account


def finish(*, account_id: int, actor: User | None = None, at: datetime | None = None) -> GatewayAccount:
    """Register the account's address at the gateway, again if it went missing. Refuses: `NotConnected`, `GatewayError`."""
    account = accounts_shown().filter(pk=account_id).first()
    if account is None:
        raise NotConnected("This account was given up.")
    webhook = gateway_for(account).ensure_webhook()
    return _activate(account.pk, webhook, actor, at or timezone.now())


@transaction.atomic
def _activate(account_id: int, webhook: WebhookInfo | None, actor: User | None, at: datetime) -> GatewayAccount:
    """Seal the secret, open the address, take money. The first real account becomes the default one."""
    account = _locked().get(pk=account_id)
    chosen = registry.gateway_class(account.gateway)
    secret = webhook.secret if webhook else _first_secret(account, chosen)
    if secret:
        # The one before stays good: what was signed with it may still be on its way for a day.
        before = account.webhook_secret.split()[:1]
        account.webhook_secret = " ".join([secret, *before])
        gateway_account_added.send(sender=GatewayAccount, account=account, secret=secret, scheme=chosen.webhook_scheme)
    is_new = not account.is_active
    account.webhook_id = webhook.webhook_id if webhook else ""
    account.is_active, account.problem, account.checked_at = True, "", at
    account.save()
    if is_new and not _real_default().exists():
        _make_default(account)
    _note("webhook_registered", account, actor)
    return account


def _first_secret(account: GatewayAccount, chosen: type[Gateway]) -> str:
    """What proves notifications where nothing is registered: the gateway's own credential, else one of ours."""
    if account.webhook_secret:
        return ""
    own = json.loads(account.credentials).get(chosen.webhook_secret_field, "") if chosen.webhook_secret_field else ""
    return str(own) or new_secret()


def _real_default() -> QuerySet[GatewayAccount]:
    pretended = [code for code, found in registry.GATEWAYS.items() if found.is_simulated]
    return GatewayAccount.objects.filter(is_default=True).exclude(gateway__in=pretended)


@transaction.atomic
def make_default(*, account_id: int, actor: User) -> GatewayAccount:
    """New payments go to this account. Refuses: `NotConnected`."""
    account = _locked().filter(pk=account_id, retired_at__isnull=True).first()
    if account is None or not account.is_active:
        raise NotConnected("This account takes no money yet. Finish connecting it first.")
    _make_default(account)
    _note("made_default", account, actor)
    return account


def _locked() -> QuerySet[GatewayAccount]:
    """All accounts, locked in one order: who is the default concerns every one."""
    list(GatewayAccount.objects.select_for_update().order_by("id").values_list("id"))
    return GatewayAccount.objects.all()


def _make_default(account: GatewayAccount) -> None:
    GatewayAccount.objects.filter(is_default=True).exclude(pk=account.pk).update(is_default=False)
    account.is_default = True
    account.save(update_fields=["is_default"])


@transaction.atomic
def retire(*, account_id: int, actor: User, at: datetime | None = None) -> GatewayAccount:
    """Take no new payments with it. Its key and address stay, so late money still arrives. Refuses: `NotConnected`."""
    account = _locked().filter(pk=account_id, retired_at__isnull=True).first()
    if account is None:
        raise NotConnected("This account was given up before.")
    account.is_active, account.is_default, account.retired_at = False, False, at or timezone.now()
    account.save()
    _note("retired", account, actor)
    return account


def _note(act: str, account: GatewayAccount, actor: User | None) -> None:
    subject = f"{account.gateway} {account.mode} account {account.pk}"
    note(f"payments.account_{act}", shop=current_shop(), actor=actor, subject=subject)
