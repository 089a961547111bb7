"""Accounts at gateways, links, attempts, refunds and what gateways told us."""

from payments.models.accounts import GatewayAccount, GatewayEvent
from payments.models.differences import PaymentDifference
from payments.models.money import PaymentAttempt, PaymentLink, Refund
from payments.models.simulated import SimulatedCheckout, SimulatedNotice

__all__ = [
    "GatewayAccount",
    "GatewayEvent",
    "PaymentAttempt",
    "PaymentDifference",
    "PaymentLink",
    "Refund",
    "SimulatedCheckout",
    "SimulatedNotice",
]
