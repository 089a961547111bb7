"""The simulated company, watched."""

from collections.abc import Iterator
from typing import Any

import pytest

from conversations.translations import compile_stale
from conversations.transport.edge import Edge
from orders.signals import order_paid
from payments.gateways import ozow_api, simulated
from payments.models import PaymentAttempt
from payments.signals import payment_failed, payment_investigated, payment_needs_review
from payments.simulator import SimulatedCompany
from tests.fakes.ozow import FakeOzow
from tests.fakes.yoco import FakeYoco
from tests.payments.stage import WatchedCompany
from tests.transport.conftest import Running

compile_stale()


@pytest.fixture(autouse=True)
def company() -> Iterator[WatchedCompany]:
    watched = WatchedCompany()
    simulated.connect(watched)
    yield watched
    simulated.connect(SimulatedCompany())


@pytest.fixture
def edge(transactional_db: None, settings: Any) -> Iterator[str]:
    """The address of a running edge, to which gateways are told to send their notices."""
    running = Running(Edge())
    settings.PLATFORM_URL = running.url
    yield running.url
    running.stop()


@pytest.fixture
def ozow(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOzow]:
    """Ozow where ours is called, and little patience."""
    with FakeOzow() as fake:
        settings.OZOW_API_URL = fake.url
        monkeypatch.setattr(ozow_api, "DEADLINE_SECONDS", 0.3)
        yield fake


@pytest.fixture
def yoco(settings: Any) -> Iterator[FakeYoco]:
    """Yoco, played, where our settings look for it."""
    with FakeYoco() as running:
        settings.YOCO_URL = running.url
        yield running


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

    def investigated(**_: Any) -> None:
        news.append("investigated")

    pairs = (
        (order_paid, paid),
        (payment_failed, failed),
        (payment_investigated, investigated),
        (payment_needs_review, review),
    )
    for signal, listener in pairs:
        signal.connect(listener)
    yield news
    for signal, listener in pairs:
        signal.disconnect(listener)
