"""Many customers, one last piece."""

import time
from collections import Counter
from functools import partial

import pytest
from django.db import connection

from catalog import reconcile, stock
from catalog.models import Variant
from catalog.stock import OutOfStock
from orders.basket import add_to_basket
from orders.models import Order
from tenants.context import inside
from tenants.models import Shop
from tests.trade import a_customer, a_product, at_once, fresh, place

pytestmark = pytest.mark.django_db(transaction=True)
SOURCES = ("chat", "dashboard", "api")


def fifty_want(bread: Variant) -> list[partial[Order]]:
    acts = []
    for number in range(50):
        customer = a_customer(f"Customer {number}")
        add_to_basket(customer=customer, variant_id=bread.pk)
        acts.append(partial(place, customer, source=SOURCES[number % 3], source_key=f"tap:{number}"))
    return acts


def test_fifty_customers_on_the_last_piece_make_one_order_and_forty_nine_clear_refusals(amber: Shop) -> None:
    with inside(amber):
        bread = a_product(stock=1)
        answers = at_once(amber, fifty_want(bread))
        assert Counter(type(answer) for answer in answers) == {Order: 1, OutOfStock: 49}
        assert {str(answer) for answer in answers if isinstance(answer, OutOfStock)} == {"Sourdough is sold out."}
        assert Order.objects.count() == 1
        assert (fresh(bread).on_hand, fresh(bread).reserved) == (1, 1)
        assert list(reconcile.findings()) == []


def test_without_the_guard_the_last_piece_is_sold_many_times(amber: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: look, then act, as one would write it without thinking of the others."""

    def look_then_act(variant_id: int, quantity: int) -> None:
        variant = Variant.objects.select_related("product").get(pk=variant_id)
        if (variant.available or 0) < quantity:
            raise OutOfStock(variant, variant.available or 0)
        time.sleep(0.05)
        Variant.objects.filter(pk=variant_id).update(reserved=variant.reserved + quantity)

    monkeypatch.setattr(stock, "_promise", look_then_act)
    with inside(amber):
        bread = a_product(stock=1)
        at_once(amber, fifty_want(bread))
        assert Order.objects.count() > 1
        assert list(reconcile.findings()) != []


def test_even_with_the_guard_gone_the_database_refuses_to_promise_more_than_there_is(
    amber: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def just_act(variant_id: int, quantity: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE catalog_variant SET reserved = reserved + %s WHERE id = %s", [quantity, variant_id])

    monkeypatch.setattr(stock, "_promise", just_act)
    with inside(amber):
        bread = a_product(stock=1)
        at_once(amber, fifty_want(bread))
        assert Order.objects.count() == 1
        assert fresh(bread).reserved == 1
