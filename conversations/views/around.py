"""What a bubble shows besides its own words: a quote, reactions, edits, an ad, a product, answers and order lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from catalog.models import Variant
from conversations.hearing.form_answers import doubt_about
from conversations.hearing.previews import preview_of
from conversations.inbox.threads import NOTES, About
from conversations.models import Message
from conversations.templatetags.chat_ui import plain_words
from conversations.transport.types import MARKS, IncomingKind
from conversations.views.placeholders import sentence_of
from shopme.lib.text import shorten

Json = dict[str, Any]
SOURCES: Final = {"app": "On the phone app", "history": "Imported", "standby": "While others answered"}


@dataclass(frozen=True, slots=True)
class Quote:
    """The message a bubble answers; `message_id` is None when we do not have it."""

    who: str
    words: str
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of a cart: ours by its SKU, or of a product we do not know."""

    quantity: int
    sku: str
    variant: Variant | None

    @property
    def price_cents(self) -> int:
        return self.quantity * self.variant.price_cents if self.variant else 0


@dataclass(frozen=True, slots=True)
class Earlier:
    """Words as they were before an edit."""

    words: str


@dataclass(frozen=True, slots=True)
class Around:
    """`sentence` is what stands in place of words where there are none; `is_note` is about the talk, not in it.

    `doubt` warns of answers nobody asked for; `can_answer`: staff may quote it and react to it; `own_reaction` is what the shop put on it.
    """

    sentence: str = ""
    is_note: bool = False
    quote: Quote | None = None
    forwarded: str = ""
    referral: Json = field(default_factory=dict)
    product: Variant | None = None
    goods: Mapping[str, Variant] = field(default_factory=dict)
    lines: Sequence[OrderLine] = ()
    fields: Sequence[tuple[str, str]] = ()
    doubt: str = ""
    reactions: Sequence[str] = ()
    own_reaction: str = ""
    earlier: Sequence[Earlier] = ()
    is_deleted: bool = False
    can_answer: bool = False


NO_AROUND: Final = Around()


def around(message: Message, about: About, *, customer: str) -> Around:
    """Everything around one message; `customer` is what a quote of theirs is headed with."""
    content, marks = message.content, about.marks_of(message)
    is_ours = message.is_outgoing and "source" not in content
    return Around(
        sentence="" if is_ours else sentence_of(message),
        is_note=not is_ours and message.kind in NOTES,
        quote=_quote(message, about, customer),
        forwarded=content.get("forwarded", ""),
        referral=content.get("referral") or {},
        product=about.products.get(content.get("product", "")),
        goods=about.products if is_ours else {},
        lines=() if is_ours else _lines(content, about.products),
        fields=_fields(content.get("details") or {}) if message.kind == IncomingKind.FORM else (),
        doubt=doubt_about(message),
        reactions=tuple(dict.fromkeys(marks.reactions.values())),
        own_reaction=marks.reactions.get(Message.Direction.OUT, ""),
        can_answer=_can_answer(message) and marks.revoke is None,
        earlier=_earlier(message, [mark.text for mark in marks.edits]),
        is_deleted=marks.revoke is not None,
    )


def _quote(message: Message, about: About, customer: str) -> Quote | None:
    if not message.context_wamid or message.kind in MARKS:
        return None
    quoted = about.quoted.get(message.context_wamid)
    if quoted is None:
        return Quote("", "An earlier message")
    who = "You" if quoted.is_outgoing else customer
    if about.marks_of(quoted).revoke is not None or _is_emptied(quoted):
        return Quote(who, "A deleted message", quoted.pk)
    return quote_of(quoted, customer=customer)


def quote_of(message: Message, *, customer: str) -> Quote:
    """A message as it stands above its answer."""
    who = "You" if message.is_outgoing else customer
    words = plain_words(" ".join(preview_of(message).split()))  # marks first: a cut would leave half a pair
    return Quote(who, shorten(words, 120), message.pk)


def _can_answer(message: Message) -> bool:
    return not message.is_outgoing and bool(message.wamid) and message.kind not in NOTES


def _is_emptied(message: Message) -> bool:
    """Whether its words were taken away by a revoke; its own page of the thread tells so too."""
    return not message.text and bool(message.content.get("text")) and not message.content.get("media")


def _lines(content: Json, products: Mapping[str, Variant]) -> list[OrderLine]:
    return [
        OrderLine(int(item.get("quantity", 1)), str(item.get("retailer_id", "")), products.get(item.get("retailer_id")))
        for item in content.get("items", ())
    ]


def _fields(details: Json) -> list[tuple[str, str]]:
    """The answers of a form as label and words."""
    given = details.get("fields") or {}
    return [(str(name).replace("_", " ").strip().capitalize(), _words(value)) for name, value in given.items()]


def _words(value: Any) -> str:
    match value:
        case bool():
            return "Yes" if value else "No"
        case None:
            return "–"
        case dict():
            return "; ".join(f"{name}: {_words(inner)}" for name, inner in value.items())
        case list():
            return ", ".join(_words(inner) for inner in value)
    return str(value)


def _earlier(message: Message, edits: Sequence[str]) -> list[Earlier]:
    """What stood there before, oldest first, without the words that stand there now."""
    if not edits:
        return []
    versions = [message.content.get("text", ""), *edits[:-1]]
    return [Earlier(words) for words in versions if words]
