"""A new shop: like a migrated one, all or nothing, and quick."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tenants import blueprint
from tenants.blueprint import NoBlueprint, shop_migrations
from tenants.context import current_schema, inside
from tenants.migrate import build_schema
from tenants.models import AuditEntry, Domain, Membership, Role, SchemaTemplate, Shop, User
from tenants.services.provisioning import NotAShop, SlugTaken, create_shop
from tenants.signals import tenant_provisioned
from tests.tenants.schema_shape import differences, shape_of

pytestmark = pytest.mark.django_db


def open_shop(slug: str = "cedar", **changes: Any) -> Shop:
    return create_shop(**{"slug": slug, "name": "Cedar", "owner_email": "Owner@Cedar.example", **changes})


def schema_exists(schema: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [schema])
        return bool(cursor.fetchone()[0])


def sizes(shape: dict[str, list[tuple[str, ...]]]) -> dict[str, int]:
    return {what: len(rows) for what, rows in shape.items()}


def test_a_replayed_schema_equals_a_migrated_one_in_every_fact() -> None:
    replayed = shape_of(open_shop().schema_name)
    build_schema("t_aaaaaaaaaaaa")
    migrated = shape_of("t_aaaaaaaaaaaa")
    replayed["migrations"] = migrated["migrations"] = []  # Django records shared apps too; ours are checked below
    replayed["sequences"] = [row[:-1] for row in replayed["sequences"]]  # receivers have written rows
    migrated["sequences"] = [row[:-1] for row in migrated["sequences"]]
    assert sizes(replayed) == sizes(migrated)
    assert differences(replayed, migrated) == {}
    assert all(sizes(migrated)[what] for what in ("columns", "constraints", "indexes", "triggers", "sequences"))


def test_a_new_shop_has_recorded_every_migration_of_the_shops_apps() -> None:
    assert shape_of(open_shop().schema_name)["migrations"] == sorted(shop_migrations())


def test_the_shop_has_a_host_an_admin_and_an_audit_entry() -> None:
    shop = open_shop()
    assert shop.url("/x/") == "http://cedar.localhost:8000/x/"
    assert Domain.objects.get(tenant=shop).domain == "cedar.localhost"
    member = Membership.objects.get(shop=shop)
    assert (member.role, member.user.email, member.user.has_usable_password()) == (
        Role.ADMIN,
        "owner@cedar.example",
        False,
    )
    assert AuditEntry.objects.filter(shop=shop, action="shop.created").count() == 1


def test_an_owner_who_signs_in_elsewhere_keeps_their_password() -> None:
    User.objects.create_user("owner@cedar.example", "their-own-password")
    open_shop(owner_password="another-password")
    assert User.objects.get(email="owner@cedar.example").check_password("their-own-password")


def test_the_news_is_told_inside_the_new_shop_and_in_the_same_transaction() -> None:
    heard = []

    def hear(shop: Shop, **kwargs: Any) -> None:
        heard.append((current_schema() == shop.schema_name, connection.in_atomic_block))

    tenant_provisioned.connect(hear)
    try:
        open_shop()
    finally:
        tenant_provisioned.disconnect(hear)
    assert heard == [(True, True)]
    assert current_schema() == "public"


def test_a_receiver_that_fails_leaves_nothing_behind() -> None:
    schemas = []

    def fail(shop: Shop, **kwargs: Any) -> None:
        schemas.append(shop.schema_name)
        raise RuntimeError("the receiver broke")

    tenant_provisioned.connect(fail)
    try:
        with pytest.raises(RuntimeError, match="the receiver broke"):
            open_shop()
    finally:
        tenant_provisioned.disconnect(fail)
    assert not Shop.objects.filter(slug="cedar").exists()
    assert not User.objects.filter(email="owner@cedar.example").exists()
    assert not Domain.objects.filter(domain="cedar.localhost").exists()
    assert not schema_exists(schemas[0])
    assert current_schema() == "public"


def test_a_taken_address_is_refused_and_makes_nothing() -> None:
    shops = Shop.objects.count()
    with pytest.raises(SlugTaken, match="The address amber is taken"):
        open_shop("amber")
    assert Shop.objects.count() == shops
    assert not User.objects.filter(email="owner@cedar.example").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "Upper"),
        ("slug", "under_score"),
        ("slug", "-a"),
        ("slug", "a.b"),
        ("slug", "a\n"),
        ("slug", ""),
        ("slug", "a" * 41),
        ("slug", "admin"),
        ("name", "  "),
        ("name", "x" * 121),
        ("owner_email", "nobody"),
        ("currency", "ZZZ"),
        ("country", "South Africa"),
        ("country", "001"),
        ("time_zone", "Mars/Olympus"),
        ("language", "tlh"),
    ],
)
def test_a_value_that_cannot_be_a_shops_is_refused(field: str, value: str) -> None:
    shops = Shop.objects.count()
    with pytest.raises(NotAShop):
        open_shop(**({"slug": value} if field == "slug" else {field: value}))
    assert Shop.objects.count() == shops


@pytest.mark.parametrize("kept", ["nothing", "migrations"])
def test_without_pg_dump_a_shop_is_still_the_same(kept: str, amber: Shop) -> None:
    """`nothing`: built by Django's executor. `migrations`: replayed from their rendered SQL."""
    wanted = shape_of(amber.schema_name)
    SchemaTemplate.objects.all().delete()
    blueprint._kept.cache_clear()
    if kept == "migrations":
        from tenants.migrate import _rebuild_template

        with patch("tenants.blueprint._dump", side_effect=NoBlueprint("no pg_dump")):
            blueprint.keep_blueprint(_rebuild_template())
        assert SchemaTemplate.objects.get().source == "migrations"
    got = shape_of(open_shop().schema_name)
    blueprint._kept.cache_clear()
    for shape in (wanted, got):
        shape["migrations"] = []
        shape["sequences"] = [row[:-1] for row in shape["sequences"]]
    assert differences(got, wanted) == {}


def test_the_command_prints_the_host_and_a_link_to_choose_a_password(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_shop", slug="cedar", name="Cedar", owner_email="new@cedar.example", timezone="Asia/Kolkata")
    told = capsys.readouterr().out
    assert "host cedar.localhost" in told
    assert "http://cedar.localhost:8000/password/reset/key/" in told
    assert Shop.objects.get(slug="cedar").time_zone == "Asia/Kolkata"


def test_the_command_says_why_it_refuses() -> None:
    with pytest.raises(CommandError, match="The address amber is taken"):
        call_command("create_shop", slug="amber", name="A", owner_email="a@example.com")


@pytest.mark.django_db(transaction=True)
def test_opening_a_shop_takes_at_most_a_third_of_running_its_migrations() -> None:
    """Seconds are a matter of the machine; on a quiet one it is 0.1 s beside ten others (script/bench tells)."""

    def took(act: Callable[[], object]) -> float:
        began = time.perf_counter()
        act()
        return time.perf_counter() - began

    opened = min(took(lambda number=number: open_shop(f"timed{number}")) for number in range(3))  # type: ignore[misc]
    migrated = min(took(lambda schema=schema: build_schema(f"t_{schema * 12}")) for schema in "ab")  # type: ignore[misc]
    assert opened <= migrated / 3, (opened, migrated)


@pytest.mark.django_db(transaction=True)
def test_the_same_address_asked_for_twenty_times_at_once_is_given_once() -> None:
    def attempt(number: int) -> str:
        try:
            open_shop("wanted", owner_email=f"o{number}@example.com")
        except SlugTaken:
            return "taken"
        finally:
            connection.close()
        return "opened"

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(20)))
    assert sorted(set(answers)) == ["opened", "taken"]
    assert answers.count("opened") == 1
    assert Membership.objects.filter(shop__slug="wanted").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname ~ '^t_[0-9a-f]{12}$'")
        assert cursor.fetchone() == (3,)


def test_a_shop_opened_inside_another_transaction_goes_with_it(amber: Shop) -> None:
    with inside(amber), transaction.atomic():
        schema = open_shop().schema_name
        assert current_schema() == amber.schema_name
        transaction.set_rollback(True)
    assert not schema_exists(schema)
