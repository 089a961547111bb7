"""The first page of a shop."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation
from orders import fulfilment
from shopme import home
from tenants.context import inside
from tenants.models import Role, Shop
from tests.dashboard.asking import queries_of
from tests.trade import a_customer, a_product, order_for

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]


def test_an_empty_shop_says_that_nothing_waits(amber: Shop, client_of: ClientOf) -> None:
    page = client_of(amber).get("/").content.decode()
    assert "Nothing waits" in page
    assert "Nothing sold in this period" in page


def test_figures_count_what_was_paid_and_compare_it_with_the_period_before(shop: Shop) -> None:
    bread = a_product(cents=50_00)
    for days_ago, pieces in ((1, 2), (9, 1)):
        for _ in range(pieces):
            order = order_for(a_customer(), bread)
            fulfilment.mark_paid(order_id=order.pk, at=timezone.now() - timedelta(days=days_ago))
    overview = home.overview(7)
    revenue, orders, *_ = overview.figures
    assert (revenue.value, revenue.change, sum(revenue.spark)) == (100_00, 100, 100_00)
    assert (orders.value, orders.change) == (2, 100)
    assert len(overview.days) == 7
    assert sum(day.before_cents for day in overview.days) == 50_00


def test_without_a_period_before_there_is_no_change(shop: Shop) -> None:
    fulfilment.mark_paid(order_id=order_for(a_customer(), a_product()).pk)
    revenue = home.overview(14).figures[0]
    assert revenue.change is None


def test_what_waits_names_chats_orders_and_stock(shop: Shop) -> None:
    bread = a_product(stock=4)
    fulfilment.mark_paid(order_id=order_for(a_customer("Thandi"), bread).pk)
    Conversation.objects.create(customer=a_customer("Sipho"), number_id=1, needs_person=True, mode="human")
    assert [waiting.title for waiting in home.what_waits()] == [
        "1 customer asks for a person",
        "1 order to prepare",
        "Sourdough is low",
    ]


def test_best_sellers_say_what_is_left(shop: Shop) -> None:
    bread = a_product(stock=9)
    fulfilment.mark_paid(order_id=order_for(a_customer(), bread).pk)
    (seller,) = home.best_sellers(7)
    assert (seller.product.name, seller.quantity, seller.cents, seller.left) == ("Sourdough", 1, 45_00, 8)


def test_the_page_asks_the_same_number_of_queries_for_much_and_for_little(amber: Shop, client_of: ClientOf) -> None:
    client = client_of(amber)

    def sell(*names: str) -> None:
        with inside(amber):
            for name in names:
                fulfilment.mark_paid(order_id=order_for(a_customer(), a_product(name, stock=2)).pk)

    sell("Rye")
    few, _ = queries_of(client, "/")
    sell(*(f"Bread {index}" for index in range(7)))
    many, page = queries_of(client, "/")
    assert "8 orders to prepare" in page
    assert many == few <= 32


def test_a_part_is_answered_alone(amber: Shop, client_of: ClientOf) -> None:
    answer = client_of(amber).get("/", headers={"HX-Request": "true", "HX-Target": "home-waiting"}).content.decode()
    assert answer.lstrip().startswith('<section id="home-waiting"')


def test_staff_of_the_counter_are_told_whose_page_it_is(amber: Shop, client_of: ClientOf) -> None:
    answer = client_of(amber, Role.STAFF).get("/")
    assert answer.status_code == 403
    assert "for the role Agent and above" in answer.content.decode()


@pytest.mark.parametrize(("hour", "words"), [(6, "Good morning"), (12, "Good afternoon"), (18, "Good evening")])
def test_people_are_greeted_by_the_clock_of_the_shop(hour: int, words: str) -> None:
    from shopme.views import greeting

    assert greeting(timezone.now().replace(hour=hour)) == words
