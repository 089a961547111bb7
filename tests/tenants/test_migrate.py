"""Bringing shops to head: finds who is behind, renders once, replays, resumes, reports."""

import time
from collections.abc import Iterator
from io import StringIO
from unittest.mock import patch

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, migrations, models
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader

from tenants import blueprint, migrate
from tenants.context import current_schema, inside
from tenants.models import Shop
from tests.tenants.schema_shape import shape_of

pytestmark = pytest.mark.django_db(transaction=True)
CATALOG = "catalog"


def _noop(apps: object, editor: object) -> None:
    _noop.ran.append(current_schema())  # type: ignore[attr-defined]


_noop.ran = []  # type: ignore[attr-defined]


@pytest.fixture
def new_migrations() -> Iterator[list[Migration]]:
    """Migrations put here are on disk, as far as Django and we can tell; the shops are put back afterwards."""
    extra: list[Migration] = []
    original = MigrationLoader.load_disk
    _noop.ran = []  # type: ignore[attr-defined]

    def load_disk(loader: MigrationLoader) -> None:
        original(loader)
        last = sorted(name for label, name in loader.disk_migrations if label == CATALOG)[-1]
        for migration in extra:
            migration.dependencies = [(CATALOG, last)]
            loader.disk_migrations[CATALOG, migration.name] = migration
            last = migration.name

    def forget() -> None:
        blueprint.shop_migrations.cache_clear()

    with (
        patch.object(MigrationLoader, "load_disk", load_disk),
        patch.object(migrate, "is_blueprint_kept", lambda: True),
    ):
        forget()
        yield extra
    forget()
    names = [migration.name for migration in extra]
    for schema in Shop.objects.values_list("schema_name", flat=True):
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE "{schema}".catalog_product DROP COLUMN IF EXISTS colour')
            cursor.execute(f'DROP TABLE IF EXISTS "{schema}".catalog_later')
            cursor.execute(
                f'DELETE FROM "{schema}".django_migrations WHERE name = ANY(%s) OR app <> ALL(%s)',
                [names, settings.TENANT_APPS],
            )


def add_colour() -> Migration:
    migration = Migration("9001_colour", CATALOG)
    migration.operations = [
        migrations.AddField("product", "colour", models.CharField(max_length=10, default="50% red", db_index=True))
    ]
    return migration


def with_python() -> Migration:
    migration = Migration("9002_python", CATALOG)
    migration.operations = [migrations.RunPython(_noop, _noop)]
    return migration


def later_table() -> Migration:
    migration = Migration("9003_later", CATALOG)
    migration.operations = [
        migrations.CreateModel("later", [("id", models.BigAutoField(primary_key=True))]),
        migrations.RunSQL("CREATE INDEX later_by_id ON catalog_later (id) WHERE id::text LIKE '1%'"),
    ]
    return migration


def of_catalog(shop: Shop, what: str) -> list[tuple[str, ...]]:
    return [row for row in shape_of(shop.schema_name)[what] if row[0].startswith("catalog_")]


def has_column(shop: Shop, column: str) -> bool:
    return any(row[1] == column for row in shape_of(shop.schema_name)["columns"])


def test_nothing_to_do_is_quick_and_touches_no_shop(amber: Shop) -> None:
    before = shape_of(amber.schema_name)
    began = time.perf_counter()
    report = migrate.migrate_all()
    assert (report.migrated, report.failed, report.public_changed) == ([], {}, False)
    assert time.perf_counter() - began < 3
    assert shape_of(amber.schema_name) == before


def test_a_plain_migration_reaches_every_shop_the_same_way(
    amber: Shop, blue: Shop, new_migrations: list[Migration]
) -> None:
    new_migrations.append(add_colour())
    report = migrate.migrate_all()
    assert report.migrated == [amber.schema_name, blue.schema_name]
    assert has_column(amber, "colour")
    assert of_catalog(amber, "columns") == of_catalog(blue, "columns")
    assert of_catalog(amber, "indexes") == of_catalog(blue, "indexes")
    assert migrate.missing_migrations([amber.schema_name, blue.schema_name]) == {}


def test_the_sql_is_rendered_once_and_replayed(amber: Shop, blue: Shop, new_migrations: list[Migration]) -> None:
    new_migrations.append(add_colour())
    with patch.object(migrate, "_apply_first", wraps=migrate._apply_first) as rendered:
        migrate.migrate_all()
    assert rendered.call_count == 1


def test_a_migration_with_python_runs_in_every_shop_in_order(
    amber: Shop, blue: Shop, new_migrations: list[Migration]
) -> None:
    new_migrations.extend([add_colour(), with_python(), later_table()])
    report = migrate.migrate_all()
    assert report.failed == {}
    assert _noop.ran == [amber.schema_name, blue.schema_name]  # type: ignore[attr-defined]
    for shop in (amber, blue):
        with inside(shop), connection.cursor() as cursor:
            cursor.execute("SELECT name FROM django_migrations WHERE name LIKE '9%' ORDER BY id")
            assert [name for (name,) in cursor.fetchall()] == ["9001_colour", "9002_python", "9003_later"]
    assert of_catalog(amber, "indexes") == of_catalog(blue, "indexes")


def test_a_shop_that_cannot_be_migrated_is_reported_and_the_next_run_finishes_it(
    amber: Shop, blue: Shop, new_migrations: list[Migration]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{blue.schema_name}".catalog_product ADD COLUMN colour int')
    new_migrations.append(add_colour())
    report = migrate.migrate_all()
    assert report.migrated == [amber.schema_name]
    assert list(report.failed) == [blue.schema_name]
    assert "colour" in report.failed[blue.schema_name]
    with pytest.raises(CommandError, match="1 schema"):
        call_command("migrate_all", stdout=StringIO(), stderr=StringIO())
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{blue.schema_name}".catalog_product DROP COLUMN colour')
    report = migrate.migrate_all()
    assert (report.migrated, report.failed) == ([blue.schema_name], {})
    assert has_column(blue, "colour")


def test_a_migration_that_fails_halfway_leaves_the_shop_as_it_was(amber: Shop, new_migrations: list[Migration]) -> None:
    broken = later_table()
    broken.operations.append(migrations.RunSQL("SELECT 1/0"))
    new_migrations.append(broken)
    before = shape_of(amber.schema_name)
    assert len(migrate.migrate_all().failed) == 2
    assert shape_of(amber.schema_name) == before
    assert current_schema() == "public"


def test_the_fingerprint_names_the_content_of_every_migration() -> None:
    labels = {label for label, _ in blueprint.shop_migrations()}
    assert labels == {"loyalty", "catalog", "orders", "payments", "conversations"}
    assert len(blueprint.fingerprint()) == 64


def test_migrations_come_in_an_order_in_which_they_can_run() -> None:
    loader = MigrationLoader(None)
    place = {key: number for number, key in enumerate(blueprint.shop_migrations())}
    for key, number in place.items():
        for parent in loader.get_migration(*key).dependencies:
            assert place.get(tuple(parent), -1) < number
    assert {label for label, _ in place} <= {config.label for config in apps.get_app_configs()}
