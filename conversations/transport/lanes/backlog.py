"""What waits in a lane and what of it may be handled now; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# While its first retries run, a failing message holds its lane; afterwards it waits alone and the talk goes on.
HOLDS_LANE_FAILURES = 3


@dataclass(frozen=True, slots=True)
class LaneEvent:
    """One event as the handler sees it; `data` is what the provider's parser made of it."""

    id: int
    kind: str
    event_key: str
    shop_id: int
    number_id: int | None
    provider_at: datetime | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to one turn in a lane. `attempt` above 1: earlier turns were started and never finished."""

    key: str
    kind: str
    shop_id: int
    fence: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event in its lane; due when `due_in` seconds are not above zero."""

    event: LaneEvent
    failures: int
    due_in: float

    def holds(self, lane_kind: str) -> bool:
        """Whether later events of the lane wait while this one waits for its retry."""
        if lane_kind == "payment":
            return True
        return self.event.kind not in ("status", "copy") and self.failures <= HOLDS_LANE_FAILURES

    def leaves_marker(self, lane_kind: str) -> bool:
        """Whether its death is shown in the talk: a customer's message that nobody could handle."""
        return lane_kind == "chat" and self.event.kind == "message"


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in a lane, oldest first; `parked_in`: seconds until the next of those that wait alone, if any.

    `has_more`: there are further events behind these.
    """

    events: tuple[Waiting, ...]
    parked_in: float | None
    has_more: bool = False

    def due(self, lane_kind: str) -> list[Waiting]:
        """What may be handled now: up to the first event that holds the rest."""
        due = []
        for each in self.events:
            if each.due_in <= 0:
                due.append(each)
            elif each.holds(lane_kind):
                break
        return due

    def without(self, settled: Sequence[Waiting], lane_kind: str, postponed: Sequence[Waiting] = ()) -> "Backlog":
        """What remains after a turn that settled some and postponed others."""
        later = {each.event.id: each for each in postponed}
        gone = {each.event.id for each in settled}
        events = [later.get(each.event.id, each) for each in self.events if each.event.id not in gone]
        alone = [each.due_in for each in events if each.due_in > 0 and not each.holds(lane_kind)]
        parked = [*alone, *([] if self.parked_in is None else [self.parked_in])]
        return Backlog(tuple(events), min(parked, default=None), self.has_more)

    def next_in(self, lane_kind: str) -> float:
        """Seconds until the lane has something to do; zero also when nothing is known to wait."""
        waits = [] if self.parked_in is None else [self.parked_in]
        for each in self.events:
            if each.due_in <= 0:
                return 0.0
            if each.holds(lane_kind):
                return max(0.0, min([*waits, each.due_in]))
        return 0.0 if self.has_more else max(0.0, min(waits, default=0.0))
