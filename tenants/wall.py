# ruff: noqa: SLF001  (`_meta` and `_state` are how Django itself names what every row has)
"""A row remembers its shop: saved, deleted, followed or linked inside another shop, it raises instead of hitting
whatever row has the same key there.

Two shops' rows have the same primary keys, and Django asks nobody where a row came from. So a row's state notes the
schema it was made in, and a database router - asked before every write and every step along a relation - compares.
A row made in public belongs to whoever saves it first. What needs no row is not covered: a query written in one shop
and run in another, and callbacks of `on_commit`. They carry ids and enter the shop themselves.
"""

from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model, base
from django.db.models.base import ModelState

PUBLIC = "public"


class WrongShop(RuntimeError):
    """A row of one shop was used inside another: a bug in the caller."""


class ShopState(ModelState):
    """Django's bookkeeping of a row, and the schema it was made in."""

    def __init__(self) -> None:
        self.schema: str = _db.schema_name


class ShopWall:
    """The router that asks every row of a shop where it comes from. It never chooses a database."""

    def db_for_read(self, model: type[Model], **hints: Any) -> None:
        _must_be_home(hints.get("instance"))

    def db_for_write(self, model: type[Model], **hints: Any) -> None:
        _must_be_home(hints.get("instance"))

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> None:
        """Refuses: `WrongShop` when the two rows are of two shops."""
        if _is_of_a_shop(one) and _is_of_a_shop(other):
            homes = {_home(one), _home(other)} - {PUBLIC}
            if len(homes) > 1:
                raise WrongShop(f"{one._meta.label} and {other._meta.label} are of two shops.")


def build() -> None:
    """Let every row made from now on note its schema."""
    base.ModelState = ShopState  # type: ignore[misc]


_db: Any = connection


def _must_be_home(row: Model | None) -> None:
    if row is None or not _is_of_a_shop(row):
        return
    home = _home(row)
    if home not in (PUBLIC, _db.schema_name):
        raise WrongShop(f"A {row._meta.label} of {home} was used in {_db.schema_name}.")


def _home(row: Model) -> str:
    return str(getattr(row._state, "schema", PUBLIC))


def _is_of_a_shop(row: Model) -> bool:
    return row._meta.app_label in settings.TENANT_APPS
