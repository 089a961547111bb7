"""What an Admin does with the numbers of a shop. Each act locks the number, writes a line of the audit and forgets copies."""

from django.db import transaction
from django.utils import timezone

from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.models import Shop, User, WhatsAppNumber
from tenants.queries import forget
from tenants.signals import number_removed, number_switched_on


class NoSuchNumber(BusinessError):
    """The shop has no such number."""


class NumberIsOff(BusinessError):
    """A switched-off number cannot be where news leave from."""


def _locked(shop: Shop, number_id: int) -> WhatsAppNumber:
    number = WhatsAppNumber.objects.select_for_update().filter(pk=number_id, shop=shop, removed_at=None).first()
    if number is None:
        raise NoSuchNumber("This number is not one of the shop's.")
    return number


def _done(action: str, number: WhatsAppNumber, actor: User, **detail: str) -> None:
    note(f"number.{action}", shop=number.shop, actor=actor, subject=f"number {number.pk}", detail=detail)
    transaction.on_commit(forget)


@transaction.atomic
def rename_number(*, shop: Shop, number_id: int, name: str, actor: User) -> None:
    """What the team calls the number. Refuses: `NoSuchNumber`."""
    number = _locked(shop, number_id)
    number.display_name = name.strip()[:120]
    number.save(update_fields=["display_name"])
    _done("renamed", number, actor)


@transaction.atomic
def switch_on(*, shop: Shop, number_id: int, actor: User) -> None:
    """Messages are taken and sent again; what arrived meanwhile and was kept is taken up. Refuses: `NoSuchNumber`."""
    number = _locked(shop, number_id)
    if number.is_active:
        return
    number.is_active, number.switched_off_at = True, None
    number.save(update_fields=["is_active", "switched_off_at"])
    number_switched_on.send(sender=WhatsAppNumber, number=number)
    _done("switched_on", number, actor)


@transaction.atomic
def switch_off(*, shop: Shop, number_id: int, actor: User) -> None:
    """Nothing is taken or sent; what waits keeps waiting, for a day from now. Refuses: `NoSuchNumber`."""
    number = _locked(shop, number_id)
    if not number.is_active:
        return
    number.is_active = number.is_default = False
    number.switched_off_at = timezone.now()
    number.save(update_fields=["is_active", "is_default", "switched_off_at"])
    _done("switched_off", number, actor)


@transaction.atomic
def make_default(*, shop: Shop, number_id: int, actor: User) -> None:
    """Codes and links of the shop lead to this number from now on. Locks the numbers of the shop.

    Refuses: `NoSuchNumber`, `NumberIsOff`.
    """
    numbers = WhatsAppNumber.objects.select_for_update().filter(shop=shop)
    list(numbers.order_by("id"))
    number = _locked(shop, number_id)
    if not number.is_active:
        raise NumberIsOff("Switch the number on first.")
    numbers.filter(is_default=True).update(is_default=False)
    number.is_default = True
    number.save(update_fields=["is_default"])
    _done("made_default", number, actor)


@transaction.atomic
def move_up(*, shop: Shop, number_id: int, actor: User) -> None:
    """One place higher in every list. Locks the numbers of the shop. Refuses: `NoSuchNumber`."""
    _locked(shop, number_id)
    order = list(
        WhatsAppNumber.objects.select_for_update().filter(shop=shop, removed_at=None).order_by("position", "id")
    )
    at = next(index for index, number in enumerate(order) if number.pk == number_id)
    if at:
        order[at - 1], order[at] = order[at], order[at - 1]
    for place, number in enumerate(order):
        number.position = place
    WhatsAppNumber.objects.bulk_update(order, ["position"])
    transaction.on_commit(forget)


@transaction.atomic
def remove_number(*, shop: Shop, number_id: int, actor: User) -> None:
    """Give the number up: token forgotten, address closed, its id free for another shop. Threads stay to be read.

    What still waits to be sent from it fails with that reason.

    Refuses: `NoSuchNumber`.
    """
    number = _locked(shop, number_id)
    number_removed.send(sender=WhatsAppNumber, number=number)
    was = number.phone_number_id
    number.is_active = number.is_default = False
    number.access_token = number.waba_id = ""
    number.account_proof = WhatsAppNumber.AccountProof.TYPED
    number.phone_number_id = f"removed:{number.pk}"
    number.removed_at = timezone.now()
    number.save()
    _done("removed", number, actor, phone_number_id=was)
