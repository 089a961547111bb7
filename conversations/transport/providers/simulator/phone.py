"""Behind the stand-in in the product: messages are kept for the phone on the screen, receipts go to the real webhook."""

import asyncio
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final

import structlog
from django.conf import settings
from django.utils import timezone

from conversations.transport.models import StandInMessage
from conversations.transport.providers.simulator import phones, rules
from conversations.transport.providers.simulator.faults import Fault
from conversations.transport.providers.simulator.payloads import account_body, status_body
from conversations.transport.providers.simulator.recorder import Call
from conversations.transport.providers.simulator.rows import RowShelf, in_thread
from conversations.transport.providers.simulator.standin import StandInGraph
from conversations.transport.providers.simulator.switches import BLOCKED, switches_of, take_fault
from conversations.transport.providers.simulator.webhook import WebhookRefused, post_to_webhook
from tenants.live import announce
from tenants.models import Shop, WhatsAppNumber
from tenants.queries import UnknownNumber, number_by_phone_number_id

log = structlog.get_logger(__name__)
Json = dict[str, Any]
SENT_AFTER_SECONDS: Final = 0.05
DELIVERED_AFTER_SECONDS: Final = 0.4
# Meta takes up to a day; whoever tries things out has less patience.
REVIEW_SECONDS: Final = 4.0
OUTSIDE_WINDOW: Final = 131047


def signal_name(recipient: str) -> str:
    """What a phone on the screen listens to."""
    return f"simulator-{recipient}"


class PhoneRecorder:
    """Keeps accepted messages in rows."""

    review_seconds = REVIEW_SECONDS

    def __init__(self) -> None:
        self._later: set[asyncio.Task[None]] = set()

    async def admit(self, phone_number_id: str, access_token: str) -> Json | None:
        return await in_thread(_admit, phone_number_id, access_token)

    async def forbidden(self, call: Call) -> Json | None:
        return await in_thread(_forbidden, call)

    async def fault(self, phone_number_id: str) -> Fault | None:
        return await in_thread(take_fault, phone_number_id)

    async def number_facts(self, phone_number_id: str) -> Json:
        """What the stand-in tells of a number besides what was changed there."""
        return await in_thread(_number_facts, phone_number_id)

    async def numbers_in(self, waba_id: str) -> list[str]:
        """The phone number ids of an account."""
        return [number.phone_number_id for number in await in_thread(numbers_of, waba_id)]

    async def admit_account(self, waba_id: str, access_token: str) -> Json | None:
        return await in_thread(_admit_account, waba_id, access_token)

    async def account_of(self, phone_number_id: str) -> str:
        return await in_thread(_account_of, phone_number_id)

    async def news(self, waba_id: str, field: str, value: Json) -> None:
        await in_thread(post_account_news, waba_id, field, value)

    async def refused(self, call: Call, error: Json) -> None:
        log.info("stand_in_refused", phone_number_id=call.phone_number_id, code=error.get("error", {}).get("code"))

    async def seen(self, phone_number_id: str, payload: Json) -> None:
        """The phone's own ticks follow the shop's turns; there is nothing to keep."""

    async def accepted(self, call: Call) -> None:
        await in_thread(_keep, call)
        task = asyncio.create_task(self._receipts(call))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _receipts(self, call: Call) -> None:
        """WhatsApp took it; a moment later it is on the phone."""
        for status, wait in (("sent", SENT_AFTER_SECONDS), ("delivered", DELIVERED_AFTER_SECONDS)):
            await asyncio.sleep(wait)
            await in_thread(_post_status, call.phone_number_id, call.wamid, status, call.recipient, call.token)


def _number(phone_number_id: str) -> WhatsAppNumber | None:
    try:
        number = number_by_phone_number_id(phone_number_id)
    except UnknownNumber:
        return None
    return number if number.provider == WhatsAppNumber.Provider.SIMULATOR else None


def _admit(phone_number_id: str, access_token: str) -> Json | None:
    number = _number(phone_number_id)
    if number is None:
        return rules.error_object(100, "Object does not exist, or the token has no access to it.", subcode=33)
    if number.access_token and number.access_token != access_token:
        return rules.error_object(190)
    return None


def _forbidden(call: Call) -> Json | None:
    """Outside the person's 24 hours Meta takes templates only, and from an account that may not write first nothing.

    Somebody who never wrote here may be known from before the simulator: what is no template is then taken.
    """
    ends = phones.window_ends(call.phone_number_id, phones.digits_of(call.phone_number_id, call.recipient))
    is_open = ends is not None and ends > timezone.now()
    if call.payload.get("type") != "template":
        return None if is_open or ends is None else rules.error_object(OUTSIDE_WINDOW)
    is_first = not is_open and switches_of(call.phone_number_id).only_answers
    return rules.error_object(BLOCKED) if is_first else None


def numbers_of(waba_id: str) -> list[WhatsAppNumber]:
    """The numbers of the simulator in an account, oldest first."""
    numbers = WhatsAppNumber.objects.filter(provider=WhatsAppNumber.Provider.SIMULATOR)
    return list(numbers.filter(waba_id=waba_id).exclude(waba_id="").order_by("id"))


def _admit_account(waba_id: str, access_token: str) -> Json | None:
    numbers = numbers_of(waba_id)
    if not numbers:
        return rules.error_object(100, "Object does not exist, or the token has no access to it.", subcode=33)
    if not any(number.access_token in ("", access_token) for number in numbers):
        return rules.error_object(190)
    return None


def _number_facts(phone_number_id: str) -> Json:
    number = _number(phone_number_id)
    return {"display_phone_number": number.phone, "verified_name": number.display_name} if number else {}


def _account_of(phone_number_id: str) -> str:
    number = _number(phone_number_id)
    return number.waba_id if number else ""


def post_account_news(waba_id: str, field: str, value: Json, *, entry_id: str = "") -> None:
    """Post what happened to an account to the webhook of its first number; news that does not arrive is lost.

    `entry_id` is what the news stands under where that is not the account.
    """
    for number in numbers_of(waba_id)[:1]:
        try:
            post_to_webhook(number, account_body(entry_id or waba_id, field, value))
        except WebhookRefused as problem:
            log.warning("stand_in_news_lost", field=field, reason=str(problem))


def _keep(call: Call) -> None:
    digits = phones.digits_of(call.phone_number_id, call.recipient)
    StandInMessage.objects.create(
        phone_number_id=call.phone_number_id, wamid=call.wamid, recipient=digits, payload=call.payload
    )
    shop = _player(call.phone_number_id, digits)
    if shop is not None:
        announce(signal_name(digits), shop=shop)


def _player(phone_number_id: str, digits: str) -> Shop | None:
    """Whose pages show the phone: the shop of the number, on the shared one the shop that opened the phone."""
    number = _number(phone_number_id)
    if number is None:
        return None
    shop_id = phones.opener(phone_number_id, digits)
    return number.shop or (Shop.objects.filter(pk=shop_id).first() if shop_id is not None else None)


def _post_status(phone_number_id: str, wamid: str, status: str, recipient: str, token: str) -> None:
    number = _number(phone_number_id)
    if number is None:
        return
    try:
        post_to_webhook(number, status_body(number, wamid=wamid, status=status, recipient=recipient, token=token))
    except WebhookRefused as problem:
        log.warning("stand_in_receipt_lost", reason=str(problem))


def mark_read(messages: Iterable[StandInMessage]) -> None:
    """The person looks at the phone: blue ticks for what was not read yet, each exactly once."""
    for message in messages:
        is_news = StandInMessage.objects.filter(pk=message.pk, read_at=None).update(read_at=timezone.now())
        if is_news:
            token = str(message.payload.get("biz_opaque_callback_data", ""))
            _post_status(message.phone_number_id, message.wamid, "read", message.recipient, token)


@cache
def _standin() -> StandInGraph:
    return StandInGraph(PhoneRecorder(), shelf=RowShelf())


async def _switched_off(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": b"The simulator is switched off."})


def product_standin() -> Callable[..., Any]:
    """The application behind `/simulator/graph/`, or a plain 404 where the simulator is switched off."""
    return _standin() if settings.SIMULATOR else _switched_off
