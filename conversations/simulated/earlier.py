"""Messages of a thread as a phone would have kept them."""

from typing import Any

from conversations.models import Message
from conversations.transport.providers.simulator import payloads
from conversations.transport.replies import reply_from_json

Json = dict[str, Any]


def as_seen(message: Message) -> Json:
    """Meta's typed part of a message in either direction; what the shop wrote on its phone app has a customer's shape."""
    if message.is_outgoing and "source" not in message.content:
        return payloads.said(reply_from_json(message.content))
    return _as_sent(message)


def _as_sent(message: Message) -> Json:
    """Meta's typed part of something a customer sent."""
    content = message.content
    place = content.get("location")
    if place:
        return payloads.location(place["latitude"], place["longitude"], place.get("name", ""), place.get("address", ""))
    if message.kind == "choice":
        return payloads.button_reply(content.get("choice_id", ""), message.text)
    if message.kind == "image":
        return {"type": "image", "image": {"url": content["media"].get("url", ""), "caption": message.text}}
    return payloads.text(message.text or f"({message.kind})")
