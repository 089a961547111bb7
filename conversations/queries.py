"""What the inbox shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from conversations.models import Conversation, Message, Note, TurnTrace

FILTERS = ("open", "needs_you", "mine", "assistant", "closed")


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One thread in the list. `conversation.customer` is loaded; `badge` is one of
    "" | "needs_you" | "person" | "assistant" | "waiting_for_payment"."""

    conversation: Conversation
    badge: str
    order_number: int | None


@dataclass(frozen=True, slots=True)
class InboxPage:
    """`next_before` asks for the following page; empty on the last."""

    rows: Sequence[InboxRow]
    next_before: str


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Messages oldest first; `earlier_before` is the id to ask earlier ones with, or None."""

    conversation: Conversation
    messages: Sequence[Message]
    earlier_before: int | None
    is_with_person: bool
    is_window_open: bool


def inbox_counts(*, user_id: int, at: datetime | None = None) -> dict[str, int]:
    """How many threads each of `FILTERS` holds, and `unread` (open ones with something new)."""
    raise NotImplementedError


def conversations_for_inbox(
    *, filter: str = "open", search: str = "", user_id: int | None = None, before: str = "", limit: int = 40
) -> InboxPage:
    """Threads newest first; `search` looks in name, phone, message text and order number. At most 3 SQL."""
    raise NotImplementedError


def thread(*, conversation_id: int, before: int | None = None, limit: int = 50) -> ThreadPage | None:
    """One thread with its latest messages (or those before message `before`)."""
    raise NotImplementedError


def conversation_of_customer(customer_id: int) -> Conversation | None:
    """The customer's most recent thread."""
    raise NotImplementedError


def trace_of(message_id: int) -> TurnTrace | None:
    """What was behind the reply `message_id`: works for the customer's message and for the bot's answer."""
    raise NotImplementedError


def notes_of(customer_id: int) -> list[Note]:
    """What staff wrote about the customer, newest first."""
    raise NotImplementedError
