"""What the ticks say: receipts in any order, doubled or late, always lead to the same state."""

from typing import Final

from conversations.transport.ports import SendState
from conversations.transport.types import ReceiptStatus

# `failed` stands above `sent` (WhatsApp took it, but it did not arrive) and below proof that it did arrive.
RANK: Final = {
    "queued": 0,
    "sending": 1,
    "unknown": 2,
    "cancelled": 3,
    "sent": 4,
    "failed": 5,
    "delivered": 6,
    "read": 7,
    "played": 8,
}


def merge_status(current: str, incoming: ReceiptStatus | str) -> str:
    """The better known of two states; never goes down."""
    new = str(incoming)
    return new if RANK[new] > RANK[current] else current


def merge_result(current: str, result: SendState | str) -> str:
    """The state after an answer of the send call: what a receipt already told is not undone.

    Only `queued` goes back, and only from where nothing is known to have arrived: a refused call is tried again.
    """
    if str(result) == "queued":
        return "queued" if RANK[current] <= RANK["unknown"] else current
    return merge_status(current, str(result))
