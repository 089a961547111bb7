"""Everything else a phone can do, in Meta's words: the typed part of a message each. What is no message: `bodies`.

Shapes: Meta's webhook references as kept in tests/payloads; values are invented.
"""

import json
import secrets
from typing import Any

from conversations.transport.providers.simulator.payloads import Person

Json = dict[str, Any]


def contacts(name: str, digits: str) -> Json:
    """A contact card of somebody who is on WhatsApp, with all a card may hold."""
    given = name.partition(" ")[0]
    card = {
        "name": {"formatted_name": name, "first_name": given},
        "phones": [{"phone": f"+{digits}", "wa_id": digits, "type": "CELL"}],
        "emails": [{"email": f"{given.lower()}@example.org", "type": "WORK"}],
        "addresses": [{"street": "1 Loop Street", "city": "Cape Town", "country": "South Africa", "type": "HOME"}],
        "org": {"company": "Kiln"},
        "urls": [{"url": "https://kiln.example", "type": "WORK"}],
        "birthday": "1990-01-31",
    }
    return {"type": "contacts", "contacts": [card]}


def contacts_without_name(digits: str) -> Json:
    """Two cards as phones also make them: one without any name, one without a number."""
    return {
        "type": "contacts",
        "contacts": [{"phones": [{"phone": f"+{digits}"}]}, {"name": {"first_name": "Cy"}, "phones": []}],
    }


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
    """A cart from WhatsApp's own catalogue; lines are (retailer id, quantity, price as the phone shows it).

    Meta writes the price as a number of JSON.
    """
    items = [
        {"product_retailer_id": retailer, "quantity": quantity, "item_price": float(price), "currency": currency}
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
        "welcome_message": {"text": "Ask us anything"},
    }
    return {"type": "text", "text": {"body": words}, "referral": referral}


def from_post(words: str, headline: str) -> Json:
    """The first message after a post with a film; no click id comes with one."""
    referral = {
        "source_url": "https://fb.me/2bqYuuSwd",
        "source_id": str(secrets.randbelow(10**15)),
        "source_type": "post",
        "headline": headline,
        "body": "Come and look.",
        "media_type": "video",
        "video_url": "https://scontent.xx.fbcdn.net/post.mp4",
        "thumbnail_url": "https://scontent.xx.fbcdn.net/post.jpg",
    }
    return {"type": "text", "text": {"body": words}, "referral": referral}


def in_group(words: str) -> Json:
    """Said to a group the number is in, not to the number alone."""
    return {"type": "text", "text": {"body": words}, "group_id": f"GROUP.{secrets.randbelow(10**9)}"}


def call_permission(*, until: int) -> Json:
    """The person lets the shop call them until then (unix seconds)."""
    reply = {
        "response": "accept",
        "is_permanent": False,
        "expiration_timestamp": until,
        "response_source": "user_action",
    }
    return {"type": "interactive", "interactive": {"type": "call_permission_reply", "call_permission_reply": reply}}


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


def disappearing() -> Json:
    """A message that vanishes by itself: Meta passes the fact on, not the words."""
    error = {"code": 131051, "title": "Unsupported message type", "details": "Disappearing messages are not supported"}
    return {"type": "ephemeral", "errors": [error]}


def old_unknown() -> Json:
    """What cannot be passed on, in the shape of old versions."""
    error = {"code": 131051, "title": "Unsupported message type", "details": "Message type is not currently supported"}
    return {"type": "unknown", "errors": [error]}


def broken_tap() -> Json:
    """A tap whose content got lost on the way."""
    error = {
        "code": 131000,
        "title": "Something went wrong",
        "message": "Something went wrong",
        "error_data": {"details": "The answer could not be read"},
    }
    return {"type": "interactive", "errors": [error]}


def tap_of_the_future(retailer_id: str) -> Json:
    """A tap on something nobody knows yet."""
    inner = {"type": "product_reply", "product_reply": {"product_retailer_id": retailer_id}}
    return {"type": "interactive", "interactive": inner}


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
    inner = {"id": str(secrets.randbelow(10**15)), "beams": [1, 2, 3], "note": "wave"}
    return {"type": "hologram", "hologram": inner}


def edit(original_wamid: str, words: str) -> Json:
    """A message written anew."""
    message = {"type": "text", "text": {"body": words}}
    return {"type": "edit", "edit": {"original_message_id": original_wamid, "message": message}}


def revoke(original_wamid: str) -> Json:
    """A message deleted for everyone."""
    return {"type": "revoke", "revoke": {"original_message_id": original_wamid}}
