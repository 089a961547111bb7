"""Ozow's hashes: the values in a fixed order and the private key in one string, in small letters, through SHA-512.

Pure, and here because two rooms check the same thing: the door before it keeps a notice, the gateway before it reads one.
A value is hashed as it was sent or received: `149.9` and `149.90` are different texts.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

# What we ask for a payment with, in the order of Ozow's table.
REQUEST: Final = (
    "SiteCode", "CountryCode", "CurrencyCode", "Amount", "TransactionReference", "BankReference",
    "Optional1", "Optional2", "Optional3", "Optional4", "Optional5", "Customer",
    "CancelUrl", "ErrorUrl", "SuccessUrl", "NotifyUrl", "IsTest",
    "BankId", "BankAccountNumber", "BranchCode", "BankAccountName", "PayeeDisplayName", "ExpiryDateUtc",
)  # fmt: skip
# What Ozow signs when it tells of a payment. Whatever else it sends is not signed.
PAYMENT_NOTICE: Final = (
    "SiteCode", "TransactionId", "TransactionReference", "Amount", "Status",
    "Optional1", "Optional2", "Optional3", "Optional4", "Optional5",
    "CurrencyCode", "IsTest", "StatusMessage",
)  # fmt: skip
# The same for money given back; `isRtc` comes along unsigned.
REFUND_REQUEST: Final = ("transactionId", "amount", "refundReason", "notifyUrl")
REFUND_NOTICE: Final = (
    "RefundId", "TransactionId", "CurrencyCode", "Amount", "Status", "BankName", "AccountNumber", "StatusMessage",
)  # fmt: skip
HASH: Final = "Hash"

# A notice has two dozen short fields; what is larger is none.
MOST_OCTETS: Final = 64 * 1024
MOST_FIELDS: Final = 100
SHORTEST_DIGITS: Final = 100


class NotANotice(ValueError):
    """The body is no form, or says one of the signed things twice."""


@dataclass(frozen=True, slots=True)
class Notice:
    """The signed values of one notice in their order, exactly as received."""

    values: Mapping[str, str]
    is_refund: bool

    @property
    def key(self) -> str:
        """What makes a notice the same one when it comes again: SHA-256 over its signed values, kept apart."""
        return hashlib.sha256("".join(f"{len(value)}:{value}" for value in self.values.values()).encode()).hexdigest()


def hash_of(values: Mapping[str, str], order: tuple[str, ...], private_key: str) -> str:
    """The hash over `values` in `order`; what is missing counts as empty."""
    text = "".join(values.get(name, "") for name in order) + private_key
    return hashlib.sha512(text.lower().encode()).hexdigest()


def fits(received: str, expected: str) -> bool:
    """Compared in constant time. Hashes that begin with zeros may arrive without them, and in capital letters."""
    given = received.strip().lower().lstrip("0").encode()
    return len(given) > SHORTEST_DIGITS and hmac.compare_digest(given, expected.lstrip("0").encode())


def genuine(body: bytes, private_key: str) -> Notice | None:
    """The notice in a form-encoded body, if whoever knows `private_key` sent it; None otherwise.

    An empty key proves nothing: then no notice is genuine.
    """
    try:
        found = read(body)
    except NotANotice:
        return None
    given = found.get(HASH, "")
    for order in (PAYMENT_NOTICE, REFUND_NOTICE):
        if private_key and fits(given, hash_of(found, order, private_key)):
            values = {name: found.get(name, "") for name in order}
            return Notice(values, is_refund=order is REFUND_NOTICE)
    return None


def read(body: bytes) -> dict[str, str]:
    """The values of a form, raw: nothing is stripped or converted. Refuses: `NotANotice`."""
    if len(body) > MOST_OCTETS:
        raise NotANotice("the body is too long")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as problem:
        raise NotANotice("the body is no form") from problem
    signed = {*PAYMENT_NOTICE, *REFUND_NOTICE, HASH}
    known = [(name, value) for name, value in pairs if name in signed]
    found = dict(known)
    if len(found) < len(known):
        raise NotANotice("a signed value is there twice")
    return {"IsTest": "false", **found}
