"""Yoco: a hosted checkout, Standard Webhooks, status and refunds by the checkout's id. Rand only.

Of a checkout only the status "completed" means money, never the presence of a payment id; every other status says
nothing for sure, so it neither fails a payment nor gives goods free.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from payments.gateways.base import (
    AttemptRef,
    BadSignature,
    Capabilities,
    Checkout,
    CheckoutRequest,
    CredentialField,
    CredentialReport,
    Gateway,
    GatewayResult,
    InvalidRequest,
    NotSupported,
    OutcomeUnknown,
    RawNotification,
    ResultState,
    TemporaryFailure,
    VerifiedNotification,
    WebhookInfo,
)
from payments.gateways.giving_back import RefundRequest, RefundResult, RefundState
from payments.gateways.signing import is_usable, verify_standard_webhook
from payments.gateways.yoco_api import ALREADY_REFUNDED, NOT_FOUND, REPLAYED, YocoApi
from payments.gateways.yoco_news import results_in

WEBHOOK_NAME: Final = "shopme"
LONGEST_ID: Final = 100
COMPLETED: Final = "completed"
# Nothing is known for sure: a paid checkout was seen to stay "started", so none of these ends an attempt.
WAITING: Final = frozenset({"created", "started", "processing", "expired", "cancelled"})
TAKEN_ON: Final = frozenset({"succeeded", "successful", "pending"})


class YocoGateway(Gateway):
    """Hosted page on yoco.com, events signed with the registration's secret."""

    code = "yoco"
    label = "Yoco"
    currencies = ("ZAR",)
    min_cents = 200
    tries_credentials = True
    credential_fields = (
        CredentialField(
            "secret_key",
            "Secret key",
            pattern=r"sk_{mode}_[A-Za-z0-9]{8,200}",
            hint="In the Yoco app under Sell online → Payment gateway. A live key begins with sk_live_, a test key "
            "with sk_test_.",
        ),
    )
    redirect_hosts = ("*.yoco.com",)

    def capabilities(self, attempt: AttemptRef | None = None) -> Capabilities:
        # Its API is known to lag behind its own signed events, so it may confirm but need not.
        return Capabilities(
            needs_api_confirmation=False,
            has_expiry=False,
            sends_test_notifications=True,
            refund=True,
            partial_refund=True,
            refund_in_test=False,
            keeps_refund_keys=True,
        )

    def check_credentials(self) -> CredentialReport:
        return CredentialReport(has_webhook=bool(self._ours()))

    def ensure_webhook(self) -> WebhookInfo | None:
        """List first, so that nothing is registered twice; one whose secret nobody holds is replaced."""
        ours = self._ours()
        if ours and self.account.webhook_secret:
            return WebhookInfo(ours[0])
        for stale in ours:
            self._api().delete("webhooks", stale)
        answer = self._api().post("webhooks", body={"name": WEBHOOK_NAME, "url": self.account.notify_url})
        webhook_id, secret = _word(answer, "id"), answer.get("secret")
        if not (webhook_id and isinstance(secret, str) and is_usable(secret)):
            raise OutcomeUnknown("Yoco registered the webhook and gave no secret we can use. Try again.")
        if answer.get("mode", self.account.mode) != self.account.mode:
            self._api().delete("webhooks", webhook_id)
            raise InvalidRequest("Yoco registered the webhook in the other mode. Is this the right key?")
        return WebhookInfo(webhook_id, secret)

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        if request.amount_cents < self.min_cents or request.currency not in self.currencies:
            raise InvalidRequest("Yoco takes two rand or more, and rand only.")
        wish = {
            "amount": request.amount_cents,
            "currency": request.currency,
            "successUrl": request.return_url,
            "cancelUrl": request.return_url,
            "failureUrl": request.return_url,
            "metadata": {"shopme_payment": request.reference},
        }
        try:
            answer = self._api().post("checkouts", body=wish, idempotency_key=request.idempotency_key)
        except OutcomeUnknown as problem:
            if problem.code == REPLAYED:
                raise InvalidRequest("Yoco keeps this answer for a day.", code=REPLAYED) from problem
            raise
        return self._checked(answer, request)

    def _checked(self, answer: dict[str, Any], request: CheckoutRequest) -> Checkout:
        """Nobody is sent to a page that asks for something else, or that is not Yoco's."""
        checkout_id, address = _word(answer, "id"), answer.get("redirectUrl")
        if not (checkout_id and isinstance(address, str) and _is_yocos(address)):
            raise InvalidRequest("Yoco gave no page of its own.", code="odd_page")
        asked = (request.amount_cents, request.currency, self.account.mode)
        if (_cents(answer), answer.get("currency"), answer.get("processingMode")) != asked:
            raise InvalidRequest("Yoco opened another checkout than we asked for.", code="odd_checkout")
        return Checkout(checkout_id, address, self.account.mode)

    def verify(self, raw: RawNotification) -> VerifiedNotification:
        # The edge judged its age on arrival; one that waited in a lane or is replayed is not stale.
        problem = BadSignature("the secret is not usable")
        for secret in self.account.webhook_secret.split():
            try:
                return VerifiedNotification(verify_standard_webhook(secret, raw.headers, raw.body, now=None), raw.body)
            except BadSignature as refusal:
                problem = refusal
        raise problem

    def parse_notification(self, verified: VerifiedNotification) -> list[GatewayResult]:
        return results_in(verified.body)

    def fetch_status(self, ref: AttemptRef) -> list[GatewayResult]:
        if not ref.gateway_checkout_id:
            return [GatewayResult(ResultState.UNKNOWN, reference=ref.reference, authoritative=True)]
        try:
            answer = self._api().get("checkouts", ref.gateway_checkout_id)
        except InvalidRequest as refusal:
            if refusal.code != NOT_FOUND:
                raise
            return [GatewayResult(ResultState.UNKNOWN, reference=ref.reference, authoritative=True)]
        if _word(answer, "id") != ref.gateway_checkout_id:
            raise TemporaryFailure("Yoco answered about another checkout.")
        return [self._status(answer, ref)]

    def _status(self, answer: dict[str, Any], ref: AttemptRef) -> GatewayResult:
        status, amount, currency = answer.get("status"), _cents(answer), answer.get("currency")
        is_paid = status == COMPLETED
        if is_paid and not (amount and isinstance(currency, str)):
            raise TemporaryFailure("Yoco says paid, and not how much.")
        waiting = ResultState.PENDING if status in WAITING else ResultState.UNKNOWN
        return GatewayResult(
            ResultState.PAID if is_paid else waiting,
            reference=ref.reference,
            gateway_checkout_id=ref.gateway_checkout_id,
            # Without an id of its own the money is known by its checkout until an event tells more.
            gateway_payment_id=(_word(answer, "paymentId") or ref.gateway_checkout_id) if is_paid else None,
            amount_cents=amount,
            currency=str(currency or ""),
            mode=str(answer.get("processingMode") or ""),
            authoritative=True,
        )

    def refund(self, request: RefundRequest) -> RefundResult:
        if self.account.mode == "test":
            raise NotSupported("Yoco gives no test payments back.")
        if not request.gateway_checkout_id:
            raise NotSupported("This payment has no checkout at Yoco.")
        # A whole refund leaves the amount out: that is how Yoco wants it.
        amount = {} if request.is_whole else {"amount": request.amount_cents}
        try:
            answer = self._api().post(
                "checkouts",
                request.gateway_checkout_id,
                "refund",
                body={**amount, "metadata": {"shopme_refund": request.reference}},
                idempotency_key=request.idempotency_key,
            )
        except InvalidRequest as refusal:
            if refusal.code == ALREADY_REFUNDED and request.is_whole:
                return RefundResult(RefundState.SUBMITTED, message="Yoco says it was given back already.")
            raise
        if answer.get("status") not in TAKEN_ON or not (refund_id := _word(answer, "refundId")):
            raise OutcomeUnknown("Yoco took the refund in a way we could not read.")
        return RefundResult(RefundState.SUBMITTED, gateway_refund_id=refund_id, amount_cents=request.amount_cents)

    def _ours(self) -> list[str]:
        """Ids of the registrations for this account's address in its mode."""
        found = self._api().get("webhooks").get("subscriptions")
        if not isinstance(found, list):
            raise TemporaryFailure("Yoco's list of webhooks could not be read.")
        wanted = (self.account.notify_url, self.account.mode)
        rows = [row for row in found if isinstance(row, dict) and (row.get("url"), row.get("mode")) == wanted]
        return [webhook_id for row in rows if (webhook_id := _word(row, "id"))]

    def _api(self) -> YocoApi:
        return YocoApi(self.account.credentials.get("secret_key", ""))


def _word(data: dict[str, Any], name: str) -> str:
    """An id out of an answer; empty for anything else."""
    value = data.get(name)
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID else ""


def _cents(data: dict[str, Any]) -> int | None:
    amount = data.get("amount")
    return amount if type(amount) is int and amount > 0 else None


def _is_yocos(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_host = host == "yoco.com" or host.endswith(".yoco.com")
    return parts.scheme == "https" and is_host and port in (None, 443) and not parts.username and len(address) <= 500
