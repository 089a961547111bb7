"""The order pages."""

from collections.abc import Callable

import pytest
from django.test import Client

from orders import fulfilment
from orders.models import Order, OrderEvent
from tenants.context import inside
from tenants.models import Role, Shop
from tests.dashboard.asking import queries_of
from tests.trade import a_customer, a_product, order_for

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
HTMX = {"HX-Request": "true"}


def an_order(shop: Shop, *, paid: bool = False, name: str = "Thandi") -> Order:
    with inside(shop):
        order = order_for(a_customer(name), a_product())
        return fulfilment.mark_paid(order_id=order.pk) if paid else order


def state_of(shop: Shop, order: Order) -> str:
    with inside(shop):
        return Order.objects.get(pk=order.pk).state


def test_the_list_shows_open_orders_and_finds_by_number_and_name(amber: Shop, client_of: ClientOf) -> None:
    order, other = an_order(amber, name="Thandi"), an_order(amber, name="Sipho")
    client = client_of(amber, Role.AGENT)
    page = client.get("/orders/").content.decode()
    assert f"#{order.number}" in page
    assert "Awaiting payment" in page
    found = client.get("/orders/", {"q": f"#{order.number}"}).content.decode()
    assert f"/orders/{order.pk}/" in found
    assert f"/orders/{other.pk}/" not in found
    assert f"/orders/{other.pk}/" in client.get("/orders/", {"q": "sipho"}).content.decode()


def test_htmx_gets_the_list_alone(amber: Shop, client_of: ClientOf) -> None:
    answer = client_of(amber).get("/orders/?state=paid", headers=HTMX).content.decode()
    assert answer.lstrip().startswith('<section id="orders-list"')
    assert 'hx-get="/orders/?state=paid"' in answer


def test_ten_times_the_orders_need_no_more_queries(amber: Shop, client_of: ClientOf) -> None:
    client = client_of(amber)
    an_order(amber)
    few, _ = queries_of(client, "/orders/")
    orders = [an_order(amber, name=f"Customer {index}") for index in range(12)]
    many, page = queries_of(client, "/orders/")
    assert [order for order in orders if f"/orders/{order.pk}/" not in page] == []
    assert many == few <= 16


def test_a_move_is_one_tap_and_is_written_down(amber: Shop, client_of: ClientOf) -> None:
    order = an_order(amber, paid=True)
    client = client_of(amber, Role.AGENT)
    answer = client.post(f"/orders/{order.pk}/move/", {"to": "preparing"}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.content.decode().lstrip().startswith('<div id="order-card"')
    assert f"Order #{order.number}: preparing." in answer.headers["HX-Trigger"]
    with inside(amber):
        event = OrderEvent.objects.filter(order=order).latest("id")
    assert (event.to_state, event.actor_kind, event.actor_id) == ("preparing", "staff", client.user.pk)  # type: ignore[attr-defined]


def test_without_scripts_a_move_leads_back_to_the_order(amber: Shop, client_of: ClientOf) -> None:
    order = an_order(amber, paid=True)
    answer = client_of(amber).post(f"/orders/{order.pk}/move/", {"to": "ready"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/orders/{order.pk}/")


def test_a_move_that_is_not_open_is_refused_in_words(amber: Shop, client_of: ClientOf) -> None:
    order = an_order(amber)
    answer = client_of(amber).post(f"/orders/{order.pk}/move/", {"to": "delivered"}, headers=HTMX)
    assert answer.status_code == 422
    assert "cannot become delivered" in answer.content.decode()
    assert state_of(amber, order) == "placed"


def test_nobody_lets_an_order_expire_by_hand(amber: Shop, client_of: ClientOf) -> None:
    order = an_order(amber)
    assert client_of(amber).post(f"/orders/{order.pk}/move/", {"to": "expired"}).status_code == 422
    assert state_of(amber, order) == "placed"


def test_cancelling_wants_a_reason(amber: Shop, client_of: ClientOf) -> None:
    order = an_order(amber)
    client = client_of(amber, Role.AGENT)
    refused = client.post(f"/orders/{order.pk}/move/", {"to": "cancelled"})
    assert refused.status_code == 422
    assert "Say why in a few words." in refused.content.decode()
    assert state_of(amber, order) == "placed"
    client.post(f"/orders/{order.pk}/move/", {"to": "cancelled", "reason": "asked by phone"})
    assert state_of(amber, order) == "cancelled"


@pytest.mark.parametrize(("role", "state"), [(Role.AGENT, "placed"), (Role.MANAGER, "paid")])
def test_only_managers_say_that_money_arrived(amber: Shop, client_of: ClientOf, role: Role, state: str) -> None:
    order = an_order(amber)
    client_of(amber, role).post(f"/orders/{order.pk}/move/", {"to": "paid", "reason": "cash"})
    assert state_of(amber, order) == state


def test_an_unknown_order_is_not_found(amber: Shop, client_of: ClientOf) -> None:
    assert client_of(amber).get("/orders/999999/").status_code == 404


def test_another_shops_order_is_not_found(amber: Shop, blue: Shop, client_of: ClientOf) -> None:
    order = an_order(amber, paid=True, name="Canary Amber")
    answer = client_of(blue).get(f"/orders/{order.pk}/")
    assert answer.status_code == 404
    assert "Canary Amber" not in answer.content.decode()
