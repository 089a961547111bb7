"""Amber Bakery with a number, three shelves and something on each."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import connection

from catalog.models import Variant
from catalog.services import ProductWish, VariantWish, save_category, save_product
from conversations.translations import compile_stale
from orders.services import save_delivery_terms
from tenants.context import inside
from tenants.models import QrCode, Shop, WhatsAppNumber
from tenants.queries import forget
from tenants.services.numbers import add_number
from tenants.services.qr_codes import CodeWish, create_codes
from tests.journeys.chat import Customer

compile_stale()


@dataclass
class Bakery:
    """The shop of most chats; `variant["Sourdough loaf"]` is the one variant of that product."""

    shop: Shop
    number: WhatsAppNumber
    variant: dict[str, Variant]
    product: dict[str, int]
    category: dict[str, int]


def stocked(shop: Shop, *, phone_number_id: str = "106540352242922", provider: str = "meta_cloud") -> Bakery:
    """Fill a shop with what the chats talk about."""
    added = add_number(
        shop=shop,
        provider=provider,
        phone="+27215550100",
        phone_number_id=phone_number_id,
        waba_id="102290129340398",
        token="a-token",
    )
    bread = save_category(name="Bread", names={"it": "Pane"}, position=1)
    cakes = save_category(name="Cakes", names={"it": "Torte"}, position=2)
    wishes = [
        ProductWish(
            name="Sourdough loaf",
            names={"it": "Pane a lievito madre"},
            description="Baked every morning from stone-ground flour.",
            category_id=bread.pk,
            variants=[VariantWish(price_cents=4500, sku="SOUR", is_tracked=True, on_hand=5)],
        ),
        ProductWish(name="Rye loaf", category_id=bread.pk, variants=[VariantWish(price_cents=5200, sku="RYE")]),
        ProductWish(
            name="Carrot cake",
            names={"it": "Torta di carote"},
            description="With a cream cheese top.",
            category_id=cakes.pk,
            variants=[
                VariantWish(name="Slice", price_cents=3800, sku="CAR-S"),
                VariantWish(name="Whole cake", price_cents=32000, sku="CAR-W", is_tracked=True, on_hand=2),
            ],
        ),
    ]
    products = [save_product(wish=wish) for wish in wishes]
    save_delivery_terms(
        delivery_enabled=True,
        delivery_fee_cents=3500,
        free_delivery_over_cents=30000,
        collection_enabled=True,
        collection_address="12 Loop Street, Cape Town",
        minimum_cents=0,
        hold_minutes=60,
    )
    variants = Variant.objects.select_related("product").order_by("-position", "-id")
    return Bakery(
        shop=shop,
        number=added.number,
        variant={variant.product.name: variant for variant in variants},
        product={product.name: product.pk for product in products},
        category={"Bread": bread.pk, "Cakes": cakes.pk},
    )


@pytest.fixture
def bakery(shop: Shop) -> Bakery:
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE orders_order_number_seq RESTART WITH 1001")
    return stocked(shop)


@pytest.fixture
def thandi(bakery: Bakery) -> Customer:
    return Customer(bakery.shop, bakery.number)


@pytest.fixture
def person(bakery: Bakery) -> Callable[..., Customer]:
    """`person("Amara Okafor", "2348025550148")`: somebody else who writes to the bakery."""
    return lambda name, phone: Customer(bakery.shop, bakery.number, name=name, phone=phone)


@pytest.fixture
def shared(db: None) -> WhatsAppNumber:
    return add_number(
        shop=None, provider="meta_cloud", phone="+27215550999", phone_number_id="pn-shared", waba_id="waba-0", token="t"
    ).number


@pytest.fixture
def shops(amber: Shop, blue: Shop, shared: WhatsAppNumber) -> dict[str, Shop]:
    """Amber sells bread, Blue has its canary in every word; both only here."""
    with inside(amber):
        stocked(amber)
    with inside(blue):
        stocked(blue, phone_number_id="pn-blue-own")
    Shop.objects.filter(pk=amber.pk).update(
        category="Bakery", town="Cape Town", description="Bread from stone-ground flour"
    )
    Shop.objects.filter(pk=blue.pk).update(
        language="en", category="Ice cream", town="Napoli", description="Gelato and cakes"
    )
    forget()
    connection.set_schema_to_public()
    return {"amber": Shop.objects.get(pk=amber.pk), "blue": Shop.objects.get(pk=blue.pk)}


@pytest.fixture
def codes(shops: dict[str, Shop]) -> dict[str, QrCode]:
    return {name: create_codes(shop=shop, wishes=[CodeWish("place", "Table 7")])[0] for name, shop in shops.items()}
