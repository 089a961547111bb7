"""The phones of the simulator: who may be played, what their screens show, and what they do.

What a phone sends is kept beside what reaches it, once the webhook took it; `screen` makes its screen of both.
"""

import secrets
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from conversations.models import Conversation, TurnTrace
from conversations.simulated import shared
from conversations.simulated.refusals import NoNumber, NotAPhoneOfOurs
from conversations.simulated.screen import EMPTIED
from conversations.transport.models import StandInMessage
from conversations.transport.providers.simulator import payloads, phones
from conversations.transport.providers.simulator.payloads import Person
from conversations.transport.providers.simulator.phone import mark_read, signal_name
from conversations.transport.providers.simulator.webhook import WebhookRefused, post_to_webhook
from loyalty.models import Customer, CustomerIdentity
from orders.basket import clear_basket
from tenants.live import announce
from tenants.models import Shop, WhatsAppNumber
from tenants.services.numbers import add_number

Json = dict[str, Any]
# The business-scoped id which the phone with these digits begins with: `id_of("393330869169")`.
id_of = payloads.user_id_of
# What strangers call themselves on WhatsApp. So many of each that neither number divides ten: phones that differ only in
# their first digits have different names.
_FIRST: Final = (
    "Zola",
    "Ravi",
    "Giulia",
    "Noah",
    "Lerato",
    "Meera",
    "Marta",
    "Imran",
    "Bianca",
    "Sipho",
    "Elena",
    "Arjun",
    "Chiara",
)
_LAST: Final = ("Conti", "Naidoo", "Moyo", "Greco", "Patel", "Botha", "Ferri", "Dlamini", "Rao", "Costa", "Nkosi")


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


def stranger() -> str:
    """The digits of a number nobody has."""
    return f"1{secrets.randbelow(700) + 201}55501{secrets.randbelow(100):02d}"


def fresh_phone(number: WhatsAppNumber) -> str:
    """The digits of a phone the current shop may play on this number, whose person has a name of their own.

    Refuses: `NotAPhoneOfOurs` when all are taken.
    """
    for digits in (stranger() for _ in range(50)):
        try:
            person = person_with(number, digits)
        except NotAPhoneOfOurs:
            continue
        if not _is_taken(person.name):
            return person.digits
    raise NotAPhoneOfOurs("There is no free phone left on this number.")


def customers_to_play(number: WhatsAppNumber, *, limit: int = 4) -> list[Customer]:
    """Customers who have written to the shop's simulator number, latest first; nobody on the shared one."""
    if number.shop_id is None:
        return []
    threads = Conversation.objects.filter(number_id=number.pk).exclude(customer__phone=None)
    threads = threads.select_related("customer").order_by("-last_message_at", "-id")[: limit * 3]
    real = [thread.customer for thread in threads if not shared.is_nobodys_number(_digits(thread.customer.phone))]
    return real[:limit]


def person_with(number: WhatsAppNumber, digits: str) -> Person:
    """Whom these digits belong to. Refuses: `NotAPhoneOfOurs`."""
    if not digits.isascii() or not digits.isdigit() or not 7 <= len(digits) <= 15:
        raise NotAPhoneOfOurs("This is not a phone number.")
    if number.shop_id is None:
        shared.must_be_ours(number, digits)
    user_id = phones.user_id(number.phone_number_id, digits)
    thread = thread_of(number, digits)
    if thread is not None:
        return Person(digits, thread.customer.name or thread.customer.profile_name or "Somebody", user_id)
    if not shared.is_nobodys_number(digits):
        raise NotAPhoneOfOurs("Only customers of this simulator can be played.")
    return Person(digits, _name_of(digits), user_id)


def _name_of(digits: str) -> str:
    """What the stranger with these digits is called, always the same."""
    place = int(digits)
    return f"{_FIRST[place % len(_FIRST)]} {_LAST[place % len(_LAST)]}"


def _is_taken(name: str) -> bool:
    """Whether a customer of the shop is called so already."""
    return Customer.objects.filter(Q(name=name) | Q(profile_name=name)).exists()


def thread_of(number: WhatsAppNumber, digits: str) -> Conversation | None:
    """The shop's thread with this phone, once it has written; also while the shop knows only its hidden id."""
    rows = Conversation.objects.filter(number_id=number.pk).select_related("customer")
    by_phone = rows.filter(customer__phone=f"+{digits}").first()
    if by_phone is not None:
        return by_phone
    ids = phones.user_ids(number.phone_number_id, digits)
    known = CustomerIdentity.objects.filter(scope=number.portfolio, kind="bsuid", value__in=ids)
    return rows.filter(customer__in=known.values("customer")).first()


def send(number: WhatsAppNumber, person: Person, content: Json, *, context_wamid: str = "") -> None:
    """The phone sends `content` (Meta's typed part): kept on the screen, signed, and posted to the real webhook.

    On the shared number it is this shop's phone from then on. Refuses: `WebhookRefused`; then nothing was sent and
    nothing is shown. `NotAPhoneOfOurs` for a phone that another shop has opened in between.
    """
    shared.open_phone(number, person.digits)
    body = payloads.message_body(number, person, content, context_wamid=context_wamid)
    message = body["entry"][0]["changes"][0]["value"]["messages"][0]
    at = timezone.now()
    row = StandInMessage.objects.create(
        phone_number_id=number.phone_number_id,
        wamid=message["id"],
        recipient=person.digits,
        payload={phones.FROM_PHONE: content, **({"context": {"message_id": context_wamid}} if context_wamid else {})},
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
    shared.open_phone(number, digits)
    StandInMessage.objects.filter(phone_number_id=number.phone_number_id, recipient=digits).delete()
    StandInMessage.objects.create(
        phone_number_id=number.phone_number_id,
        wamid=payloads.new_wamid(),
        recipient=digits,
        payload={EMPTIED: True},
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
    asked = rows.filter(payload__has_key=phones.FROM_PHONE).order_by("-id").first()
    answer = rows.filter(id__gt=asked.pk).order_by("id").first() if asked else None
    return round((answer.created_at - asked.created_at).total_seconds() * 1000) if asked and answer else None


def _digits(phone: str | None) -> str:
    return (phone or "").removeprefix("+")
