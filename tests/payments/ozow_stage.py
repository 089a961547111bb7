"""A shop with an account at Ozow, and Ozow within reach."""

from typing import Any

from django.utils import timezone

from orders.models import Order
from payments.accounts import gateway_for, open_account
from payments.gateways.base import CheckoutRequest
from payments.gateways.ozow import OzowGateway
from payments.models import GatewayAccount, GatewayEvent, PaymentAttempt
from payments.services import receive_notice
from tests.fakes.ozow import API_KEY, KEY, SITE, FakeOzow, Transaction
from tests.payments.stage import an_attempt, an_order

CREDENTIALS = {"site_code": SITE, "private_key": KEY, "api_key": API_KEY}


def an_ozow_account(mode: str = "live", **credentials: str) -> GatewayAccount:
    """The account this shop's payments go to from now on."""
    return open_account(gateway="ozow", mode=mode, credentials={**CREDENTIALS, **credentials})


def an_ozow_attempt(order: Order | None = None) -> PaymentAttempt:
    """An attempt whose page at Ozow is open; the account is opened if there is none."""
    account = GatewayAccount.objects.filter(gateway="ozow", is_default=True).first() or an_ozow_account()
    attempt = an_attempt(order or an_order(cents=149_90))
    assert attempt.account == account
    return attempt


def gateway_of(account: GatewayAccount) -> OzowGateway:
    found = gateway_for(account)
    assert isinstance(found, OzowGateway)
    return found


def a_request(**changes: Any) -> CheckoutRequest:
    facts: dict[str, Any] = {
        "reference": "0b7f6f0e-0f6e-4d58-9a53-2f8f4f1f8d11",
        "amount_cents": 149_90,
        "currency": "ZAR",
        "merchant": "Amber Bakery",
        "description": "Order #1001",
        "return_url": "https://amber.shopme.test/pay/return/0b7f6f0e-0f6e-4d58-9a53-2f8f4f1f8d11/",
        "notify_url": "https://shopme.test/webhooks/ozow/7f3c9a1e7f3c9a1e/",
        "idempotency_key": "order:x:1",
        "bank_reference": "Order 1001",
    }
    return CheckoutRequest(**{**facts, **changes})


def told(account: GatewayAccount, body: bytes, **headers: str) -> GatewayEvent:
    """A notice that has passed the door."""
    kept = {"content-type": "application/x-www-form-urlencoded", **headers}
    return receive_notice(reference=str(account.pk), headers=kept, body=body, at=timezone.now())


def told_of(ozow: FakeOzow, attempt: PaymentAttempt, transaction: Transaction) -> GatewayEvent:
    return told(attempt.account, ozow.notice(transaction))
