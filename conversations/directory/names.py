"""Who writes on a shared number: a person is their names, and names change hands.

A business-scoped id is one person's for ever; a phone is whose it is now. Who writes with a phone that was another's
never meets what that other kept here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from conversations.directory import session
from conversations.transport.types import Sender
from loyalty.renaming import Change
from shopme.lib.text import clean_text
from tenants.models import DirectoryMessage, DirectoryPhoto, Favourite, Shopper, ShopperName, ShopVisit, WhatsAppNumber

_LONGEST: Final = 150
_Rows = Mapping[str, ShopperName]


def recognise(number: WhatsAppNumber, sender: Sender, *, at: datetime) -> Shopper:
    """The person who wrote this at `at`, locked until the transaction ends; a new one where nobody is known.

    The id decides, then the phone, unless whoever had it has another id. One statement for who was here lately.
    """
    shopper = _remembered(number, sender)
    if shopper is None:
        names = _values(sender.phone, sender.bsuid)
        rows = _rows(number, names)
        known = _owner(rows, sender, at)
        if known and _is_late(rows, sender, at):
            return _locked(known)
        shopper = _locked(known or _created(number, [name for name in names if name not in rows], at))
        _take(shopper, names, rows, at)
    shopper.phone = sender.phone or shopper.phone
    shopper.bsuid = sender.bsuid or shopper.bsuid
    shopper.profile_name = clean_text(sender.profile_name, limit=120) or shopper.profile_name
    return shopper


def whose(number: WhatsAppNumber, sender: Sender, *, at: datetime) -> Shopper | None:
    """The person who had these names at `at`; None for a stranger. Locks and writes nothing."""
    return _owner(_rows(number, _values(sender.phone, sender.bsuid)), sender, at)


def follow(shopper: Shopper, change: Change) -> None:
    """WhatsApp said that this person, who is locked, has other names now: shops, favourites and language stay theirs.

    The old names are given up with their day. A new name somebody had before is taken over; who came under it only
    after the change, or has the new id, is the same person and becomes one with them. Again changes nothing.
    """
    new = _values(change.new_phone, change.new_bsuid)
    if not new:
        return
    given_up = ShopperName.objects.filter(shopper=shopper, retired_at=None, first_seen_at__lte=change.at)
    if not given_up.exclude(value__in=new).update(retired_at=change.at) and _has_all(shopper, new):
        return
    taken = [row for row in _rows(shopper.number, new).values() if row.shopper_id != shopper.pk]
    same = {
        row.shopper_id: row.shopper for row in taken if row.value == change.new_bsuid or row.first_seen_at > change.at
    }
    for other in same.values():
        _absorb(shopper, other)
    _take(shopper, new, _rows(shopper.number, new), change.at)
    shopper.phone, shopper.bsuid = change.new_phone, change.new_bsuid


def keep_copy(shopper: Shopper, *, state: str) -> None:
    """Let the next message find them at once, and where they are, after this one is committed."""
    names = _values(shopper.phone, shopper.bsuid)
    if names:
        here = session.Session(shopper.pk, shopper.shop_id or 0, state or shopper.state, shopper.language)
        session.keep(number_id=shopper.number_id, identity=names[0], session=here)


def _values(phone: str | None, bsuid: str | None) -> list[str]:
    """As `ShopperName` writes them, the best first."""
    return [name[:_LONGEST] for name in (bsuid, (phone or "").removeprefix("+")) if name]


def _rows(number: WhatsAppNumber, names: Sequence[str]) -> dict[str, ShopperName]:
    rows = ShopperName.objects.filter(number=number, value__in=names).select_related("shopper")
    return {row.value: row for row in rows}


def _locked(shopper: Shopper) -> Shopper:
    return Shopper.objects.select_for_update(of=("self",)).select_related("shop").get(pk=shopper.pk)


def _remembered(number: WhatsAppNumber, sender: Sender) -> Shopper | None:
    """Whom the copy names, if the row says that every name given is theirs today."""
    copy = session.kept(number_id=number.pk, identity=_values(sender.phone, sender.bsuid)[0])
    if copy is None:
        return None
    given = {name: value for name, value in (("phone", sender.phone), ("bsuid", sender.bsuid)) if value}
    rows = Shopper.objects.select_for_update(of=("self",)).select_related("shop")
    return rows.filter(pk=copy.shopper_id, number=number, **given).first()


def _owner(rows: _Rows, sender: Sender, at: datetime) -> Shopper | None:
    """Whose names these are. A phone given up counts for what was written until then."""
    if sender.bsuid and (row := rows.get(sender.bsuid[:_LONGEST])):
        return row.shopper
    phone = rows.get((sender.phone or "").removeprefix("+"))
    if phone is None or (phone.retired_at is not None and at > phone.retired_at):
        return None
    is_another = sender.bsuid and phone.shopper.bsuid and phone.shopper.bsuid != sender.bsuid
    return None if is_another else phone.shopper


def _is_late(rows: _Rows, sender: Sender, at: datetime) -> bool:
    """Whether it came under a name its owner has given up since: that changes none of their names."""
    given = [rows[name] for name in _values(sender.phone, sender.bsuid) if name in rows]
    return bool(given) and given[0].retired_at is not None and at <= given[0].retired_at


@transaction.atomic
def _created(number: WhatsAppNumber, names: Sequence[str], at: datetime) -> Shopper:
    """Somebody new with these names that are nobody's. Two first messages at once make one person."""
    shopper = Shopper.objects.create(number=number)
    rows = [ShopperName(shopper=shopper, number=number, value=name, first_seen_at=at) for name in names]
    ShopperName.objects.bulk_create(rows, ignore_conflicts=True)
    taken = _rows(number, names)
    owner = next((taken[name].shopper for name in names if name in taken), shopper)
    if owner.pk != shopper.pk:
        shopper.delete()
    return owner


def _take(shopper: Shopper, names: Sequence[str], rows: _Rows, at: datetime) -> None:
    """These names are the person's from now on; whoever had one has it no more, and is not written to there."""
    missing = [ShopperName(shopper=shopper, number=shopper.number, value=name, first_seen_at=at) for name in names]
    ShopperName.objects.bulk_create([row for row in missing if row.value not in rows], ignore_conflicts=True)
    for row in rows.values():
        if row.shopper_id == shopper.pk and row.retired_at is None:
            continue
        if row.shopper_id != shopper.pk:
            Shopper.objects.filter(pk=row.shopper_id, phone=f"+{row.value}").update(phone=None)
        ShopperName.objects.filter(pk=row.pk).update(shopper=shopper, first_seen_at=at, retired_at=None)


def _has_all(shopper: Shopper, names: Sequence[str]) -> bool:
    return ShopperName.objects.filter(shopper=shopper, retired_at=None, value__in=names).count() == len(names)


@transaction.atomic
def _absorb(shopper: Shopper, other: Shopper) -> None:
    """Everything `other` has is the person's: it was they who came before the news of their change did."""
    other = _locked(other)
    for visit in ShopVisit.objects.filter(shopper=other):
        if not ShopVisit.objects.filter(shopper=shopper, shop=visit.shop_id, last_at__gte=visit.last_at).exists():
            ShopVisit.objects.update_or_create(
                shopper=shopper, shop_id=visit.shop_id, defaults={"last_at": visit.last_at}
            )
    kept = [Favourite(shopper=shopper, shop_id=each.shop_id) for each in other.favourites.order_by("id")]
    Favourite.objects.bulk_create(kept, ignore_conflicts=True)
    for table in (ShopperName, DirectoryMessage, DirectoryPhoto):
        table.objects.filter(shopper=other).update(shopper=shopper)
    if other.in_shop_at and (shopper.in_shop_at is None or other.in_shop_at > shopper.in_shop_at):
        shopper.shop, shopper.in_shop_at = other.shop, other.in_shop_at
    shopper.parked = [*shopper.parked, *other.parked]
    shopper.parked_since = max(filter(None, (shopper.parked_since, other.parked_since)), default=None)
    if not shopper.waiting:
        shopper.waiting, shopper.waiting_since = other.waiting, other.waiting_since
    heard = filter(None, (shopper.last_inbound_at, other.last_inbound_at))
    shopper.last_inbound_at = max(heard, default=None)
    other.delete()
