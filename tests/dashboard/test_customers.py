"""The customer pages."""

from collections.abc import Callable

import pytest
from django.test import Client

from loyalty.models import Customer
from loyalty.services import balance_of
from orders import fulfilment
from tenants.context import inside
from tenants.models import Role, Shop
from tests.dashboard.asking import queries_of
from tests.trade import a_customer, a_product, order_for

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
HTMX = {"HX-Request": "true"}


def thandi_in(shop: Shop, *, phone: str = "+27821234567") -> Customer:
    with inside(shop):
        thandi = a_customer("Thandi", phone=phone)
        fulfilment.mark_paid(order_id=order_for(thandi, a_product(cents=120_00)).pk)
    return thandi


def points_in(shop: Shop, customer: Customer) -> int:
    with inside(shop):
        return balance_of(customer).available


def test_the_list_says_what_each_bought_and_holds(amber: Shop, client_of: ClientOf) -> None:
    thandi = thandi_in(amber)
    page = client_of(amber, Role.AGENT).get("/customers/").content.decode()
    assert f'href="/customers/{thandi.pk}/"' in page
    assert "+27 82 123 4567" in page
    assert f">{points_in(amber, thandi)}<" in page


def test_people_are_found_by_the_end_of_their_phone(amber: Shop, client_of: ClientOf) -> None:
    thandi_in(amber)
    client = client_of(amber)
    assert "Thandi" in client.get("/customers/", {"q": "4567"}, headers=HTMX).content.decode()
    assert "Nobody fits" in client.get("/customers/", {"q": "9999"}, headers=HTMX).content.decode()


def test_ten_times_the_people_need_no_more_queries(amber: Shop, client_of: ClientOf) -> None:
    client = client_of(amber)
    thandi_in(amber)
    few, _ = queries_of(client, "/customers/")
    with inside(amber):
        names = [a_customer(f"Customer no. {index}").name for index in range(12)]
    many, page = queries_of(client, "/customers/")
    assert [name for name in names if name not in page] == []
    assert many == few <= 14


def test_the_page_of_a_person_holds_orders_and_points(amber: Shop, client_of: ClientOf) -> None:
    thandi = thandi_in(amber)
    page = client_of(amber, Role.AGENT).get(f"/customers/{thandi.pk}/").content.decode()
    with inside(amber):
        assert f"#{thandi.orders.get().number}" in page
    assert "+12" in page
    assert "Give or take points" not in page


def test_a_manager_gives_points_once_however_often_the_button_is_tapped(amber: Shop, client_of: ClientOf) -> None:
    thandi = thandi_in(amber)
    before = points_in(amber, thandi)
    wish = {"points": "50", "reason": "goodwill", "request_id": "tap-1"}
    client = client_of(amber, Role.MANAGER)
    for _ in range(2):
        answer = client.post(f"/customers/{thandi.pk}/points/", wish, headers=HTMX)
        assert answer.status_code == 200
    assert points_in(amber, thandi) == before + 50


@pytest.mark.parametrize(("points", "words"), [("0", "at least one point"), ("-9999", ""), ("many", "whole number")])
def test_odd_wishes_for_points_change_nothing(amber: Shop, client_of: ClientOf, points: str, words: str) -> None:
    thandi = thandi_in(amber)
    before = points_in(amber, thandi)
    wish = {"points": points, "reason": "correction", "request_id": "tap-1"}
    answer = client_of(amber, Role.MANAGER).post(f"/customers/{thandi.pk}/points/", wish, headers=HTMX)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert points_in(amber, thandi) == before


def test_agents_give_no_points(amber: Shop, client_of: ClientOf) -> None:
    thandi = thandi_in(amber)
    before = points_in(amber, thandi)
    wish = {"points": "50", "reason": "goodwill", "request_id": "tap-1"}
    assert client_of(amber, Role.AGENT).post(f"/customers/{thandi.pk}/points/", wish).status_code == 403
    assert points_in(amber, thandi) == before


def test_what_the_team_knows_is_kept(amber: Shop, client_of: ClientOf) -> None:
    thandi = thandi_in(amber)
    wish = {"name": "Thandi Nkosi", "tags": "vip, gluten free, vip", "notes": "Rings twice"}
    answer = client_of(amber, Role.AGENT).post(f"/customers/{thandi.pk}/save/", wish)
    assert answer.headers["Location"] == f"/customers/{thandi.pk}/"
    with inside(amber):
        thandi.refresh_from_db()
    assert (thandi.name, thandi.tags, thandi.notes) == ("Thandi Nkosi", ["vip", "gluten free"], "Rings twice")


def test_blocking_is_for_managers_and_can_be_undone(amber: Shop, client_of: ClientOf) -> None:
    thandi = thandi_in(amber)
    assert client_of(amber, Role.AGENT).post(f"/customers/{thandi.pk}/block/", {"is_blocked": "yes"}).status_code == 403
    manager = client_of(amber, Role.MANAGER)
    for word, expected in (("yes", True), ("no", False)):
        manager.post(f"/customers/{thandi.pk}/block/", {"is_blocked": word})
        with inside(amber):
            assert Customer.objects.get(pk=thandi.pk).is_blocked is expected


def test_the_same_person_in_two_shops_is_two_customers(amber: Shop, blue: Shop, client_of: ClientOf) -> None:
    thandi_in(amber)
    with inside(blue):
        a_customer("Canary Blue", phone="+27821234567")
    page = client_of(amber).get("/customers/", {"q": "1234567"}).content.decode()
    assert "Thandi" in page
    assert "Canary Blue" not in page
