"""Money that came through Yoco: told by events, found by asking, credited once and only if it fits."""

import time
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models import QuerySet

from loyalty.models import Purchase
from orders import reconcile as order_proof
from orders.models import Order
from payments import applying, reconcile
from payments.errors import PaymentUnavailable
from payments.models import GatewayAccount, GatewayEvent, PaymentAttempt
from payments.polling import ask_gateway, poll_open_attempts
from payments.services import process_notice, start_payment
from tenants.context import inside
from tenants.models import Shop
from tests.fakes.yoco import FakeYoco
from tests.payments.stage import an_order, token_for
from tests.payments.yoco_stage import connected, opened, taken_in
from tests.trade import at_once

pytestmark = pytest.mark.usefixtures("shop", "yoco")


def state_of(order: Order) -> str:
    return Order.objects.values_list("state", flat=True).get(pk=order.pk)


def test_a_signed_event_pays_and_a_second_look_confirms_it(yoco: FakeYoco, heard: list[str]) -> None:
    account = connected()
    attempt = opened()
    yoco.pay("ch_0001")
    event = taken_in(account, yoco.event("ch_0001"))
    assert process_notice(event_id=event.pk) == "paid"
    attempt.refresh_from_db()
    assert (attempt.state, attempt.gateway_payment_id, attempt.received_cents) == ("paid", "p_0001", 155_00)
    assert (state_of(attempt.order), heard) == ("paid", ["paid"])
    assert list(reconcile.findings()) == list(order_proof.findings()) == []


@pytest.mark.parametrize("behind", ["started", "away"])
def test_an_event_counts_though_the_api_lags_behind_or_is_away(yoco: FakeYoco, behind: str, heard: list[str]) -> None:
    account = connected()
    opened()
    event = taken_in(account, yoco.event("ch_0001"))
    yoco.checkouts["ch_0001"]["status"] = "started"
    if behind == "away":
        yoco.fail_next("status", status=503)
    assert process_notice(event_id=event.pk) == "paid"
    assert heard == ["paid"]


@pytest.mark.parametrize(
    ("lie", "reason"),
    [({"amount": 1}, "wrong_amount"), ({"currency": "USD"}, "wrong_currency"), ({"mode": "live"}, "wrong_mode")],
)
def test_what_does_not_fit_is_never_credited(yoco: FakeYoco, lie: dict[str, Any], reason: str) -> None:
    account = connected()
    attempt = opened()
    event = taken_in(account, yoco.event("ch_0001", **lie))
    assert process_notice(event_id=event.pk) == "review"
    attempt.refresh_from_db()
    assert (attempt.review_reason, state_of(attempt.order)) == (reason, "placed")
    assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        ({"amount": 1}, "wrong_amount"),
        ({"currency": "USD"}, "wrong_currency"),
        ({"processingMode": "live"}, "wrong_mode"),
    ],
)
def test_a_poll_credits_what_fits_and_nothing_else(yoco: FakeYoco, lie: dict[str, Any], reason: str) -> None:
    connected()
    attempt = opened()
    yoco.pay("ch_0001", **lie)
    ask_gateway(attempt_id=attempt.pk)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.review_reason) == ("review", reason)


@pytest.mark.parametrize("status", ["created", "started", "processing", "expired", "cancelled", "odd", None])
def test_only_completed_is_money_and_no_other_status_ends_a_try(yoco: FakeYoco, status: str | None) -> None:
    """A payment id is reported on unpaid checkouts too, and a paid one was seen to stay "started"."""
    connected()
    attempt = opened()
    yoco.checkouts["ch_0001"] |= {"status": status, "paymentId": "p_early"}
    assert ask_gateway(attempt_id=attempt.pk)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.gateway_payment_id, state_of(attempt.order)) == ("pending", None, "placed")


def test_when_no_event_ever_comes_the_poll_finds_the_money(yoco: FakeYoco, heard: list[str]) -> None:
    connected()
    attempt = opened()
    yoco.pay("ch_0001")
    assert poll_open_attempts(now=attempt.created_at + timedelta(minutes=2)) == 1
    assert (state_of(attempt.order), heard) == ("paid", ["paid"])
    assert not GatewayEvent.objects.exists()


def test_money_known_by_its_checkout_gets_its_own_name_later_and_stays_one(yoco: FakeYoco, heard: list[str]) -> None:
    account = connected()
    attempt = opened()
    yoco.pay("ch_0001", paymentId=None)
    ask_gateway(attempt_id=attempt.pk)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.gateway_payment_id) == ("paid", "ch_0001")
    event = taken_in(account, yoco.event("ch_0001", id="p_real"))
    process_notice(event_id=event.pk)
    attempt.refresh_from_db()
    assert (attempt.gateway_payment_id, PaymentAttempt.objects.count(), heard) == ("p_real", 1, ["paid"])
    second = taken_in(account, yoco.event("ch_0001", number=2, id="p_other"))
    process_notice(event_id=second.pk)
    assert heard == ["paid", "review: duplicate"]


def test_a_declined_card_is_not_the_end(yoco: FakeYoco, heard: list[str]) -> None:
    account = connected()
    opened()
    event = taken_in(account, yoco.event("ch_0001", "payment.failed"))
    assert process_notice(event_id=event.pk) == "pending"
    assert heard == []


def test_an_event_finds_its_try_though_our_call_never_got_the_checkouts_name(yoco: FakeYoco) -> None:
    account = connected()
    token = token_for(an_order())
    yoco.fail_next("hang_up_after")
    with pytest.raises(PaymentUnavailable):
        start_payment(token=token)
    attempt = PaymentAttempt.objects.get()
    echo = {"metadata": {"checkoutId": "ch_0001", "shopme_payment": str(attempt.public_id)}}
    event = taken_in(account, yoco.event("ch_0001", **echo))
    assert process_notice(event_id=event.pk) == "paid"


def test_a_reference_does_not_lead_to_a_try_that_has_another_checkout(yoco: FakeYoco) -> None:
    account = connected()
    attempt = opened()
    stray = {"metadata": {"checkoutId": "ch_9999", "shopme_payment": str(attempt.public_id)}}
    event = taken_in(account, yoco.event("ch_0001", **stray))
    assert process_notice(event_id=event.pk) == "no attempt has this reference"
    assert state_of(attempt.order) == "placed"


def test_an_event_signed_with_another_merchants_secret_is_refused(yoco: FakeYoco) -> None:
    account = connected()
    attempt = opened()
    headers, body = yoco.event("ch_0001")
    forged, _ = yoco.signed(body, name=headers["webhook-id"], secret="whsec_" + "QUJD" * 11)
    assert process_notice(event_id=taken_in(account, (forged, body)).pk).startswith("refused")
    assert state_of(attempt.order) == "placed"


def test_a_rejected_key_is_told_and_its_account_left_in_peace_for_the_round(yoco: FakeYoco) -> None:
    account = connected()
    attempts = [opened(), opened()]
    yoco.keys.clear()
    asked_before = len(yoco.sent("GET"))
    assert poll_open_attempts(now=attempts[1].created_at + timedelta(minutes=2)) == 1
    account.refresh_from_db()
    assert (account.problem, len(yoco.sent("GET")) - asked_before) == ("rejected", 1)
    assert {attempt.polls for attempt in PaymentAttempt.objects.all()} == {1}


def test_a_gateway_that_asks_for_patience_gets_it(yoco: FakeYoco) -> None:
    connected()
    attempts = [opened(), opened()]
    asked_before = len(yoco.sent("GET"))
    yoco.fail_next("status", status=429, headers={"Retry-After": "30"})
    soon = attempts[1].created_at + timedelta(minutes=2)
    assert poll_open_attempts(now=soon) == 1
    assert len(yoco.sent("GET")) - asked_before == 1
    assert poll_open_attempts(now=soon + timedelta(seconds=30)) == 1


def storm(shop: Shop, yoco: FakeYoco) -> list[Any]:
    """Twenty events about one payment, each with a name of its own, and the poll, at the same moment."""
    account = GatewayAccount.objects.get(gateway="yoco")
    attempt = opened()
    yoco.pay("ch_0001")
    events = [taken_in(account, yoco.event("ch_0001", number=number)) for number in range(20)]
    acts: list[partial[Any]] = [partial(process_notice, event_id=event.pk) for event in events]
    return at_once(shop, [*acts, partial(ask_gateway, attempt_id=attempt.pk)])


@pytest.mark.django_db(transaction=True)
def test_twenty_events_and_a_poll_at_once_are_one_payment(amber: Shop, yoco: FakeYoco, heard: list[str]) -> None:
    with inside(amber):
        connected()
        answers = storm(amber, yoco)
        assert answers[:20] == ["paid"] * 20
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert (PaymentAttempt.objects.count(), Purchase.objects.count(), heard) == (1, 1, ["paid"])
        assert list(reconcile.findings()) == list(order_proof.findings()) == []


@pytest.mark.django_db(transaction=True)
def test_without_the_locks_the_same_storm_ends_in_errors(
    amber: Shop, yoco: FakeYoco, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control. Even then the compare-and-set lets only one of them take the order."""
    decide = applying.decide

    def slowly(*facts: Any) -> Any:
        time.sleep(0.2)
        return decide(*facts)

    with inside(amber):
        connected()
        monkeypatch.setattr(applying, "decide", slowly)
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
        answers = storm(amber, yoco)
        assert [answer for answer in answers if isinstance(answer, Exception)] != []
        assert Purchase.objects.count() == 1
