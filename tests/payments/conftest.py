"""The simulated company, watched."""

from collections.abc import Iterator
from typing import Any

import pytest

from conversations.translations import compile_stale
from orders.signals import order_paid
from payments.gateways import simulated
from payments.models import PaymentAttempt
from payments.signals import payment_failed, payment_needs_review
from payments.simulator import SimulatedCompany
from tests.payments.stage import WatchedCompany

compile_stale()


@pytest.fixture(autouse=True)
def company() -> Iterator[WatchedCompany]:
    watched = WatchedCompany()
    simulated.connect(watched)
    yield watched
    simulated.connect(SimulatedCompany())


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """News of money, in order."""
    news: list[str] = []

    def paid(**_: Any) -> None:
        news.append("paid")

    def failed(reason: str, **_: Any) -> None:
        news.append(f"failed: {reason}")

    def review(attempt: PaymentAttempt, **_: Any) -> None:
        news.append(f"review: {attempt.review_reason}")

    pairs = ((order_paid, paid), (payment_failed, failed), (payment_needs_review, review))
    for signal, listener in pairs:
        signal.connect(listener)
    yield news
    for signal, listener in pairs:
        signal.disconnect(listener)
