"""A shop with something of everything, so that no page is looked at empty."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.utils import timezone
from PIL import Image

from catalog.models import Product
from catalog.services import ProductWish, VariantWish, save_category, save_product
from conversations.models import Conversation, Message
from conversations.transport.models import InboxEvent, NumberAlert, OutboxItem
from conversations.transport.providers.registry import sentence_for
from loyalty.models import Customer
from loyalty.people import remember_address
from orders import fulfilment
from orders.models import Order
from payments.models import GatewayAccount, PaymentAttempt, Refund
from tenants.context import inside
from tenants.models import QrCode, QrCodeDay, Shop
from tenants.services.numbers import add_number
from tenants.services.qr_codes import CodeWish, create_codes
from tenants.storage import save_image
from tests.trade import NOON, a_customer, order_for

PEOPLE = ("Thandi Nkosi", "Sipho Dlamini", "Amara Okafor", "Diego Martínez", "Yasmin Haddad")
GOODS = (("Sourdough loaf", 65_00, 12), ("Cinnamon bun with cardamom and orange", 32_00, 2), ("Rye", 58_00, None))


@dataclass(frozen=True)
class Furnished:
    """What the tests look at."""

    shop: Shop
    product: Product
    customer: Customer
    placed: Order
    paid: Order
    code: QrCode
    problems: dict[str, int]


def furnish(shop: Shop) -> Furnished:
    """Products with pictures, people, orders in several states, points, a chat that waits, a number."""
    number = add_number(
        shop=shop, provider="simulator", phone="+27215550100", phone_number_id=f"sim-{shop.slug}"
    ).number
    code = _codes(shop)
    with inside(shop):
        products = list(_products())
        people = [a_customer(name, phone=f"+2782555010{index}") for index, name in enumerate(PEOPLE)]
        remember_address(customer=people[0], text="12 Long Street, Cape Town", at=NOON)
        orders = list(_orders(products, people))
        chat = Conversation.objects.create(
            customer=people[1], number_id=number.pk, needs_person=True, mode="human", last_preview="Is somebody there?"
        )
        Message.objects.create(
            conversation=chat,
            direction="in",
            author="customer",
            kind="text",
            text="Is somebody there?",
            state="received",
        )
        problems = _problems(shop, number.pk, chat)
        _accounts(orders[1])
        return Furnished(shop, products[0], people[0], orders[0], orders[1], code, problems)


def _accounts(paid: Order) -> None:
    """A test account whose notifications go astray, and a live one that works: one order was paid there, and partly given
    back. Neither is the default.
    """
    for mode, problem in (("live", ""), ("test", "no_webhook")):
        key = json.dumps({"secret_key": f"sk_{mode}_0a1b2c3d4e5f"})
        GatewayAccount.objects.create(gateway="yoco", mode=mode, label="Yoco", credentials=key, problem=problem)
    live, at = GatewayAccount.objects.get(gateway="yoco", mode="live"), timezone.now()
    money = {"amount_cents": paid.total_cents, "received_cents": paid.total_cents}
    currency = {"currency": paid.currency, "received_currency": paid.currency}
    attempt = PaymentAttempt.objects.create(
        order=paid,
        account=live,
        mode="live",
        state="paid",
        created_at=at,
        paid_at=at,
        idempotency_key="a",
        **money,
        **currency,
    )
    for state, cents, reason in (("submitted", 10_00, "One loaf was stale"), ("failed", 5_00, "Came late")):
        Refund.objects.create(
            attempt=attempt,
            account=live,
            state=state,
            amount_cents=cents,
            currency=paid.currency,
            reason=reason,
            idempotency_key=reason,
        )


def _problems(shop: Shop, number_id: int, chat: Conversation) -> dict[str, int]:
    """What was given up, and what the shop was told."""
    NumberAlert.objects.create(
        key=f"number:{number_id}",
        kind="code:131042",
        severity="warning",
        shop_id=shop.pk,
        number_id=number_id,
        sentence="Meta reports a problem with your payment method. Solve it in Meta's billing, then send this again.",
    )
    event = InboxEvent.objects.create(
        shop_id=shop.pk,
        number_id=number_id,
        kind="payment",
        scope="browser",
        event_key="dead:1",
        state="dead",
        attempts=8,
        last_error="UnknownOrder: order #1042 is not among the orders of this account",
        data={"reference": "yoco", "body": "eyJpZCI6IDF9", "headers": {"webhook-id": "evt_1"}},
    )
    said = Message.objects.create(
        conversation=chat,
        direction="out",
        author="staff",
        kind="text",
        text="Yes, I am here.",
        content={"kind": "text", "text": "Yes, I am here."},
        state="unknown",
        error_text="WhatsApp did not answer. The message may have arrived; it is not sent again by itself.",
    )
    Message.objects.create(
        conversation=chat,
        direction="out",
        author="bot",
        kind="text",
        text="Our catalogue of today",
        content={"kind": "text", "text": "Our catalogue of today"},
        state="failed",
        error_code="131052",
        error_text=sentence_for(131052),
    )
    send = OutboxItem.objects.create(
        shop_id=shop.pk,
        number_id=number_id,
        lane="browser",
        message_id=said.pk,
        dedupe_key="browser:1",
        token="browser-1",
        state="dead",
        attempts=2,
        last_error="WhatsApp did not answer; the message may have gone out.",
    )
    return {"event": event.pk, "send": send.pk}


def _codes(shop: Shop) -> QrCode:
    """Printed codes with a week of scans behind the first."""
    wishes = [CodeWish("place", f"Table {number}") for number in range(1, 6)]
    made = create_codes(shop=shop, wishes=[*wishes, CodeWish("campaign", "Summer flyer"), CodeWish("menu")])
    today = timezone.localdate()
    for days_ago, scans in enumerate((4, 9, 2, 7, 12, 5, 8)):
        day = today - timedelta(days=days_ago)
        QrCodeDay.objects.create(code=made[0], day=day, scans=scans, chats=scans // 2)
    QrCode.objects.filter(pk=made[5].pk).update(is_active=False)
    return made[0]


def _products() -> Iterator[Product]:
    shelf = save_category(name="Breads", names={"it": "Pane"})
    for index, (name, cents, stock) in enumerate(GOODS):
        row: dict[str, Any] = {"price_cents": cents, "is_tracked": stock is not None, "on_hand": stock or 0}
        variants = (
            [VariantWish(name="Whole", **row), VariantWish(name="Half", **row)] if index == 0 else [VariantWish(**row)]
        )
        wish = ProductWish(name=name, category_id=shelf.pk, variants=variants, image_key=_drawn(index))
        yield save_product(wish=wish)


def _drawn(index: int) -> str:
    drawn = BytesIO()
    Image.new("RGB", (64, 64), ("#d9b98a", "#c98f5b", "#8a6a4a")[index]).save(drawn, "PNG")
    drawn.seek(0)
    return save_image(drawn).key


def _orders(products: list[Product], people: list[Customer]) -> Iterator[Order]:
    loaf, rye = products[0].variants.order_by("id")[0], products[2].variants.get()
    place = {"fulfilment": "delivery", "address": "12 Long Street, Cape Town", "latitude": -33.92, "longitude": 18.42}
    yield order_for(people[0], loaf, rye, note="Please ring twice", **place)
    yield fulfilment.mark_paid(order_id=order_for(people[0], loaf).pk)
    for person, to in zip(people[1:4], ("preparing", "ready", "delivered"), strict=True):
        paid = fulfilment.mark_paid(order_id=order_for(person, rye).pk)
        yield fulfilment.move_order(order_id=paid.pk, to=to, actor_kind="staff")
    yield fulfilment.cancel_order(
        order_id=order_for(people[4], rye).pk, actor_kind="customer", reason="changed my mind"
    )
