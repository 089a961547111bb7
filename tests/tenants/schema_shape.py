"""What makes two schemas the same: everything the catalogue knows, with the schema's own name taken out."""

import re

from django.db import connection

QUERIES = {
    # The place among the columns that are left: a column that was dropped leaves a gap in the numbers, not in the table.
    "columns": """SELECT table_name, column_name,
        row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position), column_default, is_nullable, data_type,
        character_maximum_length, numeric_precision, is_identity, identity_generation, is_generated,
        generation_expression, collation_name
        FROM information_schema.columns WHERE table_schema = %s""",
    "constraints": """SELECT rel.relname, con.conname, con.contype::text, con.condeferrable, con.condeferred,
        con.convalidated, pg_get_constraintdef(con.oid)
        FROM pg_constraint con JOIN pg_class rel ON rel.oid = con.conrelid
        JOIN pg_namespace n ON n.oid = rel.relnamespace WHERE n.nspname = %s""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s",
    "triggers": """SELECT rel.relname, t.tgname, t.tgenabled::text, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class rel ON rel.oid = t.tgrelid JOIN pg_namespace n ON n.oid = rel.relnamespace
        WHERE NOT t.tgisinternal AND n.nspname = %s""",
    "sequences": """SELECT s.sequencename, s.data_type::text, s.start_value, s.increment_by, s.max_value, s.cycle,
        s.last_value FROM pg_sequences s WHERE s.schemaname = %s""",
    "sequence owners": """SELECT seq.relname, tab.relname, col.attname, d.deptype::text
        FROM pg_depend d JOIN pg_class seq ON seq.oid = d.objid AND seq.relkind = 'S'
        JOIN pg_class tab ON tab.oid = d.refobjid
        JOIN pg_attribute col ON col.attrelid = tab.oid AND col.attnum = d.refobjsubid
        JOIN pg_namespace n ON n.oid = seq.relnamespace WHERE d.deptype IN ('a', 'i') AND n.nspname = %s""",
    "functions": """SELECT p.proname, pg_get_functiondef(p.oid) FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = %s""",
    "types": """SELECT t.typname, t.typtype::text FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname = %s AND t.typtype <> 'c' AND t.typelem = 0""",
}


def shape_of(schema: str) -> dict[str, list[tuple[str, ...]]]:
    """Every fact of `schema`, sorted, as text."""
    found = {}
    with connection.cursor() as cursor:
        for what, query in QUERIES.items():
            cursor.execute(query, [schema])
            rows = (tuple(_plain(str(value), schema) for value in row) for row in cursor.fetchall())
            found[what] = sorted(rows)
        cursor.execute(f'SELECT app, name FROM "{schema}".django_migrations')
        found["migrations"] = sorted((app, name) for app, name in cursor.fetchall())
    return found


def _plain(text: str, schema: str) -> str:
    """Without the schema's name, and without the casts and brackets that Postgres itself writes differently when it
    reads its own words again: `(x)::text = ANY ((ARRAY[..])::text[])` and `= ANY (ARRAY[(..)::text])` are one."""
    named = text.replace(schema, "<schema>")
    return re.sub(r"::(?:character varying|text)(?:\[\])?|[()]", "", named)


def differences(
    left: dict[str, list[tuple[str, ...]]], right: dict[str, list[tuple[str, ...]]]
) -> dict[str, tuple[list[tuple[str, ...]], list[tuple[str, ...]]]]:
    """For each kind of fact that differs: what only `left` has, what only `right` has."""
    return {
        what: (sorted(set(left[what]) - set(right[what])), sorted(set(right[what]) - set(left[what])))
        for what in left
        if left[what] != right[what]
    }
