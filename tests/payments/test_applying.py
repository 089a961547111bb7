"""What a gateway says, turned into money received: once, in any order, and never what does not fit."""

import time
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from loyalty.models import Purchase
from orders import reconcile as order_proof
from orders.fulfilment import cancel_order, expire_unpaid, mark_paid
from orders.models import Order
from payments import applying, reconcile
from payments.errors import UnknownAttempt
from payments.gateways.base import ResultState
from payments.models import PaymentAttempt, PaymentLink
from payments.services import apply_result, ask_gateway, process_notice, start_payment
from payments.simulator import press
from tenants.context import inside
from tenants.models import Shop
from tests.payments.stage import (
    an_attempt,
    an_order,
    checkout_of,
    failure,
    money,
    notice,
    take_in,
    the_account,
    token_for,
)
from tests.trade import at_once, fresh, order_for

pytestmark = pytest.mark.usefixtures("shop")


def state_of(order: Order) -> str:
    return Order.objects.values_list("state", flat=True).get(pk=order.pk)


def test_money_that_fits_pays_the_order_and_uses_the_link(heard: list[str]) -> None:
    attempt, at = an_attempt(), timezone.now()
    paid = apply_result(attempt_id=attempt.pk, result=money(attempt), at=at)
    assert (paid.state, paid.paid_at, paid.received_cents, paid.gateway_payment_id) == ("paid", at, 155_00, "pay_1")
    assert (paid.is_late, paid.next_poll_at) == (False, None)
    assert state_of(attempt.order) == "paid"
    assert PaymentLink.objects.get().state == "used"
    assert heard == ["paid"]
    assert list(reconcile.findings()) == list(order_proof.findings()) == []


def test_the_same_money_again_changes_nothing(heard: list[str]) -> None:
    attempt = an_attempt()
    for _ in range(3):
        apply_result(attempt_id=attempt.pk, result=money(attempt))
    assert heard == ["paid"]
    assert (PaymentAttempt.objects.count(), Purchase.objects.count()) == (1, 1)


@pytest.mark.parametrize("news", [ResultState.FAILED, ResultState.CANCELLED, ResultState.ABANDONED])
def test_a_failure_after_the_money_is_ignored(news: ResultState, heard: list[str]) -> None:
    attempt = an_attempt()
    apply_result(attempt_id=attempt.pk, result=money(attempt))
    assert apply_result(attempt_id=attempt.pk, result=failure(attempt, news)).state == "paid"
    assert (state_of(attempt.order), heard) == ("paid", ["paid"])


@pytest.mark.parametrize(
    ("news", "state"),
    [(ResultState.FAILED, "failed"), (ResultState.CANCELLED, "cancelled"), (ResultState.ABANDONED, "cancelled")],
)
def test_money_after_a_failure_pays(news: ResultState, state: str, heard: list[str]) -> None:
    attempt = an_attempt()
    assert apply_result(attempt_id=attempt.pk, result=failure(attempt, news)).state == state
    assert state_of(attempt.order) == "placed"
    assert apply_result(attempt_id=attempt.pk, result=money(attempt)).state == "paid"
    assert heard == ["failed: The card was declined.", "paid"]


def test_a_failed_attempt_does_not_touch_the_next_one(heard: list[str]) -> None:
    order = an_order()
    first = an_attempt(order)
    apply_result(attempt_id=first.pk, result=failure(first))
    second = an_attempt(order)
    apply_result(attempt_id=first.pk, result=failure(first))
    second.refresh_from_db()
    assert (second.state, heard) == ("pending", ["failed: The card was declined."])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount_cents": 1_00}, "wrong_amount"),
        ({"amount_cents": 200_00}, "wrong_amount"),
        ({"currency": "EUR"}, "wrong_currency"),
        ({"mode": "live"}, "wrong_mode"),
    ],
)
def test_money_that_does_not_fit_waits_for_a_person(changes: dict[str, object], reason: str, heard: list[str]) -> None:
    attempt = an_attempt()
    kept = apply_result(attempt_id=attempt.pk, result=money(attempt, **changes))
    assert (kept.state, kept.review_reason) == ("review", reason)
    assert (kept.received_cents, kept.received_currency) == (
        changes.get("amount_cents", 155_00),
        changes.get("currency", "ZAR"),
    )
    assert (state_of(attempt.order), heard) == ("placed", [f"review: {reason}"])
    assert not Purchase.objects.exists()


def test_money_for_a_link_that_ran_out_is_taken_and_noted_as_late(heard: list[str]) -> None:
    attempt = an_attempt()
    expire_unpaid(now=timezone.now() + timedelta(hours=2))
    assert state_of(attempt.order) == "expired"
    paid = apply_result(attempt_id=attempt.pk, result=money(attempt), at=timezone.now() + timedelta(hours=3))
    assert (paid.state, paid.is_late, state_of(attempt.order)) == ("paid", True, "paid")
    assert heard == ["paid"]
    assert list(reconcile.findings()) == list(order_proof.findings()) == []


def test_money_that_comes_late_for_goods_that_are_gone_waits_for_a_person(heard: list[str]) -> None:
    order = an_order(stock=1)
    attempt = an_attempt(order)
    bread = order.lines.get().variant
    expire_unpaid(now=timezone.now() + timedelta(hours=2))
    order_for(order.customer, bread)
    kept = apply_result(attempt_id=attempt.pk, result=money(attempt))
    assert (kept.state, kept.review_reason, state_of(order)) == ("review", "no_stock", "expired")
    assert (fresh(bread).on_hand, fresh(bread).reserved) == (1, 1)
    assert heard == ["review: no_stock"]
    assert list(order_proof.findings()) == []


def test_money_for_a_cancelled_order_waits_for_a_person(heard: list[str]) -> None:
    attempt = an_attempt()
    cancel_order(order_id=attempt.order_id, actor_kind="customer")
    kept = apply_result(attempt_id=attempt.pk, result=money(attempt))
    assert (kept.state, kept.review_reason, state_of(attempt.order)) == ("review", "order_closed", "cancelled")
    assert heard == ["review: order_closed"]


def test_two_attempts_of_one_order_paid_are_one_payment_and_one_question(heard: list[str]) -> None:
    order = an_order()
    first = an_attempt(order)
    apply_result(attempt_id=first.pk, result=failure(first))
    second = an_attempt(order)
    apply_result(attempt_id=second.pk, result=money(second, gateway_payment_id="pay_2"))
    kept = apply_result(attempt_id=first.pk, result=money(first, gateway_payment_id="pay_1"))
    assert (kept.state, kept.review_reason) == ("review", "duplicate")
    assert heard == ["failed: The card was declined.", "paid", "review: duplicate"]
    assert Purchase.objects.count() == 1


def test_two_payments_through_one_checkout_are_one_payment_and_one_question(heard: list[str]) -> None:
    attempt = an_attempt()
    for _ in range(2):
        apply_result(attempt_id=attempt.pk, result=money(attempt))
        second = apply_result(attempt_id=attempt.pk, result=money(attempt, gateway_payment_id="pay_2"))
    assert (second.state, second.review_reason, second.received_cents) == ("review", "duplicate", 155_00)
    assert (PaymentAttempt.objects.count(), heard) == (2, ["paid", "review: duplicate"])


def test_money_for_an_order_that_staff_marked_paid_is_a_duplicate(heard: list[str]) -> None:
    attempt = an_attempt()
    mark_paid(order_id=attempt.order_id, actor_kind="staff", actor_id=7, reason="Paid in cash")
    kept = apply_result(attempt_id=attempt.pk, result=money(attempt))
    assert (kept.state, kept.review_reason) == ("review", "duplicate")
    assert heard == ["paid", "review: duplicate"]
    assert list(reconcile.findings()) == []


def test_an_unknown_attempt_is_refused() -> None:
    with pytest.raises(UnknownAttempt):
        apply_result(attempt_id=987654, result=failure(an_attempt()))


def test_the_database_keeps_one_paid_and_one_open_attempt_per_order() -> None:
    attempt = an_attempt()
    facts = {
        "order": attempt.order, "account": attempt.account, "amount_cents": 1, "currency": "ZAR", "mode": "test",
        "created_at": timezone.now(),
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="payment_attempt_one_open_per_order"), transaction.atomic():
        PaymentAttempt.objects.create(idempotency_key="other", **facts)
    with pytest.raises(IntegrityError, match="payment_attempt_paid_is_what_was_asked"), transaction.atomic():
        PaymentAttempt.objects.create(idempotency_key="other", state="paid", received_cents=2, **facts)


def test_reconcile_names_money_without_an_order_and_orders_without_money() -> None:
    paid, unpaid = an_attempt(), an_attempt()
    apply_result(attempt_id=paid.pk, result=money(paid))
    Order.objects.filter(pk=paid.order_id).update(state="placed", paid_at=None)
    mark_paid(order_id=unpaid.order_id)
    assert list(reconcile.findings()) == [
        f"Order #{unpaid.order.number} is paid without a payment and without somebody who said so.",
        f"Attempt {paid.pk} is paid, its order #{paid.order.number} is not.",
        f"Link {paid.link_id} is used, its order is not paid.",
    ]


@pytest.mark.django_db(transaction=True)
def test_twenty_notices_and_the_poll_at_once_are_one_payment_one_earning_one_receipt(
    amber: Shop, heard: list[str]
) -> None:
    with inside(amber):
        attempt, account = an_attempt(), the_account()
        checkout = press(checkout_id=checkout_of(attempt).pk, button="pay")
        payload = {
            "checkout_id": str(checkout.pk), "reference": checkout.reference, "amount": 155_00, "currency": "ZAR",
            "mode": "test", "payment_id": checkout.payment_ids[0],
        }  # fmt: skip
        events = [take_in(account, *notice(account, payload, event_id=f"evt_{number}")) for number in range(20)]
        acts: list[partial[Any]] = [partial(process_notice, event_id=event.pk) for event in events]
        answers = at_once(amber, [*acts, partial(ask_gateway, attempt_id=attempt.pk)])
        assert answers[:20] == ["paid"] * 20
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert heard == ["paid"]
        assert (PaymentAttempt.objects.count(), Purchase.objects.count()) == (1, 1)
        assert state_of(attempt.order) == "paid"
        assert list(reconcile.findings()) == list(order_proof.findings()) == []


@pytest.mark.django_db(transaction=True)
def test_without_the_locks_the_same_storm_ends_in_errors(
    amber: Shop, heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control. Even then the compare-and-set lets only one of them take the order."""
    decide = applying.decide

    def decide_slowly(*facts: Any) -> Any:
        time.sleep(0.2)
        return decide(*facts)

    with inside(amber):
        attempt = an_attempt()
        monkeypatch.setattr(applying, "decide", decide_slowly)
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
        act = partial(apply_result, attempt_id=attempt.pk, result=money(attempt))
        answers = at_once(amber, [act] * 10)
        assert [type(answer) for answer in answers if isinstance(answer, Exception)] != []
        assert Order.objects.get().state == "paid"


@pytest.mark.django_db(transaction=True)
def test_expiry_against_money_leaves_a_paid_order_or_an_open_question(amber: Shop) -> None:
    with inside(amber):
        attempts = [an_attempt(an_order(stock=1)) for _ in range(6)]
        late = timezone.now() + timedelta(hours=2)
        pays = [partial(apply_result, attempt_id=each.pk, result=money(each, gateway_payment_id=f"p{each.pk}"), at=late)
                for each in attempts]  # fmt: skip
        answers = at_once(amber, [*pays, *[partial(expire_unpaid, now=late)] * 6])
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert set(PaymentAttempt.objects.values_list("state", "order__state")) == {("paid", "paid")}
        assert list(reconcile.findings()) == list(order_proof.findings()) == []


@pytest.mark.django_db(transaction=True)
def test_a_press_and_a_cancellation_at_the_same_moment_never_leave_an_open_link(amber: Shop) -> None:
    with inside(amber):
        order = an_order()
        token = token_for(order)
        acts: list[partial[Any]] = [partial(start_payment, token=token)] * 5
        at_once(amber, [*acts, partial(cancel_order, order_id=order.pk, actor_kind="customer")])
        assert PaymentLink.objects.get().state == "revoked"
        assert PaymentAttempt.objects.count() <= 1


@pytest.mark.load
@pytest.mark.django_db(transaction=True)
def test_in_twenty_rounds_twenty_hands_with_the_same_money_credit_it_once(amber: Shop, heard: list[str]) -> None:
    with inside(amber):
        for round_ in range(20):
            attempt = an_attempt(an_order(cents=100_00 + round_))
            fact = money(attempt, gateway_payment_id=f"pay_{round_}")
            answers = at_once(amber, [partial(apply_result, attempt_id=attempt.pk, result=fact)] * 20)
            assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert heard == ["paid"] * 20
        assert Purchase.objects.count() == 20
        assert list(reconcile.findings()) == list(order_proof.findings()) == []
