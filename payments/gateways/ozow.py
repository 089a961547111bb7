"""Ozow: instant payments from a bank account in South Africa, on Ozow's own page.

A notice is believed only after the status call said the same; test payments are told by no notice at all.
"""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, date
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings

from payments.gateways import ozow_api, ozow_refunds, ozow_rows
from payments.gateways.base import (
    AttemptRef,
    BadSignature,
    Capabilities,
    Checkout,
    CheckoutRequest,
    CredentialField,
    CredentialReport,
    CredentialsRejected,
    Gateway,
    GatewayResult,
    InvalidRequest,
    NotSupported,
    OutcomeUnknown,
    RawNotification,
    TemporaryFailure,
    UnreadableNotification,
    VerifiedNotification,
)
from payments.gateways.giving_back import RefundRequest, RefundResult
from shopme.lib import ozow_hash

SITE_HINT: Final = (
    "Letters, digits and dashes, as in ABC-ABC-001; Ozow's merchant portal shows it under Merchant details."
)
KEY_HINT: Final = "Copy it whole from Merchant details in Ozow's merchant portal."
LONGEST_URL: Final = 150
LONGEST_REFERENCE: Final = 50
LONGEST_BANK_REFERENCE: Final = 20
# What our own row keeps of Ozow's answer.
LONGEST_PAGE, LONGEST_REQUEST_ID = 500, 100
_NOT_FOR_BANKS: Final = re.compile(r"[^A-Za-z0-9 -]+")
# The whole of it: no user, no port, and no sign that a browser reads otherwise than we do.
_OZOW_HOST: Final = re.compile(r"[a-z0-9.-]+\.ozow\.com", re.IGNORECASE)


class OzowGateway(Gateway):
    """Payment requests by API, notices signed with the site's private key, status by question."""

    code = "ozow"
    label = "Ozow"
    currencies = ("ZAR",)
    redirect_hosts = ("*.ozow.com",)
    tries_credentials = True
    webhook_scheme = "ozow"
    webhook_secret_field = "private_key"  # noqa: S105 - a field's name
    credential_fields = (
        CredentialField("site_code", "Site code", is_secret=False, pattern=r"[A-Za-z0-9-]{4,50}", hint=SITE_HINT),
        CredentialField("private_key", "Private key", pattern=r"\S{8,200}", hint=KEY_HINT),
        CredentialField("api_key", "API key", pattern=r"\S{8,50}", hint=KEY_HINT),
    )

    def capabilities(self, attempt: AttemptRef | None = None) -> Capabilities:
        return Capabilities(
            needs_api_confirmation=True,
            has_expiry=True,
            sends_test_notifications=False,
            refund=True,
            partial_refund=True,
        )

    def check_credentials(self) -> CredentialReport:
        """A question proves site code and API key; a test payment nobody is sent to proves the private key."""
        try:
            self._find("GetTransactionByReference", transactionReference=str(uuid4()))
            OzowGateway(replace(self.account, mode="test")).create_checkout(_trial())
        except InvalidRequest as problem:
            raise CredentialsRejected(str(problem)) from problem
        except OutcomeUnknown as problem:
            raise TemporaryFailure(str(problem)) from problem
        return CredentialReport()

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        wish = self._request(request)
        check = ozow_hash.hash_of(wish, ozow_hash.REQUEST, self._credential("private_key"))
        # The flag goes as JSON's own; the amount goes as the very text that was hashed.
        asked: dict[str, Any] = {**wish, "IsTest": self._is_test == "true", "HashCheck": check}
        answer = ozow_api.post("PostPaymentRequest", api_key=self._credential("api_key"), wish=asked)
        page, request_id = ozow_api.text_of(answer.get("url")), ozow_api.text_of(answer.get("paymentRequestId"))
        if not (0 < len(page) <= LONGEST_PAGE and 0 < len(request_id) <= LONGEST_REQUEST_ID):
            raise TemporaryFailure("Ozow named no page to pay on.")
        if not _is_theirs(page):
            raise InvalidRequest("Ozow named a page that is not its own.")
        return Checkout(request_id, page, self.account.mode)

    def dedupe_key(self, raw: RawNotification) -> str:
        """Ozow gives its notices no id, and signs no header: the signed values are what makes one the same."""
        notice = ozow_hash.genuine(raw.body, self._credential("private_key"))
        return notice.key if notice else sha256(raw.body).hexdigest()

    def verify(self, raw: RawNotification) -> VerifiedNotification:
        notice = self._notice(raw.body)
        if notice is None:
            raise BadSignature("the hash does not fit")
        if not notice.is_refund and notice.values["SiteCode"].lower() != self._credential("site_code").lower():
            raise BadSignature("the notice is about another site")
        return VerifiedNotification(notice.key, raw.body)

    def parse_notification(self, verified: VerifiedNotification) -> list[GatewayResult]:
        notice = self._notice(verified.body)
        if notice is None:
            return []
        try:
            if notice.is_refund:
                return [ozow_rows.refund_result(notice.values, mode=self.account.mode)]
            return [ozow_rows.notice_result(notice.values)]
        except ValueError as problem:
            raise UnreadableNotification("The notice does not say what was paid.") from problem

    def fetch_status(self, ref: AttemptRef) -> list[GatewayResult]:
        rows = self._find("GetTransactionByReference", transactionReference=ref.reference)
        named = ref.gateway_payment_id
        # That call shows ten transactions at most.
        if named and named not in {ozow_rows.payment_id_of(row.get("transactionId")) for row in rows}:
            rows += self._find("GetTransaction", transactionId=named)
        site_code, mode = self._credential("site_code"), self.account.mode
        return ozow_rows.results(rows, site_code=site_code, reference=ref.reference, mode=mode)

    def payment_ids_between(self, first: date, last: date) -> frozenset[str] | None:
        if self.account.mode != "live":
            return None
        rows = self._find("GetTransactionReport", startDate=f"{first:%Y-%m-%d}", endDate=f"{last:%Y-%m-%d}")
        return ozow_rows.payment_ids(rows)

    def find_payment(self, payment_id: str) -> list[GatewayResult]:
        rows = self._find("GetTransaction", transactionId=payment_id)
        reference = ozow_api.text_of(rows[0].get("transactionReference")) if rows else ""
        site_code, mode = self._credential("site_code"), self.account.mode
        return ozow_rows.results(rows, site_code=site_code, reference=reference, mode=mode)

    def refund(self, request: RefundRequest) -> RefundResult:
        if self.account.mode != "live":
            raise NotSupported("Test payments are not given back.")
        known = {name: self._credential(name) for name in ("site_code", "private_key", "api_key")}
        return ozow_refunds.submit(request, known, notify_url=self.account.notify_url)

    def _request(self, request: CheckoutRequest) -> dict[str, str]:
        """What Ozow is asked for, as it is hashed. Refuses: `InvalidRequest`."""
        try:
            amount = ozow_rows.amount_text(request.amount_cents)
        except ValueError as problem:
            raise InvalidRequest(str(problem)) from problem
        wish = {
            "SiteCode": self._credential("site_code"),
            "CountryCode": "ZA",
            "CurrencyCode": request.currency,
            "Amount": amount,
            "TransactionReference": request.reference,
            "BankReference": bank_reference(request.bank_reference, otherwise=request.reference),
            "CancelUrl": _short(request.return_url),
            "ErrorUrl": _short(request.return_url),
            "SuccessUrl": _short(request.return_url),
            "NotifyUrl": _short(request.notify_url),
            "IsTest": self._is_test,
        }
        if request.expires_at:
            # Cut to the minute: never later than the hold on the goods.
            wish["ExpiryDateUtc"] = request.expires_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        if len(request.reference) > LONGEST_REFERENCE or not "".join(wish.values()).isascii():
            raise InvalidRequest("Ozow takes no such words.")
        return wish

    @property
    def _is_test(self) -> str:
        return "false" if self.account.mode == "live" else "true"

    def _find(self, path: str, **query: str) -> list[dict[str, Any]]:
        asked = {"siteCode": self._credential("site_code"), **query, "isTest": self._is_test}
        return ozow_api.find(path, api_key=self._credential("api_key"), query=asked)

    def _notice(self, body: bytes) -> ozow_hash.Notice | None:
        return ozow_hash.genuine(body, self._credential("private_key"))

    def _credential(self, name: str) -> str:
        value = self.account.credentials.get(name, "").strip()
        if not value:
            raise CredentialsRejected("The Ozow account is not complete.")
        return value


def bank_reference(wanted: str, *, otherwise: str) -> str:
    """`Bestellung № 7` → `Bestellung No 7`: letters, digits, spaces and dashes, twenty at most, never empty."""
    for text in (wanted, otherwise):
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        if cleaned := " ".join(_NOT_FOR_BANKS.sub(" ", plain).split())[:LONGEST_BANK_REFERENCE].strip():
            return cleaned
    raise InvalidRequest("There is nothing to write on the bank statement.")


def _trial() -> CheckoutRequest:
    """One rand, asked for in test mode, on a page that nobody is sent to."""
    reference = str(uuid4())
    return CheckoutRequest(
        reference=reference,
        amount_cents=1_00,
        currency="ZAR",
        merchant="",
        description="",
        return_url=settings.PLATFORM_URL,
        notify_url=settings.PLATFORM_URL,
        idempotency_key=reference,
        bank_reference="Connection test",
    )


def _short(url: str) -> str:
    if len(url) > LONGEST_URL:
        raise InvalidRequest("Ozow takes addresses of 150 characters at most.")
    return url


def _is_theirs(page: str) -> bool:
    """Whether the customer may be sent there: Ozow's own hosts over TLS, or the one the settings name."""
    try:
        parts, known = urlsplit(page), urlsplit(settings.OZOW_PAY_URL)
    except ValueError:
        return False
    is_ozow = parts.scheme == "https" and _OZOW_HOST.fullmatch(parts.netloc)
    return bool(is_ozow) or (parts.scheme, parts.netloc) == (known.scheme, known.netloc)
