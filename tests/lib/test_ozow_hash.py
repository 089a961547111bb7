"""Ozow's hashes against the vectors of the payments reference; R1 is the example Ozow itself prints."""

import hashlib
from urllib.parse import urlencode

import pytest

from shopme.lib import ozow_hash
from shopme.lib.ozow_hash import PAYMENT_NOTICE, REFUND_NOTICE, REFUND_REQUEST, REQUEST, fits, genuine, hash_of

KEY = "ShopMeTestPrivateKey0001ABCDEF"
R1 = {
    "SiteCode": "TSTSTE0001",
    "CountryCode": "ZA",
    "CurrencyCode": "ZAR",
    "Amount": "25.00",
    "TransactionReference": "123",
    "BankReference": "ABC123",
    "CancelUrl": "http://demo.ozow.com/cancel.aspx",
    "ErrorUrl": "http://demo.ozow.com/error.aspx",
    "SuccessUrl": "http://demo.ozow.com/success.aspx",
    "NotifyUrl": "http://demo.ozow.com/notify.aspx",
    "IsTest": "false",
}
R2 = {
    "SiteCode": "SHO-SHO-001",
    "CountryCode": "ZA",
    "CurrencyCode": "ZAR",
    "Amount": "149.90",
    "TransactionReference": "p7Q2mZ8kLx",
    "BankReference": "SHOPME A1B2C3",
    "CancelUrl": "https://pay.shopme.test/r/p7Q2mZ8kLx/cancel",
    "ErrorUrl": "https://pay.shopme.test/r/p7Q2mZ8kLx/error",
    "SuccessUrl": "https://pay.shopme.test/r/p7Q2mZ8kLx/ok",
    "NotifyUrl": "https://pay.shopme.test/h/ozow/7f3c9a1e",
    "IsTest": "true",
}
R2_HASH = (
    "d368763b2aa8a6b60afc101d3f68c5ddef91cdd0334513770b674555f5bb4b97"
    "61cacd532bc9986b9f23a69fb1c321b0201d5b96cd73269dba23ce9821a25bec"
)
R3 = {
    **R2,
    "Amount": "1500.00",
    "Optional1": "order-1042",
    "Customer": "Thandi Nkosi",
    "IsTest": "false",
    "ExpiryDateUtc": "2026-01-31 13:45",
}
N1 = {
    "SiteCode": "SHO-SHO-001",
    "TransactionId": "6f1d2c3b-4a59-4e7f-8b21-0c9d8e7f6a5b",
    "TransactionReference": "p7Q2mZ8kLx",
    "Amount": "149.90",
    "Status": "Complete",
    "CurrencyCode": "ZAR",
    "IsTest": "false",
    "StatusMessage": "",
}
N1_HASH = (
    "89e3e6a2643bd967d02c8ed98e0f673fdd8148a3cbd68000d91168f293af7d86"
    "1d4fd30e13671d5379e10c0089745f9b3b788f276f9322650a40ee20aef1c1ef"
)
N2 = {
    **N1,
    "Status": "PendingInvestigation",
    "Optional1": "order-1042",
    "StatusMessage": "Payment needs to be verified manually.",
}
N2_HASH = (
    "30dbc11e4e490e6fcb0cc9530a77926d39bcd64d6e03a90267fe352d67c18ffd"
    "95bddd14483844ca036937f83d6cbe6acac3c159c880d3cc4f0dd5cd51978ad0"
)
N3 = {**N1, "TransactionId": "00000000-0000-4000-8000-000000000167"}
N3_HASH = (
    "00463db8273337c5adc9381f3e6242f04660513b340ac2a76694020b736c5204"
    "36c10f7965e287516991bff14a3910303c48447ac6fc152c77f9ed7c0bc46461"
)
N4 = {**N1, "Status": "Cancelled", "StatusMessage": "User cancelled transaction"}
N4_HASH = (
    "78659d0650f1d13f52f073ba740aa49e0c68579edef97df3ea3639e0a0883f10"
    "b89431a53cefd11948bbc55c972cb7a3d6d681ef9aad56da3c2b7dd7a94888ce"
)
F1 = {
    "transactionId": N1["TransactionId"],
    "amount": "50.00",
    "refundReason": "Item out of stock",
    "notifyUrl": "https://pay.shopme.test/h/ozow/7f3c9a1e/refund",
}
F2 = {
    "RefundId": "b2c4d6e8-1a3b-4c5d-8e7f-90a1b2c3d4e5",
    "TransactionId": N1["TransactionId"],
    "CurrencyCode": "ZAR",
    "Amount": "50.00",
    "Status": "Complete",
    "BankName": "FNB",
    "AccountNumber": "*****1234",
    "StatusMessage": "",
}
F2_HASH = (
    "0f9c7205d09cf0b4cfb3042c176e6664fdf1848d25bf1367d18b637cbebdc026"
    "bb46c59d082510b9998f44e00413fcb5544a0f679c8b10547bb4b6e666b4a178"
)


def form(values: dict[str, str], hash_: str, **more: str) -> bytes:
    """A notice as Ozow posts it; what is empty is sent empty."""
    return urlencode({**values, **more, "Hash": hash_}).encode()


@pytest.mark.parametrize(
    ("values", "order", "key", "digest"),
    [
        pytest.param(
            R1,
            REQUEST,
            "215114531AFF7134A94C88CEEA48E",
            "eedcba106cd8fef3ba6cec5ec80de7d7d7fc90343028bf95b908718c671d0fe8"
            "85ca08b206d788de009d237a93c18e66edf6ede3f5ca7057e23474106465dcc6",
            id="R1",
        ),
        pytest.param(R2, REQUEST, KEY, R2_HASH, id="R2"),
        pytest.param({**R2, "IsTest": "True"}, REQUEST, KEY, R2_HASH, id="R2-True"),
        pytest.param(
            {**R2, "Amount": "149.9"},
            REQUEST,
            KEY,
            "c6833711a579e429bd40be7cd63352ad62f7b2562b1404a055d26b72e172d2fd"
            "61f8738c5c5eeeb6a6b3015e9b0adc5af04c4696f4b6084b2461ad1c9d45a56b",
            id="R2-149.9",
        ),
        pytest.param(
            R3,
            REQUEST,
            KEY,
            "d6eada5fd37a86c2fbd2413f4f2d9a87260852cd7f97599f6649fa728fd199b9"
            "c558e501ebd4223ed477bc976edab31d3f8483d659887a0388726445451ff969",
            id="R3",
        ),
        pytest.param(N1, PAYMENT_NOTICE, KEY, N1_HASH, id="N1"),
        pytest.param(
            {**N1, "Amount": "149.9"},
            PAYMENT_NOTICE,
            KEY,
            "6d47df8da8871e3b0931660bdb0e812717d866ac204cb85f20a60df0c2bf68e6"
            "0e85c6d73619f5d3791ad2f92e2284d415f8d335a0eaba1af068e9d36c57651d",
            id="N1-as-a-number",
        ),
        pytest.param(N2, PAYMENT_NOTICE, KEY, N2_HASH, id="N2"),
        pytest.param(N3, PAYMENT_NOTICE, KEY, N3_HASH, id="N3"),
        pytest.param(N4, PAYMENT_NOTICE, KEY, N4_HASH, id="N4"),
        pytest.param(
            F1,
            REFUND_REQUEST,
            KEY,
            "7373cba66bbc22f17102b48b3cb3944b9048935167da71ababf3400c96a64906"
            "5fe5b9cf12f164ed5606427ed0d88381576b2e529c739b626db91c46846a6950",
            id="F1",
        ),
        pytest.param(F2, REFUND_NOTICE, KEY, F2_HASH, id="F2"),
    ],
)
def test_the_hashes_are_those_of_the_reference(
    values: dict[str, str], order: tuple[str, ...], key: str, digest: str
) -> None:
    assert hash_of(values, order, key) == digest


@pytest.mark.parametrize(
    ("values", "digest"),
    [
        (N1, N1_HASH),
        (N1, N1_HASH.upper()),
        (N1, f" {N1_HASH} "),
        (N2, N2_HASH),
        (N3, N3_HASH),
        (N3, N3_HASH[2:]),
        (N3, N3_HASH[2:].upper()),
        (N4, N4_HASH),
    ],
)
def test_a_genuine_notice_is_known_with_its_values_as_received(values: dict[str, str], digest: str) -> None:
    notice = genuine(form(values, digest), KEY)
    assert notice is not None
    assert (notice.is_refund, list(notice.values)) == (False, list(PAYMENT_NOTICE))
    assert {name: value for name, value in notice.values.items() if value or name == "StatusMessage"} == values


def test_a_notice_about_a_refund_is_told_from_one_about_a_payment() -> None:
    notice = genuine(form(F2, F2_HASH, isRtc="false"), KEY)
    assert notice is not None
    assert (notice.is_refund, dict(notice.values)) == (True, F2)


@pytest.mark.parametrize("name", list(N2))
def test_one_other_character_in_any_field_and_it_is_not_genuine(name: str) -> None:
    for changed in (f"{N2[name]}x", N2[name][:-1], f" {N2[name]}"):
        assert genuine(form({**N2, name: changed}, N2_HASH), KEY) is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            form({name: value for name, value in N2.items() if name != "StatusMessage"}, N2_HASH), id="dropped"
        ),
        pytest.param(form({**N1, "Amount": "149.9"}, N1_HASH), id="a number"),
        pytest.param(form(N1, ""), id="no hash"),
        pytest.param(form(N1, "0" * 128), id="zeros"),
        pytest.param(form(N1, N1_HASH[:-1]), id="short"),
        pytest.param(form(N1, N1_HASH[1:]), id="another first sign"),
        pytest.param(form(N1, N2_HASH), id="another notice's"),
        pytest.param(form(N1, hash_of(N1, PAYMENT_NOTICE, "ShopMeTestPrivateKey0002ABCDEF")), id="another shop's key"),
        pytest.param(form(N1, hash_of(N1, PAYMENT_NOTICE, "")), id="no key"),
        pytest.param(form(N1, N1_HASH) + b"&Amount=1.00", id="amount twice"),
        pytest.param(b"Amount=1.00&" + form(N1, N1_HASH), id="amount twice, first"),
        pytest.param(form(N1, N1_HASH) + b"&Hash=" + N1_HASH.encode(), id="hash twice"),
        pytest.param(form(N1, N1_HASH) + b"&x=" + b"y" * ozow_hash.MOST_OCTETS, id="too long"),
        pytest.param(form(N1, N1_HASH) + b"&a" * 200, id="too many"),
        pytest.param(form(N1, N1_HASH) + b"&x=\xff", id="no text"),
        pytest.param(form(N1, N1_HASH) + b"&x=%ff", id="no text inside"),
        pytest.param(b'{"Hash": "' + N1_HASH.encode() + b'"}', id="JSON"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_the_site_did_not_sign_is_not_genuine(body: bytes) -> None:
    assert genuine(body, KEY) is None


def test_without_a_key_nothing_is_genuine() -> None:
    assert genuine(form(N1, hash_of(N1, PAYMENT_NOTICE, "")), "") is None


def test_what_is_not_signed_changes_nothing() -> None:
    more = {"SubStatus": "Refunded", "MaskedAccountNumber": "1", "RefundId": "x", "status": "Error", "isTest": "true"}
    plain, padded = genuine(form(N1, N1_HASH), KEY), genuine(form(N1, N1_HASH, **more), KEY)
    assert plain is not None
    assert plain == padded
    assert padded is not None
    assert plain.key == padded.key


def test_a_flag_that_is_missing_counts_as_false() -> None:
    assert genuine(form({name: value for name, value in N1.items() if name != "IsTest"}, N1_HASH), KEY) is not None


def test_notices_are_the_same_by_their_values_kept_apart() -> None:
    shifted = {**N1, "Amount": "149.90C", "Status": "omplete"}
    assert hash_of(shifted, PAYMENT_NOTICE, KEY) == N1_HASH
    one, other = genuine(form(N1, N1_HASH), KEY), genuine(form(shifted, N1_HASH), KEY)
    assert one is not None
    assert other is not None
    assert one.key != other.key
    assert len(bytes.fromhex(one.key)) == hashlib.sha256().digest_size


@pytest.mark.parametrize("received", ["", "0", "0" * 128, "z" * 128, "ü" * 128, N1_HASH + "0"])
def test_odd_hashes_do_not_fit(received: str) -> None:
    assert not fits(received, N1_HASH)
