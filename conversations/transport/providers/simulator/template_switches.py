"""What a person at the simulator may do to a shop's templates as if they were Meta; each is told by a real signed webhook."""

import time
from typing import Final

from conversations.transport.models import StandInThing
from conversations.transport.providers.simulator.phone import post_account_news
from conversations.transport.providers.simulator.shelf import Thing
from conversations.transport.providers.simulator.template_news import (
    REVIEW,
    TEMPLATE,
    Told,
    doubted,
    paused,
    rated,
    recategorised,
    reviewed,
    reworded,
    to_be_recategorised,
)
from shopme.lib.errors import BusinessError

REVIEWS: Final = ("", "approve", "reject", "wait")
SCORES: Final = ("GREEN", "YELLOW", "RED", "UNKNOWN")


class NoSuchTemplate(BusinessError):
    """The stand-in keeps no template with this id."""


def templates_at_meta(waba_id: str) -> list[Thing]:
    """What the stand-in keeps for an account, oldest first."""
    rows = StandInThing.objects.filter(kind=TEMPLATE, owner=waba_id).order_by("id")
    return [Thing(row.kind, row.owner, row.key, row.data) for row in rows]


def set_review(waba_id: str, verdict: str) -> None:
    """How reviews of this account end from now on: `approve`, `reject`, `wait`, or by the words (empty)."""
    if verdict not in REVIEWS:
        raise ValueError(verdict)
    StandInThing.objects.update_or_create(
        kind=REVIEW, key=waba_id, defaults={"owner": waba_id, "data": {"verdict": verdict}}
    )


def approve_template(provider_id: str) -> None:
    """End its review with a yes. Refuses: `NoSuchTemplate`."""
    _tell(reviewed(_thing(provider_id), "APPROVED"))


def reject_template(provider_id: str, *, reason: str = "PROMOTIONAL") -> None:
    """End its review with a no. Refuses: `NoSuchTemplate`."""
    _tell(reviewed(_thing(provider_id), "REJECTED", reason=reason))


def pause_template(provider_id: str) -> None:
    """Pause it for low quality: three hours, then six, then off for good. Refuses: `NoSuchTemplate`."""
    _tell(paused(_thing(provider_id)))


def unpause_template(provider_id: str) -> None:
    """End its pause. Refuses: `NoSuchTemplate`."""
    _tell(reviewed(_thing(provider_id), "APPROVED", info={"title": "UNPAUSE"}))


def set_quality(provider_id: str, score: str) -> None:
    """Rate it. Refuses: `NoSuchTemplate`."""
    if score not in SCORES:
        raise ValueError(score)
    _tell(rated(_thing(provider_id), score))


def set_category(provider_id: str, category: str) -> None:
    """Move it to another category. Refuses: `NoSuchTemplate`."""
    _tell(recategorised(_thing(provider_id), category))


def announce_category(provider_id: str, category: str, *, days: int = 7) -> None:
    """Say that it will be moved to another category. Refuses: `NoSuchTemplate`."""
    _tell(to_be_recategorised(_thing(provider_id), category, at=int(time.time()) + days * 86_400))


def doubt_category(provider_id: str) -> None:
    """Say that its category seems wrong. Refuses: `NoSuchTemplate`."""
    _tell(doubted(_thing(provider_id)))


def reword(provider_id: str) -> None:
    """Somebody changes its words at Meta. Refuses: `NoSuchTemplate`."""
    thing = _thing(provider_id)
    body = next((str(part.get("text", "")) for part in thing.data["components"] if part.get("type") == "BODY"), "")
    _tell(reworded(thing, f"{body} Thank you."))


def _thing(provider_id: str) -> Thing:
    row = StandInThing.objects.filter(kind=TEMPLATE, key=provider_id).first()
    if row is None:
        raise NoSuchTemplate("The simulator has no template with this id.")
    return Thing(row.kind, row.owner, row.key, row.data)


def _tell(told: Told) -> None:
    StandInThing.objects.filter(kind=TEMPLATE, key=told.thing.key).update(data=told.thing.data)
    post_account_news(told.thing.owner, told.field, told.value)
