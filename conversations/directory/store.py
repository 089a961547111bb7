"""The platform's side of `transport.ports.MessageStore`: its own words on a shared number."""

from collections.abc import Mapping, Sequence
from typing import Any

from conversations.transport.ports import MessageReceipt, MessageStore, Outgoing, SendResult
from conversations.transport.replies import reply_from_json
from conversations.transport.rules.windows import WINDOW, WINDOW_MARGIN
from conversations.transport.sending import statuses
from tenants.models import DirectoryMessage, Shop
from tenants.queries import PLATFORM


class DirectoryStore:
    """Messages without a shop; `shop` is always the platform's stand-in."""

    def load(self, shop: Shop, message_ids: Sequence[int]) -> Mapping[int, Outgoing]:
        """The messages to send."""
        rows = DirectoryMessage.objects.filter(pk__in=message_ids, direction="out").exclude(state="cancelled")
        return {row.pk: _outgoing(row) for row in rows.select_related("shopper")}

    def said_elsewhere(self, shop: Shop, wamids: Sequence[str]) -> Mapping[str, int]:
        """Nobody writes for the platform on a phone app."""
        return {}

    def begin_anew(self, shop: Shop, message_id: int, token: str) -> None:
        """A failed message is queued again, as if it had never been tried."""
        DirectoryMessage.objects.filter(pk=message_id, direction="out").update(
            state="queued", wamid=None, token=token, error_code="", error_text=""
        )

    def report(self, shop: Shop, results: Sequence[SendResult]) -> None:
        """What became of each send. A receipt that came earlier is not undone."""
        rows = _locked([result.message_id for result in results])
        for result in results:
            if row := rows.get(result.message_id):
                _move(row, statuses.merge_result(row.state, result.state), result)

    def receive(self, shop: Shop, receipts: Sequence[MessageReceipt]) -> None:
        """Merge each receipt into its message; the same one again changes nothing."""
        rows = _locked([given.message_id for given in receipts if given.message_id is not None])
        for given in receipts:
            row = rows.get(given.message_id or 0)
            if row is None:
                continue
            merged = statuses.merge_status(row.state, given.receipt.status)
            if (state := statuses.shown_as(merged)) != row.state:
                _move(row, state, given.receipt)


def _outgoing(row: DirectoryMessage) -> Outgoing:
    heard_at = row.shopper.last_inbound_at
    return Outgoing(
        message_id=row.pk,
        reply=reply_from_json(row.content),
        phone=row.shopper.phone,
        bsuid=row.shopper.bsuid,
        window_expires_at=heard_at + WINDOW - WINDOW_MARGIN if heard_at else None,
    )


def _locked(message_ids: Sequence[int]) -> dict[int, DirectoryMessage]:
    rows = DirectoryMessage.objects.select_for_update().filter(pk__in=message_ids).order_by("pk")
    return {row.pk: row for row in rows}


def _move(row: DirectoryMessage, state: str, said: Any) -> None:
    row.state, row.state_at = state, said.at
    row.wamid = row.wamid or said.wamid or None
    row.error_code = "" if said.error_code is None else str(said.error_code)
    row.error_text = said.error_text
    row.save(update_fields=["state", "state_at", "wamid", "error_code", "error_text"])


class EveryStore:
    """Each shop's messages, and those of the platform itself; who asks names the shop or the platform's stand-in."""

    def __init__(self, shops: MessageStore, platform: MessageStore) -> None:
        self._shops, self._platform = shops, platform

    def load(self, shop: Shop, message_ids: Sequence[int]) -> Mapping[int, Outgoing]:
        return self._of(shop).load(shop, message_ids)

    def said_elsewhere(self, shop: Shop, wamids: Sequence[str]) -> Mapping[str, int]:
        return self._of(shop).said_elsewhere(shop, wamids)

    def begin_anew(self, shop: Shop, message_id: int, token: str) -> None:
        self._of(shop).begin_anew(shop, message_id, token)

    def report(self, shop: Shop, results: Sequence[SendResult]) -> None:
        self._of(shop).report(shop, results)

    def receive(self, shop: Shop, receipts: Sequence[MessageReceipt]) -> None:
        self._of(shop).receive(shop, receipts)

    def _of(self, shop: Shop) -> MessageStore:
        return self._platform if shop.pk == PLATFORM else self._shops
