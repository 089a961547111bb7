"""Which shop said it: messages we sent on a number that several shops share."""

from collections.abc import Sequence

from conversations.transport.models import OutboxItem
from conversations.transport.types import Receipt


def shop_of_message(number_id: int, wamid: str) -> int | None:
    """The id of the shop that sent `wamid` from this number, 0 for the platform; None when nobody is known to have."""
    if not wamid:
        return None
    rows = OutboxItem.objects.filter(number_id=number_id, wamid=wamid[:200])
    return rows.values_list("shop_id", flat=True).first()


def receipts_by_shop(number_id: int, receipts: Sequence[Receipt]) -> dict[int | None, list[Receipt]]:
    """The receipts of one number, each with the shop whose message it speaks of."""
    tokens = [receipt.token for receipt in receipts if receipt.token]
    wamids = [receipt.wamid for receipt in receipts]
    by_token = dict(OutboxItem.objects.filter(number_id=number_id, token__in=tokens).values_list("token", "shop_id"))
    by_wamid = dict(OutboxItem.objects.filter(number_id=number_id, wamid__in=wamids).values_list("wamid", "shop_id"))
    found: dict[int | None, list[Receipt]] = {}
    for receipt in receipts:
        shop_id = by_token.get(receipt.token, by_wamid.get(receipt.wamid))
        found.setdefault(shop_id, []).append(receipt)
    return found
