"""What else a page of a thread needs to know: quoted messages, marks on messages, products that were asked about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from catalog.models import Variant
from catalog.queries import variants_by_retailer_id
from conversations.models import Conversation, Message
from conversations.transport.types import MARKS, IncomingKind
from shopme.lib.errors import BusinessError


class NoSuchMessage(BusinessError):
    """The customer wrote no such message in this thread, so nobody can answer it or react to it."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What was said about one message. `edits` are oldest first; `reactions` by side, "in" and "out"."""

    edits: tuple[Message, ...] = ()
    revoke: Message | None = None
    reactions: Mapping[str, str] = field(default_factory=dict)


NO_MARKS = Marks()
# About the talk, not in it.
NOTES: Final = (*MARKS, IncomingKind.SYSTEM, IncomingKind.WELCOME)
# A reaction of ours that did not go out stands by itself, with what mends it.
NEVER_ARRIVED: Final = (Message.State.FAILED, Message.State.CANCELLED)


@dataclass(frozen=True, slots=True)
class About:
    """Around the messages of one page, by wamid; products by the id the catalog knows them by."""

    quoted: Mapping[str, Message]
    marks: Mapping[str, Marks]
    products: Mapping[str, Variant]

    def is_shown_elsewhere(self, message: Message) -> bool:
        """Whether a mark stands on the message it is about, instead of by itself."""
        return message.kind in MARKS and message.context_wamid in self.quoted and message.state not in NEVER_ARRIVED

    def marks_of(self, message: Message) -> Marks:
        return self.marks.get(message.wamid or "", NO_MARKS)


NOTHING = About({}, {}, {})


def about_messages(conversation: Conversation, messages: Sequence[Message]) -> About:
    """Quotes, marks and products of these messages; nothing is asked that none of them needs."""
    return About(_quoted(conversation, messages), _marks(conversation, messages), products_of(messages))


def _quoted(conversation: Conversation, messages: Sequence[Message]) -> dict[str, Message]:
    wanted = {message.context_wamid for message in messages} - {""}
    here = {message.wamid: message for message in messages if message.wamid in wanted}
    found = {wamid: message for wamid, message in here.items() if wamid}
    if missing := wanted - found.keys():
        rows = Message.objects.filter(conversation=conversation, wamid__in=missing)
        found |= {row.wamid: row for row in rows if row.wamid}
    return found


def _marks(conversation: Conversation, messages: Sequence[Message]) -> dict[str, Marks]:
    wamids = [message.wamid for message in messages if message.wamid and message.kind not in MARKS]
    kinds = [kind.value for kind in MARKS]
    rows = Message.objects.filter(conversation=conversation, context_wamid__in=wamids, kind__in=kinds)
    by_target: dict[str, list[Message]] = {}
    for row in rows.order_by("shown_at", "created_at", "id") if wamids else ():
        by_target.setdefault(row.context_wamid, []).append(row)
    sides = {message.wamid or "": message.direction for message in messages}
    return {wamid: _summed(said, sides[wamid]) for wamid, said in by_target.items()}


def _summed(said: Sequence[Message], side: str) -> Marks:
    """Only who wrote a message can edit or delete it; of each side's reactions the last one holds."""
    reactions: dict[str, str] = {}
    for mark in said:
        if mark.kind == IncomingKind.REACTION and mark.state not in NEVER_ARRIVED:
            reactions[mark.direction] = mark.text or mark.content.get("emoji", "")
    own = [mark for mark in said if mark.direction == side]
    return Marks(
        edits=tuple(sorted((m for m in own if m.kind == IncomingKind.EDIT), key=lambda m: (m.created_at, m.pk))),
        revoke=next((mark for mark in own if mark.kind == IncomingKind.REVOKE), None),
        reactions={direction: emoji for direction, emoji in reactions.items() if emoji},
    )


def answerable(conversation_id: int, message_id: int) -> Message | None:
    """The customer's message in this thread, if staff may quote it and react to it."""
    said = Message.objects.filter(conversation_id=conversation_id, direction=Message.Direction.IN)
    return said.exclude(wamid=None).exclude(kind__in=[kind.value for kind in NOTES]).filter(pk=message_id).first()


def answered(conversation_id: int, message_id: int | None) -> str:
    """The wamid of the customer's message that is answered, if one is. Refuses: `NoSuchMessage`."""
    if message_id is None:
        return ""
    message = answerable(conversation_id, message_id)
    if message is None:
        raise NoSuchMessage("That message is not in this chat any more.")
    return message.wamid or ""


def own_reaction(message: Message) -> str:
    """The emoji the shop has on a message of the customer's now; empty when there is none."""
    rows = Message.objects.filter(
        conversation_id=message.conversation_id,
        context_wamid=message.wamid or "",
        kind=IncomingKind.REACTION.value,
        direction=Message.Direction.OUT,
    ).exclude(state__in=NEVER_ARRIVED)
    last = rows.order_by("shown_at", "created_at", "id").last()
    return (last.text or str(last.content.get("emoji", ""))) if last else ""


def products_of(messages: Sequence[Message]) -> dict[str, Variant]:
    """Our products among those that were ordered from the catalogue, asked about, or sent, by the catalogue's ids."""
    ids: set[str] = set()
    for message in messages:
        if message.direction == Message.Direction.IN:
            ids.update(str(item.get("retailer_id", "")) for item in message.content.get("items", ()))
            ids.add(message.content.get("product", ""))
        elif message.kind in ("product", "product_list"):
            ids.add(message.content.get("retailer_id", ""))
            ids.update(each for section in message.content.get("sections", ()) for each in section["retailer_ids"])
    return variants_by_retailer_id(ids)
