"""What the stand-in keeps besides messages: uploaded files, templates, settings of a number. By owner, kind and key."""

from dataclasses import dataclass, field
from typing import Any, Final, Protocol

Json = dict[str, Any]
MOST_OCTETS: Final = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Thing:
    """One kept thing. `owner` is the phone number id or WABA id it belongs to; `blob` the bytes of a file."""

    kind: str
    owner: str
    key: str
    data: Json = field(default_factory=dict)
    blob: bytes = b""


class Shelf(Protocol):
    """Where the stand-in keeps things. A key is unique within its kind."""

    async def put(self, thing: Thing) -> None:
        """Keep it, in place of an older one with this key."""
        ...

    async def get(self, kind: str, key: str) -> Thing | None: ...

    async def of(self, kind: str, owner: str) -> list[Thing]:
        """Everything of an owner without the bytes, oldest first."""
        ...

    async def remove(self, kind: str, key: str) -> bool:
        """Whether it was there."""
        ...


class MemoryShelf:
    """For tests: forgotten with the process."""

    def __init__(self) -> None:
        self.things: dict[tuple[str, str], Thing] = {}

    async def put(self, thing: Thing) -> None:
        self.things[thing.kind, thing.key] = thing

    async def get(self, kind: str, key: str) -> Thing | None:
        return self.things.get((kind, key))

    async def of(self, kind: str, owner: str) -> list[Thing]:
        return [thing for thing in self.things.values() if (thing.kind, thing.owner) == (kind, owner)]

    async def remove(self, kind: str, key: str) -> bool:
        return self.things.pop((kind, key), None) is not None
