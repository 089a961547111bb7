"""A connection never remembers the shop of whoever held it before."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import close_old_connections, connection, connections, transaction

from loyalty.models import Customer
from tenants.context import in_public, inside
from tenants.models import Shop

THREADS, POOL, REQUESTS = 8, 2, 5_000


class Slip(Exception):
    """The planned one in twenty."""


def slip() -> None:
    raise Slip


@pytest.fixture
def small_pool() -> Iterator[None]:
    """Two connections for eight threads, as settings would give them."""
    options = connections.settings["default"]["OPTIONS"]["pool"]
    before = dict(options)
    _close()
    options.update(max_size=POOL, min_size=0, timeout=60)
    yield
    _close()
    options.clear()
    options.update(before)


def _close() -> None:
    connection.close()
    connection.close_pool()


def _seen() -> tuple[str, list[str]]:
    """Where the server says queries go, and whose rows they find."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path')")
        path = cursor.fetchone()[0]
    return path, list(Customer.objects.values_list("name", flat=True))


def _expected(shop: Shop) -> tuple[str, list[str]]:
    return f"{shop.schema_name},public", [f"only in {shop.slug}"]


def _normal(seen: tuple[str, list[str]]) -> tuple[str, list[str]]:
    return seen[0].replace(" ", ""), seen[1]


def _request(shop: Shop, act: float, wrong: list[object]) -> None:
    """One request as the web server runs it, with its slip, rollback or savepoint."""

    def check() -> None:
        if _normal(_seen()) != _expected(shop):
            wrong.append((shop.slug, _seen()))

    try:
        with inside(shop):
            check()
            _act(act, check)
            check()
    except Slip:
        with inside(shop):
            check()
    finally:
        close_old_connections()


def _act(act: float, check: Callable[[], None]) -> None:
    if act < 0.02:
        raise Slip
    if act < 0.03:
        with transaction.atomic():
            check()
            raise Slip
    if act < 0.04:
        with transaction.atomic():
            check()
            transaction.set_rollback(True)
    elif act < 0.05:
        _slip_in_a_savepoint(check)
    elif act < 0.30:
        with transaction.atomic(), transaction.atomic():
            check()
    elif act < 0.35:
        with in_public(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM tenants_shop")


def _slip_in_a_savepoint(check: Callable[[], None]) -> None:
    """The shop is entered again inside the savepoint, so the rollback takes the path's change with it."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                with in_public():
                    connection.cursor().close()
                check()
                slip()
        except Slip:
            check()


def _alternate(shops: list[Shop], requests: int) -> list[object]:
    wrong: list[object] = []
    chance = random.Random(20_261_121)
    plan = [(shops[number % 2], chance.random()) for number in range(requests)]
    with ThreadPoolExecutor(THREADS) as threads:
        for done in [threads.submit(_request, shop, act, wrong) for shop, act in plan]:
            done.result()
        for _ in range(THREADS * 4):
            threads.submit(connection.close)
    return wrong


def _mark(shops: list[Shop]) -> None:
    for shop in shops:
        with inside(shop):
            Customer.objects.create(name=f"only in {shop.slug}")


@pytest.mark.load
@pytest.mark.django_db(transaction=True)
def test_five_thousand_alternating_requests_on_two_connections_never_read_the_other_shop(
    small_pool: None, amber: Shop, blue: Shop
) -> None:
    _mark([amber, blue])
    assert _alternate([amber, blue], REQUESTS) == []


@contextmanager
def _wrapper_that_keeps_its_belief(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """django-tenants without the places where it forgets, and without ours."""
    wrapper = type(connections["default"])
    plain = wrapper.__mro__[1]
    with monkeypatch.context() as patched:
        patched.setattr(wrapper, "close", plain.close)
        patched.setattr(wrapper, "rollback", plain.rollback)
        patched.setattr(wrapper, "savepoint_rollback", plain.savepoint_rollback)
        patched.setattr("tenants.apps.forget_search_path", lambda **kwargs: None)
        yield


@pytest.mark.django_db(transaction=True)
def test_the_alternation_test_sees_a_wrapper_that_trusts_its_memory(
    small_pool: None, amber: Shop, blue: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: with the guards off, requests read nothing or the other shop's rows."""
    _mark([amber, blue])
    with inside(amber), _wrapper_that_keeps_its_belief(monkeypatch), transaction.atomic():
        assert _normal(_seen()) == _expected(amber)
        sid = transaction.savepoint()
        with inside(blue):
            assert _normal(_seen()) == _expected(blue)
            transaction.savepoint_rollback(sid)
            assert _normal(_seen()) == _expected(amber)  # blue was asked for


@pytest.mark.django_db(transaction=True)
def test_a_returned_connection_reads_no_shop_for_whoever_forgets_to_enter(small_pool: None, amber: Shop) -> None:
    with inside(amber):
        _seen()
    pool = connection.pool
    connection.close()
    with pool.connection() as borrowed, pool.connection() as fresh:
        assert fresh.execute("SHOW search_path").fetchone() == ("pg_catalog",)
        assert borrowed.execute("SHOW search_path").fetchone() == ("pg_catalog",)
        assert borrowed.execute("SELECT to_regclass('loyalty_customer')").fetchone() == (None,)


@pytest.mark.django_db(transaction=True)
def test_a_broken_connection_is_replaced_and_the_path_set_again(small_pool: None, amber: Shop) -> None:
    _mark([amber])
    with inside(amber):
        assert _normal(_seen()) == _expected(amber)
        connection.connection.close()
        connection.close()
        assert _normal(_seen()) == _expected(amber)
