"""Under which names a customer is reached: those their words came under, each with a window of its own.

One person may write from two phones, and two customers may have become one: WhatsApp then knows several accounts. A
reply goes to the one it answers; what nobody asked for goes to the one that wrote last, which stands on the thread. The
others wait in `other_reaches`. Nothing here asks the database but `rename`, `keep_own` and `reach_of_message`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db.models import Q

from conversations.models import Conversation, Message
from conversations.transport.types import Sender
from loyalty.models import Customer, CustomerIdentity

Name = tuple[str, str]  # kind, value
# Accounts a thread remembers beside the one that wrote last.
MOST_OTHERS: Final = 12
_LONGEST: Final = {"phone": 24, "bsuid": 160}


@dataclass(frozen=True, slots=True)
class Reach:
    """One WhatsApp account: its phone, its business-scoped id, or both, and until when it may be written to freely."""

    phone: str = ""
    bsuid: str = ""
    until: datetime | None = None

    @property
    def names(self) -> set[Name]:
        return {(kind, value) for kind, value in (("bsuid", self.bsuid), ("phone", self.phone)) if value}

    def is_same(self, other: "Reach") -> bool:
        """Whether both name one account: the id decides; a phone alone and an id alone say nothing of each other."""
        if self.bsuid and other.bsuid:
            return self.bsuid == other.bsuid
        return bool(self.phone) and self.phone == other.phone

    def without(self, given_up: Iterable[Name]) -> "Reach":
        """What is left of it when these names are no longer theirs."""
        left = dict(self.names - set(given_up))
        return replace(self, phone=left.get("phone", ""), bsuid=left.get("bsuid", ""))

    def also(self, earlier: "Reach") -> "Reach":
        """The same account as it writes now, with what an earlier message told of it."""
        until = max(filter(None, (self.until, earlier.until)), default=None)
        return Reach(self.phone or earlier.phone, self.bsuid or earlier.bsuid, until)


def reach_of(sender: Sender, until: datetime | None = None) -> Reach:
    return Reach((sender.phone or "")[: _LONGEST["phone"]], (sender.bsuid or "")[: _LONGEST["bsuid"]], until)


def reaches_of(thread: Conversation) -> list[Reach]:
    """Every account that wrote in this thread; first the one that wrote last. Empty when nobody wrote yet."""
    first = Reach(thread.reach_phone, thread.reach_bsuid, thread.window_expires_at)
    return [*([first] if first.names else []), *others_from(thread.other_reaches)]


def others_from(rows: Sequence[Mapping[str, Any]]) -> list[Reach]:
    """The accounts as `other_reaches` keeps them."""
    return [
        Reach(row["phone"], row["bsuid"], datetime.fromisoformat(row["until"]) if row["until"] else None)
        for row in rows
    ]


def heard(thread: Conversation, sender: Sender, *, until: datetime, is_latest: bool) -> None:
    """`sender` wrote and may be answered freely `until` then; `is_latest`: nothing later is known. In memory only."""
    now, known = reach_of(sender, until), reaches_of(thread)
    place = 0 if is_latest else next((index for index, reach in enumerate(known) if reach.is_same(now)), 1)
    others = []
    for reach in known:
        if reach.is_same(now):
            now = now.also(reach)
        else:
            others.append(reach)
    put(thread, [*others[:place], now, *others[place:]])


def put(thread: Conversation, reaches: Sequence[Reach]) -> None:
    """Let the thread have these accounts, the first of them as the one that wrote last. In memory only."""
    first, *others = reaches or [Reach()]
    thread.reach_phone, thread.reach_bsuid = first.phone, first.bsuid
    thread.window_expires_at = first.until
    thread.other_reaches = [
        {"phone": reach.phone, "bsuid": reach.bsuid, "until": reach.until.isoformat() if reach.until else None}
        for reach in others[:MOST_OTHERS]
    ]


def joined(first: Sequence[Reach], second: Sequence[Reach]) -> list[Reach]:
    """The accounts of both, each once, in this order."""
    found: list[Reach] = []
    for reach in (*first, *second):
        place = next((index for index, known in enumerate(found) if known.is_same(reach)), None)
        if place is None:
            found.append(reach)
        else:
            found[place] = found[place].also(reach)
    return found


def reach_for(thread: Conversation, sender: Sender) -> Reach:
    """Where an answer to a message of `sender` goes, with what the thread knows of that account."""
    asked = reach_of(sender)
    return next((reach for reach in reaches_of(thread) if reach.is_same(asked)), asked)


def reach_of_message(thread: Conversation, wamid: str) -> Reach:
    """Who wrote the message that is quoted or reacted to; who wrote last, when only one account writes here."""
    first = Reach(thread.reach_phone, thread.reach_bsuid)
    if not wamid or not thread.other_reaches:
        return first
    said = Message.objects.filter(wamid=wamid, direction=Message.Direction.IN).values_list("content__sender", flat=True)
    sender = said.first()
    return reach_for(thread, Sender.from_json(sender)) if sender else first


def chosen(wanted: Reach, known: Sequence[Reach], *, given_up: set[Name]) -> Reach | None:
    """Where a message for `wanted` goes at this moment: there while its names are in use, else to who wrote last.

    With that account's own window; None when no account is known.
    """
    left = wanted.without(given_up)
    if left.names:
        return next((replace(left, until=reach.until) for reach in known if reach.is_same(wanted)), left)
    return next((reach.without(given_up) for reach in known if reach.without(given_up).names), None)


def rename(customer: Customer, *, old: Reach, new: Reach) -> None:
    """An account goes by other names from now on: threads and what waits to be sent follow. In the caller's transaction."""
    if not (old.names and new.names):
        return
    rows = Conversation.objects.select_for_update(no_key=True, of=("self",)).filter(customer=customer)
    for thread in rows.order_by("pk"):
        put(thread, joined([_renamed(reach, old, new) for reach in reaches_of(thread)], []))
        thread.save(update_fields=["reach_phone", "reach_bsuid", "window_expires_at", "other_reaches"])
        _readdress(thread, old, new)


def _renamed(reach: Reach, old: Reach, new: Reach) -> Reach:
    return replace(new, until=reach.until) if reach.is_same(old) else reach


def _readdress(thread: Conversation, old: Reach, new: Reach) -> None:
    by_name = Q(pk=None)
    for kind, value in old.names:
        by_name |= Q(**{f"to_{kind}": value})
    waiting = Message.objects.filter(by_name, conversation=thread, direction=Message.Direction.OUT)
    states = (Message.State.QUEUED, Message.State.FAILED)
    waiting.filter(state__in=states).update(to_phone=new.phone, to_bsuid=new.bsuid)


def keep_own(thread: Conversation, customer_id: int) -> None:
    """Forget the accounts that are not this customer's, in memory: of the others the one with the longest window is first."""
    mine = set(
        CustomerIdentity.objects.filter(
            customer=customer_id, kind__in=("phone", "bsuid"), retired_at__isnull=True
        ).values_list("kind", "value")
    )
    own = [reach for reach in reaches_of(thread) if reach.names & mine]
    put(thread, sorted(own, key=lambda reach: (reach.until is not None, reach.until), reverse=True))
