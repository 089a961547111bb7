"""Celery's door: unpaid orders whose hold has ended."""

from celery import shared_task
from django.utils import timezone

from tenants.tasks import TenantTask


@shared_task
def expire_unpaid_everywhere() -> int:
    """Queue `expire_unpaid` for each active shop that has something to expire; returns for how many."""
    from orders.models import Order
    from tenants.context import inside
    from tenants.queries import active_shops

    queued = 0
    for shop in active_shops():
        with inside(shop):
            is_due = Order.objects.overdue(timezone.now()).exists()
        if is_due:
            expire_unpaid.delay(shop_id=shop.pk)
            queued += 1
    return queued


@shared_task(base=TenantTask)
def expire_unpaid(*, shop_id: int) -> int:
    """Expire what is due in one shop and give its stock back."""
    from orders.fulfilment import expire_unpaid as expire

    return expire()
