"""News from below: a new shop gets its accounts, an order that moved takes its links along. Only rows are written."""

from typing import Any

from django.conf import settings
from django.dispatch import receiver

from orders.models import Order
from orders.signals import order_moved
from payments.accounts import open_account
from payments.models import GatewayAccount, PaymentLink
from payments.models.money import OPEN_LINKS
from tenants.signals import tenant_provisioned

State = PaymentLink.State
AFTER = {
    Order.State.CANCELLED: (State.REVOKED, "the order was cancelled"),
    Order.State.EXPIRED: (State.EXPIRED, "the order expired"),
}


@receiver(tenant_provisioned, dispatch_uid="payments.open_simulated_account")
def open_simulated_account(**news: Any) -> None:
    """A demo shop can be paid from its first minute; a real one waits for the merchant's own account."""
    if settings.SIMULATED_GATEWAY:
        open_account(gateway="simulated", mode=GatewayAccount.Mode.TEST)


@receiver(order_moved, dispatch_uid="payments.close_links")
def close_links(*, order: Order, to_state: str, **news: Any) -> None:
    """The links of an order that is paid, cancelled or expired take no money any more."""
    links = PaymentLink.objects.filter(order=order, state__in=OPEN_LINKS)
    if to_state == Order.State.PAID:
        links.update(state=State.USED, used_at=order.paid_at)
    elif to_state in AFTER:
        state, reason = AFTER[Order.State(to_state)]
        links.update(state=state, closed_reason=reason)
