"""A row taken from one shop into another raises; a query in public finds no table."""

import pickle
from threading import Thread

import pytest
from django.db import ProgrammingError, transaction

from catalog.models import Category, Product
from loyalty.models import Address, Customer
from tenants.context import inside
from tenants.models import Shop
from tenants.wall import WrongShop

pytestmark = pytest.mark.django_db
KEY = 4_711


@pytest.fixture
def twins(amber: Shop, blue: Shop) -> Customer:
    """The same key in both shops; amber's row is handed out."""
    for shop in (amber, blue):
        with inside(shop):
            customer = Customer.objects.create(pk=KEY, name=f"of {shop.slug}")
            Address.objects.create(pk=KEY, customer=customer, text=f"in {shop.slug}")
    with inside(amber):
        return Customer.objects.get(pk=KEY)


def test_saving_it_elsewhere_raises_and_overwrites_nothing(twins: Customer, amber: Shop, blue: Shop) -> None:
    twins.name = "changed"
    with inside(blue):
        with pytest.raises(WrongShop, match=r"loyalty\.Customer of t_"):
            twins.save()
        assert Customer.objects.get(pk=KEY).name == "of blue"
    with inside(amber):
        twins.save()
        assert Customer.objects.get(pk=KEY).name == "changed"


def test_deleting_or_reading_it_anew_elsewhere_raises(twins: Customer, blue: Shop) -> None:
    with inside(blue):
        for act in (twins.delete, twins.refresh_from_db):
            with pytest.raises(WrongShop):
                act()
        assert Customer.objects.filter(pk=KEY).exists()


def test_following_it_elsewhere_raises(twins: Customer, blue: Shop) -> None:
    with inside(blue):
        with pytest.raises(WrongShop):
            list(twins.addresses.all())
        with pytest.raises(WrongShop):
            twins.addresses.create(text="misplaced")


def test_following_it_to_its_parent_elsewhere_raises(twins: Customer, amber: Shop, blue: Shop) -> None:
    with inside(amber):
        address = Address.objects.get(pk=KEY)
    with inside(blue), pytest.raises(WrongShop):
        assert address.customer


def test_linking_rows_of_two_shops_raises(twins: Customer, blue: Shop) -> None:
    with inside(blue):
        theirs = Address.objects.get(pk=KEY)
        with pytest.raises(WrongShop):
            theirs.customer = twins
        with pytest.raises(WrongShop):
            Address(customer=twins, text="misplaced")


def test_a_row_made_in_one_shop_is_not_inserted_into_another(amber: Shop, blue: Shop) -> None:
    with inside(amber):
        category = Category(name="Bread", slug="bread")
    with inside(blue), pytest.raises(WrongShop):
        category.save()


def test_a_row_keeps_its_home_through_a_pickle(twins: Customer, blue: Shop) -> None:
    copy = pickle.loads(pickle.dumps(twins))
    with inside(blue), pytest.raises(WrongShop):
        copy.save()


def test_a_row_made_in_public_belongs_to_whoever_saves_it_first(amber: Shop) -> None:
    category = Category(name="Bread", slug="bread")
    with inside(amber):
        category.save()
        assert Category.objects.get(slug="bread") == category


def test_a_query_that_leaves_its_shop_for_public_fails_loudly(amber: Shop) -> None:
    with inside(amber):
        lazy = Product.objects.all()
    with pytest.raises(ProgrammingError, match="catalog_product"), transaction.atomic():
        list(lazy)


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_does_not_enter_fails_loudly(amber: Shop) -> None:
    from django.db import connection

    problems = []

    def look() -> None:
        try:
            list(Product.objects.all())
        except ProgrammingError as problem:
            problems.append(str(problem))
        finally:
            connection.close()

    with inside(amber):
        thread = Thread(target=look)
        thread.start()
        thread.join()
    assert "catalog_product" in problems[0]
