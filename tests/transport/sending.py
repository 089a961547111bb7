"""What the sending tests share: a number, messages kept in memory, and a sender that runs until nothing is due."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from conversations.transport import outbox
from conversations.transport.models import OutboxItem
from conversations.transport.ports import MessageReceipt, Outgoing, SendResult
from conversations.transport.replies import Text
from conversations.transport.sending import sender
from conversations.transport.sending.statuses import merge_result, merge_status
from tenants.models import Shop, WhatsAppNumber

_ids = count(1)


class MemoryStore:
    """The chat's side of the port, without a chat. `states` and `results` by message id."""

    def __init__(self) -> None:
        self.messages: dict[int, Outgoing] = {}
        self.states: dict[int, str] = {}
        self.results: list[SendResult] = []
        self.receipts: list[MessageReceipt] = []

    def load(self, shop: Shop, message_ids: Sequence[int]) -> Mapping[int, Outgoing]:
        return {key: self.messages[key] for key in message_ids if key in self.messages}

    def said_elsewhere(self, shop: Shop, wamids: Sequence[str]) -> Mapping[str, int]:
        return {}

    def report(self, shop: Shop, results: Sequence[SendResult]) -> None:
        for result in results:
            self.results.append(result)
            self.states[result.message_id] = merge_result(self.states.get(result.message_id, "queued"), result.state)

    def begin_anew(self, shop: Shop, message_id: int, token: str) -> None:
        self.states[message_id] = "queued"

    def receive(self, shop: Shop, receipts: Sequence[MessageReceipt]) -> None:
        for given in receipts:
            self.receipts.append(given)
            if given.message_id is not None:
                before = self.states.get(given.message_id, "queued")
                self.states[given.message_id] = merge_status(before, given.receipt.status)


def number_of(shop: Shop, **fields: Any) -> WhatsAppNumber:
    """A number of `shop` at Meta."""
    serial = next(_ids)
    values = {
        "provider": "meta_cloud",
        "phone": f"+2711000{serial:04d}",
        "phone_number_id": f"pn{serial}",
        "portfolio": "waba",
        "access_token": "token",
        "throughput_per_second": 1000,
    }
    return WhatsAppNumber.objects.create(shop=shop, **{**values, **fields})


class Post:
    """Puts messages on the way for one number."""

    def __init__(self, shop: Shop, store: MemoryStore, **fields: Any) -> None:
        self.shop, self.store = shop, store
        self.number = number_of(shop, **fields)

    def say(self, *words: str, to: str = "27821230001", **how: Any) -> list[int]:
        """One message a word to one person, in order; returns the message ids."""
        known = {"window_expires_at": timezone.now() + timedelta(hours=1), "phone": f"+{to}"}
        about = {key: how.pop(key) for key in ("window_expires_at", "is_blocked", "bsuid", "phone") if key in how}
        ids = [next(_ids) for _ in words]
        for message_id, word in zip(ids, words, strict=True):
            self.store.messages[message_id] = Outgoing(message_id, Text(word), **{**known, **about})
            self.store.states[message_id] = "queued"
        outbox.queue(
            shop_id=self.shop.pk,
            number_id=self.number.pk,
            lane=f"c:{self.number.pk}:{to}",
            message_ids_with_keys=[(key, f"key:{key}", f"token-{key}") for key in ids],
            **how,
        )
        return ids

    def rows(self) -> list[OutboxItem]:
        return list(OutboxItem.objects.filter(number_id=self.number.pk).order_by("id"))

    def row(self, message_id: int) -> OutboxItem:
        return OutboxItem.objects.get(message_id=message_id, number_id=self.number.pk)


@contextmanager
def running_sender(threads: int = 4) -> Any:
    """A real sender in threads, until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=sender.run_sender, args=(stop, threads))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(timeout=20)
        assert not thread.is_alive()


def until(is_true: Callable[[], bool], seconds: float = 8.0) -> None:
    """Wait for it, and fail when it does not come."""
    ends = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)
