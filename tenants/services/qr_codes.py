"""Codes for print: made, changed, counted. None is ever deleted, because what is printed stays in the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, connection, transaction

from shopme.lib.errors import BusinessError
from shopme.lib.text import clean_text
from tenants import codes
from tenants.audit import note
from tenants.models import QrCode, Shop, User

Purpose = QrCode.Purpose
MOST_AT_ONCE: Final = 60
_TRIES: Final = 12


class NoFreeCode(BusinessError):
    """Every random code that was tried is taken already."""


class BadCodeWish(BusinessError):
    """A code cannot be made as asked: the message says why."""


class NoSuchCode(BusinessError):
    """The shop has no such code."""


@dataclass(frozen=True, slots=True)
class CodeWish:
    """What a code is for. `product_id` only for products; without `expires_at` it leads there for ever."""

    purpose: str
    label: str = ""
    product_id: int | None = None
    expires_at: datetime | None = None


@transaction.atomic
def create_codes(*, shop: Shop, wishes: Sequence[CodeWish], actor: User | None = None) -> list[QrCode]:
    """One code per wish, all or none. Refuses: `BadCodeWish`, `NoFreeCode`.

    Each is inserted and tried again with other characters when the table refuses it, so two makers never share one.
    """
    if not 1 <= len(wishes) <= MOST_AT_ONCE:
        raise BadCodeWish(f"Make 1 to {MOST_AT_ONCE} codes at once.")
    made = [_insert(shop, _checked(wish)) for wish in wishes]
    note("qr_code.created", shop=shop, actor=actor, subject=made[0].label or made[0].code, detail={"count": len(made)})
    return made


def _checked(wish: CodeWish) -> CodeWish:
    if wish.purpose not in Purpose.values:
        raise BadCodeWish("Choose from the list what the code is for.")
    if (wish.purpose == Purpose.PRODUCT) != (wish.product_id is not None):
        raise BadCodeWish("Choose the product the code shows.")
    label = clean_text(wish.label, limit=60).strip()
    if wish.purpose in (Purpose.PLACE, Purpose.CAMPAIGN) and not label:
        raise BadCodeWish("Say what is printed under the code, e.g. Table 7.")
    return CodeWish(wish.purpose, label, wish.product_id, wish.expires_at)


def _insert(shop: Shop, wish: CodeWish) -> QrCode:
    for _ in range(_TRIES):
        row = QrCode(
            code=codes.new_code(),
            shop=shop,
            purpose=wish.purpose,
            label=wish.label,
            product_id=wish.product_id,
            expires_at=wish.expires_at,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as problem:
            if "qrcode_code" not in str(problem):
                raise
        else:
            return row
    raise NoFreeCode("No free code was found. Try again.")


@transaction.atomic
def change_code(*, shop: Shop, code_id: int, wish: CodeWish, is_active: bool, actor: User | None = None) -> QrCode:
    """Let a printed code lead somewhere else, or nowhere. Locks the code. Refuses: `NoSuchCode`, `BadCodeWish`."""
    row = QrCode.objects.select_for_update().filter(pk=code_id, shop=shop).first()
    if row is None:
        raise NoSuchCode("There is no such code.")
    wish = _checked(wish)
    wanted = {
        "purpose": wish.purpose,
        "label": wish.label,
        "product_id": wish.product_id,
        "expires_at": wish.expires_at,
        "is_active": is_active,
    }
    changed = sorted(name for name, value in wanted.items() if getattr(row, name) != value)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.save(update_fields=list(wanted))
    note("qr_code.changed", shop=shop, actor=actor, subject=row.label or row.code, detail={"changed": changed})
    return row


_COUNT: Final = """
INSERT INTO public.tenants_qrcodeday AS known (code_id, day, scans, chats) VALUES (%s, %s, %s, %s)
ON CONFLICT (code_id, day) DO UPDATE SET scans = known.scans + excluded.scans, chats = known.chats + excluded.chats
"""


def count_scan(*, code_id: int, day: date) -> None:
    """Somebody opened the code's address. Not waited for on disk: a figure is no money."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(_COUNT, [code_id, day, 1, 0])


def count_chat(*, code_id: int, day: date) -> None:
    """Somebody wrote with the code. In the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [code_id, day, 0, 1])
