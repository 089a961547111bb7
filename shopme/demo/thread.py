"""One chat being remembered: what a customer said and tapped, and what the bot answered, in the bot's own words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from conversations.models import Conversation, Message
from conversations.registry import STATES
from conversations.talk import Talk, Voice
from conversations.transport.replies import Buttons, Choice, Menu, Reply, Text, reply_kind, reply_text, reply_to_json
from conversations.transport.types import Incoming, IncomingKind, Place, Sender
from loyalty.models import Customer
from tenants.models import Shop, WhatsAppNumber

Author = Message.Author
# Answers that are the same for everybody are asked once a shop.
SAME_FOR_ALL = frozenset(
    {"browse", "browse.category", "product", "product.options", "checkout.way", "search.lost", "person"}
)
Shared = dict[tuple[Any, ...], tuple[Reply, ...]]


@dataclass(slots=True)
class Thread:
    """A conversation with its messages in memory. `at` is the time of the last one; replies come seconds later."""

    shop: Shop
    number: WhatsAppNumber
    customer: Customer
    language: str
    at: datetime
    luck: Random
    shared: Shared
    # Where the shop is, for those who collect.
    collect_at: str
    messages: list[Message] = field(default_factory=list)
    conversation: Conversation = field(init=False)
    last_in_at: datetime | None = None
    last_replies: Sequence[Reply] = ()

    def __post_init__(self) -> None:
        self.conversation = Conversation(
            customer=self.customer, number_id=self.number.pk, language=self.language, created_at=self.at
        )

    @property
    def voice(self) -> Voice:
        return Voice(self.shop, self.language)

    def wait(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)

    def resume(self, at: datetime) -> None:
        """Go on at `at`, or right after the last message if that is later."""
        self.at = max(self.at + timedelta(seconds=5), at)

    def says(self, text: str) -> None:
        """The customer writes."""
        self._hear(self._incoming(IncomingKind.TEXT, text=text))

    def shares(self, latitude: float, longitude: float) -> None:
        """The customer sends where they are."""
        place = Place(latitude=latitude, longitude=longitude)
        self._hear(self._incoming(IncomingKind.LOCATION, location=place))

    def taps(self, choice_id: str) -> bool:
        """The customer taps what was just shown; False if it was not there."""
        choice = next((found for found in _choices(self.last_replies) if found.id == choice_id), None)
        if choice is None:
            return False
        self._hear(
            self._incoming(IncomingKind.CHOICE, text=choice.title, choice_id=choice.id, choice_title=choice.title)
        )
        return True

    def asks(self, state: str, **data: object) -> None:
        """The bot answers as its state `state` does."""
        self.answers(*self._asked(state, data))

    def answers(self, *replies: Reply, author: str = Author.BOT, author_id: int | None = None) -> None:
        """The shop says `replies`."""
        self.at += timedelta(seconds=self.luck.uniform(1, 3) if author != Author.STAFF else 20)
        for reply in replies:
            self._say(reply, author, author_id)
        if author == Author.BOT:
            self.last_replies = replies

    def staff(self, text: str, *, user_id: int) -> None:
        """A person of the shop writes."""
        self.answers(Text(text), author=Author.STAFF, author_id=user_id)

    def _asked(self, state: str, data: dict[str, object]) -> tuple[Reply, ...]:
        key = (state, tuple(sorted(data.items())))
        if state in SAME_FOR_ALL and key in self.shared:
            return self.shared[key]
        incoming = self._incoming(IncomingKind.TEXT, text="")
        talk = Talk(
            shop=self.shop,
            language=self.language,
            customer=self.customer,
            conversation=self.conversation,
            incoming=incoming,
            at=self.at,
            data=dict(data),
        )
        replies = tuple(STATES[state].ask(talk))
        self.shared[key] = replies
        return replies

    def _incoming(self, kind: IncomingKind, **more: Any) -> Incoming:
        sender = Sender(phone=self.customer.phone, profile_name=self.customer.profile_name)
        return Incoming(
            wamid=self._wamid(), sender=sender, sent_at=self.at, kind=kind, number_id=self.number.pk, **more
        )

    def _wamid(self) -> str:
        return f"wamid.{self.luck.getrandbits(144):036X}"

    def _hear(self, incoming: Incoming) -> None:
        self.at += timedelta(seconds=self.luck.uniform(5, 25))
        self.last_in_at = self.at
        content = incoming.to_json() | {"sent_at": self.at.isoformat()}
        self.messages.append(
            Message(
                conversation=self.conversation,
                direction=Message.Direction.IN,
                author=Author.CUSTOMER,
                kind=incoming.kind.value,
                text=incoming.text,
                content=content,
                wamid=incoming.wamid,
                state=Message.State.RECEIVED,
                state_at=self.at,
                created_at=self.at,
            )
        )

    def _say(self, reply: Reply, author: str, author_id: int | None) -> None:
        self.messages.append(
            Message(
                conversation=self.conversation,
                direction=Message.Direction.OUT,
                author=author,
                author_id=author_id,
                kind=reply_kind(reply),
                text=reply_text(reply),
                content=reply_to_json(reply),
                wamid=self._wamid(),
                token=f"{self.luck.getrandbits(128):032x}",
                state=Message.State.READ,
                state_at=self.at + timedelta(seconds=4),
                cause=f"demo:{self.customer.pk}",
                dedupe_key=f"demo:{self.customer.pk}:{len(self.messages)}",
                created_at=self.at,
            )
        )

    def can_tap(self, choice_id: str) -> bool:
        """Whether the bot's last answer offers this choice."""
        return any(choice.id == choice_id for choice in _choices(self.last_replies))


def _choices(replies: Sequence[Reply]) -> list[Choice]:
    found: list[Choice] = []
    for reply in replies:
        if isinstance(reply, Buttons):
            found += reply.buttons
        elif isinstance(reply, Menu):
            found += [choice for section in reply.sections for choice in section.choices]
    return found
