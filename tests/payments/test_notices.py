"""Notifications: kept as they came, believed only when signed and confirmed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders.models import Order
from payments import notices
from payments.errors import UnknownAccount
from payments.gateways.base import TemporaryFailure
from payments.models import GatewayAccount, GatewayEvent, PaymentAttempt
from payments.services import process_notice, receive_notice
from payments.simulator import press
from payments.sweeping import catch_up, is_anything_due
from tests.payments.stage import WatchedCompany, an_attempt, checkout_of, notice, signed, take_in, the_account

pytestmark = pytest.mark.usefixtures("shop")


def payload_of(attempt: PaymentAttempt, **changes: Any) -> dict[str, Any]:
    return {
        "checkout_id": attempt.gateway_checkout_id,
        "reference": str(attempt.public_id),
        "amount": attempt.amount_cents,
        "currency": attempt.currency,
        "mode": attempt.mode,
        "payment_id": "pay_forged",
        **changes,
    }


def paid_payload(attempt: PaymentAttempt) -> dict[str, Any]:
    checkout = press(checkout_id=checkout_of(attempt).pk, button="pay")
    return payload_of(attempt, payment_id=checkout.payment_ids[0])


def test_a_notice_is_kept_whole_before_it_is_understood() -> None:
    attempt, account = an_attempt(), the_account()
    headers, body = notice(account, paid_payload(attempt))
    event = take_in(account, {**headers, "cookie": "secret=1", "user-agent": "x"}, body)
    assert bytes(event.body) == body
    assert set(event.headers) == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert (event.processed_at, attempt.order.state) == (None, "placed")


def test_the_same_notice_twice_is_one_row() -> None:
    account = the_account()
    headers, body = notice(account, {})
    assert take_in(account, headers, body).pk == take_in(account, headers, body).pk
    assert GatewayEvent.objects.count() == 1


def test_a_signed_and_confirmed_notice_pays() -> None:
    attempt, account = an_attempt(), the_account()
    event = take_in(account, *notice(account, paid_payload(attempt)))
    assert process_notice(event_id=event.pk) == "paid"
    event.refresh_from_db()
    assert (event.is_verified, event.outcome, event.tries) == (True, "paid", 1)
    assert Order.objects.get().state == "paid"
    assert process_notice(event_id=event.pk) == "paid"


def test_a_notice_signed_with_another_merchants_secret_is_refused() -> None:
    attempt, account = an_attempt(), the_account()
    stranger = GatewayAccount(webhook_secret="whsec_" + "QUJD" * 11)
    event = take_in(account, *notice(stranger, paid_payload(attempt)))
    assert process_notice(event_id=event.pk).startswith("refused")
    event.refresh_from_db()
    assert (event.is_verified, Order.objects.get().state) == (False, "placed")


@pytest.mark.parametrize(
    "lie",
    [{"amount": 1}, {"currency": "EUR"}, {"mode": "live"}, {"payment_id": "pay_forged"}, {}],
)
def test_a_well_signed_notice_that_the_gateway_does_not_confirm_never_pays(lie: dict[str, Any]) -> None:
    """Whoever holds the secret may sign anything; the gateway is asked."""
    attempt, account = an_attempt(), the_account()
    event = take_in(account, *notice(account, payload_of(attempt, **lie)))
    process_notice(event_id=event.pk)
    event.refresh_from_db()
    assert (event.processed_at, event.outcome) == (None, "the gateway does not confirm the payment")
    assert Order.objects.get().state == "placed"
    assert PaymentAttempt.objects.get().state == "pending"


def test_what_the_gateway_says_counts_not_what_the_notice_says() -> None:
    attempt, account = an_attempt(), the_account()
    real = paid_payload(attempt)
    event = take_in(account, *notice(account, {**real, "amount": 1, "currency": "EUR", "mode": "live"}))
    assert process_notice(event_id=event.pk) == "paid"
    paid = PaymentAttempt.objects.get()
    assert (paid.received_cents, paid.received_currency) == (155_00, "ZAR")


def test_an_unconfirmed_notice_is_tried_again_and_given_to_a_person_in_the_end() -> None:
    attempt, account = an_attempt(), the_account()
    event = take_in(account, *notice(account, payload_of(attempt)))
    now, waits = timezone.now(), []
    for _ in range(notices.MOST_TRIES):
        process_notice(event_id=event.pk, now=now)
        event.refresh_from_db()
        waits.append(event.next_at - now)
        now = event.next_at
    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert max(waits) <= timedelta(minutes=30)
    assert event.outcome == "unsettled: the gateway does not confirm the payment"
    assert event.processed_at is not None


def test_a_gateway_that_is_away_delays_and_loses_nothing(company: WatchedCompany) -> None:
    attempt, account = an_attempt(), the_account()
    event = take_in(account, *notice(account, paid_payload(attempt)))
    answer = company.look_up

    def away(**_: Any) -> None:
        raise TemporaryFailure("Try later.")

    company.look_up = away  # type: ignore[method-assign,assignment]
    process_notice(event_id=event.pk)
    assert Order.objects.get().state == "placed"
    company.look_up = answer  # type: ignore[method-assign]
    event.refresh_from_db()
    assert is_anything_due(event.next_at)
    assert catch_up(now=event.next_at) >= 1
    assert Order.objects.get().state == "paid"


def test_a_notice_before_its_attempt_is_known_waits() -> None:
    account = the_account()
    stray = {"checkout_id": "ch_x", "reference": "nobody", "amount": 1, "currency": "ZAR", "mode": "test"}
    event = take_in(account, *notice(account, {**stray, "payment_id": "p"}))
    assert process_notice(event_id=event.pk) == "no attempt has this reference"
    event.refresh_from_db()
    assert event.processed_at is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"type":"payment.succeeded"}', b'{"type":["x"]}', b"\xff", b"nul"]
)
def test_signed_nonsense_is_kept_and_refused(body: bytes) -> None:
    import time

    from payments.gateways.signing import sign

    account, stamp = the_account(), int(time.time())
    headers = {
        "webhook-id": "evt_odd",
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(account.webhook_secret, "evt_odd", stamp, body),
    }
    event = take_in(account, headers, body)
    assert process_notice(event_id=event.pk).startswith("refused: The notification is not in the agreed form")


def test_news_about_something_else_is_put_aside() -> None:
    account = the_account()
    event = take_in(account, *notice(account, {"balance": 1}, kind="payout.sent"))
    assert process_notice(event_id=event.pk) == "not about a payment"


@pytest.mark.parametrize("reference", ["", "abc", "987654", "-1", "1; DROP"])
def test_a_notice_for_an_unknown_account_is_refused(reference: str) -> None:
    with pytest.raises(UnknownAccount):
        receive_notice(reference=reference, headers={}, body=b"{}", at=timezone.now())


def test_a_retired_account_still_hears_its_notices() -> None:
    attempt, account = an_attempt(), the_account()
    GatewayAccount.objects.update(is_active=False, is_default=False, retired_at=timezone.now())
    event = take_in(account, *notice(account, paid_payload(attempt)))
    assert process_notice(event_id=event.pk) == "paid"


def test_a_lost_hint_is_made_good_by_the_sweep() -> None:
    attempt, account = an_attempt(), the_account()
    take_in(account, *notice(account, paid_payload(attempt)))
    assert is_anything_due(timezone.now())
    catch_up()
    assert Order.objects.get().state == "paid"


def test_a_notice_that_breaks_costs_itself_a_try_and_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt, account = an_attempt(), the_account()
    bad = take_in(account, *notice(account, {"reference": "bad"}, event_id="evt_bad"))
    good = take_in(account, *notice(account, paid_payload(attempt)))
    understand = notices._understand

    def broken(event: GatewayEvent, now: datetime) -> str:
        if event.pk == bad.pk:
            raise RuntimeError("bug")
        return understand(event, now)

    monkeypatch.setattr(notices, "_understand", broken)
    later = timezone.now() + timedelta(minutes=2)

    assert catch_up(now=later) >= 2

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.processed_at, bad.tries, bad.outcome) == (None, 1, "RuntimeError")
    assert bad.next_at > later
    assert good.outcome == "paid"
    for _ in range(notices.MOST_TRIES):
        later += timedelta(hours=1)
        catch_up(now=later)
    bad.refresh_from_db()
    assert bad.outcome == "unsettled: RuntimeError"


@pytest.mark.parametrize(
    "odd", [b"[" * 100_000 + b"]" * 100_000, b"[]", b"7", rb'{"type":"payment.succeeded","payload":"\u0000"}']
)
def test_an_unreadable_notice_is_refused_and_over(odd: bytes) -> None:
    account = the_account()

    event = take_in(account, signed(account, odd), odd)

    assert process_notice(event_id=event.pk).startswith("refused: ")
