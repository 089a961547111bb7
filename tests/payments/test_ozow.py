"""Ozow's words in ours: what it is asked, what its answers mean, and whose notices are believed."""

import json
import urllib.parse
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from payments.gateways.base import (
    AccountFacts,
    AttemptRef,
    BadSignature,
    CredentialsRejected,
    GatewayError,
    InvalidRequest,
    OutcomeUnknown,
    RawNotification,
    ResultState,
    TemporaryFailure,
)
from payments.gateways.ozow import OzowGateway, bank_reference
from payments.gateways.ozow_rows import amount_text, cents_of
from payments.gateways.registry import redirect_hosts
from tests.fakes.ozow import API_KEY, KEY, SITE, FakeOzow
from tests.payments.ozow_stage import a_request

REFERENCE = a_request().reference
BY_REFERENCE = AttemptRef(REFERENCE, None)


def gateway(mode: str = "live", **credentials: str) -> OzowGateway:
    known = {"site_code": SITE, "private_key": KEY, "api_key": API_KEY, **credentials}
    return OzowGateway(AccountFacts(mode, known, known["private_key"]))


def raw(body: bytes, **headers: str) -> RawNotification:
    return RawNotification(headers, body, datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize(("mode", "flag"), [("live", False), ("test", True)])
def test_a_page_is_asked_for_with_the_fields_of_the_reference(ozow: FakeOzow, mode: str, flag: bool) -> None:
    johannesburg = timezone(timedelta(hours=2))
    expires_at = datetime(2026, 1, 31, 15, 45, 59, 999999, tzinfo=johannesburg)
    checkout = gateway(mode).create_checkout(a_request(expires_at=expires_at))
    (call,) = ozow.calls
    back = a_request().return_url
    assert (call.method, call.path) == ("POST", "PostPaymentRequest")
    assert {name: call.headers[name] for name in ("apikey", "content-type", "accept")} == {
        "apikey": API_KEY,
        "content-type": "application/json",
        "accept": "application/json",
    }
    asked = call.json
    assert len(asked.pop("HashCheck")) == 128
    assert asked == {
        "SiteCode": SITE,
        "CountryCode": "ZA",
        "CurrencyCode": "ZAR",
        "Amount": "149.90",
        "TransactionReference": REFERENCE,
        "BankReference": "Order 1001",
        "CancelUrl": back,
        "ErrorUrl": back,
        "SuccessUrl": back,
        "NotifyUrl": a_request().notify_url,
        "IsTest": flag,
        "ExpiryDateUtc": "2026-01-31 13:45",
    }
    assert KEY not in call.body.decode()
    assert checkout.redirect_url == f"https://pay.ozow.com/{checkout.gateway_checkout_id}/Secure"
    assert checkout.mode == mode


@pytest.mark.parametrize(
    "changes",
    [
        {"return_url": f"https://shop.test/{'x' * 133}"},
        {"notify_url": f"https://shop.test/{'x' * 133}"},
        {"return_url": "https://bäckerei.test/"},
        {"amount_cents": 10_000_000_00},
        {"amount_cents": 0},
        {"reference": "r" * 51},
        {"reference": "é", "bank_reference": "!"},
        {"currency": "ZÄR"},
    ],
)
def test_what_ozow_would_refuse_is_not_sent(ozow: FakeOzow, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        gateway().create_checkout(a_request(**changes))
    assert ozow.calls == []


def test_an_address_of_150_characters_is_sent(ozow: FakeOzow) -> None:
    longest = f"https://shop.test/{'x' * 132}"
    gateway().create_checkout(a_request(return_url=longest))
    assert len(ozow.calls[0].json["SuccessUrl"]) == 150


@pytest.mark.parametrize("missing", ["site_code", "private_key", "api_key"])
def test_an_account_without_all_its_keys_asks_nothing(ozow: FakeOzow, missing: str) -> None:
    with pytest.raises(CredentialsRejected):
        gateway(**{missing: " "}).create_checkout(a_request())
    assert ozow.calls == []


@pytest.mark.parametrize(
    ("wanted", "written"),
    [
        ("Order 1001", "Order 1001"),
        ("Café №7: Brot & Kuchen, groß", "Cafe No7 Brot Kuchen"),
        ("  two  blanks ", "two blanks"),
        ("a-b_c", "a-b c"),
        ("1234567890123456789 123", "1234567890123456789"),
        ("ऑर्डर", "ref-1"),
    ],
)
def test_the_bank_statement_gets_letters_digits_blanks_and_dashes(wanted: str, written: str) -> None:
    assert bank_reference(wanted, otherwise="ref-1") == written


@pytest.mark.parametrize(
    ("fault", "refusal", "is_retryable"),
    [
        ("The amount is not valid.", InvalidRequest, False),
        ("401", CredentialsRejected, False),
        ("403", CredentialsRejected, False),
        ("400", InvalidRequest, False),
        ("500", TemporaryFailure, True),
        ("429", TemporaryFailure, True),
        ("html", TemporaryFailure, True),
        ("raw:[]", TemporaryFailure, True),
        ('raw:{"paymentRequestId": "x"}', TemporaryFailure, True),
        ('raw:{"url": "https://pay.ozow.com/x"}', TemporaryFailure, True),
        ('raw:{"url": 7, "paymentRequestId": "x"}', TemporaryFailure, True),
        ("raw:" + "[" * 100_000, TemporaryFailure, True),
        ("timeout", OutcomeUnknown, True),
        ("hang up", OutcomeUnknown, True),
    ],
)
def test_a_page_that_does_not_open_says_whether_to_try_again(
    ozow: FakeOzow, fault: str, refusal: type[GatewayError], is_retryable: bool
) -> None:
    ozow.fail_next("PostPaymentRequest", fault)
    with pytest.raises(refusal) as raised:
        gateway().create_checkout(a_request())
    assert raised.value.is_retryable is is_retryable
    assert KEY not in str(raised.value)
    assert API_KEY not in str(raised.value)


def test_nobody_there_is_a_failure_that_happened_nowhere(settings: Any) -> None:
    settings.OZOW_API_URL = "http://127.0.0.1:9"
    with pytest.raises(TemporaryFailure):
        gateway().create_checkout(a_request())


@pytest.mark.parametrize("wrong", [{"private_key": f"{KEY}x"}, {"site_code": "SHO-SHO-002"}])
def test_a_wrong_key_or_site_is_refused_by_ozow(ozow: FakeOzow, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest, match="HashCheck value has failed"):
        gateway(**wrong).create_checkout(a_request())


@pytest.mark.parametrize(
    "page",
    [
        "http://pay.ozow.com/x",
        "https://ozow.com.evil.test/x",
        "https://evil.test/pay.ozow.com",
        "https://evilozow.com/x",
        "https://pay.ozow.com@evil.test/x",
        "https://evil.test\\.ozow.com/x",
        "https://pay.ozow.com:8443/x",
        "//pay.ozow.com/x",
        "javascript:alert(1)",
        "https://[x",
    ],
)
def test_customers_are_sent_to_ozow_and_nowhere_else(ozow: FakeOzow, page: str) -> None:
    ozow.fail_next("PostPaymentRequest", f"raw:{json.dumps({'url': page, 'paymentRequestId': 'x'})}")
    with pytest.raises(InvalidRequest, match="not its own"):
        gateway().create_checkout(a_request())


def test_the_page_with_the_button_may_lead_to_ozow() -> None:
    assert "https://*.ozow.com" in redirect_hosts()


@pytest.mark.parametrize(
    ("text", "cents"),
    [("149.90", 149_90), ("149.9", 149_90), (Decimal("149.9"), 149_90), (150, 150_00), ("0.01", 1), ("8.35", 8_35)],
)
def test_amounts_are_exact(text: object, cents: int) -> None:
    assert cents_of(text) == cents


@pytest.mark.parametrize(
    "odd", ["149.905", "", "R 1", "NaN", "Infinity", "-1", "0", None, True, 149.9, "1e99", [], "1,50", 10**9]
)
def test_what_is_no_amount_is_refused(odd: object) -> None:
    with pytest.raises(ValueError, match="amount"):
        cents_of(odd)


def test_every_amount_is_written_with_two_decimals() -> None:
    written = [amount_text(cents) for cents in (1, 10, 100, 149_90, 835, 1_500_00, 9_999_999_99)]
    assert written == ["0.01", "0.10", "1.00", "149.90", "8.35", "1500.00", "9999999.99"]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Complete", ResultState.PAID),
        ("COMPLETE", ResultState.PAID),
        ("Cancelled", ResultState.CANCELLED),
        ("Error", ResultState.FAILED),
        ("Abandoned", ResultState.ABANDONED),
        ("PendingInvestigation", ResultState.INVESTIGATED),
        ("Pending", ResultState.PENDING),
        ("SomethingNew", ResultState.PENDING),
    ],
)
def test_each_status_has_its_meaning(ozow: FakeOzow, status: str, state: ResultState) -> None:
    gateway().create_checkout(a_request())
    done = ozow.pay(REFERENCE, status, message="as the bank said")
    (result,) = gateway().fetch_status(BY_REFERENCE)
    assert (result.state, result.reference, result.gateway_payment_id) == (state, REFERENCE, done.id)
    assert (result.message, result.authoritative, result.mode) == ("as the bank said", True, "live")
    assert (result.amount_cents, result.currency) == (149_90 if status.lower() == "complete" else None, "ZAR")
    assert ozow.calls[-1].query == {"siteCode": SITE, "transactionReference": REFERENCE, "isTest": "false"}


def test_a_payment_nobody_knows_yet_is_unknown(ozow: FakeOzow) -> None:
    assert [result.state for result in gateway().fetch_status(BY_REFERENCE)] == [ResultState.UNKNOWN]
    for nothing in ("404", "204", "raw:", "raw:null", "raw:[]"):
        ozow.fail_next("GetTransactionByReference", nothing)
        assert [result.state for result in gateway().fetch_status(BY_REFERENCE)] == [ResultState.UNKNOWN]


def test_test_payments_are_asked_for_as_such(ozow: FakeOzow) -> None:
    gateway("test").create_checkout(a_request())
    ozow.pay(REFERENCE)
    assert [result.state for result in gateway("live").fetch_status(BY_REFERENCE)] == [ResultState.UNKNOWN]
    (result,) = gateway("test").fetch_status(BY_REFERENCE)
    assert (result.state, result.mode, ozow.calls[-1].query["isTest"]) == (ResultState.PAID, "test", "true")


def test_of_several_rows_the_money_counts_and_all_of_it(ozow: FakeOzow) -> None:
    gateway().create_checkout(a_request())
    rows = [ozow.pay(REFERENCE, status) for status in ("Error", "Complete", "Cancelled", "Complete")]
    found = gateway().fetch_status(BY_REFERENCE)
    assert [result.gateway_payment_id for result in found] == [rows[1].id, rows[3].id]
    assert {result.state for result in found} == {ResultState.PAID}


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (("Cancelled", "PendingInvestigation", "Error"), ResultState.INVESTIGATED),
        (("Cancelled", "Pending", "Error"), ResultState.PENDING),
        (("Cancelled", "Error"), ResultState.FAILED),
        (("Error", "Cancelled"), ResultState.CANCELLED),
    ],
)
def test_without_money_what_may_still_bring_some_comes_first_and_then_the_newest(
    ozow: FakeOzow, statuses: tuple[str, ...], state: ResultState
) -> None:
    gateway().create_checkout(a_request())
    for status in statuses:
        ozow.pay(REFERENCE, status)
    assert [result.state for result in gateway().fetch_status(BY_REFERENCE)] == [state]


@pytest.mark.parametrize("as_object", [True, False])
def test_a_named_payment_beyond_the_ten_shown_is_asked_for_by_its_id(ozow: FakeOzow, as_object: bool) -> None:
    gateway().create_checkout(a_request())
    for _ in range(10):
        ozow.pay(REFERENCE, "Cancelled")
    done, ozow.shows_one_as_object = ozow.pay(REFERENCE), as_object
    assert [result.state for result in gateway().fetch_status(BY_REFERENCE)] == [ResultState.CANCELLED]
    (found,) = gateway().fetch_status(AttemptRef(REFERENCE, None, done.id))
    assert (found.state, found.gateway_payment_id) == (ResultState.PAID, done.id)
    assert ozow.calls[-1].path == "GetTransaction"


@pytest.mark.parametrize("facts", [{"site_code": "OTH-ER-001"}, {"reference": "somebody-else"}])
def test_rows_of_another_site_or_order_say_nothing(ozow: FakeOzow, facts: dict[str, str]) -> None:
    gateway().create_checkout(a_request())
    odd = ozow.pay(REFERENCE, **facts)
    found = gateway().fetch_status(AttemptRef(REFERENCE, None, odd.id))
    assert [result.state for result in found] == [ResultState.UNKNOWN]


@pytest.mark.parametrize(
    "changes", [{"amount": None}, {"amount": "149,90"}, {"amount": 149.905}, {"amount": True}, {"transactionId": ""}]
)
def test_money_that_cannot_be_read_is_asked_for_again_and_never_credited(
    ozow: FakeOzow, changes: dict[str, object]
) -> None:
    gateway().create_checkout(a_request())
    row = ozow.pay(REFERENCE).row() | changes
    ozow.fail_next("GetTransactionByReference", f"raw:{json.dumps([row])}")
    with pytest.raises(TemporaryFailure):
        gateway().fetch_status(BY_REFERENCE)


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        ("401", CredentialsRejected),
        ("500", TemporaryFailure),
        ("html", TemporaryFailure),
        ("timeout", TemporaryFailure),
        ("hang up", TemporaryFailure),
        ("raw:[7]", TemporaryFailure),
        ("raw:[NaN]", TemporaryFailure),
        ("The site code is not valid.", InvalidRequest),
    ],
)
def test_a_question_that_fails_is_never_an_answer(ozow: FakeOzow, fault: str, refusal: type[GatewayError]) -> None:
    ozow.fail_next("GetTransactionByReference", fault)
    with pytest.raises(refusal):
        gateway().fetch_status(BY_REFERENCE)


def test_a_notice_says_what_was_signed_and_nothing_else(ozow: FakeOzow) -> None:
    gateway().create_checkout(a_request())
    done = ozow.pay(REFERENCE)
    body = ozow.notice(done) + b"&status=Error&amount=1&Amount2=2&TransactionReference2=x"
    verified = gateway().verify(raw(body))
    (result,) = gateway().parse_notification(verified)
    assert (result.state, result.reference, result.gateway_payment_id) == (ResultState.PAID, REFERENCE, done.id)
    assert (result.amount_cents, result.currency, result.mode, result.authoritative) == (149_90, "ZAR", "live", False)


def test_a_notice_of_another_site_is_refused_though_its_hash_fits(ozow: FakeOzow) -> None:
    gateway().create_checkout(a_request())
    done = ozow.pay(REFERENCE, site_code="OTH-ER-001")
    with pytest.raises(BadSignature, match="another site"):
        gateway().verify(raw(ozow.notice(done)))


def test_a_notice_signed_with_another_shops_key_is_refused(ozow: FakeOzow) -> None:
    gateway().create_checkout(a_request())
    done = ozow.pay(REFERENCE)
    with pytest.raises(BadSignature):
        gateway().verify(raw(ozow.notice(done, key="ShopMeTestPrivateKey0002ABCDEF")))


def test_the_same_notice_is_the_same_whatever_is_not_signed(ozow: FakeOzow) -> None:
    gateway().create_checkout(a_request())
    done = ozow.pay(REFERENCE)
    body = ozow.notice(done)
    turned = "&".join(reversed(body.decode().split("&"))).encode()
    keys = {
        gateway().dedupe_key(raw(body)),
        gateway().dedupe_key(raw(turned)),
        gateway().dedupe_key(raw(body + b"&SubStatus=x", **{"webhook-id": "evt_1"})),
        gateway().dedupe_key(raw(body.replace(b"BankName=FNB", b"BankName=Absa"))),
    }
    assert len(keys) == 1
    forged = body.replace(urllib.parse.quote(done.reference).encode(), b"other")
    assert gateway().dedupe_key(raw(forged, **{"webhook-id": "evt_1"})) not in keys | {"evt_1"}
    assert gateway().dedupe_key(raw(ozow.notice(done, Status="Error"))) not in keys


def test_credentials_that_work_are_proved_without_touching_a_real_payment(ozow: FakeOzow) -> None:
    gateway().check_credentials()
    asked, trial = ozow.calls
    assert (asked.path, asked.query["isTest"], asked.query["siteCode"]) == ("GetTransactionByReference", "false", SITE)
    assert (trial.path, trial.json["IsTest"], trial.json["Amount"]) == ("PostPaymentRequest", True, "1.00")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"api_key": "another-key"}, "API key"),
        ({"private_key": f"{KEY}x"}, "HashCheck value has failed"),
        ({"site_code": "SHO-SHO-002"}, "HashCheck value has failed"),
    ],
)
def test_credentials_that_do_not_work_are_told(ozow: FakeOzow, wrong: dict[str, str], words: str) -> None:
    with pytest.raises(CredentialsRejected, match=words):
        gateway(**wrong).check_credentials()


@pytest.mark.parametrize(("path", "fault"), [("GetTransactionByReference", "500"), ("PostPaymentRequest", "timeout")])
def test_an_ozow_that_is_away_proves_nothing_about_credentials(ozow: FakeOzow, path: str, fault: str) -> None:
    ozow.fail_next(path, fault)
    with pytest.raises(TemporaryFailure):
        gateway().check_credentials()
