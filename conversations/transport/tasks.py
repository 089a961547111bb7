"""Celery's doors into transport. The lane processes sweep for themselves too, so these may stop without harm."""

from celery import shared_task

from conversations.transport.delivery_tasks import drain_outbox, reclaim_outbox
from tenants.tasks import TenantTask

__all__ = [
    "drain_outbox",
    "look_at_numbers",
    "look_at_numbers_everywhere",
    "look_at_shared_numbers",
    "note_last_webhooks",
    "reclaim_outbox",
    "scrub",
    "sweep",
]


@shared_task(name="conversations.transport.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Pick up what was left lying."""
    from conversations.transport.processes import sweeper

    sweeper.sweep()


@shared_task(name="conversations.transport.tasks.scrub", ignore_result=True)
def scrub() -> None:
    """Empty and forget what is old enough, and give up what waits for too long on a number that is off."""
    from conversations.transport.processes import sweeper
    from conversations.transport.sending import leftovers

    sweeper.scrub()
    leftovers.give_up_on_silent_numbers()


@shared_task(name="conversations.transport.tasks.note_last_webhooks", ignore_result=True)
def note_last_webhooks() -> None:
    """Write down when each number last heard from its provider."""
    from conversations.transport.splitting import seen_webhooks

    seen_webhooks.note_last_webhooks()


@shared_task(name="conversations.transport.tasks.look_at_numbers_everywhere", ignore_result=True)
def look_at_numbers_everywhere() -> int:
    """Start the daily look at the numbers of every shop and of the platform; how many shops."""
    from conversations.transport.numbers import daily_look
    from tenants.queries import active_shops

    daily_look.forget_old_news()
    look_at_shared_numbers.apply_async(expires=12 * 3600)
    shops = list(active_shops().values_list("pk", flat=True))
    for shop_id in shops:
        look_at_numbers.apply_async(kwargs={"shop_id": shop_id}, expires=12 * 3600)
    return len(shops)


@shared_task(base=TenantTask, name="conversations.transport.tasks.look_at_numbers", ignore_result=True)
def look_at_numbers(*, shop_id: int) -> int:
    """Ask the providers how the numbers of one shop are; the next day asks again."""
    from conversations.transport.numbers import daily_look
    from tenants.context import current_shop

    return daily_look.look_at_numbers(current_shop())


@shared_task(name="conversations.transport.tasks.look_at_shared_numbers", ignore_result=True)
def look_at_shared_numbers() -> int:
    """The same for the platform's own numbers."""
    from conversations.transport.numbers import daily_look

    return daily_look.look_at_shared_numbers()
