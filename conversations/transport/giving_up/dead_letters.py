"""What was given up and waits for a person: try it again, or let it go. Each decision is kept in the audit.

Dead and quarantined events, bodies that could not be split (poison), and sends nobody knows the end of (dead).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from conversations.transport import ports, wakeup
from conversations.transport.giving_up import replay
from conversations.transport.giving_up.replay import NotDead
from conversations.transport.models import InboxEvent, Lane, OutboxItem, WebhookRaw
from conversations.transport.ports import SendResult, SendState
from conversations.transport.providers.base import Retry
from conversations.transport.providers.registry import verdict_on
from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.context import inside
from tenants.models import Shop, User
from tenants.queries import owner_by_id

GIVEN_UP: Final = (InboxEvent.State.DEAD, InboxEvent.State.QUARANTINED)


class NoReason(BusinessError):
    """Whoever lets something go says why."""


class NothingToRead(BusinessError):
    """The body behind it is gone."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decides and why; `actor` is None at the command line."""

    actor: User | None = None
    reason: str = ""

    def keep(self, action: str, *, subject: str, shop_id: int | None) -> None:
        """Write it into the audit."""
        shop = Shop.objects.filter(pk=shop_id).first() if shop_id else None
        note(action, shop=shop, actor=self.actor, subject=subject, detail={"reason": self.reason[:200]})

    def must_say_why(self) -> None:
        """Refuses: `NoReason`."""
        if not self.reason.strip():
            raise NoReason("Say why it is let go.")


@transaction.atomic
def retry_event(*, event_id: int, by: Decision, wait: float = 0.0) -> None:
    """Run a dead event again in `wait` seconds, or split a quarantined one's body anew.

    Refuses: `NotDead`, `NothingToRead`.
    """
    event = _waiting_event(event_id)
    if event.state == InboxEvent.State.DEAD:
        replay.retry_dead(event_id=event_id, wait=wait)
    else:
        _split_again(event)
    by.keep("event.retried", subject=f"event {event_id}", shop_id=event.shop_id)


@transaction.atomic
def discard_event(*, event_id: int, by: Decision) -> None:
    """Let an event go; a payment lane it blocked goes on. Refuses: `NoReason`, `NotDead`.

    Locks the lane, then the event.
    """
    by.must_say_why()
    event = _waiting_event(event_id)
    Lane.objects.select_for_update().filter(pk=event.lane).first()
    gone = InboxEvent.objects.filter(pk=event_id, state__in=GIVEN_UP).update(
        state=InboxEvent.State.SKIPPED, data={}, done_at=timezone.now(), last_error=f"Let go: {by.reason}"[:300]
    )
    if not gone:
        raise NotDead("This event waits for nobody.")
    if Lane.objects.filter(pk=event.lane, blocked_by=event_id).update(blocked_by=None, next_at=timezone.now()):
        wakeup.notify(wakeup.LANES)
    by.keep("event.discarded", subject=f"event {event_id}", shop_id=event.shop_id)


@transaction.atomic
def retry_webhook(*, raw_id: int, by: Decision) -> None:
    """Split a body again that could not be split. Refuses: `NotDead`."""
    poison = WebhookRaw.objects.filter(pk=raw_id, state=WebhookRaw.State.POISON).exclude(body=b"")
    if not poison.update(state=WebhookRaw.State.NEW, error=""):
        raise NotDead("This webhook waits for nobody, or its body is gone.")
    wakeup.notify(wakeup.INBOUND)
    by.keep("webhook.retried", subject=f"webhook {raw_id}", shop_id=None)


@transaction.atomic
def discard_webhook(*, raw_id: int, by: Decision) -> None:
    """Let a body go that could not be split; it is kept as long as any other. Refuses: `NoReason`, `NotDead`."""
    by.must_say_why()
    poison = WebhookRaw.objects.filter(pk=raw_id, state=WebhookRaw.State.POISON)
    if not poison.update(state=WebhookRaw.State.SPLIT, error=f"Let go: {by.reason}"[:300]):
        raise NotDead("This webhook waits for nobody.")
    by.keep("webhook.discarded", subject=f"webhook {raw_id}", shop_id=None)


@transaction.atomic
def retry_send(*, outbox_id: int, by: Decision, wait: float = 0.0) -> None:
    """Send a message again, in `wait` seconds, whose first call got no answer: it may then arrive twice.

    Refuses: `NotDead`.

    Locks the row. The tries are not counted anew, because their number is the fence against a late answer.
    """
    item = _dead_send(outbox_id)
    OutboxItem.objects.filter(pk=outbox_id).update(
        state=OutboxItem.State.QUEUED,
        next_at=timezone.now() + timedelta(seconds=wait),
        lease_until=None,
        last_error="",
        error_code="",
    )
    shop = owner_by_id(item.shop_id)
    with inside(shop, allow_suspended=True):
        ports.store().report(shop, [SendResult(item.message_id, SendState.QUEUED, timezone.now())])
    wakeup.notify(wakeup.OUTBOX, str(item.number_id))
    by.keep("send.retried", subject=f"outbox {outbox_id}", shop_id=item.shop_id)


@transaction.atomic
def discard_send(*, outbox_id: int, by: Decision) -> None:
    """Let a send go; the thread goes on saying what is known. Refuses: `NoReason`, `NotDead`. Locks the row."""
    by.must_say_why()
    item = _dead_send(outbox_id, OutboxItem.State.DEAD, OutboxItem.State.FAILED)
    OutboxItem.objects.filter(pk=outbox_id).update(
        state=OutboxItem.State.CANCELLED, last_error=f"Let go: {by.reason}"[:300]
    )
    by.keep("send.discarded", subject=f"outbox {outbox_id}", shop_id=item.shop_id)


def may_be_twice(item: OutboxItem) -> bool:
    """Whether nobody knows that it did not arrive: a call without an answer, or a code that does not say so."""
    if item.error_code.isdigit():
        return verdict_on(int(item.error_code)).retry is Retry.RECONCILE
    return item.state == OutboxItem.State.DEAD


@dataclass(frozen=True, slots=True)
class Tried:
    """How many were done, how many refused, and how many were left out because perhaps they have arrived."""

    done: int
    refused: int
    doubtful: int


def retry_all(*, lane: str = "", shop: Shop | None = None, by: Decision, may_arrive_twice: bool = False) -> Tried:
    """Retry every dead event and send of one lane or of one shop, oldest first; sends that perhaps arrived only if told."""
    about: dict[str, str | int] = {"lane": lane} if shop is None else {"shop_id": shop.pk}
    events = list(InboxEvent.objects.filter(state__in=GIVEN_UP, **about).order_by("id").values_list("pk", flat=True))
    dead = list(OutboxItem.objects.filter(state=OutboxItem.State.DEAD, **about).order_by("id"))
    sends = [item.pk for item in dead if may_arrive_twice or not may_be_twice(item)]
    refused = sum(not _is_done(lambda key: retry_event(event_id=key, by=by), key) for key in events)
    refused += sum(not _is_done(lambda key: retry_send(outbox_id=key, by=by), key) for key in sends)
    return Tried(len(events) + len(sends) - refused, refused, len(dead) - len(sends))


def _is_done(act: Callable[[int], None], key: int) -> bool:
    try:
        act(key)
    except BusinessError:
        return False
    return True


def _waiting_event(event_id: int) -> InboxEvent:
    event = InboxEvent.objects.filter(pk=event_id, state__in=GIVEN_UP).first()
    if event is None:
        raise NotDead("This event waits for nobody.")
    return event


def _split_again(event: InboxEvent) -> None:
    """Forget a quarantined event and let its body make it anew: a shop's by now, or quarantined again."""
    if not WebhookRaw.objects.filter(pk=event.raw_id or 0).exclude(body=b"").update(state=WebhookRaw.State.NEW):
        raise NothingToRead("The body it came with is gone.")
    event.delete()
    wakeup.notify(wakeup.INBOUND)


def _dead_send(outbox_id: int, *states: OutboxItem.State) -> OutboxItem:
    among = states or (OutboxItem.State.DEAD,)
    item = OutboxItem.objects.select_for_update().filter(pk=outbox_id, state__in=among).first()
    if item is None:
        raise NotDead("This message waits for nobody.")
    return item
