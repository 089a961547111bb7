"""Products and shelves as the people of the shop keep them."""

from datetime import timedelta
from functools import partial

import pytest

from catalog import reconcile, stock
from catalog.errors import (
    BelowReserved,
    NameMissing,
    NothingToSell,
    PriceNotPossible,
    SkuTaken,
    UnknownCategory,
    UnknownProduct,
    VariantNameTaken,
)
from catalog.models import Category, Product, Variant
from catalog.services import (
    ProductWish,
    VariantWish,
    archive_product,
    delete_category,
    restore_product,
    save_category,
    save_product,
    set_availability,
)
from tenants.context import inside
from tenants.models import Shop
from tests.trade import NOON, a_product, at_once, fresh, product_of

pytestmark = pytest.mark.usefixtures("shop")
UNTIL = NOON + timedelta(hours=1)
SMALL, LARGE = VariantWish(price_cents=30_00, name="Small", sku="S-1"), VariantWish(price_cents=50_00, name="Large")


def again(wish: VariantWish, variant: Variant, **changes: object) -> VariantWish:
    facts = {"price_cents": wish.price_cents, "name": wish.name, "sku": wish.sku, "id": variant.pk, **changes}
    return VariantWish(**facts)  # type: ignore[arg-type]


def test_a_product_is_kept_with_its_variants_in_their_order() -> None:
    shelf = save_category(name="Bread", names={"it": "Pane"})
    product = save_product(
        wish=ProductWish(
            name="  Sourdough\x00 ", variants=[LARGE, SMALL], category_id=shelf.pk, names={"it": "Lievito", "fr": " "}
        )
    )
    assert (product.name, product.names, product.category) == ("Sourdough", {"it": "Lievito"}, shelf)
    assert list(product.variants.values_list("name", "price_cents", "sku")) == [
        ("Large", 50_00, None),
        ("Small", 30_00, "S-1"),
    ]
    assert product.search_text == "sourdough lievito bread pane large small s 1"


def test_variants_left_out_are_taken_off_sale_and_come_back_by_name() -> None:
    product = save_product(wish=ProductWish(name="Tea", variants=[SMALL, LARGE]))
    small, large = product.variants.get(name="Small"), product.variants.get(name="Large")
    save_product(wish=ProductWish(name="Tea", variants=[again(LARGE, large)]), product_id=product.pk)
    assert dict(product.variants.values_list("name", "is_active")) == {"Small": False, "Large": True}
    save_product(
        wish=ProductWish(name="Tea", variants=[again(LARGE, large), again(SMALL, small)]), product_id=product.pk
    )
    assert dict(product.variants.values_list("name", "is_active")) == {"Small": True, "Large": True}


def test_two_variants_may_swap_their_names() -> None:
    product = save_product(wish=ProductWish(name="Tea", variants=[SMALL, LARGE]))
    small, large = product.variants.get(name="Small"), product.variants.get(name="Large")
    wishes = [again(SMALL, small, name="Large"), again(LARGE, large, name="Small")]
    save_product(wish=ProductWish(name="Tea", variants=wishes), product_id=product.pk)
    assert [fresh(small).name, fresh(large).name] == ["Large", "Small"]


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        (ProductWish(name=" ", variants=[SMALL]), NameMissing),
        (ProductWish(name="Tea", variants=[]), NothingToSell),
        (ProductWish(name="Tea", variants=[VariantWish(price_cents=-1)]), PriceNotPossible),
        (ProductWish(name="Tea", variants=[VariantWish(price_cents=10, compare_at_cents=10)]), PriceNotPossible),
        (ProductWish(name="Tea", variants=[SMALL, VariantWish(price_cents=1, name=" small ")]), VariantNameTaken),
        (ProductWish(name="Tea", variants=[VariantWish(price_cents=1, sku="TAKEN")]), SkuTaken),
        (ProductWish(name="Tea", variants=[SMALL], category_id=987654), UnknownCategory),
    ],
)
def test_a_wish_that_cannot_be_changes_nothing(wish: ProductWish, refusal: type[Exception]) -> None:
    save_product(wish=ProductWish(name="Coffee", variants=[VariantWish(price_cents=1, sku="TAKEN")]))
    with pytest.raises(refusal):
        save_product(wish=wish)
    assert list(Product.objects.values_list("name", flat=True)) == ["Coffee"]


def test_stock_cannot_be_set_below_what_is_promised() -> None:
    bread = a_product(stock=5)
    stock.reserve(lines={bread.pk: 3}, order_ref="order:1", expires_at=UNTIL)
    wish = VariantWish(price_cents=45_00, id=bread.pk, is_tracked=True, on_hand=2)
    with pytest.raises(BelowReserved, match="3 are promised") as refusal:
        save_product(wish=ProductWish(name="Sourdough", variants=[wish]), product_id=bread.product_id)
    assert (refusal.value.reserved, fresh(bread).on_hand) == (3, 5)


def test_pieces_sold_while_somebody_counts_stay_sold() -> None:
    bread = a_product(stock=5)
    stock.reserve(lines={bread.pk: 2}, order_ref="order:1", expires_at=UNTIL)
    stock.sell(order_ref="order:1")
    wish = VariantWish(price_cents=45_00, id=bread.pk, is_tracked=True, on_hand=10, on_hand_seen=5)
    save_product(wish=ProductWish(name="Sourdough", variants=[wish]), product_id=bread.product_id)
    assert fresh(bread).on_hand == 8


def test_the_life_of_a_product() -> None:
    bread = a_product()
    pk = bread.product_id
    assert product_of(bread).is_on_sale
    assert not set_availability(product_id=pk, is_available=False).is_on_sale
    assert set_availability(product_id=pk, is_available=True).is_on_sale
    assert archive_product(product_id=pk).status == "archived"
    assert restore_product(product_id=pk).status == "draft"
    with pytest.raises(UnknownProduct):
        archive_product(product_id=987654)


def test_a_shelf_that_changes_its_name_is_found_by_the_new_one() -> None:
    shelf = save_category(name="Bread")
    bread = a_product(category=shelf)
    save_category(name="Loaves", category_id=shelf.pk)
    assert product_of(bread).search_text == "sourdough loaves"


def test_two_shelves_may_share_a_name_and_a_shelf_may_go_without_its_products() -> None:
    one, two = save_category(name="Bread"), save_category(name="Bread")
    bread = a_product(category=one)
    assert one.slug != two.slug
    delete_category(category_id=one.pk)
    assert product_of(bread).category is None
    assert Category.objects.count() == 1
    with pytest.raises(NameMissing):
        save_category(name=" \x00")


def test_reconcile_names_a_product_with_nothing_to_sell() -> None:
    bread = a_product()
    Variant.objects.update(is_active=False)
    assert list(reconcile.findings()) == [f"Product {bread.product_id} is published and has nothing to sell."]


@pytest.mark.django_db(transaction=True)
def test_counting_while_customers_order_loses_no_piece(amber: Shop) -> None:
    with inside(amber):
        bread = a_product(stock=100)

        def count(seen: int) -> None:
            wish = VariantWish(price_cents=45_00, id=bread.pk, is_tracked=True, on_hand=seen + 10, on_hand_seen=seen)
            save_product(wish=ProductWish(name="Sourdough", variants=[wish]), product_id=bread.product_id)

        def sell(number: int) -> None:
            ref = f"order:{number}"
            stock.reserve(lines={bread.pk: 1}, order_ref=ref, expires_at=UNTIL)
            stock.sell(order_ref=ref)

        answers = at_once(amber, [*[partial(count, 100)] * 5, *[partial(sell, number) for number in range(10)]])
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert (fresh(bread).on_hand, fresh(bread).reserved) == (100 + 5 * 10 - 10, 0)
