"""Messages as the thread shows them: who spoke, on which day, and how far it got."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils import timezone

from conversations.inbox.threads import NOTHING, About
from conversations.models import Message
from conversations.views.around import NO_AROUND, SOURCES, Around, around
from conversations.views.fixes import FixButton
from tenants.models import User

Author = Message.Author


@dataclass(frozen=True, slots=True)
class Tick:
    """How far a message got: an icon, its name for a screen reader, and a tone."""

    icon: str
    label: str
    tone: str = ""


TICKS: Final = {
    "queued": Tick("clock", "Waiting to be sent"),
    "sending": Tick("clock", "Being sent"),
    "unknown": Tick("circle-question-mark", "WhatsApp did not answer; it may have arrived", "warn"),
    "sent": Tick("check", "Sent"),
    "delivered": Tick("check-check", "Delivered"),
    "read": Tick("check-check", "Read", "primary"),
    "failed": Tick("circle-alert", "Not delivered", "error"),
    "cancelled": Tick("ban", "Not sent"),
}


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message of a thread. `day` is set on the first of each day; `has_why`: the bot can say why it said this."""

    message: Message
    who: str
    style: str
    day: date | None
    tick: Tick | None
    has_why: bool
    fix: FixButton | None = None
    around: Around = NO_AROUND


def bubbles_of(
    messages: Sequence[Message],
    fixes: Mapping[int, FixButton] | None = None,
    about: About = NOTHING,
    *,
    customer: str = "Customer",
) -> list[Bubble]:
    """The messages of one thread, oldest first, with the names of staff who wrote some of them, what mends those
    that did not go out, and what stands around each."""
    people = User.objects.in_bulk({message.author_id for message in messages if message.author_id})
    bubbles: list[Bubble] = []
    day: date | None = None
    for message in messages:
        on = timezone.localdate(message.created_at)
        beside = around(message, about, customer=customer)
        bubbles.append(
            Bubble(
                message=message,
                who=_who(message, people.get(message.author_id or 0)),
                style="note" if beside.is_note else _STYLES[Author(message.author)],
                day=on if on != day else None,
                tick=TICKS.get(message.state) if message.is_outgoing else None,
                has_why=message.author == Author.BOT,
                fix=(fixes or {}).get(message.pk),
                around=beside,
            )
        )
        day = on
    return bubbles


_STYLES: Final = {Author.CUSTOMER: "in", Author.BOT: "ai", Author.SYSTEM: "ai", Author.STAFF: "me"}


def _who(message: Message, person: User | None) -> str:
    if source := SOURCES.get(message.content.get("source", "")):
        return source
    if message.author == Author.STAFF:
        return person.get_short_name() if person else "Your team"
    return {Author.BOT: "Assistant", Author.SYSTEM: "News"}.get(Author(message.author), "")
