"""What the database refuses by itself, whoever asks, in a shop that was copied from the blueprint."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.db import Error, connection, transaction

from loyalty import services
from loyalty.models import Account, Customer, Entry, Lot, Movement, Operation
from tenants.context import inside
from tests.loyalty.people import buckets, buy, customer, local, program, prove_now

if TYPE_CHECKING:
    from tenants.models import Shop

ENTRY_COLUMNS = (
    "INSERT INTO loyalty_entry (account_id, seq, operation_id, kind, reason, d_pending, d_active, d_held, d_debt,"
    " after_pending, after_active, after_held, after_debt, effective_at, created_at, prev_hash, hash)"
)


@pytest.fixture(params=["amber", "blue"])
def thandi(request: pytest.FixtureRequest) -> Iterator[Customer]:
    """A customer with 50 points, in each of two shops."""
    shop: Shop = request.getfixturevalue(request.param)
    with inside(shop):
        program(currency="ZAR")
        who = customer()
        buy(who, 5_000_00, at=local("2025-01-15 10:00"))
        prove_now()
        yield who


def refused(statement: str, *params: object) -> str:
    """Run SQL and the deferred proofs; the database's words of refusal."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, params)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except Error as refusal:
        return str(refusal)
    return "not refused"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE loyalty_entry SET reason = 'x'", "only grows"),
        ("DELETE FROM loyalty_entry", "only grows"),
        ("TRUNCATE loyalty_entry CASCADE", "only grows"),
        ("UPDATE loyalty_movement SET d_active = 1", "only grows"),
        ("DELETE FROM loyalty_movement", "only grows"),
        ("TRUNCATE loyalty_movement", "only grows"),
        ("TRUNCATE loyalty_account CASCADE", "only grows"),
        ("DELETE FROM loyalty_lot", "only grows"),
        ("DELETE FROM loyalty_operation", "only grows"),
        ("UPDATE loyalty_operation SET result = '{}'", "is closed"),
        ("UPDATE loyalty_operation SET key = 'other'", "is closed"),
        ("UPDATE loyalty_lot SET original = 60", "is frozen"),
        ("UPDATE loyalty_lot SET earned_at = now()", "is frozen"),
        ("UPDATE loyalty_lot SET expires_at = expires_at - interval '1 day'", "only move later"),
        ("UPDATE loyalty_lot SET active = 40", "differs from its movements"),
        ("UPDATE loyalty_lot SET active = 60", "loyalty_lot_within_original"),
        ("UPDATE loyalty_account SET active = 60", "changed without an entry"),
        ("UPDATE loyalty_account SET active = 60, seq = 2", "says entry 2, its newest is 1"),
        ("UPDATE loyalty_account SET active = -1, seq = 1", "changed without an entry"),
        ("UPDATE loyalty_account SET seq = 0, active = 0", "says entry 0, its newest is 1"),
        ("UPDATE loyalty_account SET head_hash = ''", "changed without an entry"),
        ("UPDATE loyalty_account SET customer_id = customer_id + 1", "keeps its owner"),
        ("UPDATE loyalty_purchase SET points_reversed = 51", "reversed_within_awarded"),
    ],
)
def test_what_is_written_stays_written(thandi: Customer, statement: str, words: str) -> None:
    assert words in refused(statement)
    assert buckets(thandi) == (0, 50, 0, 0)
    assert (Entry.objects.count(), Movement.objects.count()) == (1, 1)


def test_an_expiry_may_move_later(thandi: Customer) -> None:
    lot = Lot.objects.get()
    Lot.objects.update(expires_at=local("2030-01-01 00:00"))
    prove_now()
    assert Lot.objects.get().active == lot.active


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("2, %(op)s, 'earn', '', 0, 10, 0, 0, 0, 61, 0, 0", "does not follow"),
        ("3, %(op)s, 'earn', '', 0, 10, 0, 0, 0, 60, 0, 0", "does not follow"),
        ("1, %(op)s, 'earn', '', 0, 10, 0, 0, 0, 60, 0, 0", "does not follow"),
        ("2, %(op)s, 'earn', '', 0, 10, 0, 0, 0, 60, 0, 0", "not explained by its movements"),
        ("2, %(op)s, 'write_off', '', 0, 0, 0, -1, 0, 50, 0, -1", "not_negative"),
        ("2, %(op)s, 'burn', '', 0, 10, 0, 0, 0, 60, 0, 0", "loyalty_entry_shape"),
        ("2, %(op)s, 'expire', '', 0, 10, 0, 0, 0, 60, 0, 0", "loyalty_entry_shape"),
        ("2, %(op)s, 'earn', '', 0, 10, 0, 5, 0, 60, 0, 5", "loyalty_entry_shape"),
        ("2, %(op)s, 'present', '', 0, 10, 0, 0, 0, 60, 0, 0", "loyalty_entry_shape"),
    ],
)
def test_an_entry_must_follow_fit_its_kind_and_be_explained(thandi: Customer, values: str, words: str) -> None:
    numbers = {"op": Operation.objects.get().pk}
    account = Account.objects.get(customer=thandi).pk
    statement = f"{ENTRY_COLUMNS} VALUES ({account}, {values % numbers}, now(), now(), '', '')"
    assert words in refused(statement)
    assert Entry.objects.count() == 1


def test_a_written_entry_must_move_its_account_on(thandi: Customer) -> None:
    account, lot = Account.objects.get(customer=thandi), Lot.objects.get()
    words = refused(
        f"WITH entry AS ({ENTRY_COLUMNS} VALUES (%s, 2, %s, 'adjust', '', 0, -10, 0, 0, 0, 40, 0, 0, now(), now(), '', '')"
        " RETURNING id), lot AS (UPDATE loyalty_lot SET active = 40 WHERE id = %s)"
        " INSERT INTO loyalty_movement (entry_id, lot_id, d_pending, d_active, d_held)"
        " SELECT id, %s, 0, -10, 0 FROM entry",
        account.pk,
        Operation.objects.get().pk,
        lot.pk,
        lot.pk,
    )
    assert "was not moved on to entry 2" in words


def test_a_movement_cannot_be_added_to_an_old_entry(thandi: Customer) -> None:
    services.adjust_points(
        customer=thandi, points=5, reason="goodwill", key="x", actor_id=None, now=local("2025-02-01 10:00")
    )
    prove_now()
    old, other = Entry.objects.order_by("seq").first(), Lot.objects.order_by("id").last()
    words = refused(
        "INSERT INTO loyalty_movement (entry_id, lot_id, d_pending, d_active, d_held) VALUES (%s, %s, 0, 5, 0)",
        old.pk,
        other.pk,
    )
    assert "fits neither" in words


def test_a_movement_cannot_join_two_customers(thandi: Customer) -> None:
    ben = customer("Ben")
    buy(ben, 100_00, at=local("2025-01-15 10:00"))
    prove_now()
    mine, his = Entry.objects.filter(account__customer=thandi).get(), Lot.objects.get(account__customer=ben)
    words = refused(
        "INSERT INTO loyalty_movement (entry_id, lot_id, d_pending, d_active, d_held) VALUES (%s, %s, 0, 1, 0)",
        mine.pk,
        his.pk,
    )
    assert "fits neither" in words


def test_an_account_is_opened_empty(thandi: Customer) -> None:
    ben = customer("Ben")
    words = refused(
        "INSERT INTO loyalty_account (uuid, customer_id, unit_id, status, pending, active, held, debt, seq, head_hash,"
        " lifetime_issued, lifetime_redeemed, opened_at)"
        " SELECT gen_random_uuid(), %s, unit_id, 'active', 0, 100, 0, 0, 0, '', 0, 0, now() FROM loyalty_account LIMIT 1",
        ben.pk,
    )
    assert "opened empty" in words


def test_one_purchase_earns_once_even_if_the_key_is_forgotten(thandi: Customer) -> None:
    entry = Entry.objects.get()
    words = refused(
        "INSERT INTO loyalty_entry (account_id, seq, operation_id, kind, reason, d_pending, d_active, d_held, d_debt,"
        " after_pending, after_active, after_held, after_debt, purchase_id, effective_at, created_at, prev_hash, hash)"
        " SELECT account_id, 2, operation_id, kind, reason, 0, 50, 0, 0, 0, 100, 0, 0, purchase_id, now(), now(), '', ''"
        " FROM loyalty_entry WHERE id = %s",
        entry.pk,
    )
    assert "loyalty_entry_purchase_once" in words


def test_each_entry_carries_the_hash_of_the_one_before(thandi: Customer) -> None:
    services.adjust_points(
        customer=thandi, points=5, reason="goodwill", key="x", actor_id=None, now=local("2025-02-01 10:00")
    )
    first, second = Entry.objects.order_by("seq")
    assert bytes(first.prev_hash) == b""
    assert len(bytes(first.hash)) == 32
    assert bytes(second.prev_hash) == bytes(first.hash)
    assert bytes(Account.objects.get(customer=thandi).head_hash) == bytes(second.hash)
