"""Everything else a phone can do, in Meta's words: the typed part of a message each, and bodies that are no message.

Shapes: Meta's webhook references as kept in tests/payloads; values are invented.
"""

import json
import secrets
import time
from typing import Any

from conversations.transport.providers.simulator.payloads import Person, body_of, new_wamid
from tenants.models import WhatsAppNumber

Json = dict[str, Any]


def contacts(name: str, digits: str) -> Json:
    """A contact card of somebody who is on WhatsApp."""
    given = name.partition(" ")[0]
    phone = {"phone": f"+{digits}", "wa_id": digits, "type": "CELL"}
    card = {"name": {"formatted_name": name, "first_name": given}, "phones": [phone], "emails": [], "addresses": []}
    return {"type": "contacts", "contacts": [card]}


def own_contact(person: Person) -> Json:
    """The phone's own number, shared after we asked for it."""
    phone = {"phone": f"+{person.digits}", "wa_id": person.digits, "type": "CELL"}
    name = {"formatted_name": person.name, "first_name": person.name.partition(" ")[0]}
    return {"type": "contacts", "contacts": [{"name": name, "phones": [phone], "origin": "contact_request"}]}


def reaction(wamid: str, emoji: str) -> Json:
    """An emoji on a message; an empty one takes it back."""
    return {"type": "reaction", "reaction": {"message_id": wamid, **({"emoji": emoji} if emoji else {})}}


def template_button(payload: str, title: str) -> Json:
    """A quick reply under a template."""
    return {"type": "button", "button": {"payload": payload, "text": title}}


def form_answer(response_json: str) -> Json:
    """A Flow that was sent off; `response_json` is whatever the phone made of it."""
    answer = {"name": "flow", "body": "Sent", "response_json": response_json}
    return {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": answer}}


def address_answer(street: str, city: str, postcode: str, *, name: str = "") -> Json:
    """An address, given where one was asked for; `response_json` is JSON in a string, as of every form."""
    values = {"in_pin_code": postcode, "address": street, "city": city, **({"name": name} if name else {})}
    written = json.dumps({"saved_address_id": "address1", "values": values}, ensure_ascii=False)
    answer = {"name": "address_message", "body": f"{street}\n{city}", "response_json": written}
    return {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": answer}}


def cart(catalog_id: str, lines: list[tuple[str, int, str]], *, currency: str, words: str = "") -> Json:
    """A cart from WhatsApp's own catalogue; lines are (retailer id, quantity, price as the phone shows it)."""
    items = [
        {"product_retailer_id": retailer, "quantity": quantity, "item_price": price, "currency": currency}
        for retailer, quantity, price in lines
    ]
    return {"type": "order", "order": {"catalog_id": catalog_id, "text": words, "product_items": items}}


def from_ad(words: str, headline: str) -> Json:
    """The first message after an ad."""
    referral = {
        "source_url": "https://fb.me/3cr4Wqqkv",
        "source_id": str(secrets.randbelow(10**15)),
        "source_type": "ad",
        "headline": headline,
        "body": "Order on WhatsApp, today.",
        "media_type": "image",
        "image_url": "https://scontent.xx.fbcdn.net/ad.jpg",
        "ctwa_clid": secrets.token_urlsafe(32),
    }
    return {"type": "text", "text": {"body": words}, "referral": referral}


def about_product(words: str, catalog_id: str, retailer_id: str) -> Json:
    """A question from a product's page in the catalogue."""
    referred = {"catalog_id": catalog_id, "product_retailer_id": retailer_id}
    return {"type": "text", "text": {"body": words}, "context": {"referred_product": referred}}


def forwarded(words: str, *, often: bool = False) -> Json:
    """A text that was passed on."""
    mark = {"frequently_forwarded": True} if often else {"forwarded": True}
    return {"type": "text", "text": {"body": words}, "context": mark}


def request_welcome() -> Json:
    """The chat was opened for the first time."""
    return {"type": "request_welcome"}


def unsupported(inner: str = "") -> Json:
    """Something Meta cannot pass on, such as a poll."""
    error = {
        "code": 131051,
        "title": "Message type unknown",
        "message": "Message type unknown",
        "error_data": {"details": "Message type is currently not supported."},
    }
    return {"type": "unsupported", "errors": [error], **({"unsupported": {"type": inner}} if inner else {})}


def too_large() -> Json:
    """A file Meta would not carry."""
    error = {
        "code": 131052,
        "title": "Media download error",
        "message": "Media download error",
        "error_data": {"details": "The file is larger than 100 MB."},
    }
    return {"type": "unsupported", "errors": [error]}


def from_the_future() -> Json:
    """A kind nobody knows yet."""
    return {"type": "hologram", "hologram": {"id": str(secrets.randbelow(10**15)), "depth": 3}}


def edit(original_wamid: str, words: str) -> Json:
    """A message written anew."""
    message = {"type": "text", "text": {"body": words}}
    return {"type": "edit", "edit": {"original_message_id": original_wamid, "message": message}}


def revoke(original_wamid: str) -> Json:
    """A message deleted for everyone."""
    return {"type": "revoke", "revoke": {"original_message_id": original_wamid}}


def id_changed_body(number: WhatsAppNumber, *, digits: str, old_id: str, new_id: str) -> Json:
    """WhatsApp gave the person another business-scoped id; contacts are absent, as Meta leaves them out."""
    system = {"type": "user_changed_user_id", "body": "The user id has changed.", "user_id": new_id}
    return _system_body(number, digits, old_id, {**system, "previous_user_id": old_id})


def number_changed_body(number: WhatsAppNumber, *, digits: str, new_digits: str, old_id: str, new_id: str) -> Json:
    """The person has another phone number now."""
    system = {"type": "user_changed_number", "body": "The phone number has changed.", "wa_id": new_digits}
    return _system_body(number, digits, old_id, {**system, "user_id": new_id, "previous_user_id": old_id})


def _system_body(number: WhatsAppNumber, digits: str, user_id: str, system: Json) -> Json:
    message = {
        "from": digits,
        "from_user_id": user_id,
        "id": new_wamid(),
        "timestamp": str(int(time.time())),
        "type": "system",
        "system": system,
    }
    return body_of(number, {"messages": [message]})


def echo_body(number: WhatsAppNumber, *, digits: str, words: str) -> Json:
    """Somebody of the shop wrote from the phone app of a number that is used in both."""
    echo = {
        "from": number.phone.removeprefix("+"),
        "to": digits,
        "id": new_wamid(),
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": words},
    }
    return _field_body(number, "smb_message_echoes", {"message_echoes": [echo]})


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


def _field_body(number: WhatsAppNumber, field: str, value: Json) -> Json:
    body = body_of(number, value)
    body["entry"][0]["changes"][0]["field"] = field
    return body
