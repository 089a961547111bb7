"""What the inbox shows. Reads only; the list costs three statements, a thread four."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from conversations import turns
from conversations.inbox.threads import About, about_messages
from conversations.models import Conversation, Message, MessageStatus, Note, TurnTrace
from loyalty.models import Customer
from loyalty.queries import with_phone
from orders.models import Order
from shopme.lib.text import clean_text, digits_in

FILTERS: Final = ("open", "needs_you", "mine", "assistant", "closed")
_NEEDS_YOU: Final = Q(status="open", needs_person=True)
_WITH_BOT: Final = Q(status="open", mode="bot", needs_person=False)
# A search looks at so many people and messages; more would help nobody.
_MOST_FOUND: Final = 500


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One thread in the list, its customer loaded. `badge` is "" or one of needs_you, person, assistant,
    waiting_for_payment; `order_number` is that of the order that waits for payment."""

    conversation: Conversation
    badge: str
    order_number: int | None


@dataclass(frozen=True, slots=True)
class InboxPage:
    """`next_before` asks for the following page; empty on the last."""

    rows: Sequence[InboxRow]
    next_before: str


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Messages oldest first, without the marks that are shown on another; `earlier_before` is the id to ask with."""

    conversation: Conversation
    messages: Sequence[Message]
    about: About
    earlier_before: int | None
    is_with_person: bool
    is_window_open: bool


def inbox_counts(*, user_id: int) -> dict[str, int]:
    """How many threads each of `FILTERS` holds, and `unread`: open ones with something nobody has seen. One statement."""
    return Conversation.objects.filter(moved_to=None).aggregate(
        open=Count("id", filter=Q(status="open")),
        needs_you=Count("id", filter=_NEEDS_YOU),
        mine=Count("id", filter=Q(status="open", assignee_id=user_id)),
        assistant=Count("id", filter=_WITH_BOT),
        closed=Count("id", filter=Q(status="closed")),
        unread=Count("id", filter=Q(status="open", unread_count__gt=0)),
    )


def conversations_for_inbox(
    *, filter: str = "open", search: str = "", user_id: int | None = None, before: str = "", limit: int = 40
) -> InboxPage:
    """Threads newest first; those that wait for a person stand first in `open`.

    `search` looks in all threads for name, phone, words of messages and order number. `before` is an earlier page's
    `next_before`; anything else begins at the top.
    """
    filter, search = filter if filter in FILTERS else "open", clean_text(search).strip()
    rows = Conversation.objects.filter(moved_to=None).select_related("customer")
    rows = _found(rows, search) if search else _filtered(rows, filter, user_id)
    offset = int(before) if before.isascii() and before.isdigit() and len(before) <= 6 else 0
    page = list(rows.order_by(*_order_of(filter, search))[offset : offset + limit + 1])
    waiting = _waiting_for_payment([conversation.customer_id for conversation in page])
    now = timezone.now()
    shown = [_row(conversation, waiting.get(conversation.customer_id), now) for conversation in page[:limit]]
    return InboxPage(rows=shown, next_before=str(offset + limit) if len(page) > limit else "")


def _filtered(rows: QuerySet[Conversation], chosen: str, user_id: int | None) -> QuerySet[Conversation]:
    wanted = {
        "needs_you": _NEEDS_YOU,
        "mine": Q(status="open", assignee_id=user_id),
        "assistant": _WITH_BOT,
        "closed": Q(status="closed"),
    }
    return rows.filter(wanted.get(chosen, Q(status="open")))


def _order_of(chosen: str, search: str) -> tuple[str, ...]:
    newest = ("-last_message_at", "-id")
    return ("-needs_person", *newest) if chosen == "open" and not search else newest


def _found(rows: QuerySet[Conversation], words: str) -> QuerySet[Conversation]:
    """Threads whose customer, order or messages match."""
    people = Q(name__icontains=words) | Q(profile_name__icontains=words)
    digits = digits_in(words)
    if len(digits) >= 3:
        wanted_digits = digits.lstrip("0") or digits
        people |= Q(phone__contains=wanted_digits) | Q(pk__in=with_phone(wanted_digits))
    wanted = Q(customer__in=Customer.objects.filter(people).values("id")[:_MOST_FOUND])
    if digits and len(digits) <= 12 and words.lstrip("#") == digits:
        wanted |= Q(customer__in=Order.objects.filter(number=int(digits)).values("customer_id"))
    said = (
        Message.objects.annotate(words=SearchVector("text", config="simple"))
        .filter(words=SearchQuery(words, config="simple", search_type="plain"))
        .order_by("-id")
    )
    return rows.filter(wanted | Q(id__in=said.values("conversation_id")[:_MOST_FOUND]))


def _waiting_for_payment(customer_ids: Sequence[int]) -> dict[int, int]:
    """The number of the newest unpaid order of each customer who has one."""
    orders = Order.objects.filter(customer_id__in=customer_ids, state=Order.State.PLACED).order_by("id")
    return dict(orders.values_list("customer_id", "number"))


def _row(conversation: Conversation, order_number: int | None, now: datetime) -> InboxRow:
    badge = ""
    if conversation.needs_person:
        badge = "needs_you"
    elif order_number is not None:
        badge = "waiting_for_payment"
    elif conversation.is_with_person(now):
        badge = "person"
    elif conversation.status == Conversation.Status.OPEN and conversation.last_author == Message.Author.BOT:
        badge = "assistant"
    return InboxRow(conversation, badge, order_number)


def thread(*, conversation_id: int, before: int | None = None, limit: int = 50) -> ThreadPage | None:
    """One thread with its latest messages (or those before message `before`). Two statements, up to four with marks,
    quotes and products."""
    conversation = Conversation.objects.select_related("customer").filter(pk=conversation_id).first()
    if conversation is None:
        return None
    if conversation.moved_to_id is not None:
        return thread(conversation_id=conversation.moved_to_id, before=before, limit=limit)
    rows = Message.objects.filter(conversation=conversation).select_related("file")
    if before is not None:
        rows = rows.filter(_stands_before(before))
    latest = list(rows.order_by("-shown_at", "-id")[: limit + 1])
    shown = latest[:limit][::-1]
    about = about_messages(conversation, shown)
    now = timezone.now()
    return ThreadPage(
        conversation=conversation,
        messages=[message for message in shown if not about.is_shown_elsewhere(message)],
        about=about,
        earlier_before=shown[0].pk if len(latest) > limit else None,
        is_with_person=conversation.is_with_person(now),
        is_window_open=conversation.is_window_open(now),
    )


def _stands_before(message_id: int) -> Q:
    place = Message.objects.filter(pk=message_id).values_list("shown_at", flat=True).first()
    if place is None:
        return Q(pk__lt=message_id)
    return Q(shown_at__lt=place) | Q(shown_at=place, pk__lt=message_id)


def conversation_of_customer(customer_id: int) -> Conversation | None:
    """The customer's most recent thread."""
    return (
        Conversation.objects.filter(customer_id=customer_id, moved_to=None).order_by("-last_message_at", "-id").first()
    )


def trace_of(message_id: int) -> TurnTrace | None:
    """What was behind the reply: `message_id` may be the bot's answer or the customer's message it answers."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        return None
    traces = TurnTrace.objects.select_related("message").order_by("-id")
    if message.is_outgoing:
        return traces.filter(message__wamid=message.cause.removeprefix(turns.CAUSE)).first()
    return traces.filter(message=message).first()


def receipts_of(message_id: int) -> list[MessageStatus]:
    """What WhatsApp reported about a message, in the order it happened; also of earlier tries."""
    return list(MessageStatus.objects.filter(message=message_id).order_by("at", "id"))


def notes_of(customer_id: int) -> list[Note]:
    """What staff wrote about the customer, newest first."""
    return list(Note.objects.filter(customer_id=customer_id).order_by("-at", "-id"))
