"""What goes wrong on purpose on one number: kept in a row, so that every process of the house obeys the same switches."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from django.db import transaction

from conversations.transport.models import StandInThing
from conversations.transport.providers.simulator.faults import MODES, Fault

Json = dict[str, Any]
KIND: Final = "switches"
LONGEST_DELAY_SECONDS: Final = 60
BLOCKED: Final = 368  # what Meta answers to an account it has blocked for a while for a breach of policy
ALWAYS: Final = -1  # a fault of sends that stays until it is switched off


@dataclass(frozen=True, slots=True)
class Switches:
    """How WhatsApp behaves towards one number.

    On the way in: `duplicate` (each webhook comes twice, the second time in another envelope), `reorder` (a webhook
    comes after the next one), `delay_seconds`, `hide_phone` (people are known by their business-scoped id alone).
    On the way out: the next `left` sends meet the fault `mode` of `faults.MODES`, with Meta's `code` where it has one;
    every send of a `barred` number is refused with that code, until Meta lets it send again; one that `only_answers`
    may not write first, to somebody whose 24 hours are over.
    """

    duplicate: bool = False
    reorder: bool = False
    delay_seconds: int = 0
    hide_phone: bool = False
    mode: str = ""
    code: int = 0
    left: int = 0
    barred: int = 0
    only_answers: bool = False

    @property
    def is_calm(self) -> bool:
        """Whether webhooks come once, in order and at once."""
        return not (self.duplicate or self.reorder or self.delay_seconds)

    @property
    def fault(self) -> Fault | None:
        """What the next send meets."""
        if self.barred:
            return Fault("code", code=self.barred)
        return (
            Fault(self.mode, code=self.code, seconds=_SECONDS.get(self.mode, 1.0)) if self.mode and self.left else None
        )


# Longer than a sender waits for an answer; slowly enough that an answer takes too long.
_SECONDS: Final = {"hang": 15.0, "accept_then_hang": 15.0, "drip": 1.0}
CALM: Final = Switches()


def switches_of(phone_number_id: str) -> Switches:
    """How things stand for this number."""
    row = StandInThing.objects.filter(kind=KIND, key=phone_number_id).first()
    return from_json(row.data) if row else CALM


def from_json(data: Mapping[str, Any]) -> Switches:
    """Switches from a row; what a later version wrote and this one does not know is left out."""
    known = {name: data[name] for name in Switches.__dataclass_fields__ if name in data}
    return Switches(**known)


def set_switches(phone_number_id: str, switches: Switches) -> None:
    """Behave like this from now on. Refuses: `ValueError` for a delay or a mode that does not exist."""
    if not 0 <= switches.delay_seconds <= LONGEST_DELAY_SECONDS:
        raise ValueError(f"A delay has 0 to {LONGEST_DELAY_SECONDS} seconds.")
    if switches.mode and switches.mode not in MODES:
        raise ValueError(f"There is no fault called {switches.mode}.")
    StandInThing.objects.update_or_create(
        kind=KIND, key=phone_number_id, defaults={"owner": phone_number_id, "data": asdict(switches)}
    )


@transaction.atomic
def take_fault(phone_number_id: str) -> Fault | None:
    """The fault the send at hand meets, counted down unless the number is barred. Locks the switches."""
    row = StandInThing.objects.select_for_update().filter(kind=KIND, key=phone_number_id).first()
    switches = from_json(row.data) if row else CALM
    fault = switches.fault
    if row is not None and fault is not None and switches.left > 0 and not switches.barred:
        left = switches.left - 1
        row.data = asdict(replace(switches, left=left, mode=switches.mode if left else ""))
        row.save(update_fields=["data"])
    return fault
