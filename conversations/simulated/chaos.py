"""WhatsApp on a bad day, on demand: what the switches of the simulator do to one number and its phones."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Final

from django.utils import timezone

from conversations import simulated
from conversations.models import Conversation
from conversations.simulated import shared
from conversations.simulated.palette import KINDS, Scene
from conversations.simulated.spoken import spoken
from conversations.transport.models import StandInMessage
from conversations.transport.providers.registry import known_codes, sentence_for
from conversations.transport.providers.simulator import bodies, phones, switches
from conversations.transport.providers.simulator.payloads import Person
from conversations.transport.providers.simulator.switches import ALWAYS, Switches
from conversations.transport.providers.simulator.webhook import post_to_webhook
from conversations.transport.rules.windows import WINDOW
from shopme.lib.errors import BusinessError
from tenants.live import announce
from tenants.models import Shop, WhatsAppNumber

# How long a window may be set to, in minutes: an hour more than Meta gives would be a lie.
LONGEST_WINDOW_MINUTES: Final = int(WINDOW.total_seconds() // 60)
MOST_SENDS: Final = 1000


class NoSuchKind(BusinessError):
    """The palette has no such message."""


class NoSuchFault(BusinessError):
    """There is no such fault, or not that often."""


class NobodyWrote(BusinessError):
    """The phone has no thread with the shop yet."""


@dataclass(frozen=True, slots=True)
class SendFault:
    """One way in which a send can go wrong: `mode` of the stand-in, with Meta's `code` for `mode` "code"."""

    key: str
    label: str
    mode: str
    code: int = 0


ODD_ANSWERS: Final = (
    SendFault("accept_then_hang", "Time-out after accepting", "accept_then_hang"),
    SendFault("hang", "Time-out, nothing accepted", "hang"),
    SendFault("drip", "One byte a second", "drip"),
    SendFault("reset", "Connection broken", "reset"),
    SendFault("reset_after_headers", "Broken in the middle of the answer", "reset_after_headers"),
    SendFault("status", "503, without a word", "status"),
    SendFault("html", "A web page instead of an answer", "html"),
    SendFault("empty", "An empty answer", "empty"),
    SendFault("truncated", "Half an answer", "truncated"),
    SendFault("wrong_type", "An answer of another shape", "wrong_type"),
    SendFault("missing_id", "An answer without an id", "missing_id"),
)


@cache
def error_faults() -> tuple[SendFault, ...]:
    """One for each of Meta's error codes that we know, in their order."""
    return tuple(
        SendFault(f"code-{code}", f"{code} · {sentence_for(code)}", "code", code) for code in sorted(known_codes())
    )


def send_fault(key: str) -> SendFault:
    """The fault called `key`. Refuses: `NoSuchFault`."""
    for fault in (*ODD_ANSWERS, *error_faults()):
        if fault.key == key:
            return fault
    raise NoSuchFault("There is no such fault.")


def send_kind(*, shop: Shop, number: WhatsAppNumber, person: Person, key: str) -> None:
    """The phone sends the message `key` of the palette. Refuses: `NoSuchKind`, `NothingToActOn`, `WebhookRefused`."""
    kind = KINDS.get(key)
    if kind is None:
        raise NoSuchKind("The palette has no such message.")
    if kind.sample is not None:
        caption = spoken(kind.sample.caption)
        made = BytesIO(kind.sample.make())
        simulated.send_file(number, person, made, filename=kind.sample.filename, caption=caption)
        return
    if kind.make is None:
        raise NoSuchKind("The palette has no such message.")
    scene = scene_of(shop, number, person)
    simulated.send(number, person, kind.make(scene), context_wamid=scene.theirs if kind.is_reply else "")


def scene_of(shop: Shop, number: WhatsAppNumber, person: Person) -> Scene:
    """What this phone could act on now."""
    rows = StandInMessage.objects.filter(phone_number_id=number.phone_number_id, recipient=person.digits)
    mine = rows.filter(payload__sent_by_phone__type="text").order_by("-id").first()
    theirs = rows.exclude(payload__has_key="sent_by_phone").exclude(payload__has_key="started_over")
    latest = theirs.order_by("-id").first()
    return Scene(shop, person, latest.wamid if latest else "", mine.wamid if mine else "")


def misbehave(number: WhatsAppNumber, wanted: Switches) -> None:
    """How webhooks come from now on; what happens to sends stays as it is. Refuses: `NoSuchFault`."""
    kept = switches.switches_of(number.phone_number_id)
    still = replace(kept, duplicate=wanted.duplicate, reorder=wanted.reorder, delay_seconds=wanted.delay_seconds)
    _set(number, replace(still, hide_phone=wanted.hide_phone))


def fail_sends(number: WhatsAppNumber, *, fault: str, times: int) -> None:
    """The next `times` sends meet `fault`; -1: until it is switched off, 0 or no fault: none. Refuses: `NoSuchFault`."""
    if not ALWAYS <= times <= MOST_SENDS:
        raise NoSuchFault(f"Between 0 and {MOST_SENDS} sends can fail.")
    kept = switches.switches_of(number.phone_number_id)
    if not fault or not times:
        _set(number, replace(kept, mode="", code=0, left=0))
        return
    found = send_fault(fault)
    _set(number, replace(kept, mode=found.mode, code=found.code, left=times))


def _set(number: WhatsAppNumber, wanted: Switches) -> None:
    try:
        switches.set_switches(number.phone_number_id, wanted)
    except ValueError as problem:
        raise NoSuchFault(str(problem)) from problem


def calm(number: WhatsAppNumber) -> None:
    """A good day again; what Meta has forbidden the account stays forbidden."""
    kept = switches.switches_of(number.phone_number_id)
    calm_again = replace(switches.CALM, barred=kept.barred, only_answers=kept.only_answers)
    switches.set_switches(number.phone_number_id, calm_again)


def rotate_id(number: WhatsAppNumber, person: Person) -> None:
    """WhatsApp gives the person another business-scoped id and says so. Refuses: `WebhookRefused`."""
    old, new = phones.rotate(number.phone_number_id, person.digits)
    post_to_webhook(number, bodies.id_changed_body(number, digits=person.digits, old_id=old, new_id=new))


def change_number(number: WhatsAppNumber, person: Person, *, as_of_old: bool = False) -> str:
    """The person gets another phone number and keeps the person; the new digits. Refuses: `WebhookRefused`.

    `as_of_old`: told in the words of older versions, without ids.
    """
    digits = simulated.stranger()
    shared.open_phone(number, digits)
    new_id = phones.remember(number.phone_number_id, digits)
    if as_of_old:
        body = bodies.number_changed_old_body(number, digits=person.digits, new_digits=digits)
    else:
        body = bodies.number_changed_body(
            number, digits=person.digits, new_digits=digits, old_id=person.bsuid, new_id=new_id
        )
    post_to_webhook(number, body)
    return digits


def change_security_code(number: WhatsAppNumber, person: Person) -> None:
    """WhatsApp says that the person's security code is another one. Refuses: `WebhookRefused`."""
    post_to_webhook(number, bodies.identity_changed_body(number, digits=person.digits, user_id=person.bsuid))


def prefer(number: WhatsAppNumber, person: Person, value: str) -> None:
    """The person presses Meta's own “Stop” (`stop`) or “Resume” (`resume`). Refuses: `NoSuchKind`, `WebhookRefused`."""
    if value not in ("stop", "resume"):
        raise NoSuchKind("Meta knows stop and resume.")
    post_to_webhook(number, bodies.preference_body(number, digits=person.digits, user_id=person.bsuid, value=value))


def move_window(number: WhatsAppNumber, digits: str, *, minutes: int) -> None:
    """Let the window of this phone's thread close in `minutes` from now; 0: it is shut. Refuses: `NobodyWrote`."""
    thread = simulated.thread_of(number, digits)
    if thread is None:
        raise NobodyWrote("There is no thread yet: write something first.")
    ends = timezone.now() + timedelta(minutes=max(0, min(minutes, LONGEST_WINDOW_MINUTES)))
    Conversation.objects.filter(pk=thread.pk).update(window_expires_at=ends)
    phones.move_window(number.phone_number_id, digits, ends=ends)
    announce(f"thread-{thread.pk}")
