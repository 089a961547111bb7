"""The phones of the simulator: who may be played, what their screens show, and what they do.

A screen is made of the stand-in's own rows: what the shop sent to the phone, and what the phone sent, kept beside it
when the webhook took it. Nothing of the shop's own records is used for it, so it shows what a customer would see.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from conversations.models import Conversation, Message, TurnTrace
from conversations.simulated.earlier import as_seen
from conversations.transport.models import StandInMessage
from conversations.transport.providers.simulator import payloads, phones
from conversations.transport.providers.simulator.payloads import Person
from conversations.transport.providers.simulator.phone import mark_read, signal_name
from conversations.transport.providers.simulator.webhook import WebhookRefused, post_to_webhook
from conversations.transport.types import MARKS
from loyalty.models import Customer, CustomerIdentity
from orders.basket import clear_basket
from shopme.lib.errors import BusinessError
from tenants.live import announce
from tenants.models import Shop, WhatsAppNumber
from tenants.services.numbers import add_number

Json = dict[str, Any]
# Numbers nobody has: area code, 555, 01xx.
_NOBODYS: Final = re.compile(r"^1[2-9]\d{2}55501\d{2}$")
_FROM_PHONE: Final = "sent_by_phone"
_EMPTIED: Final = "started_over"  # the screen begins here
# What strangers call themselves on WhatsApp.
_NAMES: Final = ("Zola", "Ravi", "Giulia", "Noah", "Lerato", "Meera", "Marta", "Imran")
SHOWN: Final = 80
TYPING_SECONDS: Final = 12


class NotAPhoneOfOurs(BusinessError):
    """Only customers of the simulator's number and numbers that belong to nobody may be played."""


class NoNumber(BusinessError):
    """The shop has no number on the simulator yet."""


@dataclass(frozen=True, slots=True)
class ScreenLine:
    """One bubble on the phone. `content` is Meta's typed payload; `is_read`: the shop has read what the phone sent;
    `reaction`: the emoji the other side put on it.
    """

    wamid: str
    is_mine: bool
    content: Json
    at: datetime
    is_read: bool
    reaction: str = ""


@dataclass(frozen=True, slots=True)
class Screen:
    """What a phone shows: its lines oldest first, and whether the shop seems to be writing."""

    lines: Sequence[ScreenLine]
    is_typing: bool


def number_of(shop: Shop) -> WhatsAppNumber:
    """The shop's number on the simulator. Refuses: `NoNumber`."""
    number = WhatsAppNumber.objects.filter(shop=shop, provider="simulator", is_active=True).order_by("id").first()
    if number is None:
        raise NoNumber("This shop has no number on the simulator yet.")
    return number


def make_number(shop: Shop) -> WhatsAppNumber:
    """Give the shop a number that only the simulator can reach; a second call changes nothing."""
    try:
        return number_of(shop)
    except NoNumber:
        serial = secrets.randbelow(10**12)
        return add_number(
            shop=shop,
            provider="simulator",
            phone=f"+1555{secrets.randbelow(10**7):07d}",
            phone_number_id=f"9{serial:014d}",
            waba_id=f"8{shop.pk:014d}",
            token=secrets.token_urlsafe(24),
            app_secret=secrets.token_hex(24),
        ).number


def is_nobodys_number(digits: str) -> bool:
    """Whether no customer can have this number."""
    return bool(_NOBODYS.match(digits))


def stranger() -> str:
    """The digits of a phone that never wrote to anybody."""
    return f"1{secrets.randbelow(700) + 201}55501{secrets.randbelow(100):02d}"


def customers_to_play(number: WhatsAppNumber, *, limit: int = 4) -> list[Customer]:
    """Customers who have written to the simulator's number, latest first."""
    threads = Conversation.objects.filter(number_id=number.pk).exclude(customer__phone=None)
    threads = threads.select_related("customer").order_by("-last_message_at", "-id")[: limit * 3]
    real = [thread.customer for thread in threads if not is_nobodys_number(_digits(thread.customer.phone))]
    return real[:limit]


def person_with(number: WhatsAppNumber, digits: str) -> Person:
    """Whom these digits belong to. Refuses: `NotAPhoneOfOurs`."""
    if not digits.isascii() or not digits.isdigit() or not 7 <= len(digits) <= 15:
        raise NotAPhoneOfOurs("This is not a phone number.")
    user_id = phones.user_id(number.phone_number_id, digits)
    thread = thread_of(number, digits)
    if thread is not None:
        return Person(digits, thread.customer.name or thread.customer.profile_name or "Somebody", user_id)
    if not is_nobodys_number(digits):
        raise NotAPhoneOfOurs("Only customers of this simulator can be played.")
    return Person(digits, _NAMES[int(digits) % len(_NAMES)], user_id)


def thread_of(number: WhatsAppNumber, digits: str) -> Conversation | None:
    """The shop's thread with this phone, once it has written; also while the shop knows only its hidden id."""
    rows = Conversation.objects.filter(number_id=number.pk).select_related("customer")
    by_phone = rows.filter(customer__phone=f"+{digits}").first()
    if by_phone is not None:
        return by_phone
    ids = phones.user_ids(number.phone_number_id, digits)
    known = CustomerIdentity.objects.filter(scope=number.portfolio, kind="bsuid", value__in=ids)
    return rows.filter(customer__in=known.values("customer")).first()


def screen_of(number: WhatsAppNumber, digits: str) -> Screen:
    """What the phone shows now."""
    rows = StandInMessage.objects.filter(phone_number_id=number.phone_number_id, recipient=digits)
    latest = list(rows.order_by("-id")[:SHOWN])[::-1]
    mine = [row.wamid for row in latest if _FROM_PHONE in row.payload]
    handled = {trace.message.wamid for trace in _traces_of(mine)}
    lines = [_line(row, handled) for row in latest if _EMPTIED not in row.payload]
    if not any(_EMPTIED in row.payload for row in latest) and len(latest) < SHOWN:
        begins = latest[0].created_at if latest else timezone.now()
        known = {line.wamid for line in lines}
        lines = [*(line for line in _history(number, digits, begins) if line.wamid not in known), *lines]
    lines = _with_reactions(lines)
    last = lines[-1] if lines else None
    is_fresh = last is not None and timezone.now() - last.at < timedelta(seconds=TYPING_SECONDS)
    return Screen(lines, bool(last and last.is_mine and is_fresh and not last.is_read))


def _traces_of(wamids: Sequence[str]) -> QuerySet[TurnTrace]:
    return TurnTrace.objects.filter(message__wamid__in=wamids).select_related("message")


def _with_reactions(lines: Sequence[ScreenLine]) -> list[ScreenLine]:
    """Reactions stand on what they react to, not in a line of their own; an empty one is taken back."""
    on: dict[str, str] = {}
    for line in lines:
        if line.content.get("type") == "reaction":
            reaction = line.content["reaction"]
            on[str(reaction.get("message_id"))] = str(reaction.get("emoji") or "")
    return [replace(line, reaction=on.get(line.wamid, "")) for line in lines if line.content.get("type") != "reaction"]


def _line(row: StandInMessage, handled: set[str | None]) -> ScreenLine:
    is_mine = _FROM_PHONE in row.payload
    content = row.payload[_FROM_PHONE] if is_mine else row.payload
    return ScreenLine(row.wamid, is_mine, content, row.created_at, row.wamid in handled)


def tap(number: WhatsAppNumber, digits: str, wamid: str, button: str, row: str) -> Json | None:
    """A tap on button `button` (its place) or list row `row` (its id) of a message on the screen, in Meta's words.

    None when the message shows no such thing: a phone can tap only what it sees.
    """
    action = _shown(number, digits, wamid).get("interactive", {}).get("action", {})
    for place, each in enumerate(action.get("buttons", ())):
        if button == str(place):
            return payloads.button_reply(each["reply"]["id"], each["reply"]["title"])
    for each in (each for section in action.get("sections", ()) for each in section["rows"]):
        if row == each["id"]:
            return payloads.list_reply(each["id"], each["title"], each.get("description", ""))
    return None


def _history(number: WhatsAppNumber, digits: str, before: datetime) -> list[ScreenLine]:
    """What was said before this phone was first played: chats of the demo, shown as WhatsApp would have kept them."""
    rows = Message.objects.filter(conversation__number_id=number.pk, conversation__customer__phone=f"+{digits}")
    rows = rows.filter(created_at__lt=before).exclude(wamid=None).exclude(kind__in=[kind.value for kind in MARKS])
    rows = rows.order_by("-shown_at", "-id")[:SHOWN]
    return [
        ScreenLine(
            wamid=row.wamid or "",
            is_mine=not row.is_outgoing,
            content=as_seen(row),
            at=row.created_at,
            is_read=True,
        )
        for row in reversed(rows)
    ]


def _shown(number: WhatsAppNumber, digits: str, wamid: str) -> Json:
    """The message `wamid` as this phone has it; empty when it has none."""
    row = StandInMessage.objects.filter(
        phone_number_id=number.phone_number_id, recipient=digits, wamid=wamid[:200]
    ).first()
    if row is not None:
        return dict(row.payload)
    earlier = Message.objects.filter(
        wamid=wamid[:200],
        direction="out",
        conversation__number_id=number.pk,
        conversation__customer__phone=f"+{digits}",
    ).first()
    return as_seen(earlier) if earlier else {}


def send(number: WhatsAppNumber, person: Person, content: Json, *, context_wamid: str = "") -> None:
    """The phone sends `content` (Meta's typed part): kept on the screen, signed, and posted to the real webhook.

    Refuses: `WebhookRefused`; then nothing was sent and nothing is shown.
    """
    body = payloads.message_body(number, person, content, context_wamid=context_wamid)
    message = body["entry"][0]["changes"][0]["value"]["messages"][0]
    at = timezone.now()
    row = StandInMessage.objects.create(
        phone_number_id=number.phone_number_id,
        wamid=message["id"],
        recipient=person.digits,
        payload={_FROM_PHONE: content},
        created_at=at,
        read_at=at,
    )
    try:
        post_to_webhook(number, body)
    except WebhookRefused:
        row.delete()
        raise
    announce(signal_name(person.digits))


def look(number: WhatsAppNumber, digits: str) -> None:
    """The person looks at the phone: the shop gets blue ticks."""
    rows = StandInMessage.objects.filter(phone_number_id=number.phone_number_id, recipient=digits, read_at=None)
    mark_read(rows.order_by("id")[:20])


@transaction.atomic
def start_over(number: WhatsAppNumber, digits: str) -> None:
    """An empty screen, an empty basket and a talk from its beginning. Orders, points and the inbox keep what they have."""
    StandInMessage.objects.filter(phone_number_id=number.phone_number_id, recipient=digits).delete()
    StandInMessage.objects.create(
        phone_number_id=number.phone_number_id,
        wamid=payloads.new_wamid(),
        recipient=digits,
        payload={_EMPTIED: True},
        read_at=timezone.now(),
    )
    if thread := thread_of(number, digits):
        clear_basket(customer=thread.customer)
        Conversation.objects.filter(pk=thread.pk).update(
            state="", state_data={}, mode="bot", takeover_until=None, assignee_id=None, needs_person=False
        )
    announce(signal_name(digits))


def last_trace_of(thread: Conversation) -> TurnTrace | None:
    """What was behind the latest reply in this thread."""
    return TurnTrace.objects.filter(conversation=thread).select_related("message").order_by("-id").first()


def milliseconds_to_answer(number: WhatsAppNumber, digits: str) -> int | None:
    """From the phone's latest message to the first answer on its screen; None while nothing has come."""
    rows = StandInMessage.objects.filter(phone_number_id=number.phone_number_id, recipient=digits)
    asked = rows.filter(payload__has_key=_FROM_PHONE).order_by("-id").first()
    answer = rows.filter(id__gt=asked.pk).order_by("id").first() if asked else None
    return round((answer.created_at - asked.created_at).total_seconds() * 1000) if asked and answer else None


def _digits(phone: str | None) -> str:
    return (phone or "").removeprefix("+")
