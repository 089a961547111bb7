"""Celery's share of sending: hints that may vanish. The senders of `work_lanes` do the same without them."""

from celery import shared_task

from conversations.transport import delivery
from conversations.transport.sending import claims


@shared_task(name="conversations.transport.tasks.drain_outbox")
def drain_outbox(number_id: int) -> int:
    """Send what is due for one number; harmless beside other senders."""
    return delivery.drain(number_id)


@shared_task(name="conversations.transport.tasks.reclaim_outbox")
def reclaim_outbox() -> int:
    """Take up sends that were left in the middle, and hint at every number with something overdue."""
    moved = delivery.reclaim()
    for number_id in claims.due_numbers(overdue_seconds=5):
        drain_outbox.apply_async(kwargs={"number_id": number_id}, expires=30)
    return moved
