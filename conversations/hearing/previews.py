"""One line for the list of threads: what a message that came in says, or what it is."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from conversations.models import Message
from conversations.transport.types import Incoming, IncomingKind
from shopme.lib.text import clean_text

_NAMES: Final = {
    IncomingKind.IMAGE: "Photo",
    IncomingKind.VIDEO: "Video",
    IncomingKind.AUDIO: "Sound",
    IncomingKind.DOCUMENT: "Document",
    IncomingKind.STICKER: "Sticker",
    IncomingKind.LOCATION: "Location",
    IncomingKind.CONTACTS: "Contact",
    IncomingKind.FORM: "A form, filled in",
    IncomingKind.ORDER: "A basket from the catalogue",
    IncomingKind.WELCOME: "Opened the chat",
    IncomingKind.SYSTEM: "A note from WhatsApp",
    IncomingKind.UNSUPPORTED: "A message that cannot be shown",
}


def _media(incoming: Incoming) -> str:
    media = incoming.media
    name = _NAMES[incoming.kind]
    if media is not None and media.voice:
        name = "Voice note"
    elif media is not None and media.filename:
        name = media.filename
    return f"{name}: {incoming.text}" if incoming.text else name


def _reaction(incoming: Incoming) -> str:
    return f"Reacted {incoming.text}" if incoming.text else "Took a reaction back"


def _edit(incoming: Incoming) -> str:
    return f"Edited: {incoming.text}" if incoming.text else "Edited a message"


_WORDS: Final[dict[IncomingKind, Callable[[Incoming], str]]] = {
    **dict.fromkeys((IncomingKind.IMAGE, IncomingKind.VIDEO, IncomingKind.AUDIO, IncomingKind.DOCUMENT), _media),
    IncomingKind.REACTION: _reaction,
    IncomingKind.EDIT: _edit,
    IncomingKind.REVOKE: lambda _incoming: "Deleted a message",
    IncomingKind.FORM: lambda _incoming: _NAMES[IncomingKind.FORM],
}


def preview(incoming: Incoming) -> str:
    """At most 160 characters, on one line."""
    if incoming.kind in _WORDS:
        words = _WORDS[incoming.kind](incoming)
    else:
        words = incoming.text or _NAMES.get(incoming.kind, incoming.kind.value)
    return clean_text(" ".join(words.split()), limit=160)


def preview_of(message: Message) -> str:
    """The same of a message that is kept, in whatever direction; what it says now."""
    if message.is_outgoing and "source" not in message.content:
        return message.text
    return preview(replace(Incoming.from_json(_said(message.content)), text=message.text))


def _said(content: Mapping[str, Any]) -> dict[str, Any]:
    names = Incoming.__dataclass_fields__
    return {name: value for name, value in content.items() if name in names}
