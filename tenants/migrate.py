"""Bringing the public schema, the template and every shop to head, quickly and one shop at a time.

One query finds who is behind. A migration without Python in it is rendered to SQL once, on the first schema that
lacks it, and replayed on the others with its `django_migrations` row in one transaction each. A migration with
Python runs through Django's own executor. Whatever stops halfway is found and finished by the next run.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import RunPython, SeparateDatabaseAndState
from django.db.migrations.recorder import MigrationRecorder
from django_tenants.utils import schema_context

from tenants.blueprint import TEMPLATE, is_blueprint_kept, keep_blueprint, shop_migrations
from tenants.models import Shop

log = structlog.get_logger(__name__)
Key = tuple[str, str]
ONE_AT_A_TIME = 7_246_001  # the advisory lock of all migrating processes


@dataclass(slots=True)
class Report:
    """What a run did. `failed` maps a schema to the reason; the others are at head."""

    migrated: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    public_changed: bool = False


def migrate_all(*, say: Callable[[str], None] = lambda line: None) -> Report:
    """Public, template, shops. Nothing to do costs a few queries. Other processes that migrate wait their turn."""
    report = Report()
    with _alone():
        if _public_is_behind():
            say("Migrating the public schema.")
            call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
            report.public_changed = True
        if not is_blueprint_kept():
            say("Taking the DDL of a new shop.")
            keep_blueprint(_rebuild_template())
        _migrate_schemas(list(Shop.objects.order_by("id").values_list("schema_name", flat=True)), report, say)
    return report


def build_schema(schema: str) -> None:
    """Make `schema` and bring it to head through Django's executor, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    with _in_schema(schema):
        executor = MigrationExecutor(connection)
        executor.migrate(_targets(executor.loader))


def missing_migrations(schemas: list[str]) -> dict[str, list[Key]]:
    """For each schema that is behind, what it lacks, in order."""
    wanted = [f"{label}.{name}" for label, name in shop_migrations()]
    with schema_context("public"), connection.cursor() as cursor:
        cursor.execute("SELECT schema_name, missing FROM public.missing_migrations(%s, %s)", [schemas, wanted])
        return {schema: [_key(text) for text in missing] for schema, missing in cursor.fetchall()}


def _rebuild_template() -> str | None:
    """Build the template anew from all migrations; returns their SQL, or None when one of them needs Python."""
    with schema_context("public"), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {TEMPLATE} CASCADE")
    steps = _bring_to_head(TEMPLATE, shop_migrations(), [])
    rendered = [step.sql for step in steps if step.sql is not None]
    return "\n".join(rendered) if len(rendered) == len(steps) else None


def _migrate_schemas(schemas: list[str], report: Report, say: Callable[[str], None]) -> None:
    groups: dict[tuple[Key, ...], list[str]] = defaultdict(list)
    for schema, missing in missing_migrations(schemas).items():
        groups[tuple(missing)].append(schema)
    for lacked, behind in groups.items():
        say(f"{len(behind)} schema(s) lack {len(lacked)} migration(s).")
        scripts: list[_Step] = []
        for schema in behind:
            try:
                scripts = _bring_to_head(schema, lacked, scripts)
            except (DatabaseError, psycopg.Error) as problem:
                report.failed[schema] = str(problem).strip()
                log.exception("schema_not_migrated", schema=schema)
            else:
                report.migrated.append(schema)


@dataclass(frozen=True, slots=True)
class _Step:
    """One migration: its rendered SQL, or None where it needs Python."""

    key: Key
    sql: str | None


def _bring_to_head(schema: str, missing: tuple[Key, ...], scripts: list[_Step]) -> list[_Step]:
    """Apply what is missing; returns the rendered steps, for the next schema that lacks the same."""
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    with _in_schema(schema):
        if scripts:
            _replay(scripts)
            return scripts
        return [_apply_first(key) for key in missing]


def _apply_first(key: Key) -> _Step:
    """Render and apply one migration on the current schema."""
    loader = MigrationLoader(connection)
    migration = loader.get_migration(*key)
    if not _is_plain_sql(migration):
        _apply_with_django(key)
        return _Step(key, None)
    state = loader.project_state(key, at_end=False)
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(state, editor, collect_sql=True)
    step = _Step(key, "\n".join(editor.collected_sql))
    _replay([step])
    return step


def _replay(steps: list[_Step]) -> None:
    """Run the steps on the current schema: neighbours that are SQL in one transaction, the others by Django."""
    batch: list[_Step] = []
    for step in steps:
        if step.sql is not None:
            batch.append(step)
            continue
        _replay_batch(batch)
        batch = []
        _apply_with_django(step.key)
    _replay_batch(batch)


def _replay_batch(batch: list[_Step]) -> None:
    if not batch:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        cursor.execute("SET LOCAL statement_timeout = 0")
        for step in batch:
            if step.sql and step.sql.strip():
                cursor.execute(step.sql)
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", list(step.key))


def _apply_with_django(key: Key) -> None:
    MigrationExecutor(connection).migrate([key])


def _is_plain_sql(migration: Migration) -> bool:
    return migration.atomic and all(_reduces_to_sql(operation) for operation in migration.operations)


def _reduces_to_sql(operation: Operation) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return all(_reduces_to_sql(inner) for inner in operation.database_operations)
    return operation.reduces_to_sql and not isinstance(operation, RunPython)


def _targets(loader: MigrationLoader) -> list[Key]:
    labels = {label for label, _ in shop_migrations()}
    return [leaf for leaf in loader.graph.leaf_nodes() if leaf[0] in labels]


def _public_is_behind() -> bool:
    with schema_context("public"):
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def _in_schema(schema: str) -> Iterator[None]:
    """The schema alone on the path while its migrations table is made sure of, then with public behind it."""
    with schema_context(schema):
        path: Any = connection
        if not _has_recorder(schema):
            path.set_schema(schema, include_public=False)
            MigrationRecorder(connection).ensure_schema()
            path.set_schema(schema)
        yield


def _has_recorder(schema: str) -> bool:
    """Asked of one name: Django's own question lists every table of every shop."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f'"{schema}".django_migrations'])
        return bool(cursor.fetchone()[0])


@contextmanager
def _alone() -> Iterator[None]:
    """One migrating process at a time: a lock on a connection of its own, gone with it."""
    place = connection.get_connection_params()
    for name in ("pool", "cursor_factory", "context", "prepare_threshold"):
        place.pop(name, None)
    place["options"] = "-c statement_timeout=0 -c idle_session_timeout=0"
    with psycopg.connect(**place, autocommit=True) as own:
        own.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        yield


def _key(text: str) -> Key:
    label, _, name = text.partition(".")
    return label, name
