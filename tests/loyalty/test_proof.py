"""`manage.py reconcile` finds what the triggers would have refused, once somebody looked away."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from loyalty import services
from loyalty.models import Customer, LedgerDigest, ReconcileRun
from loyalty.proof import overdue, prove, write_digest
from tenants.context import in_public
from tenants.models import Shop
from tests.loyalty.people import buy, customer, local, program, prove_now, refund

pytestmark = pytest.mark.usefixtures("in_shop")


@pytest.fixture
def thandi() -> Customer:
    """A customer with a purchase, a refund and a gift."""
    program()
    who = customer()
    order, _ = buy(who, 5_000_00, at=local("2025-01-15 10:00"), order_id=41)
    refund(order, 1_000_00, at=local("2025-01-16 10:00"))
    services.adjust_points(
        customer=who, points=5, reason="goodwill", key="x", actor_id=None, now=local("2025-01-17 10:00")
    )
    prove_now()
    return who


def behind_the_back(statement: str) -> None:
    """Change rows with every trigger asleep, as somebody with the keys to the server could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_whole_ledger_has_no_findings(thandi: Customer) -> None:
    run = prove()
    assert (run.is_clean, run.findings) == (True, [])
    assert set(run.checks.values()) == {0}
    assert ReconcileRun.objects.get().pk == run.pk


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE loyalty_account SET active = active + 1", "its entries say"),
        ("UPDATE loyalty_lot SET active = active - 1 WHERE active = 5", "its lots say"),
        ("UPDATE loyalty_lot SET active = active - 1 WHERE active = 5", "its movements say"),
        ("DELETE FROM loyalty_movement WHERE d_active = 5", "is not explained by its movements"),
        ("UPDATE loyalty_entry SET d_active = 51, after_active = 51 WHERE seq = 1", "entry 1 of account"),
        ("UPDATE loyalty_entry SET effective_at = effective_at - interval '1 day' WHERE seq = 2", "entry 2 of account"),
        ("UPDATE loyalty_entry SET hash = sha256('x') WHERE seq = 3", "carries another hash"),
        ("DELETE FROM loyalty_entry WHERE seq = 2", "does not follow the one before"),
        ("UPDATE loyalty_purchase SET points_awarded = 60", "was to give 60, the ledger gave 50"),
        ("UPDATE loyalty_purchase SET points_reversed = 9", "says 9 taken back, the ledger says 10"),
    ],
)
def test_a_change_behind_the_back_is_found(thandi: Customer, statement: str, finding: str) -> None:
    behind_the_back(statement)
    assert any(finding in line for line in prove().findings)


def test_the_command_lists_every_difference_and_fails(thandi: Customer, shop: Shop) -> None:
    errors = StringIO()
    behind_the_back("UPDATE loyalty_account SET active = active + 1")
    with in_public(), pytest.raises(CommandError, match="differences"):
        call_command("reconcile", stderr=errors)
    assert "amber: points: account" in errors.getvalue()
    assert "blue:" not in errors.getvalue()


def test_the_command_says_when_everything_agrees(thandi: Customer) -> None:
    out = StringIO()
    with in_public():
        call_command("reconcile", "--shop", "amber", stdout=out)
    assert "1 shops" in out.getvalue()
    assert "everything agrees" in out.getvalue()


def test_the_daily_digest_is_kept_once_and_chained(thandi: Customer) -> None:
    first = write_digest(date(2025, 1, 17))
    assert (first.accounts, first.entries) == (1, 3)
    assert first.totals == {"pending": 0, "active": 45, "held": 0, "debt": 0}
    assert write_digest(date(2025, 1, 17)).pk == first.pk
    behind_the_back("UPDATE loyalty_account SET head_hash = sha256('x')")
    second = write_digest(date(2025, 1, 18))
    assert bytes(second.prev_digest) == bytes(first.digest)
    assert bytes(second.digest) != bytes(first.digest)
    assert LedgerDigest.objects.count() == 2


def test_a_late_sweep_is_noticed(thandi: Customer) -> None:
    assert overdue(local("2026-01-17 00:01")) == 1
    assert overdue(local("2026-01-16 00:00")) == 0
