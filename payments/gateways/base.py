"""What every gateway offers, in our words. A gateway translates: no models, no messages, no decisions."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from payments.gateways.giving_back import RefundRef, RefundRequest, RefundResult
from shopme.lib.errors import BusinessError


class GatewayError(BusinessError):
    """The gateway did not do what we asked. `is_retryable` says whether asking again may help."""

    is_retryable = False

    def __init__(self, public_text: str, *, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(public_text)
        self.code = code
        self.retry_after = retry_after


class CredentialsRejected(GatewayError):
    """The gateway does not know these credentials; asking again is pointless."""


class InvalidRequest(GatewayError):
    """The gateway will never accept this wish."""


class TemporaryFailure(GatewayError):
    """Nothing happened; the same wish may succeed later."""

    is_retryable = True


class OutcomeUnknown(GatewayError):
    """No answer after sending: it may have happened. Ask with the same idempotency key or fetch the status."""

    is_retryable = True


class BadSignature(GatewayError):
    """The notification was not signed by the gateway, or too long ago."""


class UnreadableNotification(GatewayError):
    """Signed, but not in words we know."""


class NotSupported(GatewayError):
    """This gateway cannot do that, or not for this payment."""


class ResultKind(StrEnum):
    """What a result is about."""

    PAYMENT = "payment"
    REFUND = "refund"


class ResultState(StrEnum):
    """What a gateway says about one payment, or about one refund."""

    PAID = "paid"
    PENDING = "pending"
    # The bank gave no clear answer and the gateway asks it by hand, for days.
    INVESTIGATED = "investigated"
    FAILED = "failed"
    CANCELLED = "cancelled"
    # The customer left; the money may still come.
    ABANDONED = "abandoned"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One shop's account at a gateway, decrypted, for one call. Never kept and never logged.

    `webhook_secret` may be several, newest first, parted by a space. `notify_url` is where its notifications come to.
    """

    mode: str
    credentials: Mapping[str, str] = field(repr=False)
    webhook_secret: str = field(repr=False)
    notify_url: str = ""


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """Ask for a hosted page in the customer's `language`. The same `idempotency_key` gets the same page.

    `bank_reference` is what the shop finds on its bank statement, where the gateway can put something there.
    """

    reference: str
    amount_cents: int
    currency: str
    merchant: str
    description: str
    return_url: str
    notify_url: str
    idempotency_key: str
    expires_at: datetime | None = None
    language: str = ""
    bank_reference: str = ""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted page that waits for the customer."""

    gateway_checkout_id: str
    redirect_url: str
    mode: str


@dataclass(frozen=True, slots=True)
class AttemptRef:
    """By what a gateway finds one attempt, and the payment a notification named, if one did."""

    reference: str
    gateway_checkout_id: str | None
    gateway_payment_id: str | None = None


@dataclass(frozen=True, slots=True)
class RawNotification:
    """A notification exactly as it came. Header names are in small letters."""

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class VerifiedNotification:
    """A notification whose signature fits the account. `event_id` is the gateway's."""

    event_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class GatewayResult:
    """One fact about one payment or one refund (`kind`). Amounts in minor units of `currency`.

    `authoritative` is True only for an answer of the gateway's own API to our question. Money without an id, an
    amount or a currency raises ValueError: the translation is wrong.
    """

    state: ResultState
    reference: str = ""
    gateway_checkout_id: str | None = None
    gateway_payment_id: str | None = None
    gateway_refund_id: str | None = None
    amount_cents: int | None = None
    currency: str = ""
    mode: str = ""
    occurred_at: datetime | None = None
    message: str = ""
    authoritative: bool = False
    kind: ResultKind = ResultKind.PAYMENT

    def __post_init__(self) -> None:
        if self.state is ResultState.PAID and not (self.gateway_payment_id and self.amount_cents and self.currency):
            raise ValueError("Money that arrived has an id, an amount and a currency.")
        if self.kind is ResultKind.REFUND and not (self.gateway_refund_id and self.amount_cents and self.currency):
            raise ValueError("A refund has an id, an amount and a currency.")


@dataclass(frozen=True, slots=True)
class CredentialReport:
    """The credentials work. `has_webhook` is None where the gateway needs no registration."""

    has_webhook: bool | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """Our registration at the gateway. `secret` is empty if it was there before and its secret is the one we hold."""

    webhook_id: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What differs between gateways and decides how the core treats them."""

    # True: only the gateway's own API makes money of a notification. False: its signature does, the API is asked too.
    needs_api_confirmation: bool
    has_expiry: bool
    sends_test_notifications: bool
    refund: bool = False
    partial_refund: bool = False
    refund_in_test: bool = False
    # The same idempotency key never gives money back twice, so a refund may be asked for again.
    keeps_refund_keys: bool = False


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One credential a merchant types in."""

    name: str
    label: str
    is_secret: bool = True
    # What a value must look like, where "{mode}" stands for the account's mode, and where a merchant finds it.
    pattern: str = ""
    hint: str = ""


class Gateway(ABC):
    """One account at one gateway, built for one call; nothing is shared between shops."""

    code: ClassVar[str]
    label: ClassVar[str]
    # None: any currency.
    currencies: ClassVar[tuple[str, ...] | None] = None
    # Less than this is not taken.
    min_cents: ClassVar[int] = 1
    # Never for real money; refused unless the settings allow it.
    is_simulated: ClassVar[bool] = False
    # Credentials can be tried before they are kept; only then is the gateway offered to merchants.
    tries_credentials: ClassVar[bool] = False
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    # How the door proves a notification, and the credential it is proved with; empty: we make a secret.
    webhook_scheme: ClassVar[str] = "standard"
    webhook_secret_field: ClassVar[str] = ""
    # Hosts the customer may be sent to; empty means our own.
    redirect_hosts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, account: AccountFacts) -> None:
        self.account = account

    @abstractmethod
    def capabilities(self, attempt: AttemptRef | None = None) -> Capabilities:
        """What this gateway can do, in general or for one attempt."""

    def check_credentials(self) -> CredentialReport:
        """Try the credentials. Refuses: `CredentialsRejected`, `TemporaryFailure`."""
        return CredentialReport()

    def ensure_webhook(self) -> WebhookInfo | None:
        """Let notifications come to the account's address; None where nothing needs to be registered.

        Refuses: `CredentialsRejected`, `InvalidRequest`, `TemporaryFailure`, `OutcomeUnknown`.
        """
        return None

    @abstractmethod
    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a hosted page. Refuses: `CredentialsRejected`, `InvalidRequest`, `TemporaryFailure`, `OutcomeUnknown`."""

    def dedupe_key(self, raw: RawNotification) -> str:
        """What makes a notification the same one when it comes again: the sender's id, else the bytes."""
        return raw.headers.get("webhook-id") or hashlib.sha256(raw.body).hexdigest()

    @abstractmethod
    def verify(self, raw: RawNotification) -> VerifiedNotification:
        """Prove that the gateway sent it; its age was judged by the edge. Refuses: `BadSignature`. No database."""

    @abstractmethod
    def parse_notification(self, verified: VerifiedNotification) -> list[GatewayResult]:
        """What a verified notification says; empty if nothing about payments. Refuses: `UnreadableNotification`."""

    @abstractmethod
    def fetch_status(self, ref: AttemptRef) -> list[GatewayResult]:
        """What the gateway knows about an attempt: one result, or one per payment if it was paid more than once.

        Refuses: `CredentialsRejected`, `TemporaryFailure`.
        """

    def payment_ids_between(self, first: date, last: date) -> frozenset[str] | None:
        """Ids of all payments made on those days; None where the gateway has no such list. Refuses: `GatewayError`."""
        return None

    def find_payment(self, payment_id: str) -> list[GatewayResult]:
        """What the gateway knows about a payment, whatever it was for. Refuses: as `payment_ids_between`."""
        return []

    def refund(self, request: RefundRequest) -> RefundResult:
        """Ask to give money back; being taken on is not being done.

        Refuses: `NotSupported`, `CredentialsRejected`, `InvalidRequest` and `TemporaryFailure` when surely nothing
        happened, `OutcomeUnknown` when it may have.
        """
        raise NotSupported("This gateway gives no money back. Do it in its own app.")

    def fetch_refund(self, ref: RefundRef) -> RefundResult | None:
        """What the gateway knows about a refund; None where it cannot be asked. Refuses: `TemporaryFailure`."""
        return None
