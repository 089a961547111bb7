"""Once a day both sides are laid beside each other: nothing that was paid stays unknown, nothing credited stays unproved."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order
from payments import reconcile
from payments.comparing import compare_all
from payments.models import PaymentAttempt, PaymentDifference
from payments.services import ask_gateway
from tests.fakes.ozow import FakeOzow, Transaction
from tests.payments.ozow_stage import an_ozow_account, an_ozow_attempt

pytestmark = pytest.mark.usefixtures("shop")
DAY = timedelta(days=1)


def test_what_agrees_is_no_difference(ozow: FakeOzow) -> None:
    attempt = an_ozow_attempt()
    ozow.pay(str(attempt.public_id))
    ask_gateway(attempt_id=attempt.pk)
    assert compare_all(now=timezone.now() + DAY) == 0
    (call,) = ozow.asked("GetTransactionReport")
    assert sorted(call.query) == ["endDate", "isTest", "siteCode", "startDate"]
    assert (timezone.now() - 2 * DAY).date().isoformat() == call.query["startDate"]
    assert ozow.asked("GetTransaction") == []
    assert list(reconcile.findings()) == []


def test_a_payment_no_notice_and_no_question_told_of_is_credited(ozow: FakeOzow) -> None:
    attempt = an_ozow_attempt()
    PaymentAttempt.objects.update(state="expired", next_poll_at=None)
    ozow.pay(str(attempt.public_id))
    assert compare_all() == 0
    assert (PaymentAttempt.objects.get().state, Order.objects.get().state) == ("paid", "paid")


def test_money_for_no_order_of_ours_is_listed_until_there_is_one(ozow: FakeOzow) -> None:
    an_ozow_account()
    stray = Transaction("made in ozows own portal", amount=20)  # type: ignore[arg-type]
    ozow.transactions.append(stray)
    assert (compare_all(), compare_all()) == (1, 1)
    found = PaymentDifference.objects.get()
    assert (found.kind, found.gateway_payment_id, found.amount_cents) == ("not_here", stray.id, 20_00)
    assert list(reconcile.findings()) == [f"Payment {stray.id}: the gateway was paid, and no order knows of it."]


def test_a_credit_the_gateway_has_no_payment_for_is_listed_until_it_has(ozow: FakeOzow) -> None:
    attempt = an_ozow_attempt()
    paid = ozow.pay(str(attempt.public_id))
    ask_gateway(attempt_id=attempt.pk)
    paid.hidden_for = 99
    assert compare_all() == 0
    later = timezone.now() + DAY
    assert compare_all(now=later) == 1
    assert list(reconcile.findings()) == [f"Payment {paid.id}: credited to an order, and not in the gateway's list."]
    paid.hidden_for = 0
    assert compare_all(now=later) == 0
    assert PaymentDifference.objects.get().settled_at == later
    assert list(reconcile.findings()) == []


def test_tries_that_brought_nothing_are_not_looked_at(ozow: FakeOzow) -> None:
    attempt = an_ozow_attempt()
    for status in ("Cancelled", "Error", "Abandoned"):
        ozow.pay(str(attempt.public_id), status)
    assert (compare_all(), len(ozow.asked("GetTransaction"))) == (0, 0)


def test_an_ozow_that_is_away_leaves_the_list_as_it_was(ozow: FakeOzow) -> None:
    an_ozow_account()
    ozow.transactions.append(Transaction("stray", amount=20))  # type: ignore[arg-type]
    assert compare_all() == 1
    ozow.fail_next("GetTransactionReport", "500")
    assert compare_all() == 1


def test_test_accounts_have_no_list(ozow: FakeOzow) -> None:
    an_ozow_account("test")
    assert compare_all() == 0
    assert ozow.calls == []
