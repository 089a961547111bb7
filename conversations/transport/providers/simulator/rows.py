"""The shelf of the product's stand-in: rows in `public`. Database work happens in a few threads of its own."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from django.db import connection

from conversations.transport.models import StandInThing
from conversations.transport.providers.simulator.shelf import Thing

P = ParamSpec("P")
R = TypeVar("R")


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4, thread_name_prefix="stand-in")


async def in_thread(act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `act` beside the event loop, on a connection that is given back."""

    def run() -> R:
        try:
            return act(*args, **kwargs)
        finally:
            connection.close()

    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads(), contextvars.copy_context().run, run)


class RowShelf:
    """Kept until the number is reset."""

    async def put(self, thing: Thing) -> None:
        await in_thread(keep_thing, thing)

    async def get(self, kind: str, key: str) -> Thing | None:
        return await in_thread(kept_thing, kind, key)

    async def of(self, kind: str, owner: str) -> list[Thing]:
        return await in_thread(_of, kind, owner)

    async def remove(self, kind: str, key: str) -> bool:
        return await in_thread(_remove, kind, key)


def keep_thing(thing: Thing) -> None:
    """The same from a thread of its own: what a phone sends is put here."""
    StandInThing.objects.update_or_create(
        kind=thing.kind, key=thing.key, defaults={"owner": thing.owner, "data": thing.data, "blob": thing.blob}
    )


def kept_thing(kind: str, key: str) -> Thing | None:
    """What is kept under that key."""
    row = StandInThing.objects.filter(kind=kind, key=key).first()
    return Thing(row.kind, row.owner, row.key, row.data, bytes(row.blob)) if row else None


def _of(kind: str, owner: str) -> list[Thing]:
    rows = StandInThing.objects.filter(kind=kind, owner=owner).order_by("id").defer("blob")
    return [Thing(row.kind, row.owner, row.key, row.data) for row in rows]


def _remove(kind: str, key: str) -> bool:
    return bool(StandInThing.objects.filter(kind=kind, key=key).delete()[0])
