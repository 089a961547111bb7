"""Opening a page at Yoco: one checkout a try, whatever breaks on the way, and nobody is sent to a wrong one."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from payments.errors import NoWayToPay, PaymentUnavailable
from payments.gateways.registry import redirect_hosts
from payments.models import GatewayAccount, PaymentAttempt
from payments.services import request_payment, start_payment
from tests.fakes.yoco import TEST_KEY, FakeYoco
from tests.payments.stage import an_order, token_for
from tests.payments.yoco_stage import connected, opened

pytestmark = pytest.mark.usefixtures("shop", "yoco")


def test_a_press_opens_one_checkout_for_exactly_the_order(yoco: FakeYoco) -> None:
    connected()
    order = an_order()
    token = token_for(order)
    assert {start_payment(token=token) for _ in range(3)} == {"https://c.yoco.com/checkout/ch_0001"}
    [call] = yoco.sent("POST", "/checkouts")
    attempt = PaymentAttempt.objects.get()
    back = call.body and call.body["successUrl"]
    assert call.body == {
        "amount": 155_00, "currency": "ZAR", "successUrl": back, "cancelUrl": back, "failureUrl": back,
        "metadata": {"shopme_payment": str(attempt.public_id)},
    }  # fmt: skip
    assert str(back).endswith(f"/pay/return/{attempt.public_id}/")
    assert call.headers["authorization"] == f"Bearer {TEST_KEY}"
    assert call.headers["idempotency-key"] == attempt.idempotency_key
    assert (attempt.state, attempt.gateway_checkout_id, attempt.mode) == ("pending", "ch_0001", "test")
    assert "https://*.yoco.com" in redirect_hosts()


@pytest.mark.parametrize(
    "fault",
    [
        {"mode": "hang_up_after"},
        {"mode": "hang_up"},
        {"mode": "html"},
        {"mode": "status", "status": 429, "headers": {"Retry-After": "7"}},
        {"mode": "status", "status": 409},
    ],
    ids=lambda fault: str(fault.get("status", fault["mode"])),
)
def test_a_call_that_broke_is_made_again_with_the_same_key_and_opens_one_checkout(
    yoco: FakeYoco, fault: dict[str, Any]
) -> None:
    connected()
    token = token_for(an_order())
    yoco.fail_next(**fault)
    with pytest.raises(PaymentUnavailable):
        start_payment(token=token)
    assert PaymentAttempt.objects.get().state == "created"
    assert start_payment(token=token) == "https://c.yoco.com/checkout/ch_0001"
    keys = {call.headers["idempotency-key"] for call in yoco.sent("POST", "/checkouts")}
    assert (len(yoco.checkouts), len(keys), PaymentAttempt.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_a_definite_refusal_ends_the_try_and_the_next_press_has_a_new_key(yoco: FakeYoco, status: int) -> None:
    connected()
    token = token_for(an_order())
    yoco.fail_next("status", status=status, body={"errorCode": "no"})
    with pytest.raises(PaymentUnavailable):
        start_payment(token=token)
    assert PaymentAttempt.objects.get().state == "failed"
    assert start_payment(token=token).endswith("ch_0001")
    first, second = (call.headers["idempotency-key"] for call in yoco.sent("POST", "/checkouts"))
    assert first != second


def test_a_stored_failure_is_not_asked_for_all_day(yoco: FakeYoco) -> None:
    """Yoco gives a key's first answer again for a day, a failure too: after the second one the key is left."""
    connected()
    token = token_for(an_order())
    yoco.fail_next("status", status=500)
    for _ in range(2):
        with pytest.raises(PaymentUnavailable):
            start_payment(token=token)
    assert start_payment(token=token).endswith("ch_0001")
    assert [attempt.state for attempt in PaymentAttempt.objects.all()] == ["failed", "pending"]


def test_a_try_older_than_its_key_makes_room_for_a_new_one(yoco: FakeYoco) -> None:
    connected()
    token = token_for(an_order())
    yoco.fail_next("hang_up")
    with pytest.raises(PaymentUnavailable):
        start_payment(token=token)
    PaymentAttempt.objects.update(created_at=timezone.now() - timedelta(hours=24))
    start_payment(token=token)
    assert [attempt.state for attempt in PaymentAttempt.objects.all()] == ["expired", "pending"]


def test_a_page_for_another_amount_is_not_used(yoco: FakeYoco) -> None:
    connected()
    order = an_order()
    attempt = opened(order)
    PaymentAttempt.objects.filter(pk=attempt.pk).update(amount_cents=1_00)
    start_payment(token=token_for(order))
    assert [(each.state, each.amount_cents) for each in PaymentAttempt.objects.all()] == [
        ("expired", 1_00), ("pending", 155_00),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lie",
    [
        {"redirectUrl": "http://c.yoco.com/x"},
        {"redirectUrl": "https://yoco.com.evil.example/x"},
        {"redirectUrl": "https://evilyoco.com/"},
        {"redirectUrl": "https://me@c.yoco.com/"},
        {"amount": 1},
        {"amount": 155.0},
        {"currency": "USD"},
        {"processingMode": "live"},
        {"id": ""},
    ],
    ids=str,
)
def test_nobody_is_sent_to_a_page_that_is_not_what_was_asked_for(yoco: FakeYoco, lie: dict[str, Any]) -> None:
    connected()
    token = token_for(an_order())
    good = {"id": "ch_x", "redirectUrl": "https://c.yoco.com/x", "amount": 155_00, "currency": "ZAR"}
    yoco.fail_next("status", status=200, body={**good, "processingMode": "test", **lie})
    with pytest.raises(PaymentUnavailable):
        start_payment(token=token)
    attempt = PaymentAttempt.objects.get()
    assert (attempt.state, attempt.redirect_url) == ("failed", "")


def test_less_than_two_rand_goes_to_no_card_page(yoco: FakeYoco) -> None:
    connected()
    order = an_order(cents=1_99)
    GatewayAccount.objects.filter(gateway="simulated").update(is_active=False, is_default=False)
    with pytest.raises(NoWayToPay):
        request_payment(order=order)
    assert yoco.sent("POST", "/checkouts") == []
