"""Work for a shop that is gone, suspended, renamed or in the middle of a change of its tables (B14): never in public."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from conversations.transport.models import InboxEvent, Lane
from shopme.celery import app
from tenants.context import ShopClosed, current_schema
from tenants.models import Shop
from tenants.queries import UnknownShop, forget
from tenants.tasks import TenantTask
from tests.transport.test_lanes import Events, arrive, make_due, states, turn

pytestmark = pytest.mark.django_db(transaction=True)
SEEN: list[str] = []
NOBODY = 424_242


@app.task(base=TenantTask, name="tests.faults.look_around")
def look_around(*, shop_id: int) -> None:
    SEEN.append(current_schema())


def count_customers(shop: Shop, lane: str, events: Events) -> None:
    """A handler that reads a table of the shop."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM loyalty_customer")
    SEEN.append(current_schema())


@pytest.fixture(autouse=True)
def _fresh() -> None:
    SEEN.clear()


def public_rows() -> dict[str, int]:
    """How many rows each table of the platform has, those of the lanes and events left out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall() if name not in ("transport_lane", "transport_inboxevent")]
        found = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM public."{table}"')
            found[table] = cursor.fetchone()[0]
    return found


def suspended(shop: Shop) -> None:
    Shop.objects.filter(pk=shop.pk).update(status="suspended")


def closed(shop: Shop) -> None:
    Shop.objects.filter(pk=shop.pk).update(status="closed")


def gone(_shop: Shop) -> None:
    """What is left in the queue of a shop that is no more: its id."""
    Lane.objects.update(shop_id=NOBODY)
    InboxEvent.objects.update(shop_id=NOBODY)


AWAY: dict[str, tuple[Callable[[Shop], None], type[Exception]]] = {
    "suspended": (suspended, ShopClosed),
    "closed": (closed, ShopClosed),
    "gone": (gone, UnknownShop),
}


@pytest.mark.parametrize("how", AWAY)
def test_an_event_is_parked_and_a_task_raises(shop: Shop, amber: Shop, how: str) -> None:
    away, refusal = AWAY[how]
    arrive(amber, "c:1", "a")
    away(amber)
    forget()
    before = public_rows()
    turn(count_customers)
    lane = Lane.objects.get()
    assert (states(), lane.attempt, lane.pending, lane.holder) == ({"a": "ready"}, 0, 1, "")
    with pytest.raises(refusal):
        look_around.apply(kwargs={"shop_id": lane.shop_id}).get()
    assert SEEN == []
    assert public_rows() == before


def test_a_renamed_shop_goes_on_in_its_own_schema(amber: Shop) -> None:
    arrive(amber, "c:1", "a")
    Shop.objects.filter(pk=amber.pk).update(slug="umber", name="Umber")
    forget()
    turn(count_customers)
    look_around.apply(kwargs={"shop_id": amber.pk}).get()
    assert [amber.schema_name, amber.schema_name] == SEEN
    assert states() == {"a": "done"}


def test_in_the_middle_of_a_migration_an_event_waits_and_is_done_afterwards(amber: Shop) -> None:
    """The table it needs is away for a moment: the event is tried again, and nothing is read from public instead."""
    arrive(amber, "c:1", "a")
    before = public_rows()
    rename(amber, "loyalty_customer", "loyalty_customer_on_its_way")
    try:
        turn(count_customers)
        event = InboxEvent.objects.get()
        assert (event.state, event.attempts) == ("ready", 1)
        assert event.last_error.startswith("ProgrammingError")
        assert (SEEN, public_rows()) == ([], before)
    finally:
        rename(amber, "loyalty_customer_on_its_way", "loyalty_customer")
    make_due()
    turn(count_customers)
    assert (SEEN, states()) == ([amber.schema_name], {"a": "done"})


def rename(shop: Shop, table: str, to: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{shop.schema_name}"."{table}" RENAME TO "{to}"')


@pytest.mark.parametrize("wrong", [{}, {"shop_id": None}, {"shop_id": "1"}, {"shop_id": True}])
def test_a_task_without_a_shop_does_not_run(amber: Shop, wrong: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"shop_id|missing"):
        look_around.apply(kwargs=wrong).get()
    assert SEEN == []
