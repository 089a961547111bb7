"""How words of a chat are shown: WhatsApp's own marks and addresses, as runs a template wraps in elements."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django import template

from catalog.models import Variant
from conversations.files import sending
from conversations.files.models import MediaFile
from conversations.simulated import is_nobodys_number
from conversations.simulated.files import is_media_id
from conversations.trading.buying import full_name
from conversations.transport.replies import MEDIA_KINDS

register = template.Library()
_RUNS = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'])"
    r"|(?<![\w*])\*(?P<bold>\S(?:[^*\n]*\S)?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>\S(?:[^_\n]*\S)?)_(?![\w_])"
    r"|(?<![\w~])~(?P<struck>\S(?:[^~\n]*\S)?)~(?![\w~])"
)


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one style: "", url, bold, italic or struck."""

    text: str
    style: str = ""


@register.filter
def runs(words: str) -> list[Run]:
    """`Total *R 12* – https://…` → plain, bold, plain and address, in their order."""
    found: list[Run] = []
    end = 0
    for match in _RUNS.finditer(words or ""):
        if match.start() > end:
            found.append(Run(words[end : match.start()]))
        style = match.lastgroup or ""
        found.append(Run(match.group(style), style))
        end = match.end()
    if end < len(words or ""):
        found.append(Run(words[end:]))
    return found


@register.filter
def own_picture(url: str) -> str:
    """A picture of ours by its path alone, so that it loads under every host of the shop; others are not shown."""
    parts = urlsplit(str(url or ""))
    return parts.path if parts.path.startswith("/files/") else ""


@register.filter
def map_url(place: Any) -> str:
    """An address that shows a place on a map; opened by a tap only."""
    try:
        latitude, longitude = float(place["latitude"]), float(place["longitude"])
    except (KeyError, TypeError, ValueError):
        return ""
    return (
        f"https://www.openstreetmap.org/?mlat={latitude:.5f}&mlon={longitude:.5f}#map=16/{latitude:.5f}/{longitude:.5f}"
    )


@register.filter
def is_file(kind: str) -> bool:
    """Whether a message of this kind is a file."""
    return kind in MEDIA_KINDS


@dataclass(frozen=True, slots=True)
class Ask:
    """What WhatsApp's own button under a message says."""

    icon: str
    label: str


_ASKS = {
    "ask_location": Ask("map-pin", "Send location"),
    "ask_contact": Ask("phone", "Share phone number"),
    "ask_address": Ask("house", "Give an address"),
}


@register.filter
def asks(content: dict[str, Any]) -> Ask | None:
    """The button under a message that asks for something; none under others."""
    if content.get("kind") == "form":
        return Ask("clipboard-list", str(content.get("label", "")))
    return _ASKS.get(str(content.get("kind", "")))


@register.filter
def name_among(retailer_id: str, goods: Mapping[str, Variant]) -> str:
    """A product of a catalogue by its name, where it is ours; by its bare id otherwise."""
    variant = goods.get(retailer_id) if goods else None
    return full_name(variant.product.name, variant.name) if variant else retailer_id


@register.filter
def typed_part(content: dict[str, Any]) -> Any:
    """The object named like the type of one of Meta's messages."""
    return content.get(str(content.get("type", "")), {})


_BUTTONS_OF_WHATSAPP = {
    "request_contact_info": "Share phone number",
    "address_message": "Provide address",
    "catalog_message": "View catalog",
    "product_list": "View items",
    "product": "View",
    "flow": "Open",
}


@register.filter
def shown_button(kind: str) -> str:
    """What WhatsApp writes on its own button of an interactive message."""
    return _BUTTONS_OF_WHATSAPP.get(str(kind), "")


@dataclass(frozen=True, slots=True)
class Step:
    """One step behind a reply, as a person reads it."""

    title: str
    icon: str
    tone: str
    detail: str


_STEPS = {
    "heard": ("Message received", "message-circle", ""),
    "understood": ("Understood", "ear", "info"),
    "tapped": ("A choice was tapped", "mouse-pointer-click", "info"),
    "called": ("Did it", "zap", "info"),
    "looked": ("Looked up", "search", ""),
    "searched": ("Searched the catalogue", "search", ""),
    "moved": ("Moved on", "route", ""),
    "answered": ("Answered a question", "message-circle-question-mark", ""),
    "refused": ("A rule said no", "shield-alert", "warn"),
    "silent": ("Said nothing", "hand", "accent"),
    "said": ("Wrote the reply", "sparkles", "ai"),
}


@register.filter
def as_step(step: dict[str, Any]) -> Step:
    """A kept step with a title and an icon; a step nobody named yet keeps its own name."""
    name = str(step.get("step", ""))
    title, icon, tone = _STEPS.get(name, (name.capitalize(), "circle-dot", ""))
    return Step(title, icon, tone, str(step.get("detail", "")))


@register.filter
def is_nobodys(digits: str) -> bool:
    """Whether a phone of the simulator belongs to no customer of the demo."""
    return is_nobodys_number(str(digits))


@register.filter
def slug_of(wamid: str) -> str:
    """A wamid as part of an element's id."""
    return "".join(sign for sign in wamid if sign.isalnum())


@register.filter
def plain_words(words: str) -> str:
    """Without WhatsApp's marks, for one line."""
    return "".join(run.text for run in runs(words))


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a recording's loudness, in a box 24 high."""

    x: int
    y: float
    height: float


@register.filter
def as_bars(loudness: list[int]) -> list[Bar]:
    """0 to 100 each, as bars around the middle."""
    heights = [max(2.0, round(level * 0.24, 1)) for level in loudness]
    return [Bar(place * 4, round(12 - height / 2, 1), height) for place, height in enumerate(heights)]


@register.filter
def bars_width(loudness: list[int]) -> int:
    return max(4, len(loudness) * 4 - 2)


@register.filter
def as_length(milliseconds: int | None) -> str:
    """`0:07`, `12:30`, `1:02:03`."""
    minutes, seconds = divmod(round((milliseconds or 0) / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


_TITLES = {"image": "Photo", "video": "Video", "audio": "Sound", "sticker": "Sticker"}


@register.filter
def as_title(file: MediaFile) -> str:
    """What a file that cannot be shown is called."""
    if file.is_voice:
        return "Voice note"
    return _TITLES.get(file.kind) or file.filename or "Document"


@register.filter
def as_kind(file: MediaFile) -> str:
    """`PDF`, `DOCX`: the ending of its name, as people say it."""
    ending = file.filename.rpartition(".")[2] if "." in file.filename else file.key.rpartition(".")[2]
    return ending[:5].upper()


@register.simple_tag
def attachable() -> dict[str, str]:
    """What the composer lets one choose, and how large it may be, for the page to say so before anything is sent."""
    limits = {kind: sending.most_octets(kind) for kind in ("image", "video", "audio", "document")}
    return {"accept": ",".join(sending.ENDINGS), "limits": json.dumps(limits)}


@register.filter
def shelf_file(content: dict[str, Any]) -> dict[str, Any] | None:
    """The file of a message on a simulated phone, if the stand-in keeps it."""
    part = content.get(str(content.get("type")))
    return part if isinstance(part, dict) and is_media_id(str(part.get("id", ""))) else None
