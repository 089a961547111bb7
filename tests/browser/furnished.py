"""A shop with something of everything, so that no page is looked at empty."""

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
from loyalty.models import Customer
from loyalty.people import remember_address
from orders import fulfilment
from orders.models import Order
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
        return Furnished(shop, products[0], people[0], orders[0], orders[1], code)


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
