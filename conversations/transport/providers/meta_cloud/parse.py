"""Meta's webhook body into events: every element of every array, each on its own, in the order of the body."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from conversations.transport.providers.base import BadBody
from conversations.transport.providers.meta_cloud import content, reading
from conversations.transport.providers.meta_cloud.reading import OddItem
from conversations.transport.types import (
    BadItem,
    EventKind,
    Incoming,
    ParsedBody,
    ParsedEvent,
    Receipt,
    ReceiptStatus,
    Sender,
)

Json = dict[str, Any]
# Copies of what happened elsewhere: counted, never answered, never stored twice.
UNTOUCHED: Final = frozenset({"smb_message_echoes", "message_echoes", "history", "smb_app_state_sync", "standby"})
_STATUSES: Final = frozenset(ReceiptStatus)


@dataclass(slots=True)
class _Reading:
    """One body while it is read."""

    digest: str
    events: list[ParsedEvent] = field(default_factory=list)
    bad: list[BadItem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Change:
    """Where an element sits, and whom it concerns."""

    where: str
    field: str
    waba_id: str
    phone_number_id: str
    at: datetime
    value: Json


def parse(body: bytes) -> ParsedBody:
    """Cut a body into events. An element that cannot be read is named in `bad`. Refuses: `BadBody`."""
    root = reading.load(body)
    if not isinstance(root, dict) or not isinstance(root.get("entry"), list):
        raise BadBody("not a webhook body: no entry list")
    found = _Reading(digest=hashlib.sha256(body).hexdigest()[:24])
    for index, entry in enumerate(root["entry"]):
        for change in _changes(found, reading.mapping(entry), f"entry.{index}"):
            _read_change(found, change)
    return ParsedBody(events=tuple(found.events), bad=tuple(found.bad))


def _changes(found: _Reading, entry: Json, where: str) -> Iterator[_Change]:
    changes = reading.items(entry.get("changes"))
    if not changes:
        found.bad.append(BadItem(where=where, reason="no changes"))
    for index, raw in enumerate(changes):
        change = reading.mapping(raw)
        value = change.get("value")
        place = f"{where}.changes.{index}"
        if not isinstance(value, dict):
            found.bad.append(BadItem(where=place, reason="no value"))
            continue
        yield _Change(
            where=place,
            field=reading.text(change, "field", limit=64),
            waba_id=reading.text(entry, "id", limit=64),
            phone_number_id=reading.text(reading.mapping(value.get("metadata")), "phone_number_id", limit=64),
            at=_entry_time(entry),
            value=value,
        )


def _entry_time(entry: Json) -> datetime:
    try:
        return reading.moment(entry, "time")
    except OddItem:
        return datetime.now(UTC)


def _read_change(found: _Reading, change: _Change) -> None:
    if change.field != "messages":
        kept = {"count": _size(change.value)} if change.field in UNTOUCHED else {"value": reading.plain(change.value)}
        found.events.append(_account_event(found, change, change.where, change.field or "unknown", kept))
        return
    people = _people(change.value)
    _each(found, change, "messages", lambda raw, where: _message_event(change, raw, people))
    _each(found, change, "statuses", lambda raw, where: _status_event(found, change, raw, where))
    for name in ("errors", "user_actions"):
        _each(found, change, name, partial(_side_event, found, change, name))


def _side_event(found: _Reading, change: _Change, name: str, raw: Json, where: str) -> ParsedEvent:
    """An error or an action that belongs to no message: news about the number."""
    return _account_event(found, change, where, name, {"value": reading.plain(raw)})


def _each(found: _Reading, change: _Change, name: str, read: Callable[[Json, str], ParsedEvent]) -> None:
    """Read every element of one array; a bad one is noted and the next one is read."""
    for index, raw in enumerate(reading.items(change.value.get(name))):
        where = f"{change.where}.{name}.{index}"
        try:
            found.events.append(read(reading.mapping(raw), where))
        except OddItem as problem:
            found.bad.append(BadItem(where=where, reason=str(problem)))
        except (ValueError, KeyError, TypeError, ArithmeticError) as problem:
            # An oddity nobody foresaw: it costs its own element, never its neighbours. Names no content.
            found.bad.append(BadItem(where=where, reason=f"unreadable: {type(problem).__name__}"))


def _size(value: Json) -> int:
    """How many things a field we leave alone carried."""
    return sum(len(inner) for inner in value.values() if isinstance(inner, list))


def _account_event(found: _Reading, change: _Change, where: str, name: str, data: Json) -> ParsedEvent:
    return ParsedEvent(
        kind=EventKind.ACCOUNT,
        event_key=f"acc:{found.digest}:{where}",
        phone_number_id=change.phone_number_id,
        waba_id=change.waba_id,
        provider_at=change.at,
        data={"field": name, **data},
    )


def _people(value: Json) -> dict[str, Json]:
    """The contacts of a change by each of their ids: they are a list of their own, in any order."""
    people: dict[str, Json] = {}
    for contact in map(reading.mapping, reading.items(value.get("contacts"))):
        for key in ("wa_id", "user_id"):
            if identity := reading.text(contact, key, limit=160):
                people[identity] = contact
    return people


def _sender(message: Json, people: dict[str, Json]) -> Sender:
    phone = reading.phone(message, "from")
    bsuid = reading.bsuid(message, "from_user_id") or reading.bsuid(message, "from")
    contact = people.get(bsuid or "") or people.get((phone or "").removeprefix("+")) or {}
    sender = Sender(
        phone=phone or reading.phone(contact, "wa_id"),
        bsuid=bsuid or reading.bsuid(contact, "user_id"),
        parent_bsuid=reading.bsuid(message, "from_parent_user_id") or reading.bsuid(contact, "parent_user_id"),
        username=reading.text(reading.mapping(contact.get("profile")), "username", limit=64) or None,
        profile_name=reading.text(reading.mapping(contact.get("profile")), "name", limit=128).strip(),
    )
    if not sender.identities:
        raise OddItem("from and from_user_id are missing")
    return sender


def _message_event(change: _Change, message: Json, people: dict[str, Json]) -> ParsedEvent:
    wamid = reading.needed(message, "id")
    sender = _sender(message, people)
    sent_at = reading.moment(message)
    incoming = Incoming(
        wamid=wamid,
        sender=sender,
        sent_at=sent_at,
        context_wamid=reading.text(reading.mapping(message.get("context")), "id", limit=256),
        referral=content.read_referral(message),
        raw_type=reading.text(message, "type", limit=64),
        **content.read_content(message),
    )
    return ParsedEvent(
        kind=EventKind.MESSAGE,
        event_key=f"msg:{wamid}",
        phone_number_id=change.phone_number_id,
        waba_id=change.waba_id,
        provider_at=sent_at,
        data=incoming.to_json(),
        identities=sender.identities,
    )


def _status_event(found: _Reading, change: _Change, status: Json, where: str) -> ParsedEvent:
    wamid = reading.needed(status, "id")
    name = reading.needed(status, "status", limit=32)
    if name not in _STATUSES:
        return _account_event(found, change, where, "statuses", {"status": name})
    at = reading.moment(status)
    person = Sender(
        phone=reading.phone(status, "recipient_id"),
        bsuid=reading.bsuid(status, "recipient_user_id") or reading.bsuid(status, "recipient_id"),
    )
    code, reason = _status_error(status)
    receipt = Receipt(
        wamid=wamid,
        status=ReceiptStatus(name),
        at=at,
        token=reading.text(status, "biz_opaque_callback_data", limit=512),
        error_code=code,
        error_text=reason,
        recipient=next(iter(person.identities), ""),
    )
    return ParsedEvent(
        kind=EventKind.STATUS,
        event_key=f"st:{wamid}:{name}:{reading.seconds(status)}",
        phone_number_id=change.phone_number_id,
        waba_id=change.waba_id,
        provider_at=at,
        data=receipt.to_json(),
        identities=person.identities,
    )


def _status_error(status: Json) -> tuple[int | None, str]:
    error = reading.mapping(next(iter(reading.items(status.get("errors"))), None))
    code = reading.text(error, "code", limit=12)
    data = reading.mapping(error.get("error_data"))
    words = reading.text(data, "details", limit=300) or reading.text(error, "details", limit=300)
    words = words or reading.text(error, "message", limit=300) or reading.text(error, "title", limit=300)
    return (int(code) if code.isascii() and code.isdigit() and len(code) <= 9 else None), words
