"""Asking Ozow to give money back: once, with a token that is kept, and never twice by mistake."""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.utils import timezone

from payments.accounts import notify_url
from payments.gateways.base import (
    AccountFacts,
    BadSignature,
    CredentialsRejected,
    GatewayError,
    InvalidRequest,
    NotSupported,
    OutcomeUnknown,
    RawNotification,
    ResultKind,
    ResultState,
    TemporaryFailure,
)
from payments.gateways.giving_back import RefundRequest, RefundResult, RefundState
from payments.gateways.ozow import OzowGateway
from payments.models import PaymentAttempt, Refund
from payments.refunds import give_back
from payments.services import ask_gateway, process_notice
from payments.sweeping import catch_up
from shopme.lib.encryption import decrypt_bytes
from tenants.models import Shop, User
from tests.fakes.ozow import API_KEY, KEY, SITE, FakeOzow
from tests.payments.ozow_stage import a_request, an_ozow_attempt, told

pytestmark = pytest.mark.usefixtures("shop")
NOTIFY = "https://pay.shopme.test/h/ozow/7f3c9a1e/refund"
SUBMIT = "secure/refunds/submit"
KEPT = f"ozow-token:{hashlib.sha256(f'{SITE}{chr(10)}{API_KEY}'.encode()).hexdigest()}"


@pytest.fixture(autouse=True)
def _no_token_is_kept(shop: object) -> None:
    cache.delete(KEPT)


def gateway(mode: str = "live", **credentials: str) -> OzowGateway:
    known = {"site_code": SITE, "private_key": KEY, "api_key": API_KEY, **credentials}
    return OzowGateway(AccountFacts(mode, known, known["private_key"], NOTIFY))


def paid(ozow: FakeOzow) -> str:
    gateway().create_checkout(a_request())
    return ozow.pay(a_request().reference, id="6f1d2c3b-4a59-4e7f-8b21-0c9d8e7f6a5b").id


def wish(ozow: FakeOzow, **changes: Any) -> RefundRequest:
    facts: dict[str, Any] = {
        "reference": a_request().reference,
        "gateway_checkout_id": None,
        "gateway_payment_id": paid(ozow),
        "amount_cents": 50_00,
        "currency": "ZAR",
        "idempotency_key": "refund:1",
        "is_whole": False,
        "reason": "Item out of stock",
    }
    return RefundRequest(**{**facts, **changes})


def test_a_refund_is_asked_for_with_the_hash_of_the_reference(ozow: FakeOzow) -> None:
    done = gateway().refund(wish(ozow))
    (token,), (call,) = ozow.asked("token"), ozow.asked(SUBMIT)
    assert (token.body, token.headers["apikey"]) == (b"grant_type=password&SiteCode=SHO-SHO-001", API_KEY)
    assert call.headers["authorization"] == "Bearer token-1"
    assert call.json == [
        {
            "transactionId": "6f1d2c3b-4a59-4e7f-8b21-0c9d8e7f6a5b",
            "amount": "50.00",
            "refundReason": "Item out of stock",
            "notifyUrl": NOTIFY,
            "hashCheck": (
                "7373cba66bbc22f17102b48b3cb3944b9048935167da71ababf3400c96a64906"
                "5fe5b9cf12f164ed5606427ed0d88381576b2e529c739b626db91c46846a6950"
            ),
        }
    ]
    assert done == RefundResult(RefundState.SUBMITTED, ozow.refunds[0]["refundId"], 50_00, "")


def test_the_token_is_kept_sealed_and_used_again(ozow: FakeOzow) -> None:
    first = wish(ozow)
    for _ in range(3):
        gateway().refund(first)
    assert (len(ozow.asked("token")), len(ozow.asked(SUBMIT))) == (1, 3)
    kept = cache.get(KEPT)
    assert len(kept) > len("token-1")
    assert b"token-1" not in base64.b64decode(kept)
    assert decrypt_bytes(base64.b64decode(kept), place="cache.ozow_token") == b"token-1"


@pytest.mark.parametrize("seconds", [61, "3600", None, 0])
def test_a_token_is_kept_no_longer_than_it_is_sure_to_live(
    ozow: FakeOzow, seconds: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    ozow.token_seconds = seconds
    kept: list[int] = []
    monkeypatch.setattr(cache, "set", lambda _key, _value, timeout: kept.append(timeout))
    gateway().refund(wish(ozow))
    assert kept == {61: [1], 0: []}.get(seconds, [60])  # type: ignore[call-overload]


def test_a_token_that_ended_early_is_asked_for_anew_once(ozow: FakeOzow) -> None:
    first = wish(ozow)
    gateway().refund(first)
    ozow.tokens.append("the one of another process")
    assert gateway().refund(first).state is RefundState.SUBMITTED
    assert (len(ozow.asked("token")), len(ozow.asked(SUBMIT)), len(ozow.refunds)) == (2, 3, 2)


@pytest.mark.parametrize(
    ("path", "fault", "refusal"),
    [
        ("token", "401", CredentialsRejected),
        ("token", "400", CredentialsRejected),
        ("token", 'raw:{"error": "refunds are off"}', CredentialsRejected),
        ("token", "500", TemporaryFailure),
        ("token", "timeout", TemporaryFailure),
        ("token", "html", TemporaryFailure),
        (SUBMIT, "400", InvalidRequest),
        (SUBMIT, "429", TemporaryFailure),
        (SUBMIT, "The site may not refund.", InvalidRequest),
        (SUBMIT, "500", OutcomeUnknown),
        (SUBMIT, "timeout", OutcomeUnknown),
        (SUBMIT, "hang up", OutcomeUnknown),
        (SUBMIT, "html", OutcomeUnknown),
        (SUBMIT, "raw:[]", OutcomeUnknown),
        (SUBMIT, 'raw:[{"transactionId": "another", "refundId": "r"}]', OutcomeUnknown),
        (SUBMIT, 'raw:[{"errors": []}]', OutcomeUnknown),
        (SUBMIT, 'raw:[{"errors": ["There is not enough money in the float."]}]', InvalidRequest),
    ],
)
def test_a_refund_that_may_have_happened_is_told_from_one_that_surely_did_not(
    ozow: FakeOzow, path: str, fault: str, refusal: type[GatewayError]
) -> None:
    asked = wish(ozow)
    ozow.fail_next(path, fault)
    with pytest.raises(refusal):
        gateway().refund(asked)
    assert len(ozow.asked(SUBMIT)) == (0 if path == "token" else 1)


def test_more_than_was_paid_is_refused_with_ozows_own_words(ozow: FakeOzow) -> None:
    with pytest.raises(InvalidRequest, match="Ozow refused: The amount is more than was paid"):
        gateway().refund(wish(ozow, amount_cents=200_00))


def test_words_of_another_alphabet_do_not_reach_the_hash(ozow: FakeOzow) -> None:
    gateway().refund(wish(ozow, reason="İade: ürün  bitti ✅"))
    assert ozow.refunds[0]["refundReason"] == "Iade: urun bitti"


def test_a_test_payment_is_not_given_back(ozow: FakeOzow) -> None:
    asked = wish(ozow)
    with pytest.raises(NotSupported):
        gateway("test").refund(asked)
    assert ozow.asked("token") == []


def test_odd_amounts_in_the_answer_are_left_out(ozow: FakeOzow) -> None:
    asked = wish(ozow)
    row = {"refundId": "R-1", "transactionId": asked.gateway_payment_id.upper(), "refundAmount": "?", "errors": None}
    ozow.fail_next(SUBMIT, f"raw:{json.dumps([row])}")
    assert gateway().refund(asked) == RefundResult(RefundState.SUBMITTED, "r-1", None, "")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Complete", ResultState.REFUNDED),
        ("1", ResultState.REFUNDED),
        ("Submitted", ResultState.PENDING),
        ("Pending", ResultState.PENDING),
        ("Failed", ResultState.REFUND_FAILED),
        ("Cancelled", ResultState.REFUND_FAILED),
        ("Returned", ResultState.REFUND_FAILED),
        ("Invalid", ResultState.REFUND_FAILED),
        ("Something", ResultState.PENDING),
    ],
)
def test_a_notice_about_a_refund_is_understood(ozow: FakeOzow, status: str, state: ResultState) -> None:
    gateway().refund(wish(ozow))
    body = ozow.refund_notice(ozow.refunds[0], status, StatusMessage="as the bank said")
    verified = gateway().verify(RawNotification({}, body, timezone.now()))
    (told,) = gateway().parse_notification(verified)
    assert (told.kind, told.state, told.amount_cents, told.currency) == (ResultKind.REFUND, state, 50_00, "ZAR")
    assert told.gateway_refund_id == ozow.refunds[0]["refundId"]
    assert (told.gateway_payment_id, told.mode, told.message) == (
        wish(ozow).gateway_payment_id,
        "live",
        "as the bank said",
    )


def test_a_notice_about_a_refund_that_another_shop_signed_is_refused(ozow: FakeOzow) -> None:
    gateway().refund(wish(ozow))
    body = ozow.refund_notice(ozow.refunds[0], key="ShopMeTestPrivateKey0002ABCDEF")
    with pytest.raises(BadSignature):
        gateway().verify(RawNotification({}, body, timezone.now()))


def test_money_given_back_is_told_by_ozows_notice_and_ends_with_the_customer(ozow: FakeOzow, shop: Shop) -> None:
    attempt = an_ozow_attempt()
    ozow.pay(str(attempt.public_id))
    ask_gateway(attempt_id=attempt.pk)
    actor = User.objects.create(email="manager@amber.example")
    asked = give_back(attempt_id=attempt.pk, amount_cents=50_00, reason="broken", request_id=uuid4(), actor=actor)
    assert (asked.state, asked.gateway_refund_id) == ("submitted", ozow.refunds[0]["refundId"])
    for _ in range(2):
        process_notice(event_id=told(attempt.account, ozow.refund_notice(ozow.refunds[0])).pk)
    done = Refund.objects.get()
    assert (done.state, PaymentAttempt.objects.get().state) == ("succeeded", "part_refunded")
    assert ozow.refunds[0]["notifyUrl"] == notify_url(attempt.account)


def test_a_refund_nobody_answered_for_is_not_asked_for_again(ozow: FakeOzow, shop: Shop) -> None:
    attempt = an_ozow_attempt()
    ozow.pay(str(attempt.public_id))
    ask_gateway(attempt_id=attempt.pk)
    ozow.fail_next(SUBMIT, "hang up")
    actor = User.objects.create(email="manager@amber.example")
    asked = give_back(attempt_id=attempt.pk, amount_cents=50_00, reason="broken", request_id=uuid4(), actor=actor)
    assert asked.state == "unknown"
    for hours in (1, 5, 20):
        catch_up(now=timezone.now() + timedelta(hours=hours))
    assert len(ozow.asked(SUBMIT)) == 1
    assert Refund.objects.get().state == "unknown"
