"""The cache of one shop is not the cache of another."""

import pytest
from django.core.cache import cache, caches

from tenants.context import NoShop, inside
from tenants.models import Shop

pytestmark = pytest.mark.django_db


def test_the_same_key_holds_each_shops_own_value(amber: Shop, blue: Shop) -> None:
    with inside(amber):
        cache.set("basket", "canary of amber")
    with inside(blue):
        assert cache.get("basket") is None
        cache.set("basket", "canary of blue")
    with inside(amber):
        assert cache.get("basket") == "canary of amber"
        assert cache.get_many(["basket"]) == {"basket": "canary of amber"}
        cache.delete("basket")
    with inside(blue):
        assert cache.get("basket") == "canary of blue"
        assert cache.incr("visits", 1) if cache.add("visits", 0) else True
        cache.delete_many(["basket", "visits"])


@pytest.mark.parametrize("act", ["get", "set", "add", "delete", "incr", "touch", "has_key", "get_many", "set_many"])
def test_the_shops_cache_refuses_in_public(act: str) -> None:
    arguments = {
        "set": ("key", 1),
        "add": ("key", 1),
        "get_many": (["key"],),
        "set_many": ({"key": 1},),
    }.get(act, ("key",))
    with pytest.raises(NoShop):
        getattr(cache, act)(*arguments)


def test_nobody_empties_everybodys_cache(shop: Shop) -> None:
    with pytest.raises(NotImplementedError):
        cache.clear()


def test_what_belongs_to_the_platform_has_its_own_alias(amber: Shop) -> None:
    caches["shared"].set("t:note", "platform", 5)
    with inside(amber):
        assert caches["shared"].get("t:note") == "platform"
        assert cache.get("t:note") is None
