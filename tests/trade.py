"""Makers for the tests of products, orders and payments, and a way to let many hands act at once."""

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any, TypeVar

from django.db import connections

from catalog.models import Category, Product, Variant
from catalog.services import ProductWish, VariantWish, save_product
from loyalty.models import Customer
from orders.basket import add_to_basket
from orders.checkout import place_order
from orders.models import Order
from tenants.context import inside
from tenants.models import Shop

T = TypeVar("T")
_count = itertools.count(1)
NOON = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def a_customer(name: str = "Thandi", **facts: Any) -> Customer:
    return Customer.objects.create(name=name, **facts)


def a_product(
    name: str = "Sourdough",
    *,
    cents: int = 45_00,
    stock: int | None = None,
    category: Category | None = None,
    **facts: Any,
) -> Variant:
    """A published product with one variant, which is returned; `stock` None means without limit."""
    wish = VariantWish(price_cents=cents, is_tracked=stock is not None, on_hand=stock or 0)
    product = save_product(
        wish=ProductWish(name=name, variants=[wish], category_id=category.pk if category else None, **facts)
    )
    return product.variants.get()


def fresh(variant: Variant) -> Variant:
    return Variant.objects.select_related("product").get(pk=variant.pk)


def order_for(customer: Customer, *variants: Variant, **facts: Any) -> Order:
    """An order of one piece each, for collection unless said otherwise."""
    for variant in variants:
        add_to_basket(customer=customer, variant_id=variant.pk)
    return place_order(**{"customer": customer, **_wish(), **facts})


def place(customer: Customer, **facts: Any) -> Order:
    """Order what is in the basket."""
    return place_order(**{"customer": customer, **_wish(), **facts})


def _wish() -> dict[str, Any]:
    return {"fulfilment": "collection", "source": "chat", "source_key": f"test:{next(_count)}", "at": None}


def product_of(variant: Variant) -> Product:
    return Product.objects.get(variants=variant)


def at_once(shop: Shop, acts: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run `acts` together, each on a thread and connection of its own inside `shop`; what each gave or raised."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | Exception:
        barrier.wait(timeout=30)
        try:
            with inside(shop):
                return act()
        except Exception as problem:
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
