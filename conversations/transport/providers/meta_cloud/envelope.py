"""One body while it is read: where each element sits, and what has been found so far."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from conversations.transport.providers.meta_cloud import reading
from conversations.transport.providers.meta_cloud.reading import OddItem
from conversations.transport.types import BadItem, EventKind, ParsedEvent

Json = dict[str, Any]


@dataclass(slots=True)
class Found:
    """What one body held."""

    digest: str
    events: list[ParsedEvent] = field(default_factory=list)
    bad: list[BadItem] = field(default_factory=list)

    def odd(self, where: str, reason: str) -> None:
        self.bad.append(BadItem(where=where, reason=reason))


@dataclass(frozen=True, slots=True)
class Change:
    """Where an element sits, and whom it concerns."""

    where: str
    field: str
    waba_id: str
    phone_number_id: str
    at: datetime
    value: Json


def changes(found: Found, entry: Json, where: str) -> Iterator[Change]:
    """Every change of an entry; one without a value is noted."""
    given = reading.items(entry.get("changes"))
    if not given:
        found.odd(where, "no changes")
    for index, raw in enumerate(given):
        change = reading.mapping(raw)
        value = change.get("value")
        place = f"{where}.changes.{index}"
        if not isinstance(value, dict):
            found.odd(place, "no value")
            continue
        yield Change(
            where=place,
            field=reading.text(change, "field", limit=64),
            waba_id=_account(entry, value),
            phone_number_id=reading.text(reading.mapping(value.get("metadata")), "phone_number_id", limit=64),
            at=_entry_time(entry),
            value=value,
        )


def _account(entry: Json, value: Json) -> str:
    """The WhatsApp account; events about partners stand under their portfolio and name the account inside."""
    info = reading.mapping(value.get("waba_info"))
    return reading.text(info, "waba_id", limit=64) or reading.text(entry, "id", limit=64)


def _entry_time(entry: Json) -> datetime:
    try:
        return reading.moment(entry, "time")
    except OddItem:
        return datetime.now(UTC)


def each(found: Found, where: str, given: Any, read: Callable[[Json, str], ParsedEvent]) -> int:
    """Read every element of one array; a bad one is noted and the next one is read. Returns how many there were."""
    elements = reading.items(given)
    for index, raw in enumerate(elements):
        place = f"{where}.{index}"
        try:
            found.events.append(read(reading.mapping(raw), place))
        except OddItem as problem:
            found.odd(place, str(problem))
        except (ValueError, KeyError, TypeError, ArithmeticError) as problem:
            # An oddity nobody foresaw: it costs its own element, never its neighbours. Names no content.
            found.odd(place, f"unreadable: {type(problem).__name__}")
    return len(elements)


def account_event(found: Found, change: Change, where: str, name: str, value: Any) -> ParsedEvent:
    """News about the number or its account, as {field, value}."""
    return ParsedEvent(
        kind=EventKind.ACCOUNT,
        event_key=f"acc:{found.digest}:{where}",
        phone_number_id=change.phone_number_id,
        waba_id=change.waba_id,
        provider_at=change.at,
        data={"field": name, "value": reading.plain(value)},
    )
