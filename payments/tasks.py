"""Celery's doors: notifications to understand, attempts to ask about, notices the simulated company owes."""

from celery import shared_task
from django.utils import timezone

from tenants.tasks import TenantTask


@shared_task(base=TenantTask)
def process_payment_notice(*, shop_id: int, event_id: int) -> str:
    """Understand one kept notification."""
    from payments.services import process_notice

    return process_notice(event_id=event_id)


@shared_task(base=TenantTask)
def send_simulated_notice(*, shop_id: int, notice_id: int) -> bool:
    """Let the simulated company tell us what happened."""
    from payments.simulator import send_notice

    return send_notice(notice_id=notice_id)


@shared_task(base=TenantTask)
def catch_up_payments(*, shop_id: int) -> int:
    """Do in one shop what is due: waiting notifications, questions to gateways, owed notices, links that ran out."""
    from payments.sweeping import catch_up

    return catch_up()


@shared_task(base=TenantTask)
def compare_payments(*, shop_id: int) -> int:
    """Compare what the shop's gateways took with what it knows of."""
    from payments.comparing import compare_all

    return compare_all()


@shared_task
def compare_payments_everywhere() -> int:
    """Queue `compare_payments` for each active shop with an account; returns for how many."""
    from payments.accounts import gateway_accounts
    from tenants.context import inside
    from tenants.queries import active_shops

    queued = 0
    for shop in active_shops():
        with inside(shop):
            has_accounts = bool(gateway_accounts())
        if has_accounts:
            compare_payments.delay(shop_id=shop.pk)
            queued += 1
    return queued


@shared_task
def catch_up_payments_everywhere() -> int:
    """Queue `catch_up_payments` for each active shop where something is due; returns for how many."""
    from payments.sweeping import is_anything_due
    from tenants.context import inside
    from tenants.queries import active_shops

    queued = 0
    for shop in active_shops():
        with inside(shop):
            is_due = is_anything_due(timezone.now())
        if is_due:
            catch_up_payments.delay(shop_id=shop.pk)
            queued += 1
    return queued


@shared_task(base=TenantTask)
def check_gateway_accounts(*, shop_id: int) -> int:
    """Ask the gateways of one shop whether keys and registrations are as they should be."""
    from payments.health import check_all

    return check_all()


@shared_task
def check_gateway_accounts_everywhere() -> int:
    """Start the daily look at every shop's accounts; returns how many shops."""
    from tenants.queries import active_shops

    shops = list(active_shops().values_list("pk", flat=True))
    for shop_id in shops:
        check_gateway_accounts.apply_async(kwargs={"shop_id": shop_id}, expires=12 * 3600)
    return len(shops)
