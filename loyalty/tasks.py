"""What the clock starts. Rows decide: a task that runs twice, late or never changes no result."""

import time

from celery import shared_task
from django.utils import timezone

from tenants.tasks import TenantTask

# A run stops after this long and hands the rest to the next one.
PATIENCE_SECONDS = 60


@shared_task(ignore_result=True)
def dispatch_due() -> int:
    """Start `settle_shop` for each shop in which points ripen or lapse now; how many."""
    from loyalty.services.sweeping import has_due
    from tenants.context import inside
    from tenants.queries import active_shops

    due = []
    for shop in active_shops():
        with inside(shop):
            if has_due(timezone.now()):
                due.append(shop.pk)
    for shop_id in due:
        settle_shop.apply_async(kwargs={"shop_id": shop_id}, expires=240)
    return len(due)


@shared_task(base=TenantTask, ignore_result=True)
def settle_shop(*, shop_id: int) -> int:
    """Write down what time did to this shop's points, page by page; how many accounts."""
    from loyalty.services.sweeping import settle_due

    started, total = time.monotonic(), 0
    while settled := settle_due():
        total += settled
        if time.monotonic() - started > PATIENCE_SECONDS:
            settle_shop.apply_async(kwargs={"shop_id": shop_id})
            break
    return total


@shared_task(ignore_result=True)
def dispatch_digests() -> int:
    """Start `digest_shop` for each shop; how many."""
    from tenants.queries import active_shops

    shops = [shop.pk for shop in active_shops()]
    for shop_id in shops:
        digest_shop.apply_async(kwargs={"shop_id": shop_id}, expires=3600)
    return len(shops)


@shared_task(base=TenantTask, ignore_result=True)
def digest_shop(*, shop_id: int) -> None:
    """Keep today's number of this shop's whole ledger; a second run the same day changes nothing."""
    from loyalty.proof import write_digest

    write_digest(timezone.now().date())
