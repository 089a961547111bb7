"""What a flow sees of a turn, and what it answers with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

from conversations.models import Conversation
from conversations.transport.replies import Reply, Text
from conversations.transport.types import Incoming
from loyalty.models import Customer
from shopme.lib.money import format_money
from tenants.models import Shop

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(slots=True)
class Voice:
    """How a shop speaks with one customer: its currency and time zone, their language."""

    shop: Shop
    language: str

    def money(self, cents: int) -> str:
        return format_money(cents, self.shop.currency, self.language)


@dataclass(slots=True)
class Talk(Voice):
    """One customer's turn. `data` belongs to the present state; `memory` outlives states (the checkout, say)."""

    customer: Customer
    conversation: Conversation
    incoming: Incoming
    at: datetime
    data: Json = field(default_factory=dict)
    memory: Json = field(default_factory=dict)
    is_first_contact: bool = False
    steps: list[dict[str, str]] = field(default_factory=list)
    _read: dict[str, Any] = field(default_factory=dict)

    def once(self, what: str, read: Callable[[], T]) -> T:
        """What `read` gives, asked once a turn: for what the turn itself does not change."""
        if what not in self._read:
            self._read[what] = read()
        return cast("T", self._read[what])

    @property
    def text(self) -> str:
        return self.incoming.text.strip()

    def trace(self, step: str, detail: object = "") -> None:
        """Keep what happened for “behind the reply”."""
        self.steps.append({"step": step, "detail": str(detail)})


@dataclass(frozen=True, slots=True)
class Move:
    """Where the talk goes: to the state named `to`, after saying `say`, with `data` for that state."""

    to: str
    say: Sequence[Reply] = ()
    data: Json = field(default_factory=dict)


class State:
    """One point of a talk. It asks on arrival and hears the answer; `None` means it did not understand."""

    name: str = ""
    # Its question holds an answer of its own (a balance, an order), worth keeping when more was asked at once.
    is_answer: bool = False

    def ask(self, talk: Talk) -> Sequence[Reply]:
        return ()

    def hear(self, talk: Talk) -> Move | None:
        return None

    def hides(self, text: str) -> bool:
        """Whether this, said as an answer, must not stay readable: it is hidden, heard alone, and never quoted."""
        return False


Answer = Callable[..., Move]


def say(words: Any, /, **values: object) -> Text:
    """`words` in this turn's language, filled in; a plural follows its `count`."""
    return Text(str(words.format(**values) if values else words))
