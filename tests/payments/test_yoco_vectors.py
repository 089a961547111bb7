"""Yoco's signatures, exactly: the vectors of the scheme at our verifier and at the door, and its events translated."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from conversations.transport.door.signatures import is_standard_webhook
from payments.gateways.base import (
    AccountFacts,
    BadSignature,
    RawNotification,
    ResultKind,
    ResultState,
    UnreadableNotification,
    VerifiedNotification,
)
from payments.gateways.signing import new_secret, verify_standard_webhook
from payments.gateways.yoco import YocoGateway

SECRET = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
NAME, STAMP = "msg_TEST0001", 1768472430
BODY = (
    b'{"id":"evt_TEST0001","type":"payment.succeeded","createdDate":"2026-01-15T10:20:30.123456Z","payload":'
    b'{"id":"p_TEST0001","type":"payment","createdDate":"2026-01-15T10:20:29.000000Z","amount":14990,"currency":"ZAR",'
    b'"paymentMethodDetails":{"type":"card","card":{"expiryMonth":12,"expiryYear":30,"maskedCard":"************1111",'
    b'"scheme":"visa"}},"status":"succeeded","mode":"test","metadata":{"checkoutId":"ch_TEST0001",'
    b'"shopme_payment":"p7Q2mZ8kLx"}}}'
)
Y1 = "v1,dfyeHd8gadyL/6hKmonPUZYcKQVwWnE+A4JMnUkB0yU="
OTHER = "v1,7kiEs+WDGeGH6UJqA0qzf41mVPIZJBzMh/OXmI87NqA="
Y2 = f"{OTHER} {Y1}"


def heads(signature: str, *, stamp: int = STAMP) -> dict[str, str]:
    return {"webhook-id": NAME, "webhook-timestamp": str(stamp), "webhook-signature": signature}


def raw(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in headers.items()}


@pytest.mark.parametrize("signature", [Y1, Y2], ids=["Y1", "Y2"])
def test_genuine_events_pass_our_verifier_and_the_door(signature: str) -> None:
    assert len(BODY) == 449
    assert verify_standard_webhook(SECRET, heads(signature), BODY, now=STAMP) == NAME
    assert is_standard_webhook(BODY, raw(heads(signature)), [SECRET], now=STAMP)


REFUSED = {
    "Y3": (SECRET, OTHER, STAMP, BODY, STAMP),
    "Y4": (SECRET, Y1, STAMP, BODY + b"\n", STAMP),
    "Y5": (SECRET, Y1, STAMP + 1, BODY, STAMP),
    "Y6": (SECRET, Y1, STAMP, json.dumps(json.loads(BODY)).encode(), STAMP),
    "Y7": (SECRET, Y1, STAMP, BODY, STAMP + 181),
    "Y8": (SECRET, Y1, STAMP, BODY, STAMP - 181),
    "Y9 garbage": (SECRET, "garbage", STAMP, BODY, STAMP),
    "Y9 v1": (SECRET, "v1", STAMP, BODY, STAMP),
    "Y9 v1,": (SECRET, "v1,", STAMP, BODY, STAMP),
    "Y9 v2": (SECRET, f"v2,{Y1.removeprefix('v1,')}", STAMP, BODY, STAMP),
    "Y9 empty": (SECRET, "", STAMP, BODY, STAMP),
    "Y10 empty": ("whsec_", Y1, STAMP, BODY, STAMP),
    "Y10 odd": ("whsec_!!!!", Y1, STAMP, BODY, STAMP),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_everything_else_is_refused(case: str) -> None:
    secret, signature, stamp, body, now = REFUSED[case]
    with pytest.raises(BadSignature):
        verify_standard_webhook(secret, heads(signature, stamp=stamp), body, now=now)
    # The door judges the age by its own, wider, clock.
    at_door = now if abs(now - STAMP) < 181 else STAMP + (301 if now > STAMP else -301)
    assert not is_standard_webhook(body, raw(heads(signature, stamp=stamp)), [secret], now=at_door)


@pytest.mark.parametrize(
    ("body", "stamp", "signature"),
    [
        (BODY + b"\n", STAMP, "v1,a8oW+UKMBDmz+gT4lv5/SAkuETlDHMqR2DdGuMtJJ2Y="),
        (BODY, STAMP + 1, "v1,DwIgJO/6XP2FE4L5B0QC1zDeZRzKvMNlfWNzNbj6nZE="),
        (json.dumps(json.loads(BODY)).encode(), STAMP, "v1,YJpOHTLTz6cMYVZC8kkggdL0NXTjCea9Rz/rSTYQUB0="),
    ],
    ids=["Y4", "Y5", "Y6"],
)
def test_with_the_signature_they_should_have_had_the_altered_ones_pass(body: bytes, stamp: int, signature: str) -> None:
    """The negative control: only the signature was wrong with them."""
    assert verify_standard_webhook(SECRET, heads(signature, stamp=stamp), body, now=stamp) == NAME


def gateway(secret: str = SECRET, mode: str = "test") -> YocoGateway:
    return YocoGateway(AccountFacts(mode, {"secret_key": "sk_test_0000000000"}, secret))


def notification(headers: dict[str, str], body: bytes) -> RawNotification:
    return RawNotification(headers, body, datetime.now(tz=UTC))


def test_events_signed_by_the_public_package_are_taken_and_altered_ones_refused() -> None:
    secret, at = new_secret(), datetime.now(tz=UTC)
    headers = {
        "webhook-id": "msg_2",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_2", at, BODY.decode()),
    }
    assert gateway(secret).verify(notification(headers, BODY)).event_id == "msg_2"
    for altered in (BODY.replace(b"14990", b"14991"), BODY[:-1], BODY + b" "):
        with pytest.raises(BadSignature):
            gateway(secret).verify(notification(headers, altered))
    for name, value in (("webhook-id", "msg_3"), ("webhook-timestamp", str(int(at.timestamp()) + 1))):
        with pytest.raises(BadSignature):
            gateway(secret).verify(notification({**headers, name: value}, BODY))
    with pytest.raises(BadSignature):
        gateway(new_secret()).verify(notification(headers, BODY))


def test_after_a_new_registration_the_secret_before_still_counts() -> None:
    assert gateway(f"{new_secret()} {SECRET}").verify(notification(heads(Y1), BODY)).event_id == NAME
    for none in ("", "   "):
        with pytest.raises(BadSignature):
            gateway(none).verify(notification(heads(Y1), BODY))


def said(body: bytes) -> list[Any]:
    return gateway().parse_notification(VerifiedNotification(NAME, body))


def test_a_payment_event_says_what_came_and_for_which_checkout() -> None:
    [result] = said(BODY)
    assert (result.state, result.kind, result.amount_cents, result.currency, result.mode) == (
        ResultState.PAID, ResultKind.PAYMENT, 149_90, "ZAR", "test",
    )  # fmt: skip
    assert (result.gateway_checkout_id, result.gateway_payment_id) == ("ch_TEST0001", "p_TEST0001")
    assert (result.occurred_at, result.authoritative) == (datetime(2026, 1, 15, 10, 20, 29, tzinfo=UTC), False)


def test_a_refund_event_names_this_refund_and_its_own_amount() -> None:
    body = BODY.replace(b"payment.succeeded", b"refund.failed").replace(b'"id":"p_TEST0001"', b'"id":"rfd_1"')
    [result] = said(body.replace(b'"status"', b'"paymentId":"p_9","failureReason":"no balance","status"'))
    assert (result.state, result.kind, result.gateway_refund_id) == (
        ResultState.REFUND_FAILED, ResultKind.REFUND, "rfd_1",
    )  # fmt: skip
    assert (result.gateway_payment_id, result.amount_cents, result.message) == ("p_9", 149_90, "no balance")


def test_a_failed_try_is_never_the_end_of_a_payment() -> None:
    [result] = said(BODY.replace(b"payment.succeeded", b"payment.failed"))
    assert (result.state, result.gateway_payment_id) == (ResultState.PENDING, None)


@pytest.mark.parametrize("kind", [b"payout.sent", b"checkout.opened", b""])
def test_other_kinds_say_nothing(kind: bytes) -> None:
    assert said(BODY.replace(b"payment.succeeded", kind)) == []


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"14990", b"149.90"),
        (b"14990", b'"14990"'),
        (b"14990", b"true"),
        (b"14990", b"-1"),
        (b'"ZAR"', b"7"),
        (b'"p_TEST0001"', b'""'),
        (b'"p_TEST0001"', b'["p"]'),
        (b'"checkoutId"', b'"checkout"'),
        (b'"status":"succeeded"', b'"status":"failed"'),
        (b"p7Q2mZ8kLx", b"\\u0000"),
        (BODY, b"[]"),
        (BODY, b"{"),
        (BODY, b"[" * 100_000),
    ],
)
def test_a_known_kind_that_is_not_whole_is_refused(was: bytes, becomes: bytes) -> None:
    assert BODY.count(was) >= 1
    with pytest.raises(UnreadableNotification):
        said(BODY.replace(was, becomes))


def test_the_secret_key_is_not_in_what_is_printed() -> None:
    facts = AccountFacts("test", {"secret_key": "sk_test_0000000000"}, SECRET)
    assert "sk_test" not in repr(facts)
    assert "whsec" not in repr(facts)
    assert "sk_test" not in repr(YocoGateway(facts)._api())
    assert base64.b64decode(SECRET.removeprefix("whsec_")) == bytes(range(1, 33))
