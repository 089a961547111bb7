"""Two shops with the same customer phone and the same primary keys: none ever shows the other's canary.

Every route is walked, so a new one is covered the moment it appears; one with a new kind of id fails here until
tests/tenants/two_shops.py knows where to take it from.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from tenants.context import inside
from tenants.models import Role, Shop
from tests.conftest import signed_in_client
from tests.house.routes import PLATFORM, SHOP, Route, routes
from tests.tenants.two_shops import World, canary, fill

pytestmark = pytest.mark.django_db
# Pages of the signed-in person alone, reached by a secret in the mail; nothing of a shop is behind them.
OF_THE_PERSON = {"uidb36": "1", "key": "set-password"}
SEARCH = {"q": "canary", "search": "canary", "days": "90", "shop": "blue", "schema": "public", "tenant": "blue"}
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def world(amber: Shop, blue: Shop, tmp_path: Path, settings: Any) -> Iterator[World]:
    settings.MEDIA_ROOT = tmp_path
    settings.PAYMENTS_ASK_OVER_HTTP = False
    return fill(amber, blue)


def walked() -> list[Route]:
    return routes(SHOP)


def path_of(route: Route, ids: dict[str, Any]) -> str:
    """The address of `route` for these ids; a new kind of id has to be taught to two_shops."""
    known = {**ids, **OF_THE_PERSON}
    unknown = route.arguments - set(known)
    assert not unknown, f"{route}: tell tests/tenants/two_shops.py what {sorted(unknown)} is"
    return reverse(route.view_name, urlconf=SHOP, kwargs={name: known[name] for name in route.arguments})


def text_of(response: HttpResponseBase) -> str:
    """Everything that leaves: body, stream and headers."""
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return body.decode("utf-8", "replace") + str(response.headers)


def asked(browser: Client, path: str) -> Iterator[tuple[str, HttpResponseBase]]:
    yield "page", browser.get(path, SEARCH)
    yield "part", browser.get(path, SEARCH, **HTMX)
    yield "form", browser.post(path, {"text": "x", "name": "x", **SEARCH}, **HTMX)


def everything_in(shop: Shop) -> dict[str, str]:
    """A hash of every table of a shop."""
    found = {}
    with inside(shop), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [shop.schema_name])
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{shop.schema_name}"."{table}" t ORDER BY 1')
            found[table] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return found


def test_the_two_shops_really_have_the_same_keys(world: World) -> None:
    shared = (
        "customer_id",
        "category_id",
        "product_id",
        "variant_id",
        "order_id",
        "number",
        "conversation_id",
        "message_id",
    )
    for name in shared:
        assert world.ids["amber"][name] == world.ids["blue"][name], name
        assert world.only_blue[name] != world.ids["blue"][name], name


def test_no_page_of_amber_shows_blue_by_the_same_keys_or_by_blues_own(world: World) -> None:
    browser = signed_in_client(world.amber, Role.ADMIN)
    before = everything_in(world.blue)
    wrong, seen = [], 0
    for route in walked():
        for ids in (world.ids["amber"], world.ids["blue"], world.only_blue):
            for how, response in asked(browser, path_of(route, ids)):
                text = text_of(response)
                seen += canary(world.amber) in text
                if canary(world.blue) in text or response.status_code >= 500:
                    wrong.append((str(route), how, response.status_code))
    assert wrong == []
    assert everything_in(world.blue) == before
    assert seen >= MUST_SHOW, "the walk is blind: amber's own canary was hardly seen"


# How often amber's own canary must come up in the walk, so that an empty page does not pass for a safe one.
MUST_SHOW = 60


def test_ambers_session_opens_no_member_page_of_blue(world: World) -> None:
    cookies = signed_in_client(world.amber, Role.ADMIN).cookies
    before = everything_in(world.blue)
    wrong = []
    for route in walked():
        for ids in (world.ids["blue"], world.only_blue, world.ids["amber"]):
            carried = Client(HTTP_HOST=world.blue.host)
            carried.cookies = cookies
            for how, response in asked(carried, path_of(route, ids)):
                is_open = route.policy is not None and route.policy.kind == "public"
                refused = response.status_code in (302, 401, 403, 404, 405)
                if not is_open and (not refused or canary(world.blue) in text_of(response)):
                    wrong.append((str(route), how, response.status_code))
    assert wrong == []
    changed = {table for table, was in before.items() if everything_in(world.blue)[table] != was}
    assert (
        not changed - {"payments_paymentlink", "payments_paymentattempt", "payments_simulatedcheckout"} - PAID_BY_LINK
    )


# A payment link works for whoever holds it: that is what it is for.
PAID_BY_LINK = {"payments_simulatednotice", "payments_gatewayevent"}


def test_somebody_signed_out_reads_nothing_of_a_shops_people(world: World) -> None:
    nobody = Client(HTTP_HOST=world.amber.host)
    wrong = []
    for route in walked():
        if route.policy is None or route.policy.kind != "member":
            continue
        for how, response in asked(nobody, path_of(route, world.ids["amber"])):
            if response.status_code not in (302, 401) or canary(world.amber) in text_of(response):
                wrong.append((str(route), how, response.status_code))
    assert wrong == []


def test_no_form_is_taken_without_its_token(world: World) -> None:
    """Forms with a proof of their own (a signed token of the payment link) answer 403 or show themselves again."""
    signed = signed_in_client(world.amber, Role.ADMIN)
    browser = Client(HTTP_HOST=world.amber.host, enforce_csrf_checks=True)
    browser.cookies = signed.cookies
    before = everything_in(world.amber)
    wrong = []
    for route in walked():
        path = path_of(route, world.ids["amber"])
        for extra in ({}, HTMX, {"HTTP_ORIGIN": "http://evil.example"}, {"CONTENT_TYPE": "text/plain"}):
            for method in ("post", "put", "patch", "delete"):
                response = (
                    getattr(browser, method)(path, {}, **extra)
                    if method == "post"
                    else getattr(browser, method)(path, **extra)
                )
                if response.status_code not in (403, 404, 405) and "pay/" not in route.pattern:
                    wrong.append((str(route), method, response.status_code))
    assert wrong == []
    after = everything_in(world.amber)
    assert {table for table in before if before[table] != after[table]} <= NOTED_WHEN_ASKED


# The page a gateway sends customers back to asks the gateway and notes when it did; it believes nothing it is sent.
NOTED_WHEN_ASKED = {"payments_paymentattempt"}


def test_looking_changes_nothing(world: World) -> None:
    """GET and HEAD of every address leave the shop as it was."""
    browser = signed_in_client(world.amber, Role.ADMIN)
    wrong = []
    for route in walked():
        before = everything_in(world.amber)
        for method in (browser.get, browser.head):
            method(path_of(route, world.ids["amber"]), SEARCH)
            method(path_of(route, world.ids["amber"]), SEARCH, **HTMX)
        after = everything_in(world.amber)
        wrong += [
            (str(route), table) for table in before if table not in NOTED_WHEN_ASKED and before[table] != after[table]
        ]
    assert wrong == []


@pytest.mark.parametrize("role", list(Role))
def test_a_member_below_the_asked_rank_sees_403(world: World, role: Role) -> None:
    browser = signed_in_client(world.amber, role)
    wrong, refused = [], 0
    for route in walked():
        if route.policy is None or route.policy.role is None or route.policy.role.rank <= role.rank:
            continue
        for how, response in asked(browser, path_of(route, world.ids["amber"])):
            refused += 1
            if response.status_code != 403 or canary(world.amber) in text_of(response):
                wrong.append((str(route), how, response.status_code))
    assert wrong == []
    assert (refused == 0) is (role is Role.ADMIN), "there is nothing above an Admin, and something above everybody else"


def test_no_page_of_the_platform_shows_a_shops_people(world: World) -> None:
    browser = Client(HTTP_HOST="localhost")
    shown = 0
    for route in routes(PLATFORM):
        if "admin" in route.namespaces or route.arguments:
            continue
        for _, response in asked(browser, "/" + route.pattern.strip("^$")):
            assert "canary-" not in text_of(response), str(route)
            shown += response.status_code == 200
    assert shown >= 10, "the walk is blind: hardly a page of the platform was seen"


def test_the_same_cache_key_holds_each_shops_own(world: World) -> None:
    for shop in (world.amber, world.blue):
        with inside(shop):
            cache.set("isolation", canary(shop), 30)
    with inside(world.amber):
        assert cache.get("isolation") == canary(world.amber)
        cache.delete("isolation")
    with inside(world.blue):
        assert cache.get("isolation") == canary(world.blue)
        cache.delete("isolation")
