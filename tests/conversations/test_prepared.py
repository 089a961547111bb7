"""Kept SQL gives the same rows as the queryset it was written from."""

import threading

import pytest
from django.db import connection
from django.db.models import Count, F
from django.test.utils import CaptureQueriesContext

from catalog.models import Product, Variant
from catalog.queries import cards_by_id, product_card, products_in
from shopme.lib.prepared import CannotPrepare, Prepared
from tests.journeys.conftest import Bakery


def test_rows_come_with_their_relations_json_and_annotations(bakery: Bakery) -> None:
    prepared: Prepared[Variant] = Prepared(
        lambda sku, shelf: (
            Variant.objects.filter(sku=sku, product__category_id=shelf)
            .select_related("product__category")
            .annotate(double=F("price_cents") * 2)
        )
    )
    for _again in range(2):
        (found,) = prepared.rows("SOUR", bakery.category["Bread"])
        with CaptureQueriesContext(connection) as asked:
            assert found.product.category is not None
            assert (found.product.names, found.product.category.name) == ({"it": "Pane a lievito madre"}, "Bread")
        assert (len(asked), found.price_cents, found.double) == (0, 4500, 9000)
    assert prepared.rows("SOUR", bakery.category["Cakes"]) == []
    assert found == Variant.objects.get(sku="SOUR")


def test_a_text_that_looks_like_sql_is_only_a_text(bakery: Bakery) -> None:
    prepared: Prepared[Variant] = Prepared(lambda sku: Variant.objects.filter(sku=sku))

    assert prepared.rows("' OR 1=1 --") == []
    assert prepared.rows("100%s") == []


def test_what_does_not_reach_the_sql_as_it_is_is_refused() -> None:
    prepared: Prepared[Product] = Prepared(lambda name: Product.objects.filter(name__icontains=name))
    with pytest.raises(CannotPrepare):
        prepared.rows("bread")


def test_cards_are_those_of_the_plain_querysets(bakery: Bakery) -> None:
    shelf = bakery.category["Cakes"]
    plain = list(Product.objects.for_customers().filter(category_id=shelf).order_by("position", "id"))
    cards = products_in(shelf, language="it")

    assert [(card.id, card.name) for card in cards] == [(product.pk, product.name_in("it")) for product in plain]
    assert product_card(bakery.product["Carrot cake"], language="it") == cards[0]
    assert cards_by_id([product.pk for product in plain], language="it") == cards
    for card in cards:
        theirs = Variant.objects.filter(product_id=card.id, is_active=True).values_list("price_cents", flat=True)
        assert (card.min_cents, card.max_cents) == (min(theirs), max(theirs))


def test_a_list_stands_for_any_number_of_ids(bakery: Bakery) -> None:
    prepared: Prepared[Product] = Prepared(lambda ids: Product.objects.filter(pk__in=ids).order_by("id"))
    everything = list(Product.objects.order_by("id"))

    assert prepared.rows([product.pk for product in everything]) == everything
    assert prepared.rows([everything[0].pk]) == everything[:1]
    assert prepared.rows([]) == []


def test_a_list_elsewhere_is_refused() -> None:
    prepared: Prepared[Product] = Prepared(lambda ids: Product.objects.exclude(pk=ids[0]))
    with pytest.raises(CannotPrepare):
        prepared.rows([1])


def test_each_shop_reads_its_own_rows(bakery: Bakery, blue: object) -> None:
    from tenants.context import inside

    prepared: Prepared[Product] = Prepared(lambda: Product.objects.annotate(count=Count("variants")).order_by("id"))
    assert len(prepared.rows()) == 3
    with inside(blue):  # type: ignore[arg-type]
        assert prepared.rows() == []
    assert len(prepared.rows()) == 3


@pytest.mark.django_db(transaction=True)
def test_threads_share_the_sql(bakery: Bakery) -> None:
    from tenants.context import inside

    prepared: Prepared[Product] = Prepared(lambda: Product.objects.order_by("id"))
    names: list[list[str]] = []

    def read() -> None:
        with inside(bakery.shop):
            names.append([product.name for product in prepared.rows()])
        connection.close()

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == [["Sourdough loaf", "Rye loaf", "Carrot cake"]] * 4
