"""The bodies Meta would send: what a phone did, and what became of what we sent. Pure builders, Meta's shapes."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from conversations.transport.providers.meta_cloud.render import content_of
from conversations.transport.providers.simulator.shelf import Thing
from conversations.transport.replies import Reply
from tenants.models import WhatsAppNumber

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a phone. `digits` as WhatsApp writes it, without `+`; `user_id` once it is not the first one."""

    digits: str
    name: str
    user_id: str = ""

    @property
    def bsuid(self) -> str:
        """The business-scoped id."""
        return self.user_id or user_id_of(self.digits)


def new_wamid() -> str:
    return f"wamid.{secrets.token_hex(18).upper()}"


def user_id_of(digits: str) -> str:
    """A business-scoped id of a simulated person: always the same for the same phone."""
    return f"US.{int(digits) * 7919 % 10**15:015d}"


def body_of(number: WhatsAppNumber, value: Json) -> Json:
    """The envelope around one change of the `messages` field."""
    metadata = {
        "display_phone_number": number.phone.removeprefix("+"),
        "phone_number_id": number.phone_number_id,
    }
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    entry = {"id": number.waba_id or number.phone_number_id, "changes": [change]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def message_body(number: WhatsAppNumber, person: Person, content: Json, *, context_wamid: str = "") -> Json:
    """`content` is Meta's typed part, such as `text("Hi")`."""
    contact = {"profile": {"name": person.name}, "wa_id": person.digits, "user_id": person.bsuid}
    message: Json = {
        "from": person.digits,
        "from_user_id": person.bsuid,
        "id": new_wamid(),
        "timestamp": str(int(time.time())),
        **content,
    }
    if context_wamid:
        answered = {"from": number.phone.removeprefix("+"), "id": context_wamid}
        message["context"] = {**answered, **message.get("context", {})}
    return body_of(number, {"contacts": [contact], "messages": [message]})


def said(reply: Reply) -> Json:
    """The typed part of something the shop said, as it reaches a phone."""
    return content_of(reply)


def text(words: str) -> Json:
    return {"type": "text", "text": {"body": words}}


def button_reply(choice_id: str, title: str) -> Json:
    reply = {"type": "button_reply", "button_reply": {"id": choice_id, "title": title}}
    return {"type": "interactive", "interactive": reply}


def list_reply(choice_id: str, title: str, description: str = "") -> Json:
    row = {"id": choice_id, "title": title, **({"description": description} if description else {})}
    return {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": row}}


def location(latitude: float, longitude: float, name: str = "", address: str = "") -> Json:
    place: Json = {"latitude": latitude, "longitude": longitude}
    return {"type": "location", "location": {**place, **({"name": name, "address": address} if name else {})}}


def image(caption: str = "") -> Json:
    """A photo: a reference only, as Meta sends it; the file would be fetched with its id."""
    picture = {"id": str(secrets.randbelow(10**15)), "mime_type": "image/jpeg", "sha256": secrets.token_urlsafe(32)}
    return {"type": "image", "image": {**picture, **({"caption": caption} if caption else {})}}


def file(kind: str, thing: Thing, *, caption: str = "", is_voice: bool = False) -> Json:
    """A photo, a voice note and so on, by the id under which the stand-in keeps it."""
    about: Json = {"id": thing.key, "mime_type": thing.data["mime_type"], "sha256": thing.data["sha256"]}
    if caption and kind in ("image", "video", "document"):
        about["caption"] = caption
    if kind == "document":
        about["filename"] = thing.data["filename"]
    if kind == "audio":
        about["voice"] = is_voice
    if kind == "sticker":
        about["animated"] = False
    return {"type": kind, kind: about}


def status_body(number: WhatsAppNumber, *, wamid: str, status: str, recipient: str, token: str) -> Json:
    """`recipient` is a phone's digits or a BSUID."""
    who = {"recipient_id": recipient} if recipient.isdigit() else {"recipient_user_id": recipient}
    pricing = {"billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}
    item: Json = {"id": wamid, "status": status, "timestamp": str(int(time.time())), **who, "pricing": pricing}
    if token:
        item["biz_opaque_callback_data"] = token
    return body_of(number, {"statuses": [item]})


def account_body(entry_id: str, field: str, value: Json) -> Json:
    """The envelope around one change of an account-level field."""
    entry = {"id": entry_id, "time": int(time.time()), "changes": [{"field": field, "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}
