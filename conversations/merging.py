"""One reply a turn: what several steps want to say becomes as few messages as WhatsApp allows. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from conversations.transport import limits
from conversations.transport.replies import AskLocation, Buttons, Image, Link, Menu, Reply, Text

_WITH_BODY = (Buttons, Menu, Link, AskLocation)
_GAP = "\n\n"


def merged(replies: Sequence[Reply]) -> list[Reply]:
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
    return _captioned(first, second)


def _with(reply: Text | Buttons | Menu | Link | AskLocation, before: Text, limit: int) -> Reply | None:
    body = f"{before.body}{_GAP}{reply.body}"
    return replace(reply, body=body) if limits.length(body) <= limit else None


def _captioned(text: Text, image: Image) -> Reply | None:
    caption = f"{text.body}{_GAP}{image.caption}".strip()
    return replace(image, caption=caption) if limits.length(caption) <= limits.CAPTION else None
