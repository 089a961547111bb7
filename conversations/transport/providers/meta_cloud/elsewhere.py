"""What was said on a number without passing through us: on the phone app, before we came, or while others answer."""

from functools import partial
from typing import Any, Final

from conversations.transport.copies import Copy, CopySource
from conversations.transport.providers.meta_cloud import content, reading
from conversations.transport.providers.meta_cloud.envelope import Change, Found, account_event, each
from conversations.transport.providers.meta_cloud.people import people, recipient, sender
from conversations.transport.providers.meta_cloud.receipts import read_statuses
from conversations.transport.types import EventKind, ParsedEvent, Sender

Json = dict[str, Any]
FIELDS: Final = frozenset({"smb_message_echoes", "message_echoes", "standby", "history"})
# How far an imported message had got, in our words.
_STATES: Final = {"delivered": "delivered", "read": "read", "played": "read", "error": "failed", "failed": "failed"}


def read(found: Found, change: Change) -> None:
    """Every copy of a change, with the receipts and errors that came along."""
    known = people(change.value)
    where, value = change.where, change.value
    count = each(found, f"{where}.message_echoes", value.get("message_echoes"), partial(_echo, change, known))
    heard = partial(_heard, change, known, _source(change))
    count += each(found, f"{where}.messages", value.get("messages"), heard)
    count += read_statuses(found, change)
    for index, part in enumerate(reading.items(value.get("history"))):
        count += _history(found, change, known, reading.mapping(part), f"{where}.history.{index}")
    errors = partial(account_event, found, change)
    count += each(found, f"{where}.errors", value.get("errors"), lambda raw, at: errors(at, "errors", raw))
    if not count:
        found.events.append(account_event(found, change, where, change.field, value))


def _source(change: Change) -> CopySource:
    return CopySource.HISTORY if change.field == "history" else CopySource.STANDBY


def _history(found: Found, change: Change, known: dict[str, Json], part: Json, where: str) -> int:
    """One part of a history: how far the import is, and every message of every thread."""
    news = {name: inner for name, inner in part.items() if name != "threads"}
    found.events.append(account_event(found, change, where, change.field, news))
    for index, raw in enumerate(reading.items(part.get("threads"))):
        thread = reading.mapping(raw)
        said = partial(_imported, change, known, reading.text(thread, "id", limit=160))
        each(found, f"{where}.threads.{index}.messages", thread.get("messages"), said)
    return 1


def _echo(change: Change, known: dict[str, Json], message: Json, where: str) -> ParsedEvent:
    """A person of the shop wrote on the phone app."""
    return _copy(change, message, recipient(message, known), CopySource.APP, is_from_shop=True)


def _heard(change: Change, known: dict[str, Json], source: CopySource, message: Json, where: str) -> ParsedEvent:
    """A message on its own: a file that belongs to a history, or what a customer told another agent."""
    if source is CopySource.HISTORY and _is_ours(change, message):
        return _copy(change, message, recipient(message, known), source, is_from_shop=True)
    return _copy(change, message, sender(message, known), source)


def _imported(change: Change, known: dict[str, Json], thread_id: str, message: Json, where: str) -> ParsedEvent:
    """A message of a history; the thread is named after its customer."""
    person = sender({"from": thread_id}, known)
    state = reading.text(reading.mapping(message.get("history_context")), "status", limit=32).lower()
    is_ours = _is_ours(change, message) or (bool(message.get("to")) and reading.text(message, "to") == thread_id)
    return _copy(change, message, person, CopySource.HISTORY, is_from_shop=is_ours, state=_STATES.get(state, ""))


def _is_ours(change: Change, message: Json) -> bool:
    """Whether the number itself wrote it."""
    ours = reading.phone(reading.mapping(change.value.get("metadata")), "display_phone_number")
    return ours is not None and reading.phone(message, "from") == ours


def _copy(
    change: Change, message: Json, person: Sender, source: CopySource, *, is_from_shop: bool = False, state: str = ""
) -> ParsedEvent:
    wamid = reading.needed(message, "id", limit=200)
    incoming = content.said(message, person, wamid)
    # A file that was only announced comes later under the same id.
    later = ":file" if source is CopySource.HISTORY and incoming.media else ""
    return ParsedEvent(
        kind=EventKind.COPY,
        event_key=f"cp:{wamid}{later}",
        phone_number_id=change.phone_number_id,
        waba_id=change.waba_id,
        provider_at=incoming.sent_at,
        data=Copy(source=source, said=incoming, is_from_shop=is_from_shop, state=state).to_json(),
        identities=person.identities,
    )
