"""What customers browse and find, and what the shop looks up."""

import pytest
from django.test.utils import CaptureQueriesContext

from catalog.queries import (
    counts_by_status,
    product_card,
    products_for_dashboard,
    products_in,
    visible_categories,
)
from catalog.search import search_products
from catalog.services import ProductWish, VariantWish, save_category, save_product
from catalog.words import fold
from tests.trade import a_product

pytestmark = pytest.mark.usefixtures("shop")


def found(text: str, **facts: str) -> list[str]:
    return [card.name for card in search_products(text, **facts)]  # type: ignore[arg-type]


@pytest.fixture
def bakery(shop: object) -> None:
    bread = save_category(name="Bread", names={"it": "Pane"})
    cakes = save_category(name="Cakes")
    a_product("Sourdough loaf", category=bread, description="Slow, with rye")
    a_product("Rye bread", category=bread)
    a_product("Croissant", category=cakes)
    a_product("Croissant with almonds", category=cakes)
    a_product("Crème brûlée", category=cakes, names={"it": "Crema bruciata"})
    a_product("Secret cake", category=cakes, status="draft")


def test_shelves_show_only_what_can_be_bought() -> None:
    full, empty, hidden = (
        save_category(name="Full"),
        save_category(name="Empty"),
        save_category(name="Hidden", is_visible=False),
    )
    for shelf in (full, hidden):
        a_product(f"In {shelf.name}", category=shelf)
    a_product("Draft", category=empty, status="draft")
    a_product("Off the shelf", category=full, is_available=False)
    assert [(shelf.name, shelf.on_sale_count) for shelf in visible_categories()] == [("Full", 1)]  # type: ignore[attr-defined]
    assert [card.name for card in products_in(full.pk)] == ["In Full"]
    assert products_in(hidden.pk) == []


def test_a_card_carries_the_price_range_the_variants_and_the_stock() -> None:
    small = VariantWish(price_cents=30_00, name="Small", is_tracked=True, on_hand=2)
    large = VariantWish(price_cents=50_00, name="Large", compare_at_cents=60_00, is_tracked=True, on_hand=0)
    wish = ProductWish(name="Tea", names={"it": "Tè"}, variants=[small, large], descriptions={"it": "Buono"})
    card = product_card(save_product(wish=wish).pk, language="it")
    assert card
    assert (card.name, card.description, card.currency) == ("Tè", "Buono", "ZAR")
    assert (card.min_cents, card.max_cents, card.stock, card.left) == (30_00, 50_00, "few_left", 2)
    assert [(each.name, each.available, each.compare_at_cents) for each in card.variants] == [
        ("Small", 2, None),
        ("Large", 0, 60_00),
    ]
    assert [each.is_sold_out for each in card.variants] == [False, True]


@pytest.mark.parametrize(
    ("pieces", "words"), [(0, ("sold_out", 0)), (3, ("few_left", 3)), (4, ("in_stock", 4)), (None, ("in_stock", None))]
)
def test_stock_in_words(pieces: int | None, words: tuple[str, int | None]) -> None:
    card = product_card(a_product(stock=pieces).product_id)
    assert card
    assert (card.stock, card.left) == words


def test_what_is_not_on_sale_has_no_card() -> None:
    assert product_card(a_product(status="draft").product_id) is None
    assert product_card(987654) is None


@pytest.mark.usefixtures("bakery")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("croissant", ["Croissant", "Croissant with almonds"]),
        ("CROISS", ["Croissant", "Croissant with almonds"]),
        ("almond croissant", ["Croissant with almonds"]),
        ("rye", ["Rye bread", "Sourdough loaf"]),
        ("creme brulee", ["Crème brûlée"]),
        ("bruciata", ["Crème brûlée"]),
        ("pane", ["Rye bread", "Sourdough loaf"]),
        ("croisant", ["Croissant", "Croissant with almonds"]),
        ("kroissant", ["Croissant", "Croissant with almonds"]),
        ("sourdogh", ["Sourdough loaf"]),
        ("brulé", ["Crème brûlée"]),
        ("secret", []),
        ("motorcycle", []),
        ("", []),
        ("!!! 🎂", []),
        ("' OR 1=1 --", []),
        ("& | ! ( <-> :*", []),
        ("do you have croissants?", ["Croissant", "Croissant with almonds"]),
        ("some croisant with almonds please", ["Croissant with almonds"]),
    ],
)
def test_searching_finds_words_beginnings_accents_languages_and_slips(text: str, names: list[str]) -> None:
    assert found(text) == names


@pytest.mark.usefixtures("bakery")
def test_names_found_come_in_the_asked_language() -> None:
    assert found("brulee", language="it") == ["Crema bruciata"]


def test_a_search_asks_the_database_a_fixed_number_of_times(shop: object) -> None:
    from django.db import connection

    for number in range(30):
        a_product(f"Bread {number}")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(search_products("bread")) == 10
    assert len(asked) <= 3


def test_folding_keeps_letters_of_every_script() -> None:
    assert fold("Crème  BRÛLÉE!") == "creme brulee"
    assert fold("Ünïcode-ẞtraße") == "unicode sstrasse"
    assert fold("साड़ी") != ""


def test_the_dashboard_sees_drafts_and_asks_for_archived_ones() -> None:
    shelf = save_category(name="Bread")
    a_product("Sourdough", category=shelf)
    a_product("Draft loaf", status="draft")
    a_product("Old loaf", status="archived")
    names = lambda **facts: [product.name for product in products_for_dashboard(**facts)]  # noqa: E731
    assert names() == ["Sourdough", "Draft loaf"]
    assert names(status="archived") == ["Old loaf"]
    assert names(search="loaf") == ["Draft loaf"]
    assert names(category_id=shelf.pk) == ["Sourdough"]
    assert counts_by_status() == {"draft": 1, "published": 1, "archived": 1}
