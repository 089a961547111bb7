"""Attaching WhatsApp numbers."""

from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from shopme.lib.errors import BusinessError
from shopme.lib.ids import new_token
from shopme.lib.phone import normalise_phone
from tenants.audit import note
from tenants.models import Shop, User, WhatsAppNumber
from tenants.queries import forget
from tenants.signals import number_added, token_changed

Provider = WhatsAppNumber.Provider
Proof = WhatsAppNumber.AccountProof


class NumberTaken(BusinessError):
    """Another shop already uses this phone number id."""


class NoToken(BusinessError):
    """A number without a token cannot speak."""


@dataclass(frozen=True, slots=True)
class AddedNumber:
    """A new number and what its provider must be told."""

    number: WhatsAppNumber
    webhook_url: str
    verify_token: str


def add_number(  # noqa: PLR0913  (one act, one contract)
    *,
    shop: Shop | None,
    provider: str,
    phone: str,
    phone_number_id: str,
    waba_id: str = "",
    token: str = "",
    app_secret: str = "",
    display_name: str = "",
    is_active: bool = True,
    account_proof: str = Proof.TYPED,
    actor: User | None = None,
) -> AddedNumber:
    """Attach a number to `shop`, or to the platform as its shared number; not `is_active`: until its checks are passed.

    Nothing of its account is shared with other shops until `account_proof` says whose it is; the simulator's are ours.
    The transport room hears `number_added` and opens the webhook address. Refuses: `NumberTaken`, `NotAPhoneNumber`.
    """
    number = WhatsAppNumber(
        shop=shop,
        kind=WhatsAppNumber.Kind.OWN if shop else WhatsAppNumber.Kind.SHARED,
        provider=Provider(provider),
        phone=normalise_phone(phone),
        phone_number_id=phone_number_id,
        waba_id=waba_id,
        account_proof=Proof.SAID if provider == Provider.SIMULATOR else account_proof,
        portfolio=waba_id or phone_number_id,
        display_name=display_name or (shop.name if shop else ""),
        access_token=token,
        is_active=is_active,
        switched_off_at=None if is_active else timezone.now(),
    )
    return _attached(number, app_secret=app_secret, actor=actor)


def _attached(number: WhatsAppNumber, *, app_secret: str, actor: User | None) -> AddedNumber:
    """The number is written behind the shop's others, gets its address and is noted: all of it, or nothing."""
    verify_token, opaque = new_token(18), new_token(18)
    detail = {"provider": str(number.provider)}
    try:
        with transaction.atomic():
            number.position = WhatsAppNumber.objects.filter(shop=number.shop).count()
            number.save()
            number_added.send(
                sender=WhatsAppNumber, number=number, app_secret=app_secret, verify_token=verify_token, opaque=opaque
            )
            note("number.added", shop=number.shop, actor=actor, subject=number.phone_number_id, detail=detail)
    except IntegrityError as problem:
        raise NumberTaken(f"The phone number id {number.phone_number_id} is already in use.") from problem
    forget()
    return AddedNumber(number, f"{settings.PLATFORM_URL}/webhooks/whatsapp/{opaque}/", verify_token)


@transaction.atomic
def change_token(*, number: WhatsAppNumber, token: str, actor: User | None = None) -> None:
    """Give a number a new access token; a breaker its old one opened closes at once. Refuses: `NoToken`."""
    if not token.strip():
        raise NoToken("Give the new access token.")
    number.access_token = token.strip()
    number.save(update_fields=["access_token"])
    token_changed.send(sender=WhatsAppNumber, number=number)
    note("number.token_changed", shop=number.shop, actor=actor, subject=number.phone_number_id)
    transaction.on_commit(forget)


def prove_account(*, number_id: int, proof: str) -> None:
    """It became surer that the number belongs to its account. A weaker proof takes nothing from a stronger one."""
    weaker = [Proof.TYPED] if proof == Proof.SEEN else [Proof.TYPED, Proof.SEEN]
    if WhatsAppNumber.objects.filter(pk=number_id, account_proof__in=weaker).update(account_proof=proof):
        transaction.on_commit(forget)


def doubt_account(*, number_id: int) -> None:
    """The provider says that the number is not of its account: nothing of it is shared any more."""
    if WhatsAppNumber.objects.filter(pk=number_id).exclude(account_proof=Proof.TYPED).update(account_proof=Proof.TYPED):
        transaction.on_commit(forget)
