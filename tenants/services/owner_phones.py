"""A phone that may work for its shop from the chat: registered in the dashboard, confirmed from the phone itself."""

import secrets
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import IntegrityError, transaction
from django.utils import timezone

from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.models import Membership, OwnerPhone, Role, Shop

CODE_LIVES: Final = timedelta(minutes=15)
MOST_TRIES: Final = 5
_HASHER: Final = Argon2PasswordHasher()


class NotForThisRole(BusinessError):
    """Only Admins and Managers work from the chat."""


class BadPin(BusinessError):
    """A PIN has four to eight digits and is not the same digit all along."""


class NoPhone(BusinessError):
    """There is no phone registered yet."""


class WrongPin(BusinessError):
    """The PIN is not right."""


class PinLocked(BusinessError):
    """The PIN was wrong five times; only the dashboard sets a new one."""


@transaction.atomic
def register_phone(*, membership: Membership, phone: str) -> str:
    """Note the member's phone and return the code to be sent from it. An earlier phone no longer counts.

    Refuses: `NotForThisRole`.
    """
    if not membership.may_act_as(Role.MANAGER):
        raise NotForThisRole("Only Admins and Managers work from the chat.")
    code = f"{secrets.randbelow(10**6):06d}"
    OwnerPhone.objects.update_or_create(
        membership=membership,
        defaults={
            "shop": membership.shop,
            "phone": phone,
            "code_hash": _hashed(membership.shop_id, code),
            "code_expires_at": timezone.now() + CODE_LIVES,
            "code_failures": 0,
            "confirmed_at": None,
        },
    )
    note("owner_phone.registered", shop=membership.shop, actor=membership.user, subject=f"membership {membership.pk}")
    return code


@transaction.atomic
def forget_phone(*, membership: Membership) -> None:
    """The phone is a customer's phone again, and its PIN is gone."""
    if OwnerPhone.objects.filter(membership=membership).delete()[0]:
        note("owner_phone.removed", shop=membership.shop, actor=membership.user, subject=f"membership {membership.pk}")


def is_expected(*, shop: Shop, phone: str) -> bool:
    """Whether a code from this phone is waited for."""
    rows = OwnerPhone.objects.filter(shop=shop, phone=phone, confirmed_at=None, code_expires_at__gt=timezone.now())
    return rows.exists()


@transaction.atomic
def confirm_phone(*, shop: Shop, phone: str, code: str) -> bool:
    """The phone sent the code: whether it was right. Counted under the row's lock; five wrong ones end the code."""
    rows = OwnerPhone.objects.select_for_update(of=("self",)).select_related("membership__user")
    waiting = rows.filter(shop=shop, phone=phone, confirmed_at=None, code_expires_at__gt=timezone.now())
    for row in waiting.filter(code_failures__lt=MOST_TRIES):
        if not compare_digest(bytes(row.code_hash), _hashed(shop.pk, code)):
            OwnerPhone.objects.filter(pk=row.pk).update(code_failures=row.code_failures + 1)
            continue
        try:
            with transaction.atomic():
                OwnerPhone.objects.filter(pk=row.pk).update(confirmed_at=timezone.now(), code_hash=b"")
        except IntegrityError:
            return False  # another member has this phone confirmed
        actor = row.membership.user
        note("owner_phone.confirmed", shop=shop, actor=actor, subject=f"membership {row.membership_id}")
        return True
    return False


def owner_at(*, shop: Shop, phone: str | None) -> OwnerPhone | None:
    """The confirmed phone of somebody who is an Admin or Manager of `shop` right now."""
    if not phone:
        return None
    rows = OwnerPhone.objects.filter(shop=shop, phone=phone, confirmed_at__isnull=False)
    row = rows.select_related("membership__user").first()
    is_one = row is not None and row.membership.may_act_as(Role.MANAGER) and row.membership.user.is_active
    return row if is_one else None


@transaction.atomic
def set_pin(*, membership: Membership, pin: str) -> None:
    """Choose the PIN for what concerns money; it also opens a locked one. Refuses: `BadPin`, `NoPhone`."""
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8) or len(set(pin)) == 1:
        raise BadPin("Choose four to eight digits that are not all the same.")
    hashed = _HASHER.encode(pin, _HASHER.salt())
    if not OwnerPhone.objects.filter(membership=membership).update(pin_hash=hashed, pin_failures=0):
        raise NoPhone("Register your phone first.")
    note("owner_phone.pin_set", shop=membership.shop, actor=membership.user, subject=f"membership {membership.pk}")


def check_pin(*, owner_id: int, pin: str) -> None:
    """Refuses: `WrongPin`, `PinLocked`. The try is counted before the PIN is looked at, under the row's lock."""
    with transaction.atomic():
        row = OwnerPhone.objects.select_for_update().get(pk=owner_id)
        if not row.pin_hash or row.pin_failures >= MOST_TRIES:
            raise PinLocked("Set a new PIN in the dashboard, under Settings, My phone.")
        OwnerPhone.objects.filter(pk=owner_id).update(pin_failures=row.pin_failures + 1)
    if not _HASHER.verify(pin, row.pin_hash):
        raise WrongPin(f"{MOST_TRIES - row.pin_failures - 1}")
    OwnerPhone.objects.filter(pk=owner_id).update(pin_failures=0)


def _hashed(shop_id: int, code: str) -> bytes:
    return sha256(f"{shop_id}:{code.strip()}".encode()).digest()
