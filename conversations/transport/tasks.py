"""Celery's doors into transport. The lane processes sweep for themselves too, so these may stop without harm."""

from celery import shared_task

from conversations.transport.delivery_tasks import drain_outbox, reclaim_outbox

__all__ = ["drain_outbox", "reclaim_outbox", "scrub", "sweep"]


@shared_task(name="conversations.transport.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Pick up what was left lying."""
    from conversations.transport import sweeper

    sweeper.sweep()


@shared_task(name="conversations.transport.tasks.scrub", ignore_result=True)
def scrub() -> None:
    """Empty and forget what is old enough."""
    from conversations.transport import sweeper

    sweeper.scrub()
