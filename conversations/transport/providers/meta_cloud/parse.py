"""Meta's webhook body into events: every element of every array, each on its own, in the order of the body."""

import hashlib
from functools import partial
from typing import Any, Final

from conversations.transport.providers.base import BadBody
from conversations.transport.providers.meta_cloud import content, elsewhere, reading
from conversations.transport.providers.meta_cloud.envelope import Change, Found, account_event, changes, each
from conversations.transport.providers.meta_cloud.people import names_to_be, people, phones_shared, sender
from conversations.transport.providers.meta_cloud.receipts import read_statuses
from conversations.transport.types import EventKind, Incoming, IncomingKind, ParsedBody, ParsedEvent

Json = dict[str, Any]
# Account fields whose value is a list of things: each is news of its own, in the shape of the whole.
LISTS: Final = {"user_preferences": "user_preferences", "smb_app_state_sync": "state_sync"}


def parse(body: bytes) -> ParsedBody:
    """Cut a body into events. An element that cannot be read is named in `bad`. Refuses: `BadBody`."""
    root = reading.load(body)
    if not isinstance(root, dict) or not isinstance(root.get("entry"), list):
        raise BadBody("not a webhook body: no entry list")
    found = Found(digest=hashlib.sha256(body).hexdigest()[:24])
    for index, entry in enumerate(root["entry"]):
        for change in changes(found, reading.mapping(entry), f"entry.{index}"):
            _read_change(found, change)
    return ParsedBody(events=tuple(found.events), bad=tuple(found.bad))


def _read_change(found: Found, change: Change) -> None:
    if change.field == "messages":
        _read_messages(found, change)
    elif change.field in elsewhere.FIELDS:
        elsewhere.read(found, change)
    elif change.field in LISTS and reading.items(change.value.get(LISTS[change.field])):
        name = LISTS[change.field]
        each(found, f"{change.where}.{name}", change.value[name], partial(_one_of_list, found, change, name))
    else:
        name = change.field or "unknown"
        found.events.append(account_event(found, change, change.where, name, change.value))


def _read_messages(found: Found, change: Change) -> None:
    known = people(change.value)
    read = each(found, f"{change.where}.messages", change.value.get("messages"), partial(_message, change, known))
    read += read_statuses(found, change)
    for name in ("errors", "user_actions"):
        where = f"{change.where}.{name}"
        read += each(found, where, change.value.get(name), partial(_side_event, found, change, name))
    if not read:  # a list of a name nobody told us: kept whole
        found.events.append(account_event(found, change, change.where, change.field, change.value))


def _side_event(found: Found, change: Change, name: str, raw: Json, where: str) -> ParsedEvent:
    """An error or an action that belongs to no message: news about the number."""
    return account_event(found, change, where, name, raw)


def _one_of_list(found: Found, change: Change, name: str, raw: Json, where: str) -> ParsedEvent:
    """One of a field's many things, with everything around the list."""
    return account_event(found, change, where, change.field, {**change.value, name: [raw]})


def _message(change: Change, known: dict[str, Json], message: Json, where: str) -> ParsedEvent:
    wamid = reading.needed(message, "id", limit=200)
    person = sender(message, known)
    incoming = content.said(message, person, wamid)
    return ParsedEvent(
        kind=EventKind.MESSAGE,
        event_key=f"msg:{wamid}",
        phone_number_id=change.phone_number_id,
        waba_id=change.waba_id,
        provider_at=incoming.sent_at,
        data=incoming.to_json(),
        identities=_identities(incoming),
    )


def _identities(incoming: Incoming) -> tuple[str, ...]:
    """By what the person's lane is found; after a change of names, or a phone shared by button, by the new ones too."""
    names = incoming.sender.identities
    if incoming.kind is IncomingKind.SYSTEM:
        return tuple(dict.fromkeys([*names, *names_to_be(incoming.details)]))
    if incoming.kind is IncomingKind.CONTACTS:
        return tuple(dict.fromkeys([*names, *phones_shared(incoming.details)]))
    return names
