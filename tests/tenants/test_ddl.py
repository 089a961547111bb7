"""Turning one schema's dump into another's: names change where they mean the schema, and nowhere else."""

import pytest

from tenants.ddl import NotReplayable, replayable

M = "schema_0123"


def turned(dump: str) -> str:
    return replayable(dump, schema="template_shop", marker=M).strip()


def test_tables_sequences_and_references_move_with_the_schema() -> None:
    assert turned("CREATE SCHEMA template_shop;") == f"CREATE SCHEMA {M};"
    assert (
        turned("ALTER TABLE ONLY template_shop.line ADD CONSTRAINT f FOREIGN KEY (o) REFERENCES template_shop.o(id);")
        == f"ALTER TABLE ONLY {M}.line ADD CONSTRAINT f FOREIGN KEY (o) REFERENCES {M}.o(id);"
    )
    assert turned('ALTER TABLE "template_shop"."Order" OWNER;') == f'ALTER TABLE {M}."Order" OWNER;'


def test_the_default_of_a_serial_moves_with_the_schema() -> None:
    before = "ALTER TABLE template_shop.o ALTER n SET DEFAULT nextval('template_shop.o_seq'::regclass);"
    assert turned(before) == f"ALTER TABLE {M}.o ALTER n SET DEFAULT nextval('{M}.o_seq'::regclass);"


@pytest.mark.parametrize(
    "kept",
    [
        "COMMENT ON COLUMN public.x.y IS 'see template_shop.orders';",
        "ALTER TABLE public.x ADD CHECK ((note <> 'template_shop.secret'::text));",
        "ALTER TABLE public.x ADD CHECK (note <> E'it\\'s template_shop.x; DROP TABLE y');",
        "ALTER TABLE public.x ADD CHECK (note <> 'two; -- template_shop.x');",
        'CREATE TABLE public."not template_shop.here" (a int);',
        "CREATE TABLE public.template_shop_archive (template_shop text);",
        "CREATE TABLE public.my_template_shop (a int);",
        "SELECT x.template_shop FROM public.x;",
        "CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $body$ SELECT '; it''s $ not $$ the end' $body$;",
    ],
)
def test_the_word_in_texts_and_other_names_is_left_alone(kept: str) -> None:
    assert turned(kept) == kept


def test_triggers_call_the_shared_function_from_the_new_table() -> None:
    before = (
        "CREATE TRIGGER guard BEFORE UPDATE ON template_shop.entry FOR EACH ROW"
        " EXECUTE FUNCTION public.refuse_edit('template_shop.entry');"
    )
    assert turned(before) == (
        f"CREATE TRIGGER guard BEFORE UPDATE ON {M}.entry FOR EACH ROW"
        " EXECUTE FUNCTION public.refuse_edit('template_shop.entry');"
    )


def test_settings_of_the_dumping_session_and_commands_of_psql_are_left_out() -> None:
    dump = (
        "--\n-- PostgreSQL dump\n--\n\\restrict abc\n\nSET statement_timeout = 0;\n"
        "SELECT pg_catalog.set_config('search_path', '', false);\nSET transaction_timeout = 0;\n"
        "CREATE TABLE template_shop.a (b text DEFAULT 'SET x = 1;'::text);\n\\unrestrict abc\n"
    )
    assert turned(dump) == f"CREATE TABLE {M}.a (b text DEFAULT 'SET x = 1;'::text);"


def test_a_routine_that_names_its_schema_is_refused() -> None:
    body = "CREATE FUNCTION template_shop.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 FROM template_shop.a $$;"
    with pytest.raises(NotReplayable, match="names it in its body"):
        turned(body)


def test_a_dump_that_contains_the_marker_is_refused() -> None:
    with pytest.raises(NotReplayable, match="marker"):
        turned(f"SELECT '{M}';")
