"""What becomes of orders paid at Ozow: by notices, by asking, and by nobody saying anything."""

import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from conversations.transport.models import WebhookEndpoint
from loyalty.models import Purchase
from orders.models import Order
from payments import applying
from payments.connecting import connect
from payments.gateways.base import CredentialsRejected, Gateway
from payments.gateways.ozow import OzowGateway
from payments.models import GatewayAccount, GatewayEvent, PaymentAttempt
from payments.polling import poll_open_attempts
from payments.services import ask_gateway, process_notice, start_payment
from payments.sweeping import catch_up
from tenants.context import inside
from tenants.models import Shop, User
from tests.fakes.ozow import FakeOzow
from tests.payments.ozow_stage import CREDENTIALS, an_ozow_account, an_ozow_attempt, told, told_of
from tests.payments.stage import an_order, token_for
from tests.trade import at_once

pytestmark = pytest.mark.usefixtures("shop")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def settled(event: GatewayEvent, now: datetime | None = None) -> str:
    return process_notice(event_id=event.pk, now=now)


def now_at(attempt: PaymentAttempt) -> PaymentAttempt:
    return PaymentAttempt.objects.select_related("order").get(pk=attempt.pk)


def test_a_confirmed_notice_pays_with_the_amount_as_it_was_received(ozow: FakeOzow, heard: list[str]) -> None:
    attempt = an_ozow_attempt()
    asked = ozow.requests[str(attempt.public_id)]
    assert (asked["Amount"], asked["BankReference"]) == ("149.90", f"Order {attempt.order.number}")
    done = ozow.pay(str(attempt.public_id))
    assert settled(told_of(ozow, attempt, done)) == "paid"
    paid = now_at(attempt)
    assert (paid.state, paid.received_cents, paid.gateway_payment_id) == ("paid", 149_90, done.id)
    assert (paid.order.state, heard) == ("paid", ["paid"])
    assert len(ozow.asked("GetTransactionByReference")) == 1


def test_a_notice_that_ozow_itself_does_not_confirm_pays_nothing(ozow: FakeOzow) -> None:
    attempt = an_ozow_attempt()
    done = ozow.pay(str(attempt.public_id), "Cancelled")
    event = told(attempt.account, ozow.notice(done, Status="Complete"))
    assert settled(event) == "the gateway does not confirm the payment"
    assert (now_at(attempt).order.state, now_at(attempt).state) == ("placed", "pending")


def test_a_payment_that_is_not_visible_yet_is_waited_for(ozow: FakeOzow) -> None:
    attempt = an_ozow_attempt()
    event = told_of(ozow, attempt, ozow.pay(str(attempt.public_id), hidden_for=2))
    assert settled(event) == "the gateway does not know the payment yet"
    assert now_at(attempt).state == "pending"
    event.refresh_from_db()
    catch_up(now=event.next_at)
    assert now_at(attempt).order.state == "paid"


def test_a_notice_that_names_another_payment_than_the_one_that_came_stays_open(ozow: FakeOzow) -> None:
    attempt = an_ozow_attempt()
    done = ozow.pay(str(attempt.public_id))
    event = told(attempt.account, ozow.notice(done, TransactionId="6f1d2c3b-4a59-4e7f-8b21-0c9d8e7f6a5b"))
    assert settled(event) == "the gateway confirms another payment than this"
    event.refresh_from_db()
    assert (now_at(attempt).gateway_payment_id, event.processed_at) == (done.id, None)


def test_two_payments_for_one_order_are_one_payment_and_one_question(ozow: FakeOzow, heard: list[str]) -> None:
    attempt = an_ozow_attempt()
    first, second = (ozow.pay(str(attempt.public_id)) for _ in range(2))
    settled(told_of(ozow, attempt, second))
    settled(told_of(ozow, attempt, first))
    kept = PaymentAttempt.objects.order_by("id").values_list("state", "review_reason", "gateway_payment_id")
    assert list(kept) == [("paid", "", first.id), ("review", "duplicate", second.id)]
    assert heard == ["paid", "review: duplicate"]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [({"amount": 1}, "wrong_amount"), ({"amount": 1499}, "wrong_amount"), ({"currency": "USD"}, "wrong_currency")],
)
def test_money_that_does_not_fit_waits_for_a_person(ozow: FakeOzow, facts: dict[str, Any], reason: str) -> None:
    attempt = an_ozow_attempt()
    settled(told_of(ozow, attempt, ozow.pay(str(attempt.public_id), **facts)))
    kept = now_at(attempt)
    assert (kept.state, kept.review_reason, kept.order.state) == ("review", reason, "placed")


@pytest.mark.parametrize("status", ["Cancelled", "Error"])
def test_a_try_that_ended_leaves_the_order_to_be_tried_again(ozow: FakeOzow, status: str, heard: list[str]) -> None:
    attempt = an_ozow_attempt()
    settled(told_of(ozow, attempt, ozow.pay(str(attempt.public_id), status, message="The bank said no")))
    ended = now_at(attempt)
    assert (ended.state, ended.next_poll_at) == ("cancelled" if status == "Cancelled" else "failed", None)
    assert (ended.order.state, heard) == ("placed", ["failed: The bank said no"])
    again = an_ozow_attempt(ended.order)
    settled(told_of(ozow, again, ozow.pay(str(again.public_id))))
    assert now_at(again).order.state == "paid"


def test_a_customer_who_left_may_still_have_paid_so_asking_goes_on(ozow: FakeOzow, heard: list[str]) -> None:
    attempt = an_ozow_attempt()
    left = ozow.pay(str(attempt.public_id), "Abandoned")
    settled(told_of(ozow, attempt, left))
    ended = now_at(attempt)
    assert (ended.state, ended.order.state) == ("cancelled", "placed")
    assert ended.next_poll_at is not None
    left.status = "Complete"
    assert poll_open_attempts(now=ended.next_poll_at) == 1
    assert (now_at(attempt).state, now_at(attempt).order.state, heard[-1]) == ("paid", "paid", "paid")


def test_what_the_bank_investigates_is_asked_about_daily_for_ten_days(ozow: FakeOzow, heard: list[str]) -> None:
    attempt, now = an_ozow_attempt(), timezone.now()
    ozow.pay(str(attempt.public_id), "PendingInvestigation", message="Payment needs to be verified manually.")
    settled(told_of(ozow, attempt, ozow.transactions[0]), now)
    waiting = now_at(attempt)
    assert (waiting.state, waiting.investigated_at, waiting.next_poll_at) == ("pending", now, now + DAY)
    assert (waiting.order.state, heard) == ("placed", ["investigated"])
    asked = len(ozow.asked("GetTransactionByReference"))
    for hours in range(0, 24 * 14, 6):
        poll_open_attempts(now=now + timedelta(hours=hours))
    assert len(ozow.asked("GetTransactionByReference")) - asked == 10
    given_up = now_at(attempt)
    assert (given_up.state, given_up.investigated_at, given_up.next_poll_at) == ("expired", None, None)
    assert heard == ["investigated"]


@pytest.mark.parametrize(("status", "state"), [("Complete", "paid"), ("Error", "failed")])
def test_an_investigation_ends_with_a_word_of_the_bank(
    ozow: FakeOzow, heard: list[str], status: str, state: str
) -> None:
    attempt, now = an_ozow_attempt(), timezone.now()
    done = ozow.pay(str(attempt.public_id), "PendingInvestigation")
    settled(told_of(ozow, attempt, done), now)
    done.status = status
    assert poll_open_attempts(now=now + DAY) == 1
    over = now_at(attempt)
    assert (over.state, over.investigated_at, over.next_poll_at) == (state, None, None)
    assert heard[1:] == ["paid" if state == "paid" else "failed: "]


def test_during_an_investigation_nobody_is_led_to_pay_again(ozow: FakeOzow, shop: Shop) -> None:
    attempt = an_ozow_attempt()
    ozow.pay(str(attempt.public_id), "PendingInvestigation")
    ask_gateway(attempt_id=attempt.pk)
    led_to = start_payment(token=token_for(attempt.order))
    assert led_to == shop.url(f"/pay/return/{attempt.public_id}/")
    page = Client(HTTP_HOST=shop.host).get(f"/pay/return/{attempt.public_id}/").content.decode()
    assert "Your bank is being asked" in page
    assert "hx-get" not in page
    assert len(ozow.asked("PostPaymentRequest")) == 1


def test_a_status_nobody_foresaw_is_waited_for(ozow: FakeOzow) -> None:
    attempt = an_ozow_attempt()
    settled(told_of(ozow, attempt, ozow.pay(str(attempt.public_id), "Reversed")))
    assert (now_at(attempt).state, now_at(attempt).order.state) == ("pending", "placed")


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_test_payment_is_found_when_the_customer_comes_back_for_no_notice_tells_of_it(
    ozow: FakeOzow, shop: Shop, method: str
) -> None:
    """Ozow sends the browser by GET or by a POST of its own, without our session, cookie or token."""
    an_ozow_account("test")
    attempt = an_ozow_attempt()
    back = ozow.requests[str(attempt.public_id)]["SuccessUrl"]
    assert back == shop.url(f"/pay/return/{attempt.public_id}/")
    lie = dict(parse_qsl(ozow.notice(ozow.pay(str(attempt.public_id), "Cancelled"), Status="Complete").decode()))
    browser = Client(HTTP_HOST=shop.host, enforce_csrf_checks=True)
    path = f"/pay/return/{attempt.public_id}/"
    here = {"HTTP_ORIGIN": "https://pay.ozow.com", "HTTP_SEC_FETCH_SITE": "cross-site"}
    page = getattr(browser, method)(path, lie, **here).content.decode()
    assert ("did not go through" in page, now_at(attempt).order.state) == (True, "placed")

    again = an_ozow_attempt(attempt.order)
    ozow.pay(str(again.public_id))
    answer = getattr(browser, method)(f"/pay/return/{again.public_id}/", {"Status": "Error"}, **here)
    assert "Thank you, it is paid" in answer.content.decode()
    assert (now_at(again).state, now_at(again).mode, now_at(again).order.state) == ("paid", "test", "paid")
    assert ozow.calls[-1].query["isTest"] == "true"


def test_a_live_account_takes_no_test_payment(ozow: FakeOzow) -> None:
    attempt = an_ozow_attempt()
    event = told_of(ozow, attempt, ozow.pay(str(attempt.public_id), is_test=True))
    assert settled(event) == "the gateway does not know the payment yet"
    assert now_at(attempt).order.state == "placed"


def test_a_page_that_did_not_open_is_asked_for_again_under_the_same_name(ozow: FakeOzow) -> None:
    an_ozow_account()
    order = an_order(cents=149_90)
    ozow.fail_next("PostPaymentRequest", "timeout", "html")
    token = token_for(order)
    for _ in range(2):
        with pytest.raises(Exception, match="does not open right now"):
            start_payment(token=token)
    assert start_payment(token=token).startswith("https://pay.ozow.com/")
    names = {call.json["TransactionReference"] for call in ozow.asked("PostPaymentRequest")}
    assert names == {str(PaymentAttempt.objects.get().public_id)}


def test_a_page_ozow_will_never_open_ends_the_try(ozow: FakeOzow, heard: list[str]) -> None:
    an_ozow_account()
    ozow.fail_next("PostPaymentRequest", "The amount is below the minimum.")
    with pytest.raises(Exception, match="does not open right now"):
        start_payment(token=token_for(an_order(cents=149_90)))
    ended = PaymentAttempt.objects.get()
    assert (ended.state, ended.message) == ("failed", "Ozow refused: The amount is below the minimum.")


def padded(body: bytes, number: int) -> bytes:
    """The same notice with other things that are not signed."""
    return body + b"&" + urlencode({"SmartIndicators": f"round {number}"}).encode()


@pytest.mark.django_db(transaction=True)
def test_twenty_notices_and_the_poll_at_once_are_one_payment(
    amber: Shop, ozow: FakeOzow, heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payments.gateways.ozow_api.DEADLINE_SECONDS", 10.0)
    with inside(amber):
        attempt = an_ozow_attempt()
        done = ozow.pay(str(attempt.public_id))
        bodies = [ozow.notice(done, StatusMessage=f"sent {number} times") for number in range(20)]
        events = [told(attempt.account, body) for body in bodies]
        again = [told(attempt.account, padded(body, number)) for number, body in enumerate(bodies)]
        assert [event.pk for event in again] == [event.pk for event in events]
        acts: list[partial[Any]] = [partial(process_notice, event_id=event.pk) for event in events]
        soon = attempt.created_at + 2 * MINUTE
        answers = at_once(amber, [*acts, partial(poll_open_attempts, now=soon)])
        assert (answers[:20], heard) == (["paid"] * 20, ["paid"])
        assert (PaymentAttempt.objects.count(), Purchase.objects.count(), Order.objects.get().state) == (1, 1, "paid")


@pytest.mark.django_db(transaction=True)
def test_without_the_locks_the_same_storm_ends_in_errors(
    amber: Shop, ozow: FakeOzow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    monkeypatch.setattr("payments.gateways.ozow_api.DEADLINE_SECONDS", 10.0)
    decide = applying.decide

    def decide_slowly(*facts: Any) -> Any:
        time.sleep(0.2)
        return decide(*facts)

    with inside(amber):
        attempt = an_ozow_attempt()
        done = ozow.pay(str(attempt.public_id))
        events = [told(attempt.account, ozow.notice(done, StatusMessage=f"{number}")) for number in range(10)]
        monkeypatch.setattr(applying, "decide", decide_slowly)
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
        answers = at_once(amber, [partial(process_notice, event_id=event.pk) for event in events])
        assert [answer for answer in answers if isinstance(answer, Exception)] != []


def test_without_its_own_key_a_repeated_notice_would_be_many(ozow: FakeOzow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of keeping a notice once."""
    attempt = an_ozow_attempt()
    body = ozow.notice(ozow.pay(str(attempt.public_id)))
    assert len({told(attempt.account, padded(body, number)).pk for number in range(3)}) == 1
    monkeypatch.setattr(OzowGateway, "dedupe_key", Gateway.dedupe_key)
    assert len({told(attempt.account, padded(body, number)).pk for number in range(3)}) == 3


def test_a_shop_connects_its_site_with_keys_that_were_tried(ozow: FakeOzow, shop: Shop) -> None:
    admin = User.objects.create(email="connects@amber.example")
    with pytest.raises(CredentialsRejected):
        connect(gateway="ozow", mode="live", credentials={**CREDENTIALS, "private_key": "another-key"}, actor=admin)
    assert not GatewayAccount.objects.filter(gateway="ozow").exists()
    account = connect(gateway="ozow", mode="live", credentials=CREDENTIALS, actor=admin)
    assert (account.is_active, account.is_default) == (True, True)
    endpoint = WebhookEndpoint.objects.get(opaque=account.opaque)
    assert (endpoint.scheme, endpoint.secrets) == ("ozow", [CREDENTIALS["private_key"]])
