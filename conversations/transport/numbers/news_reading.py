"""Reading what a provider wrote in its news: every getter gives a clean value of its type or nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def text(value: Json, key: str, *, limit: int = 80) -> str:
    """The words under `key`; empty for anything else."""
    found = value.get(key)
    return found[:limit] if isinstance(found, str) else ""


def mapping(value: Json, key: str) -> Json:
    """The object under `key`; empty for anything else."""
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def mappings(value: Json, key: str) -> Iterator[Json]:
    """The objects of the list under `key`."""
    found = value.get(key)
    return (item for item in found if isinstance(item, dict)) if isinstance(found, list) else iter(())


def moment(written: Any) -> datetime | None:
    """Unix seconds, as a number or a string; None for anything else."""
    words = str(written or "")
    return datetime.fromtimestamp(int(words), UTC) if words.isascii() and words.isdigit() and len(words) <= 11 else None


def plain(name: str) -> str:
    """A name of Meta's as words: `NAME_TOO_LONG` becomes `name too long`."""
    return name.replace("_", " ").lower()
