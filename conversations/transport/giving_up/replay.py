"""Running kept webhooks again. Harmless: every event has a key, and a key that is done stays done."""

from datetime import datetime

from django.db import connection, transaction

from conversations.transport import wakeup
from conversations.transport.models import InboxEvent, Lane, WebhookRaw
from conversations.transport.splitting.routing import quarantine_of
from shopme.lib.errors import BusinessError


class NotDead(BusinessError):
    """Only a dead event can be tried again."""


@transaction.atomic
def replay_webhooks(*, since: datetime) -> int:
    """Split every kept body since then once more; scrubbed ones cannot be. Returns how many bodies."""
    bodies = WebhookRaw.objects.filter(received_at__gte=since).exclude(state="new").exclude(body=b"")
    count = bodies.update(state=WebhookRaw.State.NEW, error="")
    wakeup.notify(wakeup.INBOUND)
    return count


@transaction.atomic
def take_up_quarantined(*, phone_number_id: str) -> int:
    """Forget the quarantined events of a number that is now known and split their bodies again. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH known AS (
                DELETE FROM public.transport_inboxevent WHERE state = 'quarantined' AND starts_with(scope, %s) RETURNING raw_id
            )
            UPDATE public.transport_webhookraw SET state = 'new' WHERE id IN (SELECT raw_id FROM known)
            """,
            [quarantine_of(phone_number_id)],
        )
        count: int = cursor.rowcount
    if count:
        wakeup.notify(wakeup.INBOUND)
    return count


@transaction.atomic
def retry_dead(*, event_id: int, wait: float = 0.0) -> None:
    """Let a dead event run again in `wait` seconds, with all its retries; a payment lane it blocked goes on. Refuses: `NotDead`.

    Locks the lane, then the event.
    """
    event = InboxEvent.objects.filter(pk=event_id, state=InboxEvent.State.DEAD).exclude(lane="").first()
    lane = Lane.objects.select_for_update().filter(pk=event.lane).first() if event else None
    if event is None or lane is None or event.kind == InboxEvent.Kind.UNREADABLE:
        raise NotDead("This event is not dead, or nothing of it can be read.")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH revived AS (
                UPDATE public.transport_inboxevent SET state = 'ready', attempts = 0, last_error = '',
                    next_at = now() + make_interval(secs => %s)
                WHERE id = %s AND state = 'dead' RETURNING lane
            )
            UPDATE public.transport_lane AS lane
            SET pending = pending + 1, next_at = now(),
                blocked_by = CASE WHEN blocked_by = %s THEN NULL ELSE blocked_by END
            FROM revived WHERE lane.key = revived.lane
            """,
            [wait, event_id, event_id],
        )
    wakeup.notify(wakeup.LANES)
