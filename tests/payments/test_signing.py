"""Standard Webhooks, checked against the reference library of the scheme."""

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from payments.gateways.base import BadSignature
from payments.gateways.signing import new_secret, sign, verify_standard_webhook

BODY = b'{"type":"payment.succeeded","amount":15500}'
NOW = 1_772_445_600
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


def headers(signature: str = "", **changes: str) -> dict[str, str]:
    return {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(NOW),
        "webhook-signature": signature or sign(SECRET, "evt_1", NOW, BODY),
        **changes,
    }


def test_we_sign_as_the_reference_library_does() -> None:
    theirs = Webhook(SECRET).sign("evt_1", datetime.fromtimestamp(NOW, tz=UTC), BODY.decode())
    assert sign(SECRET, "evt_1", NOW, BODY) == theirs


def test_a_fresh_secret_is_one_the_reference_library_takes() -> None:
    secret = new_secret()
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert Webhook(secret).sign("evt_1", datetime.fromtimestamp(NOW, tz=UTC), "{}").startswith("v1,")


def test_a_good_signature_gives_the_events_id() -> None:
    assert verify_standard_webhook(SECRET, headers(), BODY, now=NOW + 179) == "evt_1"


def test_one_good_signature_among_several_is_enough() -> None:
    several = f"v1a,abc v1,{base64.b64encode(b'x' * 32).decode()} {sign(SECRET, 'evt_1', NOW, BODY)}"
    assert verify_standard_webhook(SECRET, headers(several), BODY, now=NOW) == "evt_1"


@pytest.mark.parametrize(
    "broken",
    [
        {"webhook-id": ""},
        {"webhook-id": "evt_2"},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "²"},
        {"webhook-timestamp": f"0{NOW}"},
        {"webhook-timestamp": str(NOW + 1)},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1a," + sign(SECRET, "evt_1", NOW, BODY)[3:]},
        {"webhook-signature": sign(new_secret(), "evt_1", NOW, BODY)},
        {"webhook-signature": "v1,\u00e9\u00e8"},
    ],
)
def test_anything_else_is_refused(broken: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verify_standard_webhook(SECRET, {**headers(), **broken}, BODY, now=NOW)


@pytest.mark.parametrize("away", [-181, 181, 86_400])
def test_old_and_future_notifications_are_refused(away: int) -> None:
    with pytest.raises(BadSignature, match="timestamp"):
        verify_standard_webhook(SECRET, headers(), BODY, now=NOW + away)


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify_standard_webhook(SECRET, headers(), BODY.replace(b"15500", b"1"), now=NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_YWJj", SECRET.removeprefix("whsec_")])
def test_a_secret_that_protects_nothing_is_refused(secret: str) -> None:
    with pytest.raises(BadSignature):
        verify_standard_webhook(secret, headers(), BODY, now=NOW)
