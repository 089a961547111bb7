"""A shop with an account at the fake Yoco, and the way of its events through our own door."""

from typing import Any

from django.utils import timezone

from orders.models import Order
from payments import connecting
from payments.models import GatewayAccount, GatewayEvent, PaymentAttempt
from payments.services import receive_notice, start_payment
from tenants.models import User
from tests.fakes.yoco import LIVE_KEY, TEST_KEY
from tests.payments.stage import an_order, token_for


def an_admin() -> User:
    found = User.objects.filter(email="money@amber.example").first()
    return found or User.objects.create_user("money@amber.example", name="Lerato")


def connected(mode: str = "test") -> GatewayAccount:
    """The shop's Yoco account, the default of the shop."""
    key = LIVE_KEY if mode == "live" else TEST_KEY
    return connecting.connect(gateway="yoco", mode=mode, credentials={"secret_key": key}, actor=an_admin())


def opened(order: Order | None = None) -> PaymentAttempt:
    """An attempt whose page at Yoco is open."""
    order = order or an_order()
    start_payment(token=token_for(order))
    return PaymentAttempt.objects.select_related("order", "account").get(order=order, state="pending")


def taken_in(account: GatewayAccount, signed: tuple[dict[str, Any], bytes]) -> GatewayEvent:
    headers, body = signed
    return receive_notice(reference=str(account.pk), headers=headers, body=body, at=timezone.now())
