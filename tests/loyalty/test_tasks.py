"""What the clock starts."""

from typing import Any

import pytest

from loyalty import tasks
from loyalty.models import Customer, LedgerDigest
from tenants.context import in_public, inside
from tenants.models import Shop
from tests.loyalty.people import buckets, buy, customer, local, program

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Shops whose task was sent, instead of a broker."""
    shops: list[int] = []

    def send(*, kwargs: dict[str, int], **_: Any) -> None:
        shops.append(kwargs["shop_id"])

    monkeypatch.setattr(tasks.settle_shop, "apply_async", send)
    monkeypatch.setattr(tasks.digest_shop, "apply_async", send)
    return shops


def a_customer_whose_points_are_over(shop: Shop) -> Customer:
    with inside(shop):
        program(currency="ZAR", expiry_months=1)
        who = customer()
        buy(who, 1_000_00, at=local("2025-01-15 10:00"))
        return who


def test_only_shops_with_something_due_are_sent(amber: Shop, blue: Shop, sent: list[int]) -> None:
    with inside(blue):
        program(currency="ZAR", expiry_months=1200)
        buy(customer(), 1_000_00, at=local("2025-01-15 10:00"))
    with inside(amber):
        program(currency="ZAR", expiry_months=1200)
        who = customer()
        buy(who, 1_000_00, at=local("2025-01-15 10:00"))
        program(expiry_months=1)
        buy(who, 1_000_00, at=local("2025-01-15 11:00"), order_id=5)
        from loyalty.models import Account  # the award settled the account at its own time

        assert Account.objects.get().next_event_at == local("2025-02-16 00:00")
    with in_public():
        assert tasks.dispatch_due() == 1
    assert sent == [amber.pk]


def test_a_shops_task_settles_that_shop_only(amber: Shop, blue: Shop, sent: list[int]) -> None:
    here, there = a_customer_whose_points_are_over(amber), a_customer_whose_points_are_over(blue)
    with in_public():
        assert tasks.settle_shop(shop_id=amber.pk) == 1
    with inside(amber):
        assert buckets(here) == (0, 0, 0, 0)
    with inside(blue):
        assert buckets(there) == (0, 10, 0, 0)
    assert sent == []


def test_every_shop_keeps_its_digest(amber: Shop, blue: Shop, sent: list[int]) -> None:
    with in_public():
        assert tasks.dispatch_digests() == 2
        tasks.digest_shop(shop_id=blue.pk)
    assert sorted(sent) == sorted([amber.pk, blue.pk])
    with inside(blue):
        assert LedgerDigest.objects.count() == 1
    with inside(amber):
        assert LedgerDigest.objects.count() == 0
