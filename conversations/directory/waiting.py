"""What a person said that no shop has been given yet: parked until they say which shop it is for, or behind a picture.

Parked messages go to the shop that is entered next, whichever way, as long as they are fresh: entering a shop answers
the question. Nothing of them is left behind for another shop.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from conversations.directory import secrets
from conversations.transport.types import Incoming, IncomingKind
from shopme.lib.text import clean_text
from tenants.models import Shopper

Kind = IncomingKind
# How long a message waits for the answer which shop it is for, and a picture for being looked at.
PARKED: Final = timedelta(minutes=30)
LOOKS: Final = timedelta(seconds=45)
MOST: Final = 30


def park(shopper: Shopper, incoming: Incoming, at: datetime) -> None:
    """It waits for the answer to “which shop?”. What was parked before and got no answer is let go after a while."""
    kept = shopper.parked if is_fresh(shopper, at) else []
    shopper.parked, shopper.parked_since = [*kept, secrets.as_kept(shopper, incoming).to_json()][-MOST:], at


def is_fresh(shopper: Shopper, at: datetime) -> bool:
    return shopper.parked_since is not None and at - shopper.parked_since <= PARKED


def take_parked(shopper: Shopper, at: datetime) -> list[Incoming]:
    """What is parked and fresh, for the shop that is being entered. Nothing is parked from now on."""
    parked = _read(shopper, shopper.parked) if is_fresh(shopper, at) else []
    shopper.parked, shopper.parked_since = [], None
    return parked


def change_parked(shopper: Shopper, mark: Incoming) -> None:
    """New words for something parked, or it is taken back: no shop shall be given what was deleted before."""
    kept = []
    for each in shopper.parked:
        if each.get("wamid") != mark.context_wamid:
            kept.append(each)
        elif mark.kind is Kind.EDIT:
            kept.append({**each, "text": clean_text(mark.text)})
    shopper.parked, shopper.parked_since = kept, shopper.parked_since if kept else None


def is_behind_picture(shopper: Shopper) -> bool:
    """Whether a picture is being looked at: the first of those that wait."""
    return bool(shopper.waiting)


def is_room(shopper: Shopper, more: Sequence[Incoming], at: datetime) -> bool:
    """Whether `more` may wait behind the picture: for a while and not without end."""
    since = shopper.waiting_since
    return since is not None and at - since <= LOOKS and len(shopper.waiting) + len(more) <= MOST


def wait_behind(shopper: Shopper, incomings: Sequence[Incoming]) -> None:
    """What came while a picture is looked at stands in line behind it, in the order it came."""
    shopper.waiting = [*shopper.waiting, *(secrets.as_kept(shopper, each).to_json() for each in incomings)]


def begin(shopper: Shopper, picture: Incoming, behind: Sequence[Incoming], at: datetime) -> None:
    """A picture is looked at from now on, and what came behind it waits."""
    shopper.waiting, shopper.waiting_since = (
        [secrets.as_kept(shopper, each).to_json() for each in (picture, *behind)],
        at,
    )


def waits_for(shopper: Shopper, wamid: str) -> bool:
    """Whether it is this picture that everything else waits behind."""
    return bool(shopper.waiting) and shopper.waiting[0].get("wamid") == wamid


def take_waiting(shopper: Shopper) -> list[Incoming]:
    """The picture and everything behind it, in their order. Nothing waits from now on."""
    waiting = _read(shopper, shopper.waiting)
    shopper.waiting, shopper.waiting_since = [], None
    return waiting


def _read(shopper: Shopper, kept: Sequence[dict[str, object]]) -> list[Incoming]:
    return [Incoming.from_json(each, number_id=shopper.number_id) for each in kept]
