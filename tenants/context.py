"""Where a query goes: the only way into a shop and out of it.

Use `inside` as a `with` statement only. A thread starts in public and must enter for itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.db import connection

from shopme.lib.errors import BusinessError
from tenants.models import Shop

# The id of the platform's stand-in, `tenants.queries.platform`.
NOBODYS = 0
# Each thread's own connection, with what django_tenants adds to it.
_db: Any = connection


class NoShop(RuntimeError):
    """The code needs a shop and runs in public: a bug in the caller."""


class ShopClosed(BusinessError):
    """The shop is suspended or closed and takes no work."""


@contextmanager
def inside(shop: Shop, *, allow_suspended: bool = False) -> Iterator[Shop]:
    """Run the block in `shop`'s schema (the platform's stand-in: in public) and return to where the caller was.

    Refuses: `ShopClosed` unless `allow_suspended`.
    """
    if not (shop.is_active or allow_suspended):
        raise ShopClosed(f"{shop.name} is {shop.status}.")
    previous = _db.tenant
    if shop.pk == NOBODYS:
        _db.set_schema_to_public()
    else:
        _db.set_tenant(shop)
    try:
        yield shop
    finally:
        _db.set_tenant(previous)


@contextmanager
def in_public() -> Iterator[None]:
    """Run the block where no shop's table is visible and return to where the caller was."""
    previous = _db.tenant
    _db.set_schema_to_public()
    try:
        yield
    finally:
        _db.set_tenant(previous)


def current_shop() -> Shop:
    """The shop the current thread is inside. Refuses: `NoShop` in public."""
    if not isinstance(_db.tenant, Shop):
        raise NoShop("This needs a shop, and the code runs in public.")
    return _db.tenant


def current_schema() -> str:
    """The schema queries go to: a shop's, or `public`."""
    return cast("str", _db.schema_name)
