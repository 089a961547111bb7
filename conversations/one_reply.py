"""One reply a turn: what several steps want to say becomes as few messages as WhatsApp allows. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from conversations.transport.replies import AskContact, AskLocation, Buttons, Link, Media, Menu, Reply, Text
from conversations.transport.rules import limits

_WITH_BODY = (Buttons, Menu, Link, AskLocation, AskContact)
_CAPTIONED = ("image", "video", "document")
_GAP = "\n\n"


def folded(replies: Sequence[Reply]) -> list[Reply]:
    """`replies` in their order, with texts folded into what follows them. The same words twice are said once."""
    said: list[Reply] = []
    for reply in replies:
        if said and (joined := _joined(said[-1], reply)) is not None:
            said[-1] = joined
        else:
            said.append(reply)
    return said


def _joined(first: Reply, second: Reply) -> Reply | None:
    if first == second:
        return first
    if not isinstance(first, Text):
        return None
    if isinstance(second, Text):
        return _with(second, first, limits.TEXT_BODY)
    if isinstance(second, _WITH_BODY):
        return _with(second, first, limits.INTERACTIVE_BODY)
    if isinstance(second, Media) and second.kind in _CAPTIONED:
        return _captioned(first, second)
    return None


def _with(reply: Text | Buttons | Menu | Link | AskLocation | AskContact, before: Text, limit: int) -> Reply | None:
    body = f"{before.body}{_GAP}{reply.body}"
    return replace(reply, body=body) if limits.length(body) <= limit else None


def _captioned(text: Text, media: Media) -> Reply | None:
    caption = f"{text.body}{_GAP}{media.caption}".strip()
    return replace(media, caption=caption) if limits.length(caption) <= limits.CAPTION else None
