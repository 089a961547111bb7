"""Writing an order history: orders, lines, moves, payments, stock and points."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from django.db import connection

from catalog.models import Reservation, Variant
from loyalty import services as loyalty
from loyalty.types import Award
from orders.models import Order, OrderEvent, OrderLine
from payments.models import GatewayAccount, PaymentAttempt, PaymentLink, Refund
from shopme.demo.trade import REASONS, Draft
from shopme.lib.ids import hash_token

State = Order.State
Actor = OrderEvent.Actor
BATCH = 2000
LINK_LIFE = timedelta(hours=1)
# States whose goods are promised or sold but may still come back to the shelf.
HELD = (State.PLACED,)
SOLD = (State.PAID, State.PREPARING, State.READY, State.SHIPPED)


def write_orders(drafts: Sequence[Draft], *, staff_id: int, luck: Random, now: datetime) -> dict[int, Award]:
    """Write the drafts in the order given; the awards of their points by order id."""
    Order.objects.bulk_create([draft.order for draft in drafts], batch_size=BATCH)
    OrderLine.objects.bulk_create([line for draft in drafts for line in _lines(draft)], batch_size=BATCH)
    account = GatewayAccount.objects.filter(is_active=True).order_by("-is_default", "id").first()
    OrderEvent.objects.bulk_create(
        [event for draft in drafts for event in _events(draft, staff_id, has_gateway=account is not None)],
        batch_size=BATCH,
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET created_at = placed_at")
    if account is not None:
        _write_payments([draft for draft in drafts if draft.is_paid_online], account, luck)
    _write_stock(drafts)
    return _write_points(drafts, now)


def _lines(draft: Draft) -> list[OrderLine]:
    return [
        OrderLine(
            order=draft.order,
            variant=ware.variant,
            name=ware.product.name,
            variant_name=ware.variant.name,
            unit_cents=ware.variant.price_cents,
            quantity=pieces,
            total_cents=ware.variant.price_cents * pieces,
            image_key=ware.product.image_key,
        )
        for ware, pieces in draft.goods
    ]


def _events(draft: Draft, staff_id: int, *, has_gateway: bool) -> list[OrderEvent]:
    by_gateway = draft.is_paid_online and has_gateway
    actors = {
        State.PLACED: Actor.CUSTOMER if draft.order.source == Order.Source.CHAT else Actor.STAFF,
        State.PAID: Actor.GATEWAY if by_gateway else Actor.STAFF,
        State.EXPIRED: Actor.SYSTEM,
    }
    events: list[OrderEvent] = []
    before = ""
    for reached, at in draft.moves:
        actor = actors.get(State(reached), Actor.STAFF)
        reason = (
            "Cash at the counter" if reached == State.PAID and actor == Actor.STAFF else REASONS.get(State(reached), "")
        )
        events.append(
            OrderEvent(
                order=draft.order,
                from_state=before,
                to_state=reached,
                actor_kind=actor,
                actor_id=staff_id if actor == Actor.STAFF else None,
                reason=reason,
                at=at,
            )
        )
        before = reached
    return events


def _write_payments(drafts: Sequence[Draft], account: GatewayAccount, luck: Random) -> None:
    """The link each order was paid by, and the attempt at the gateway that paid it."""
    links = [_link(draft) for draft in drafts]
    PaymentLink.objects.bulk_create(links, batch_size=BATCH)
    attempts = [
        _attempt(draft, link, account, luck)
        for draft, link in zip(drafts, links, strict=True)
        if draft.order.paid_at is not None
    ]
    PaymentAttempt.objects.bulk_create(attempts, batch_size=BATCH)
    _write_refunds(attempts, {draft.order.pk: draft.at(State.REFUNDED) for draft in drafts})


def _write_refunds(attempts: Sequence[PaymentAttempt], refunded_at: Mapping[int, datetime | None]) -> None:
    """The money that went back, by the gateway it came through."""
    refunds = [
        Refund(
            attempt=attempt,
            account=attempt.account,
            state=Refund.State.SUCCEEDED,
            amount_cents=attempt.amount_cents,
            currency=attempt.currency,
            idempotency_key=f"refund:{attempt.idempotency_key}",
            gateway_refund_id=f"rfd_{attempt.gateway_payment_id}",
            reason=REASONS[State.REFUNDED],
        )
        for attempt in attempts
        if attempt.state == PaymentAttempt.State.REFUNDED
    ]
    Refund.objects.bulk_create(refunds, batch_size=BATCH)
    for refund in refunds:
        at = refunded_at[refund.attempt.order_id]
        Refund.objects.filter(pk=refund.pk).update(created_at=at, changed_at=at)


def _link(draft: Draft) -> PaymentLink:
    order = draft.order
    states = {
        State.PLACED: PaymentLink.State.ACTIVE,
        State.CANCELLED: PaymentLink.State.REVOKED,
        State.EXPIRED: PaymentLink.State.EXPIRED,
    }
    created_at = order.placed_at or order.created_at
    return PaymentLink(
        order=order,
        token_hash=hash_token(draft.pay_token),
        amount_cents=order.total_cents,
        currency=order.currency,
        state=states.get(State(order.state), PaymentLink.State.USED),
        created_at=created_at,
        expires_at=created_at + LINK_LIFE,
        started_at=order.paid_at,
        used_at=order.paid_at,
    )


def _attempt(draft: Draft, link: PaymentLink, account: GatewayAccount, luck: Random) -> PaymentAttempt:
    order = draft.order
    is_refunded = order.state == State.REFUNDED
    reference = f"demo_{luck.getrandbits(64):016x}"
    return PaymentAttempt(
        order=order,
        link=link,
        account=account,
        state=PaymentAttempt.State.REFUNDED if is_refunded else PaymentAttempt.State.PAID,
        amount_cents=order.total_cents,
        currency=order.currency,
        mode=account.mode,
        received_cents=order.total_cents,
        received_currency=order.currency,
        idempotency_key=f"demo:{order.source_key}",
        gateway_checkout_id=f"chk_{reference}",
        gateway_payment_id=f"pay_{reference}",
        created_at=link.created_at,
        paid_at=order.paid_at,
        finished_at=order.paid_at,
    )


def _write_stock(drafts: Sequence[Draft]) -> None:
    """Promise and sell the goods of the orders that are open now, as reconcile expects them."""
    rows: list[Reservation] = []
    promised: dict[int, int] = {}
    for draft in drafts:
        if draft.order.expires_at is None or draft.order.state not in (*HELD, *SOLD):
            continue
        is_held = draft.order.state in HELD
        for ware, pieces in draft.goods:
            rows.append(
                Reservation(
                    variant=ware.variant,
                    quantity=pieces,
                    order_ref=draft.order.stock_ref,
                    state=Reservation.State.HELD if is_held else Reservation.State.SOLD,
                    expires_at=draft.order.expires_at,
                )
            )
            if is_held:
                promised[ware.variant.pk] = promised.get(ware.variant.pk, 0) + pieces
    Reservation.objects.bulk_create(rows, batch_size=BATCH)
    for variant_id, pieces in promised.items():
        Variant.objects.filter(pk=variant_id).update(reserved=pieces)


def _write_points(drafts: Sequence[Draft], now: datetime) -> dict[int, Award]:
    """Points for what was paid, and their return for what was refunded, by the ledger's own acts."""
    awards = loyalty.import_purchases([_purchase(draft) for draft in drafts if draft.order.paid_at], now=now)
    for draft in drafts:
        refunded_at = draft.at(State.REFUNDED)
        if refunded_at is not None:
            order = draft.order
            loyalty.reverse_award(
                order_id=order.pk,
                refunded_cents=order.total_cents,
                refund_key=f"order:{order.pk}:refunded",
                now=refunded_at,
            )
    return awards


def _purchase(draft: Draft) -> loyalty.PastPurchase:
    order = draft.order
    if order.paid_at is None:
        raise ValueError("only what was paid earns points")
    return loyalty.PastPurchase(
        customer_id=draft.customer.pk,
        order_id=order.pk,
        reference=f"#{order.number}",
        lines=tuple(
            loyalty.PurchaseLineFacts(
                product_id=ware.product.pk,
                category_id=ware.category_id,
                quantity=pieces,
                gross_cents=ware.variant.price_cents * pieces,
            )
            for ware, pieces in draft.goods
        ),
        total_cents=order.total_cents,
        currency=order.currency,
        occurred_at=order.paid_at,
        channel=order.source,
    )
