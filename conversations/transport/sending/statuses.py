"""What the ticks say: receipts in any order, doubled or late, always lead to the same state."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.utils import timezone

from conversations.transport import ports, wakeup
from conversations.transport.ports import MessageReceipt, SendState
from conversations.transport.providers.registry import sentence_for
from conversations.transport.sending import consequences
from conversations.transport.sending.consequences import Failure
from conversations.transport.types import Receipt, ReceiptStatus
from shopme.lib.errors import BusinessError

if TYPE_CHECKING:
    from tenants.models import Shop

# `failed` stands above `sent` (WhatsApp took it, but it did not arrive) and below proof that it did arrive.
RANK: Final = {
    # Kept as history only.
    "warning": -2,
    "deleted": -1,
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
# How long a receipt waits for the commit of its sender, before it is kept as history of a message we do not know.
PATIENCE: Final = timedelta(minutes=10)


class NotYetKnown(BusinessError):
    """A receipt came before its sender has told us the wamid. Nothing was written; try again shortly."""


def merge_status(current: str, incoming: ReceiptStatus | str) -> str:
    """The better known of two states; never goes down."""
    new = str(incoming)
    return new if RANK[new] > RANK[current] else current


def shown_as(status: str) -> str:
    """What a tick says of it: a voice note that was played was read."""
    return "read" if status == "played" else status


def merge_result(current: str, result: SendState | str) -> str:
    """The state after an answer of the send call: what a receipt already told is not undone.

    Only `queued` goes back, and only from where nothing is known to have arrived: a refused call is tried again.
    """
    if str(result) == "queued":
        return "queued" if RANK[current] <= RANK["unknown"] else current
    return merge_status(current, str(result))


_FIND: Final = """
SELECT token, coalesce(wamid, ''), message_id FROM public.transport_outboxitem
WHERE number_id = %(number)s AND shop_id = %(shop)s AND (token = ANY(%(tokens)s) OR wamid = ANY(%(wamids)s))
"""
_SETTLE: Final = """
WITH settled AS (
  UPDATE public.transport_outboxitem o SET
    state = CASE WHEN given.failed THEN 'failed' ELSE 'sent' END,
    wamid = coalesce(o.wamid, given.wamid), sent_at = coalesce(o.sent_at, now()), lease_until = NULL,
    error_code = CASE WHEN given.failed THEN given.code ELSE o.error_code END,
    last_error = CASE WHEN given.failed THEN given.reason ELSE o.last_error END
  FROM unnest(%(tokens)s::text[], %(wamids)s::text[], %(failed)s::boolean[], %(codes)s::text[], %(reasons)s::text[])
    AS given (token, wamid, failed, code, reason)
  WHERE o.number_id = %(number)s AND o.shop_id = %(shop)s
    AND ((given.token <> '' AND o.token = given.token) OR (o.wamid = given.wamid))
    AND (o.state IN ('queued', 'sending', 'unknown', 'dead') OR (given.failed AND o.state = 'sent'))
  RETURNING o.id
)
SELECT count(*) FROM settled
"""


def apply_receipts(*, shop: "Shop", number_id: int, receipts: Sequence[Receipt]) -> None:
    """Join receipts to what we sent, by our token or the wamid: the outbox rows here, the messages through the store.

    Inside the shop and the caller's transaction. Refuses: `NotYetKnown`, before writing anything, when one of them is
    younger than `PATIENCE` and belongs to nothing we know; an older one is kept without a message.
    """
    if not receipts:
        return
    receipts = [_in_our_words(receipt) for receipt in receipts]
    known = _messages_of(shop.pk, number_id, receipts)
    if strange := [r.wamid for r in receipts if r.token not in known and r.wamid not in known]:
        known |= ports.store().said_elsewhere(shop, strange)
    joined = [MessageReceipt(known.get(r.token) or known.get(r.wamid), r) for r in receipts]
    if any(j.message_id is None and _is_young(j.receipt.at) for j in joined):
        raise NotYetKnown
    _settle(shop.pk, number_id, [j.receipt for j in joined if j.message_id is not None])
    ports.store().receive(shop, joined)
    failures = [
        Failure(j.message_id, j.receipt.error_code, j.receipt.at)
        for j in joined
        if j.message_id is not None and j.receipt.error_code is not None
    ]
    if failures:
        consequences.of_receipts(number_id=number_id, failures=failures)


def _in_our_words(receipt: Receipt) -> Receipt:
    """What the operator reads is ours, as for the answer of a call; WhatsApp's own words stay in the raw body."""
    if receipt.error_code is None:
        return receipt
    return replace(receipt, error_text=sentence_for(receipt.error_code))


def _is_young(at: datetime) -> bool:
    return timezone.now() - at < PATIENCE


def _messages_of(shop_id: int, number_id: int, receipts: Sequence[Receipt]) -> dict[str, int]:
    """Message ids by token and by wamid."""
    values: dict[str, Any] = {
        "shop": shop_id,
        "number": number_id,
        "tokens": [r.token for r in receipts if r.token],
        "wamids": [r.wamid for r in receipts],
    }
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_FIND, values)
        for token, wamid, message_id in cursor.fetchall():
            found[token] = message_id
            if wamid:
                found[wamid] = message_id
    return found


def _settle(shop_id: int, number_id: int, receipts: Sequence[Receipt]) -> None:
    """What a receipt proves about the sending itself; a proof of arrival wins over a failure in the same batch."""
    best: dict[str, Receipt] = {}
    for receipt in sorted(receipts, key=lambda r: RANK[r.status]):
        best[receipt.token or receipt.wamid] = receipt
    if not best:
        return
    values: dict[str, Any] = {
        "shop": shop_id,
        "number": number_id,
        "tokens": [r.token for r in best.values()],
        "wamids": [r.wamid for r in best.values()],
        "failed": [r.status is ReceiptStatus.FAILED for r in best.values()],
        "codes": [str(r.error_code or "") for r in best.values()],
        "reasons": [r.error_text[:300] for r in best.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, values)
        (settled,) = cursor.fetchone()
    if settled:
        wakeup.notify(wakeup.OUTBOX, str(number_id))
