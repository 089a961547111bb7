"""How orders move, and what moves with them."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from catalog.stock import OutOfStock
from loyalty.services import balance_of
from orders import reconcile
from orders.errors import MoveNotAllowed, UnknownOrder
from orders.fulfilment import MOVES, cancel_order, expire_unpaid, mark_paid, move_order, moves_open_to
from orders.models import Order, OrderEvent
from orders.signals import order_paid
from tenants.context import inside
from tenants.models import Shop
from tests.trade import NOON, a_customer, a_product, at_once, fresh, order_for

pytestmark = pytest.mark.usefixtures("shop")


def staff_moves(order: Order, to: str) -> Order:
    return move_order(order_id=order.pk, to=to, actor_kind="staff", actor_id=7, at=NOON)


def test_payment_sells_the_stock_awards_points_and_is_told_once() -> None:
    thandi, bread, told = a_customer(), a_product(cents=1000_00, stock=5), []
    order = order_for(thandi, bread, at=NOON)
    listener = lambda **news: told.append((news["order"].pk, news["award"].points))  # noqa: E731
    order_paid.connect(listener)
    try:
        paid = mark_paid(order_id=order.pk, at=NOON)
        again = mark_paid(order_id=order.pk, at=NOON + timedelta(hours=1))
    finally:
        order_paid.disconnect(listener)
    assert (paid.state, paid.paid_at, again.paid_at) == ("paid", NOON, NOON)
    assert (fresh(bread).on_hand, fresh(bread).reserved) == (4, 0)
    points = balance_of(thandi).available + balance_of(thandi).pending
    assert told == [(order.pk, points)]
    assert points > 0
    assert list(reconcile.findings()) == []


def test_a_day_of_an_order_leaves_an_event_for_every_move() -> None:
    order = order_for(a_customer(), a_product(), fulfilment="delivery", address="12 Long Street")
    for to in ("paid", "preparing", "shipped", "delivered"):
        staff_moves(order, to)
    assert list(OrderEvent.objects.filter(order=order).values_list("from_state", "to_state", "actor_kind")) == [
        ("", "placed", "customer"),
        ("placed", "paid", "staff"),
        ("paid", "preparing", "staff"),
        ("preparing", "shipped", "staff"),
        ("shipped", "delivered", "staff"),
    ]
    assert list(reconcile.findings()) == []


@pytest.mark.parametrize("state", Order.State.values)
def test_only_listed_moves_are_allowed(state: str) -> None:
    order = order_for(a_customer(), a_product(), fulfilment="delivery", address="12 Long Street")
    Order.objects.filter(pk=order.pk).update(state=state, paid_at=NOON)
    for to in set(Order.State.values) - set(MOVES[state]):
        with pytest.raises(MoveNotAllowed, match=f"is {state} and cannot become {to}"):
            staff_moves(order, to)
    assert Order.objects.get(pk=order.pk).state == state
    assert OrderEvent.objects.filter(order=order).count() == 1


def test_what_is_collected_is_never_shipped() -> None:
    order = order_for(a_customer(), a_product())
    paid = staff_moves(order, "paid")
    assert "shipped" not in moves_open_to(paid)
    with pytest.raises(MoveNotAllowed):
        staff_moves(order, "shipped")


def test_cancelling_before_payment_gives_the_stock_back() -> None:
    bread = a_product(stock=5)
    order = order_for(a_customer(), bread)
    assert cancel_order(order_id=order.pk, actor_kind="customer", reason="Changed my mind").state == "cancelled"
    assert (fresh(bread).on_hand, fresh(bread).reserved) == (5, 0)
    with pytest.raises(MoveNotAllowed):
        mark_paid(order_id=order.pk)
    assert list(reconcile.findings()) == []


def test_a_paid_order_is_not_cancelled_but_refunded_with_stock_and_points() -> None:
    thandi, bread = a_customer(), a_product(cents=1000_00, stock=5)
    order = order_for(thandi, bread)
    mark_paid(order_id=order.pk, at=NOON)
    with pytest.raises(MoveNotAllowed):
        cancel_order(order_id=order.pk, actor_kind="staff")
    refunded = staff_moves(order, "refunded")
    assert (refunded.state, refunded.refunded_cents) == ("refunded", 1000_00)
    assert (fresh(bread).on_hand, fresh(bread).reserved) == (5, 0)
    assert (balance_of(thandi).available, balance_of(thandi).pending, balance_of(thandi).debt) == (0, 0, 0)
    assert list(reconcile.findings()) == []


def test_goods_that_left_the_shop_do_not_come_back_by_a_refund() -> None:
    bread = a_product(stock=5)
    order = order_for(a_customer(), bread)
    for to in ("paid", "ready", "delivered", "refunded"):
        staff_moves(order, to)
    assert fresh(bread).on_hand == 4


def test_unpaid_orders_expire_when_their_hold_ends_and_not_before() -> None:
    bread = a_product(stock=5)
    order = order_for(a_customer(), bread, at=NOON)
    assert expire_unpaid(now=NOON + timedelta(minutes=59)) == 0
    assert expire_unpaid(now=NOON + timedelta(minutes=60)) == 1
    assert expire_unpaid(now=NOON + timedelta(minutes=61)) == 0
    assert Order.objects.get(pk=order.pk).state == "expired"
    assert (fresh(bread).on_hand, fresh(bread).reserved) == (5, 0)
    assert list(reconcile.findings()) == []


def test_an_expired_order_lives_again_if_it_is_paid_and_the_goods_are_there() -> None:
    bread = a_product(stock=1)
    order = order_for(a_customer(), bread, at=NOON)
    expire_unpaid(now=NOON + timedelta(hours=2))
    assert mark_paid(order_id=order.pk, at=NOON + timedelta(hours=3)).state == "paid"
    assert (fresh(bread).on_hand, fresh(bread).reserved) == (0, 0)
    assert list(reconcile.findings()) == []


def test_an_expired_order_stays_so_if_its_goods_went_to_somebody_else() -> None:
    bread = a_product(stock=1)
    order = order_for(a_customer(), bread, at=NOON)
    expire_unpaid(now=NOON + timedelta(hours=2))
    order_for(a_customer("Zola"), bread)
    with pytest.raises(OutOfStock):
        mark_paid(order_id=order.pk)
    assert Order.objects.get(pk=order.pk).state == "expired"
    assert fresh(bread).reserved == 1


def test_an_unknown_order_does_not_move() -> None:
    with pytest.raises(UnknownOrder):
        move_order(order_id=987654, to="paid", actor_kind="staff")


@pytest.mark.parametrize(
    "broken",
    [{"total_cents": 1}, {"refunded_cents": 45_01}, {"state": "paid"}, {"delivery_cents": 5_00, "total_cents": 50_00}],
)
def test_the_database_refuses_orders_that_cannot_be(broken: dict[str, object]) -> None:
    order = order_for(a_customer(), a_product())
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**broken)


def test_reconcile_names_what_does_not_add_up() -> None:
    order = order_for(a_customer(), a_product(stock=5))
    order.lines.update(quantity=2, total_cents=90_00)
    Order.objects.filter(pk=order.pk).update(state="paid", paid_at=NOON)
    assert list(reconcile.findings()) == [
        f"Order #{order.number}: lines sum to 9000, the order says 4500.",
        f"Order #{order.number}: its moves end at placed, the order says paid.",
        f"Order #{order.number} is paid and its stock is held.",
    ]


@pytest.mark.django_db(transaction=True)
def test_of_payment_and_expiry_at_the_same_moment_one_wins(amber: Shop) -> None:
    with inside(amber):
        bread = a_product(stock=10)
        orders = [order_for(a_customer(), bread, at=NOON) for _ in range(8)]
        late = NOON + timedelta(hours=2)
        pays = [partial(mark_paid, order_id=order.pk, at=late) for order in orders]
        answers = at_once(amber, [*pays, *[partial(expire_unpaid, now=late)] * 8])
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        expire_unpaid(now=late)
        assert set(Order.objects.values_list("state", flat=True)) == {"paid"}
        assert (fresh(bread).on_hand, fresh(bread).reserved) == (2, 0)
        assert list(reconcile.findings()) == []
