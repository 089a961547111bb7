"""Bodies as Meta posts them, signed as Meta signs them."""

import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, field

APP_SECRET = "a-secret-of-the-rig"
VERIFY_TOKEN = "a-token-of-the-rig"
_wamids = itertools.count(1)
_run = f"{time.time_ns():x}"


@dataclass(frozen=True)
class Line:
    """A shop's number as Meta names it."""

    phone_number_id: str
    waba_id: str
    phone: str


@dataclass(frozen=True)
class Person:
    """Somebody who writes. `phone` is digits only, as in Meta's `wa_id`; empty where Meta hides it behind `bsuid`."""

    phone: str
    name: str = "Thandi"
    bsuid: str = ""

    @property
    def address(self) -> str:
        """What Meta is asked to send to."""
        return self.phone or self.bsuid


@dataclass(frozen=True)
class Post:
    """One webhook ready to send."""

    body: bytes
    signature: str
    wamid: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def new_wamid() -> str:
    """An id no other message of any run has."""
    return f"wamid.RIG{_run}{next(_wamids):010d}"


def text(line: Line, person: Person, words: str) -> Post:
    """A customer writes."""
    return _message(line, person, {"type": "text", "text": {"body": words}})


def tap(line: Line, person: Person, choice: str, title: str = "Add") -> Post:
    """A customer taps a button."""
    reply = {"type": "button_reply", "button_reply": {"id": choice, "title": title}}
    return _message(line, person, {"type": "interactive", "interactive": reply})


def own_phone(line: Line, person: Person, phone: str) -> Post:
    """A customer shares their phone by the button that asks for it."""
    card = {"phones": [{"phone": f"+{phone}", "wa_id": phone}], "origin": "contact_request"}
    return _message(line, person, {"type": "contacts", "contacts": [card]})


def status(line: Line, *, wamid: str, to: str, state: str, token: str) -> Post:
    """Meta tells what became of a message of ours."""
    entry = {
        "id": wamid,
        "status": state,
        "timestamp": str(int(time.time())),
        "recipient_id": to.lstrip("+"),
        **({"biz_opaque_callback_data": token} if token else {}),
    }
    return _signed(line, {"statuses": [entry]}, wamid)


def _message(line: Line, person: Person, content: dict[str, object]) -> Post:
    wamid = new_wamid()
    message = {"id": wamid, "timestamp": str(int(time.time())), **content}
    contact: dict[str, object] = {"profile": {"name": person.name}}
    if person.phone:
        message["from"] = contact["wa_id"] = person.phone
    if person.bsuid:
        message["from_user_id"] = contact["user_id"] = person.bsuid
    return _signed(line, {"contacts": [contact], "messages": [message]}, wamid)


def _signed(line: Line, value: dict[str, object], wamid: str) -> Post:
    metadata = {"display_phone_number": line.phone, "phone_number_id": line.phone_number_id}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    body = json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": line.waba_id, "changes": [change]}]}
    ).encode()
    return Post(body, "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest(), wamid)
