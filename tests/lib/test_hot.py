"""Statements that are planned once: values bound by the server, plans per schema, Django's errors."""

import psycopg
import pytest
from django.db import DataError, IntegrityError, NotSupportedError, connection, transaction

from conversations.transport.wakeup import own_conninfo
from shopme.lib import hot
from tenants.context import inside
from tenants.models import Shop

PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%WHERE ''hot-test''%%'"


def test_values_by_name_and_by_place(shop: Shop) -> None:
    named = "SELECT %(a)s::text, %(b)s::int, %(a)s::text, 'fifty %%'"
    assert hot.rows(named, {"a": "x'; --", "b": 7}) == [("x'; --", 7, "x'; --", "fifty %")]
    assert hot.rows("SELECT %s::int + %s::int", [2, 3]) == [(5,)]
    assert hot.rows("CREATE TEMP TABLE of_no_rows (a int)") == []


def test_each_shop_reads_its_own_table_and_has_a_plan_of_its_own(amber: Shop, blue: Shop) -> None:
    statement = "SELECT current_schema(), count(*) FROM catalog_category WHERE 'hot-test' <> %s"
    for _again in range(3):
        for shop in (amber, blue):
            with inside(shop):
                assert hot.rows(statement, ["x"])[0][0] == shop.schema_name
    assert hot.rows(PREPARED) == [(2,)]


def test_a_plan_made_in_one_shop_never_reads_another(amber: Shop, blue: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if both shops shared a plan's name, Postgres would plan anew for the other search path."""
    written = hot._written
    monkeypatch.setattr(hot, "_written", lambda statement, _schema: written(statement, "the same"))
    for shop in (amber, blue, amber):
        with inside(shop):
            assert hot.rows("SELECT current_schema() WHERE %s::int = 1", [1]) == [(shop.schema_name,)]


def test_trouble_is_djangos(shop: Shop) -> None:
    with pytest.raises(DataError), transaction.atomic():
        hot.rows("SELECT %s::int", ["seven"])
    with pytest.raises(IntegrityError), transaction.atomic():
        hot.rows("INSERT INTO catalog_category (id) VALUES (%s)", [1])
    assert connection.is_usable()


@pytest.mark.django_db(transaction=True)
def test_a_table_that_changed_under_its_plan_is_planned_anew(amber: Shop) -> None:
    statement = "SELECT title FROM public.of_a_plan"
    hot.rows("CREATE TABLE public.of_a_plan (title varchar(5))")
    try:
        with inside(amber):
            assert hot.rows(statement) == []
            change_elsewhere("ALTER TABLE public.of_a_plan ALTER COLUMN title TYPE varchar(9)")
            assert hot.rows(statement) == []
            change_elsewhere("ALTER TABLE public.of_a_plan ALTER COLUMN title TYPE text")
            with pytest.raises(NotSupportedError), transaction.atomic():
                hot.rows(statement)
            with transaction.atomic():
                assert hot.rows(statement) == []
    finally:
        hot.rows("DROP TABLE public.of_a_plan")


def change_elsewhere(statement: str) -> None:
    with psycopg.connect(own_conninfo("test"), autocommit=True) as other:
        other.execute(statement)


def test_the_texts_of_other_statements_are_not_kept(shop: Shop) -> None:
    hot.rows("SELECT 1")
    kept = connection.connection._prepared
    before = len(kept._counts) + len(kept._names)
    with connection.cursor() as cursor:
        for number in range(20):
            cursor.execute("SELECT %s", [number])
    assert len(kept._counts) + len(kept._names) == before
