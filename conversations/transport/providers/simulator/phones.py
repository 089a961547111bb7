"""Simulated phones as WhatsApp knows them: which id stands for which phone, also after it has changed, which shop
opened it, and until when it may be answered freely.
"""

import secrets
from datetime import UTC, datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from conversations.transport.models import StandInMessage, StandInThing
from conversations.transport.providers.simulator.payloads import user_id_of
from conversations.transport.rules.windows import WINDOW

KIND: Final = "phone"
FROM_PHONE: Final = "sent_by_phone"  # in the payload of what a phone has sent: Meta's typed part


def user_id(phone_number_id: str, digits: str) -> str:
    """The id of this phone towards this number now."""
    row = StandInThing.objects.filter(kind=KIND, key=_key(phone_number_id, digits)).first()
    return str(row.data["user_ids"][-1]) if row else user_id_of(digits)


def user_ids(phone_number_id: str, digits: str) -> list[str]:
    """Every id this phone has had, oldest first."""
    row = StandInThing.objects.filter(kind=KIND, key=_key(phone_number_id, digits)).first()
    return list(row.data["user_ids"]) if row else [user_id_of(digits)]


def remember(phone_number_id: str, digits: str) -> str:
    """Its id, kept so that `digits_of` finds the phone by it."""
    row, _is_new = StandInThing.objects.get_or_create(
        kind=KIND,
        key=_key(phone_number_id, digits),
        defaults={"owner": phone_number_id, "data": {"digits": digits, "user_ids": [user_id_of(digits)]}},
    )
    return str(row.data["user_ids"][-1])


@transaction.atomic
def rotate(phone_number_id: str, digits: str) -> tuple[str, str]:
    """Give the phone another id, as WhatsApp does when a number changes; (old, new). Locks the phone."""
    remember(phone_number_id, digits)
    row = StandInThing.objects.select_for_update().get(kind=KIND, key=_key(phone_number_id, digits))
    old, new = row.data["user_ids"][-1], f"US.{secrets.randbelow(10**15):015d}"
    row.data = {**row.data, "user_ids": [*row.data["user_ids"], new]}
    row.save(update_fields=["data"])
    return old, new


def opener(phone_number_id: str, digits: str) -> int | None:
    """The shop whose simulator opened this phone on a shared number; None: no shop did."""
    row = StandInThing.objects.filter(kind=KIND, key=_key(phone_number_id, digits)).first()
    return row.data.get("shop") if row else None


@transaction.atomic
def open_for(phone_number_id: str, digits: str, shop_id: int) -> bool:
    """Open the phone for this shop unless another one was quicker; whether it is this shop's. Locks the phone."""
    remember(phone_number_id, digits)
    row = StandInThing.objects.select_for_update().get(kind=KIND, key=_key(phone_number_id, digits))
    if "shop" not in row.data:
        row.data = {**row.data, "shop": shop_id}
        row.save(update_fields=["data"])
    return bool(row.data["shop"] == shop_id)


def opened_by(phone_number_id: str, shop_id: int) -> list[str]:
    """The digits of every phone this shop opened, latest first."""
    rows = StandInThing.objects.filter(kind=KIND, owner=phone_number_id, data__shop=shop_id).order_by("-id")
    return [str(row.data["digits"]) for row in rows]


@transaction.atomic
def move_window(phone_number_id: str, digits: str, *, ends: datetime) -> None:
    """Let the phone's 24 hours end then, until it writes again. Locks the phone."""
    remember(phone_number_id, digits)
    row = StandInThing.objects.select_for_update().get(kind=KIND, key=_key(phone_number_id, digits))
    row.data = {**row.data, "window": {"ends": ends.timestamp(), "moved_at": timezone.now().timestamp()}}
    row.save(update_fields=["data"])


def window_ends(phone_number_id: str, digits: str) -> datetime | None:
    """When the phone's 24 hours are over, by its last message or as they were moved since; None: it never wrote here.

    A reaction renews nothing.
    """
    rows = StandInMessage.objects.filter(phone_number_id=phone_number_id, recipient=digits)
    said = rows.filter(payload__has_key=FROM_PHONE).exclude(payload__sent_by_phone__type="reaction")
    last = said.order_by("-id").values_list("created_at", flat=True).first()
    row = StandInThing.objects.filter(kind=KIND, key=_key(phone_number_id, digits)).first()
    moved = row.data.get("window") if row else None
    if moved and (last is None or moved["moved_at"] > last.timestamp()):
        return datetime.fromtimestamp(moved["ends"], UTC)
    return last + WINDOW if last else None


def digits_of(phone_number_id: str, recipient: str) -> str:
    """The phone behind an address of a send: digits as they are, an id if a phone here has or had it."""
    if recipient.isdigit():
        return recipient
    row = StandInThing.objects.filter(kind=KIND, owner=phone_number_id, data__user_ids__contains=[recipient]).first()
    return str(row.data["digits"]) if row else recipient


def _key(phone_number_id: str, digits: str) -> str:
    return f"{phone_number_id}:{digits}"
