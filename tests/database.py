"""How the test database is made, kept and put back. Used by conftest only."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction

from tenants.context import in_public
from tenants.migrate import migrate_all
from tenants.models import Shop
from tenants.queries import forget
from tenants.services.provisioning import create_shop

SHOPS: tuple[dict[str, str], ...] = (
    {"slug": "amber", "name": "Amber Bakery", "owner_email": "owner@amber.example"},
    {
        "slug": "blue",
        "name": "Blue Gelato",
        "owner_email": "owner@blue.example",
        "currency": "EUR",
        "country": "IT",
        "time_zone": "Europe/Rome",
        "language": "it",
    },
)
Table = tuple[str, str]


@dataclass(frozen=True)
class Baseline:
    """What provisioning left behind: the rows of every table that has some, and every sequence."""

    schemas: tuple[str, ...]
    tables: tuple[Table, ...]
    rows: dict[Table, bytes]
    sequences: dict[Table, int | None]

    @classmethod
    def taken(cls) -> "Baseline":
        """The state of public and of every shop as it is now."""
        with in_public(), transaction.atomic(), connection.cursor() as cursor:
            schemas = ("public", *Shop.objects.order_by("id").values_list("schema_name", flat=True))
            kept = ("django_migrations", "tenants_schematemplate")
            cursor.execute(
                "SELECT schemaname, tablename FROM pg_tables"
                " WHERE schemaname = ANY(%s) AND tablename <> ALL(%s) ORDER BY 1, 2",
                [list(schemas), list(kept)],
            )
            tables = tuple((schema, table) for schema, table in cursor.fetchall())
            rows = {table: data for table in tables if (data := _copy_out(cursor, table))}
            return cls(schemas, tables, rows, _sequences(cursor, schemas))

    def restore(self) -> None:
        """Put every table and sequence back and drop schemas made since.

        The triggers that guard the ledger and the foreign keys look away meanwhile; nothing else may do that.
        """
        with in_public(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '20s'")
            self._drop_new_schemas(cursor)
            self._empty(cursor)
            for table, data in self.rows.items():
                with cursor.copy(f"COPY {_name(table)} FROM STDIN (FORMAT binary)") as copy:
                    copy.write(data)
            self._look_again(cursor)
            self._reset_sequences(cursor)
        forget()

    def restart_sequences(self) -> None:
        """Put the sequences back alone: tests that are rolled back leave them where they were."""
        with in_public(), connection.cursor() as cursor:
            self._reset_sequences(cursor)

    def _empty(self, cursor: Any) -> None:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f"DELETE FROM {_name(table)}" for table in self.tables))
            return
        cursor.execute("; ".join(f"ALTER TABLE {_name(table)} DISABLE TRIGGER USER" for table in self.tables))
        cursor.execute(f"TRUNCATE {', '.join(_name(table) for table in self.tables)}")

    def _look_again(self, cursor: Any) -> None:
        cursor.execute("SELECT current_setting('session_replication_role')")
        if cursor.fetchone()[0] == "replica":
            cursor.execute("SET LOCAL session_replication_role = origin")
            return
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("; ".join(f"ALTER TABLE {_name(table)} ENABLE TRIGGER USER" for table in self.tables))

    def _drop_new_schemas(self, cursor: Any) -> None:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^t_[0-9a-f]{12}$'")
        for (schema,) in cursor.fetchall():
            if schema not in self.schemas:
                cursor.execute(f'DROP SCHEMA "{schema}" CASCADE')

    def _reset_sequences(self, cursor: Any) -> None:
        now = _sequences(cursor, self.schemas)
        for sequence, last in self.sequences.items():
            if now.get(sequence) != last:
                cursor.execute("SELECT setval(%s::regclass, %s, %s)", [_name(sequence), last or 1, last is not None])


def ready_database(*, keep: bool) -> Baseline:
    """A clean test database at head with its shops, as the process's database from now on.

    `keep`: made from a ready copy of an earlier run when that was made of the same migrations, so that nothing an
    earlier run left behind is seen; else made from nothing, and copied for the next run.
    """
    name = connection.creation._get_test_db_name()
    ready = f"{name}_ready"
    close_connections()
    if keep and _comment(ready) == _contents():
        _server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" TEMPLATE "{ready}"')
        _use(name)
        return Baseline.taken()
    _server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    _use(name)
    _fill()
    if keep:
        close_connections()
        _server(
            f'DROP DATABASE IF EXISTS "{ready}" WITH (FORCE)',
            f'CREATE DATABASE "{ready}" TEMPLATE "{name}"',
            f"COMMENT ON DATABASE \"{ready}\" IS '{_contents()}'",
        )
    return Baseline.taken()


def _fill() -> None:
    report = migrate_all()
    if report.failed:
        raise RuntimeError(f"The test database is not at head: {report.failed}")
    for wanted in SHOPS:
        create_shop(**wanted)


def drop_database(*, keep: bool) -> None:
    """Leave the test database, and drop it unless it is kept."""
    name = connection.settings_dict["NAME"]
    close_connections()
    if not keep:
        _server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _server(*statements: str) -> None:
    """Run statements that belong to no transaction, from the server's own database."""
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def close_connections() -> None:
    """Give the pool's connections back to the server, so that the database can be made or dropped."""
    connection.close()
    connection.close_pool()


def _use(name: str) -> None:
    close_connections()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _contents() -> str:
    """Names what the database was made of: every migration and receiver of ours, and the list above."""
    digest = hashlib.sha256()
    ours = [
        Path(config.path) for config in apps.get_app_configs() if Path(config.path).is_relative_to(settings.BASE_DIR)
    ]
    for path in sorted(file for home in ours for file in _sources(home)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(home: Path) -> Iterator[Path]:
    yield from (home / "migrations").glob("*.py")
    yield from home.glob("receivers.py")
    yield Path(__file__)


def _comment(database: str) -> str | None:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [database])
        row = cursor.fetchone()
    return row[0] if row else None


def _copy_out(cursor: Any, table: Table) -> bytes:
    cursor.execute(f"SELECT EXISTS (SELECT FROM {_name(table)})")
    if not cursor.fetchone()[0]:
        return b""
    with cursor.copy(f"COPY {_name(table)} TO STDOUT (FORMAT binary)") as copy:
        return b"".join(copy)


def _sequences(cursor: Any, schemas: tuple[str, ...]) -> dict[Table, int | None]:
    cursor.execute(
        "SELECT schemaname, sequencename, last_value FROM pg_sequences"
        " WHERE schemaname = ANY(%s) AND sequencename <> 'django_migrations_id_seq'",
        [list(schemas)],
    )
    return {(schema, name): last for schema, name, last in cursor.fetchall()}


def _name(table: Table) -> str:
    return f'"{table[0]}"."{table[1]}"'
