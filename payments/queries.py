"""Reads about payments. None of them writes."""

from datetime import datetime
from uuid import UUID

from orders.models import Order
from payments.models import PaymentAttempt, PaymentLink, Refund
from shopme.lib.ids import hash_token
from tenants.context import current_shop
from tenants.models import WhatsAppNumber

LONGEST_TOKEN = 64
CLOSED_LINKS = {"used": "paid", "superseded": "replaced", "revoked": "revoked", "expired": "expired"}


def link_by_token(token: str) -> PaymentLink | None:
    """The link this token opens, with its order."""
    if len(token) > LONGEST_TOKEN:
        return None
    return PaymentLink.objects.select_related("order").filter(token_hash=hash_token(token)).first()


def shown_state(link: PaymentLink, order: Order, at: datetime) -> str:
    """What a link means at that moment: `open`, `paid`, `replaced`, `revoked`, `expired` or `closed`."""
    if order.is_paid:
        return "paid"
    if order.state == Order.State.CANCELLED:
        return "closed"
    if link.state in CLOSED_LINKS:
        return CLOSED_LINKS[link.state]
    if link.expires_at <= at or order.state != Order.State.PLACED or link.amount_cents != order.total_cents:
        return "expired"
    return "open"


def attempt_by_public_id(public_id: UUID) -> PaymentAttempt | None:
    """One attempt with order, link and account."""
    rows = PaymentAttempt.objects.select_related("order", "link", "account")
    return rows.filter(public_id=public_id).first()


def attempts_of(order_id: int) -> list[PaymentAttempt]:
    """All tries to pay an order, oldest first, with their accounts."""
    return list(PaymentAttempt.objects.filter(order_id=order_id).select_related("account").order_by("id"))


def has_refunds(order_id: int) -> bool:
    """Whether money of this order was given back through a gateway."""
    return Refund.objects.filter(attempt__order_id=order_id, state=Refund.State.SUCCEEDED).exists()


def page_state(attempt: PaymentAttempt) -> str:
    """What the customer who comes back is told: `paid`, `waiting`, `investigated`, `failed`, `cancelled`, `expired` or
    `review`."""
    if attempt.state == PaymentAttempt.State.REVIEW:
        return "review"
    if attempt.order.is_paid:
        return "paid"
    if attempt.investigated_at:
        return "investigated"
    return "waiting" if attempt.is_open else attempt.state


def chat_address() -> str:
    """Where the customer goes back to the chat; empty if they came from the simulator or the number is unknown."""
    numbers = WhatsAppNumber.objects.filter(shop=current_shop(), is_active=True)
    phone = numbers.exclude(provider=WhatsAppNumber.Provider.SIMULATOR).values_list("phone", flat=True).first()
    return f"https://wa.me/{phone.removeprefix('+')}" if phone else ""
