"""Words too long for one message become several, in their order; nothing a shop says is cut off."""

from collections.abc import Sequence
from dataclasses import replace

from conversations.transport.replies.choosing import Buttons, Menu
from conversations.transport.replies.codec import Reply
from conversations.transport.replies.forms import AskAddress, Form
from conversations.transport.replies.goods import CatalogLink, Product, ProductList
from conversations.transport.replies.media import Media
from conversations.transport.replies.words import AskContact, AskLocation, Link, Text
from conversations.transport.rules import limits

FRAMED = (Buttons, Menu, Link, AskLocation, AskContact, Form, AskAddress, Product, ProductList, CatalogLink)


def in_pieces(replies: Sequence[Reply]) -> list[Reply]:
    """`replies` with every text within WhatsApp's limits, cut at paragraphs, lines or words.

    What can be tapped stays with the end of its text; a caption goes on as text below its file.
    """
    return [piece for reply in replies for piece in _pieces(reply)]


def _pieces(reply: Reply) -> list[Reply]:
    if isinstance(reply, Text):
        return [replace(reply, body=piece) for piece in limits.split(reply.body, limits.TEXT_BODY)]
    if isinstance(reply, Media):
        first, *rest = limits.split(reply.caption, limits.CAPTION) or [""]
        return [replace(reply, caption=first), *_texts("\n\n".join(rest))]
    if isinstance(reply, FRAMED) and limits.length(reply.body) > limits.INTERACTIVE_BODY:
        last = limits.split(reply.body, limits.INTERACTIVE_BODY)[-1]
        return [*_texts(reply.body.removesuffix(last).rstrip()), replace(reply, body=last)]
    return [reply]


def _texts(words: str) -> list[Reply]:
    return [Text(piece) for piece in limits.split(words, limits.TEXT_BODY)]
