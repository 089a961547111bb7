"""Where transport meets the chat above it: the chat registers a store, and transport asks and tells only through it.

Every call runs inside the shop's context and inside a transaction. The store writes rows and nothing else: the rows of
the outbox are written in the same transaction, so both know the same or neither does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from conversations.transport.replies import Reply
from conversations.transport.types import Receipt

if TYPE_CHECKING:
    from tenants.models import Shop


class SendState(StrEnum):
    """Where a message of ours stands, as far as sending goes; receipts tell the rest."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent, read again right before sending. `is_blocked`: the shop blocked this customer.

    `is_unwanted`: it is an offer, and the customer said stop.
    """

    message_id: int
    reply: Reply
    phone: str | None = None
    bsuid: str | None = None
    window_expires_at: datetime | None = None
    context_wamid: str = ""
    is_blocked: bool = False
    is_unwanted: bool = False


@dataclass(frozen=True, slots=True)
class SendResult:
    """How one sending ended. `error_text` is a sentence for the operator, `error_code` the provider's number."""

    message_id: int
    state: SendState
    at: datetime
    wamid: str = ""
    error_code: int | None = None
    error_text: str = ""
    # Only where they differ: the phone as we wrote it, and the account WhatsApp found behind it.
    dialled: str = ""
    wa_id: str = ""


@dataclass(frozen=True, slots=True)
class MessageReceipt:
    """A receipt and the message it belongs to; `message_id` is None when we never sent that wamid (kept as history)."""

    message_id: int | None
    receipt: Receipt


class MessageStore(Protocol):
    """What the chat does for transport."""

    def load(self, shop: "Shop", message_ids: Sequence[int]) -> Mapping[int, Outgoing]:
        """The messages to send; those that no longer exist or were withdrawn are left out (and then cancelled)."""
        ...

    def said_elsewhere(self, shop: "Shop", wamids: Sequence[str]) -> Mapping[str, int]:
        """Message ids of the shop's own messages that never passed the outbox, by wamid: those of its phone app."""
        ...

    def report(self, shop: "Shop", results: Sequence[SendResult]) -> None:
        """Write state, wamid and error to the message rows. A result never lowers a better known state.

        Use `statuses.merge_result(current, result.state)`: a receipt may have come before the answer of the call.
        """
        ...

    def begin_anew(self, shop: "Shop", message_id: int, token: str) -> None:
        """A message that had failed is queued again under another token; its old wamid and error are forgotten."""
        ...

    def receive(self, shop: "Shop", receipts: Sequence[MessageReceipt]) -> None:
        """Keep each receipt as history and merge it into the message by `statuses.merge_status(current, receipt)`.

        The same receipt twice changes nothing. Also stores the wamid of a message that had none.
        """
        ...


class NoStore(RuntimeError):
    """Nothing registered a message store: the conversations app is not installed."""


_registered: list[MessageStore] = []


def set_store(new: MessageStore) -> None:
    """Called once from the chat's AppConfig.ready."""
    _registered[:] = [new]


def store() -> MessageStore:
    """The registered store. Refuses: `NoStore`."""
    if not _registered:
        raise NoStore("No message store is registered.")
    return _registered[0]
