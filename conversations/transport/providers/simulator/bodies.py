"""Bodies no phone sends: what happened to a person, what was said elsewhere, and what WhatsApp itself reports.

Shapes: Meta's webhook references as kept in tests/payloads; values are invented.
"""

import time
from typing import Any

from conversations.transport.providers.simulator.payloads import Person, body_of, new_wamid, text
from tenants.models import WhatsAppNumber

Json = dict[str, Any]
DAY_SECONDS = 86_400


def id_changed_body(number: WhatsAppNumber, *, digits: str, old_id: str, new_id: str) -> Json:
    """WhatsApp gave the person another business-scoped id; contacts are absent, as Meta leaves them out."""
    system = {"type": "user_changed_user_id", "body": "The user id has changed.", "user_id": new_id}
    return _system_body(number, digits, old_id, {**system, "previous_user_id": old_id})


def number_changed_body(number: WhatsAppNumber, *, digits: str, new_digits: str, old_id: str, new_id: str) -> Json:
    """The person has another phone number now."""
    system = {"type": "user_changed_number", "body": "The phone number has changed.", "wa_id": new_digits}
    return _system_body(number, digits, old_id, {**system, "user_id": new_id, "previous_user_id": old_id})


def number_changed_old_body(number: WhatsAppNumber, *, digits: str, new_digits: str) -> Json:
    """The same as older versions say it: phones only."""
    system = {
        "type": "customer_changed_number",
        "body": f"User A changed from {digits} to {new_digits}",
        "new_wa_id": new_digits,
        "customer": digits,
    }
    return _system_body(number, digits, "", system)


def identity_changed_body(number: WhatsAppNumber, *, digits: str, user_id: str) -> Json:
    """The person's security code is another one, as after a new phone."""
    identity = {"acknowledged": "false", "created_timestamp": _now(), "hash": "DF2lS5v2W6x="}
    system = {"type": "customer_identity_changed", "body": "The security code has changed", "customer": digits}
    return _system_body(number, digits, user_id, {**system, "identity": identity})


def _now(*, earlier: int = 0) -> str:
    return str(int(time.time()) - earlier)


def _system_body(number: WhatsAppNumber, digits: str, user_id: str, system: Json) -> Json:
    message = {
        "from": digits,
        **({"from_user_id": user_id} if user_id else {}),
        "id": new_wamid(),
        "timestamp": _now(),
        "type": "system",
        "system": system,
    }
    return body_of(number, {"messages": [message]})


def echo(number: WhatsAppNumber, person: Person, content: Json) -> Json:
    """One thing somebody of the shop did on the phone app of a number that is used in both."""
    return {
        "from": number.phone.removeprefix("+"),
        "to": person.digits,
        "to_user_id": person.bsuid,
        "id": new_wamid(),
        "timestamp": _now(),
        **content,
    }


def echoes_body(number: WhatsAppNumber, echoes: list[Json]) -> Json:
    """Several of them, in their order."""
    return _field_body(number, "smb_message_echoes", {"message_echoes": echoes})


def preference_body(number: WhatsAppNumber, *, digits: str, user_id: str, value: str) -> Json:
    """The person pressed Meta's own “Stop” or “Resume” for marketing; `value` is `stop` or `resume`."""
    preference = {
        "wa_id": digits,
        "user_id": user_id,
        "detail": "User requested to change marketing messages",
        "category": "marketing_messages",
        "value": value,
        "timestamp": int(time.time()),
    }
    contact = {"profile": {"name": ""}, "wa_id": digits, "user_id": user_id}
    return _field_body(number, "user_preferences", {"contacts": [contact], "user_preferences": [preference]})


def standby_body(number: WhatsAppNumber, person: Person, words: str) -> Json:
    """A copy of what the person said while Meta's own agent answers: never ours to answer."""
    message = {
        "from": person.digits,
        "from_user_id": person.bsuid,
        "id": new_wamid(),
        "timestamp": _now(),
        **text(words),
    }
    return _field_body(number, "standby", {"contacts": [_contact(person)], "messages": [message]})


def history_body(number: WhatsAppNumber, person: Person) -> Json:
    """The talk of before the number came to us, in two parts; its picture is only announced."""
    ours, theirs = number.phone.removeprefix("+"), person.digits
    days = DAY_SECONDS
    first = [
        _past(theirs, 9 * days, text("Do you deliver to Woodstock?"), "READ"),
        {**_past(ours, 8 * days, text("Every day before noon"), "READ"), "to": theirs},
        _past(theirs, 7 * days, {"type": "media_placeholder"}, "READ"),
    ]
    older = [{**_past(ours, 40 * days, text("We have moved"), "ERROR"), "to": theirs}]
    parts = [_part(0, 55, theirs, first), _part(1, 100, theirs, older)]
    return _field_body(number, "history", {"history": parts})


def _part(phase: int, progress: int, thread: str, messages: list[Json]) -> Json:
    metadata = {"phase": phase, "chunk_order": 1, "progress": progress}
    return {"metadata": metadata, "threads": [{"id": thread, "messages": messages}]}


def _past(author: str, earlier: int, content: Json, status: str) -> Json:
    when = {"from": author, "id": new_wamid(), "timestamp": _now(earlier=earlier)}
    return {**when, **content, "history_context": {"status": status}}


def history_file_body(number: WhatsAppNumber, person: Person, content: Json) -> Json:
    """A file of that talk, which comes on its own."""
    when = {"from": person.digits, "id": new_wamid(), "timestamp": _now(earlier=7 * DAY_SECONDS)}
    return _field_body(number, "history", {"contacts": [_contact(person)], "messages": [{**when, **content}]})


def history_refused_body(number: WhatsAppNumber) -> Json:
    """The business does not share the talk of before."""
    error = {
        "code": 2593109,
        "title": "History sync is turned off by the business",
        "message": "History sync is turned off by the business from the WhatsApp Business App",
        "error_data": {"details": "History sharing is turned off by the business"},
    }
    return _field_body(number, "history", {"history": [{"errors": [error]}]})


def address_book_body(number: WhatsAppNumber, person: Person) -> Json:
    """The phone app's address book: one entry with the name the shop gave the person, one taken out."""
    added = {"full_name": f"{person.name} from the market", "first_name": person.name, "phone_number": person.digits}
    when = {"metadata": {"timestamp": _now()}}
    entries = [
        {"type": "contact", "contact": added, "action": "add", **when},
        {"type": "contact", "contact": {"phone_number": "27829990001"}, "action": "remove", **when},
    ]
    return _field_body(number, "smb_app_state_sync", {"state_sync": entries})


def errors_body(number: WhatsAppNumber) -> Json:
    """Errors that belong to no message."""
    full = {"code": 130429, "title": "Rate limit hit", "message": "Rate limit hit"}
    details = {"error_data": {"details": "Too many messages"}}
    return body_of(number, {"errors": [{**full, **details}, {"code": 131000, "title": "Something went wrong"}]})


def user_action_body(number: WhatsAppNumber) -> Json:
    """Somebody opened the link of an offer; WhatsApp does not say who."""
    click = {"click_component": "CTA", "product_id": "RYE", "click_id": "c-1", "tracking_token": "t-1"}
    action = {
        "action_type": "marketing_messages_link_click",
        "timestamp": _now(),
        "marketing_messages_link_click_data": click,
    }
    return body_of(number, {"user_actions": [action]})


def odd_status_body(number: WhatsAppNumber, person: Person, wamid: str) -> Json:
    """A receipt of a kind nobody knows yet."""
    who = {"recipient_id": person.digits, "recipient_user_id": person.bsuid}
    return body_of(number, {"statuses": [{"id": wamid, "status": "framed", "timestamp": _now(), **who}]})


def _contact(person: Person) -> Json:
    return {"profile": {"name": person.name}, "wa_id": person.digits, "user_id": person.bsuid}


def _field_body(number: WhatsAppNumber, field: str, value: Json) -> Json:
    body = body_of(number, value)
    body["entry"][0]["changes"][0]["field"] = field
    return body
