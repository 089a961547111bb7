"""What customers put together before they order."""

from functools import partial

import pytest

from catalog.models import Product, Variant
from catalog.stock import OutOfStock
from orders.basket import add_to_basket, basket_of, change_quantity, clear_basket, remove_from_basket
from orders.errors import NotOnSale, TooMany
from orders.models import BasketLine
from tenants.context import inside
from tenants.models import Shop
from tests.trade import a_customer, a_product, at_once, product_of

pytestmark = pytest.mark.usefixtures("shop")


def test_adding_twice_adds_up() -> None:
    thandi, bread = a_customer(), a_product()
    add_to_basket(customer=thandi, variant_id=bread.pk)
    view = add_to_basket(customer=thandi, variant_id=bread.pk, quantity=2)
    assert [(line.name, line.quantity, line.total_cents) for line in view.lines] == [("Sourdough", 3, 135_00)]
    assert (view.subtotal_cents, view.count, view.currency) == (135_00, 3, "ZAR")


def test_names_come_in_the_customers_language() -> None:
    maria, bread = a_customer("Maria", language="it"), a_product(names={"it": "Pane"})
    assert add_to_basket(customer=maria, variant_id=bread.pk).lines[0].name == "Pane"


def test_a_quantity_is_changed_and_zero_takes_the_line_out() -> None:
    thandi, bread = a_customer(), a_product()
    add_to_basket(customer=thandi, variant_id=bread.pk)
    assert change_quantity(customer=thandi, variant_id=bread.pk, quantity=5).count == 5
    assert change_quantity(customer=thandi, variant_id=bread.pk, quantity=0).is_empty


def test_lines_are_removed_one_by_one_or_all() -> None:
    thandi, bread, tea, cake = a_customer(), a_product(), a_product("Tea"), a_product("Cake")
    for variant in (bread, tea, cake):
        add_to_basket(customer=thandi, variant_id=variant.pk)
    assert [line.name for line in remove_from_basket(customer=thandi, variant_id=tea.pk).lines] == ["Sourdough", "Cake"]
    assert remove_from_basket(customer=thandi, variant_id=tea.pk).count == 2
    assert clear_basket(customer=thandi).is_empty


def test_no_more_than_there_is_fits_in() -> None:
    thandi, bread = a_customer(), a_product(stock=2)
    add_to_basket(customer=thandi, variant_id=bread.pk, quantity=2)
    with pytest.raises(OutOfStock, match="2 left"):
        add_to_basket(customer=thandi, variant_id=bread.pk)
    assert basket_of(thandi).count == 2


def test_no_more_than_ninety_nine_fit_in() -> None:
    with pytest.raises(TooMany, match="At most 99"):
        add_to_basket(customer=a_customer(), variant_id=a_product().pk, quantity=100)
    assert not BasketLine.objects.exists()


@pytest.mark.parametrize("change", [{"status": "draft"}, {"status": "archived"}, {"is_available": False}])
def test_what_is_not_on_sale_cannot_be_added(change: dict[str, object]) -> None:
    bread = a_product()
    Product.objects.filter(pk=bread.product_id).update(**change)
    with pytest.raises(NotOnSale, match="Sourdough is not on sale"):
        add_to_basket(customer=a_customer(), variant_id=bread.pk)


def test_an_unknown_variant_cannot_be_added() -> None:
    with pytest.raises(NotOnSale):
        add_to_basket(customer=a_customer(), variant_id=987654)


def test_what_leaves_the_shelf_is_shown_and_not_counted() -> None:
    thandi, bread, tea = a_customer(), a_product(), a_product("Tea", cents=20_00)
    add_to_basket(customer=thandi, variant_id=bread.pk)
    add_to_basket(customer=thandi, variant_id=tea.pk)
    Product.objects.filter(pk=product_of(bread).pk).update(is_available=False)
    view = basket_of(thandi)
    assert [line.is_on_sale for line in view.lines] == [False, True]
    assert (view.subtotal_cents, view.count) == (20_00, 1)


def test_what_became_short_says_so() -> None:
    thandi, bread = a_customer(), a_product(stock=5)
    add_to_basket(customer=thandi, variant_id=bread.pk, quantity=4)
    Variant.objects.filter(pk=bread.pk).update(on_hand=3)
    line = basket_of(thandi).lines[0]
    assert (line.available, line.is_short) == (3, True)


@pytest.mark.django_db(transaction=True)
def test_twenty_taps_at_once_all_count(amber: Shop) -> None:
    with inside(amber):
        thandi, bread = a_customer(), a_product()
        answers = at_once(amber, [partial(add_to_basket, customer=thandi, variant_id=bread.pk)] * 20)
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert basket_of(thandi).count == 20


def test_what_would_be_too_many_together_is_refused_and_changes_nothing() -> None:
    thandi, bread = a_customer(), a_product()
    add_to_basket(customer=thandi, variant_id=bread.pk, quantity=60)
    with pytest.raises(TooMany, match="At most 99"):
        add_to_basket(customer=thandi, variant_id=bread.pk, quantity=60)
    assert basket_of(thandi).count == 60
    assert add_to_basket(customer=thandi, variant_id=bread.pk, quantity=39).count == 99


@pytest.mark.parametrize("quantity", [0, -1])
def test_less_than_one_piece_cannot_be_added(quantity: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        add_to_basket(customer=a_customer(), variant_id=a_product().pk, quantity=quantity)
