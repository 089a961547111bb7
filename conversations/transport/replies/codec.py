"""Replies as jsonb and back."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Final

from conversations.transport.replies.choosing import Buttons, Choice, Menu, Section
from conversations.transport.replies.forms import AskAddress, Form
from conversations.transport.replies.goods import CatalogLink, Product, ProductList, ProductSection
from conversations.transport.replies.media import MEDIA_KINDS, Media
from conversations.transport.replies.sharing import ContactCard, Contacts, Location, Reaction
from conversations.transport.replies.template import ButtonValue, Header, TemplateMessage, Value
from conversations.transport.replies.words import AskContact, AskLocation, Link, Text

Json = dict[str, Any]
Reply = (
    Text
    | Media
    | Buttons
    | Menu
    | Link
    | AskLocation
    | AskContact
    | AskAddress
    | Form
    | Location
    | Contacts
    | Reaction
    | Product
    | ProductList
    | CatalogLink
    | TemplateMessage
)
_KINDS: Final[dict[str, type[Reply]]] = {
    "text": Text,
    "buttons": Buttons,
    "list": Menu,
    "link": Link,
    "ask_location": AskLocation,
    "ask_contact": AskContact,
    "ask_address": AskAddress,
    "form": Form,
    "location": Location,
    "contacts": Contacts,
    "reaction": Reaction,
    "product": Product,
    "product_list": ProductList,
    "catalog": CatalogLink,
    "template": TemplateMessage,
    **dict.fromkeys(MEDIA_KINDS, Media),
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items() if kind is not Media}
# Fields that hold parts: what each element is.
_PARTS: Final[dict[tuple[type, str], type]] = {
    (Buttons, "buttons"): Choice,
    (Menu, "sections"): Section,
    (Section, "choices"): Choice,
    (Contacts, "cards"): ContactCard,
    (ProductList, "sections"): ProductSection,
    (TemplateMessage, "body"): Value,
    (TemplateMessage, "buttons"): ButtonValue,
    (ButtonValue, "sections"): ProductSection,
}


def reply_kind(reply: Reply) -> str:
    """`text`, `image`, `buttons`, `template` and so on: how a reply is called in rows and JSON."""
    return reply.kind if isinstance(reply, Media) else _NAMES[type(reply)]


def reply_to_json(reply: Reply) -> Json:
    """The reply as jsonb, with its `kind`; `reply_from_json` turns it back."""
    return {"kind": reply_kind(reply), **_to_json(reply)}


def reply_from_json(data: Mapping[str, Any]) -> Reply:
    """The reply that `reply_to_json` wrote. An unknown kind raises `KeyError`: it is a bug, not a wish."""
    kind = _KINDS[data["kind"]]
    made: Reply = _from_json(kind, data)
    return made


def reply_text(reply: Reply) -> str:
    """What the reply says, without its buttons: for previews and search."""
    match reply:
        case Media():
            return reply.caption or reply.filename
        case Location():
            return ", ".join(part for part in (reply.name, reply.address) if part)
        case TemplateMessage():
            return reply.text
        case Contacts():
            return ", ".join(card.name for card in reply.cards)
        case Reaction():
            return reply.emoji
    return reply.body


# Each field of each kind, and the value it has when it is left out.
_FIELDS: Final[dict[Any, tuple[tuple[str, Any], ...]]] = {
    kind: tuple((f.name, {} if f.default_factory is not MISSING else f.default) for f in fields(kind))
    for kind in {*_KINDS.values(), *_PARTS.values()}
}


def _to_json(part: Any) -> Json:
    data: Json = {}
    for name, default in _FIELDS[type(part)]:
        value = getattr(part, name)
        if value == default:
            continue
        if (type(part), name) in _PARTS:
            value = [_to_json(one) for one in value]
        elif name == "header" and type(part) is TemplateMessage:
            value = {"kind": _header_kind(value), **_to_json(value)}
        elif name == "top":
            value = _to_json(value)
        elif isinstance(value, tuple):
            value = list(value)
        data[name] = value
    return data


def _from_json(kind: type, data: Mapping[str, Any]) -> Any:
    values: Json = {}
    for name, _default in _FIELDS[kind]:
        if name not in data:
            continue
        value = data[name]
        if part := _PARTS.get((kind, name)):
            value = tuple(_from_json(part, one) for one in value)
        elif name == "header" and kind is TemplateMessage:
            value = _header_from_json(value)
        elif name == "top":
            value = _from_json(Media, value)
        elif isinstance(value, list):
            value = tuple(value)
        values[name] = value
    return kind(**values)


def _header_kind(header: Header) -> str:
    match header:
        case Media():
            return header.kind
        case Location():
            return "location"
    return "text"


def _header_from_json(data: Mapping[str, Any]) -> Header:
    kind = Location if data["kind"] == "location" else Media if data["kind"] in MEDIA_KINDS else Value
    made: Header = _from_json(kind, data)
    return made
