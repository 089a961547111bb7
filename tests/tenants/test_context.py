"""Entering and leaving a shop."""

from threading import Thread

import pytest

from tenants.context import NoShop, ShopClosed, current_schema, current_shop, in_public, inside
from tenants.models import Shop

pytestmark = pytest.mark.django_db


class Slip(Exception):
    pass


def slip_inside(shop: Shop) -> None:
    with inside(shop):
        assert current_shop() == shop
        raise Slip


def test_public_is_no_shop() -> None:
    assert current_schema() == "public"
    with pytest.raises(NoShop):
        current_shop()


def test_one_returns_to_where_one_was_even_after_an_exception(amber: Shop, blue: Shop) -> None:
    with inside(amber):
        with pytest.raises(Slip):
            slip_inside(blue)
        assert current_shop() == amber
        with in_public():
            assert current_schema() == "public"
        assert current_shop() == amber
    assert current_schema() == "public"


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_a_shop_that_does_not_trade_is_not_entered(amber: Shop, status: str) -> None:
    amber.status = status
    with pytest.raises(ShopClosed, match=f"Amber Bakery is {status}"), inside(amber):
        raise AssertionError("entered")
    with inside(amber, allow_suspended=True):
        assert current_shop() == amber


def test_a_thread_starts_in_public(amber: Shop) -> None:
    seen = []
    with inside(amber):
        thread = Thread(target=lambda: seen.append(current_schema()))
        thread.start()
        thread.join()
    assert seen == ["public"]
