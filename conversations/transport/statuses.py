"""What the ticks say: receipts in any order, doubled or late, always lead to the same state."""

from typing import Final

from conversations.transport.ports import SendState
from conversations.transport.types import ReceiptStatus

_RANK: Final = {
    "queued": 0,
    "sending": 1,
    "unknown": 2,
    "cancelled": 2,
    "failed": 3,
    "sent": 4,
    "delivered": 5,
    "read": 6,
    "played": 7,
}


def merge_status(current: str, incoming: ReceiptStatus | str) -> str:
    """The better known of two states; never goes down. `failed` stands only while nothing better is known.

    So played > read > delivered > sent, and `failed` wins over what was merely queued, sending or unknown. A `failed`
    that follows `sent` wins too: `sent` says WhatsApp took it, `failed` says it did not arrive. See `RANK`.
    """
    new = str(incoming)
    if {current, new} == {"sent", "failed"}:
        return "failed"
    return new if _RANK[new] > _RANK[current] else current


def merge_result(current: str, result: SendState | str) -> str:
    """The state after an answer of the send call; what a receipt already told is not undone."""
    new = str(result)
    if current in ("delivered", "read", "played", "failed") or (current == "sent" and new != "failed"):
        return current
    return new
