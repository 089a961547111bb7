"""Lanes: everything of one person, or of one shop's payments, one after another and each thing once.

A claim is a short statement of its own that raises the lane's fence and counts the attempt before any work begins, so
even a killed process is counted. A turn is one transaction: effects, replies and `done` commit together, and only if
the fence is still the claim's; a late worker therefore changes nothing. Splitters never wait for a turn.
"""

from collections.abc import Callable, Sequence

import structlog
from django.db import transaction

from conversations.transport import infrastructure
from conversations.transport.lanes import backoff, lane_rows
from conversations.transport.lanes.backlog import Backlog, Claim, LaneEvent, Waiting
from conversations.transport.lanes.lane_rows import LostLane
from shopme.lib.errors import BusinessError
from shopme.lib.failpoints import fail_at
from tenants.context import ShopClosed, inside
from tenants.live import announce
from tenants.models import Shop
from tenants.queries import UnknownShop, owner_by_id

__all__ = ["Claim", "Handler", "LaneEvent", "NotYet", "take_turn"]

PARKED_SECONDS = 600
QUICK_RETRIES = 3

log = structlog.get_logger(__name__)

# Handles events of one lane in order, inside the shop and the transaction of the turn.
Handler = Callable[[Shop, str, Sequence[LaneEvent]], None]


class NotYet(BusinessError):
    """An event came before what it is about; it is tried again later."""


class EndedItsProcess(RuntimeError):
    """Every turn with this event ended the process it ran in."""


def take_turn(claim: Claim, handler: Handler) -> bool:
    """Handle what waits in the claimed lane; after a failure event by event, so that a bad one stands alone.

    True when something waits in the lane still. Raises only for trouble with the database itself; the lane is then
    still marked and must be released.
    """
    try:
        shop = owner_by_id(claim.shop_id)
        with inside(shop):
            if claim.attempt > 1:
                return _suspect_turn(claim, shop, handler)
            waits = _quick_turn(claim, shop, handler)
            return _careful_turn(claim, shop, handler) if waits is None else waits
    except LostLane:
        log.info("lane_lost", shop_id=claim.shop_id, fence=claim.fence)
    except (UnknownShop, ShopClosed) as refusal:
        log.info("lane_parked", shop_id=claim.shop_id, reason=type(refusal).__name__)
        lane_rows.release(claim, wait=PARKED_SECONDS)
    return False


def _quick_turn(claim: Claim, shop: Shop, handler: Handler) -> bool | None:
    """All at once, again at once after a deadlock; None when an event failed and nothing was kept."""
    for _ in range(QUICK_RETRIES):
        try:
            return _whole_turn(claim, shop, handler)
        except LostLane:
            raise
        except Exception as problem:
            if infrastructure.is_gone(problem):
                raise
            if not infrastructure.is_passing(problem):
                return None
    return None


@transaction.atomic
def _whole_turn(claim: Claim, shop: Shop, handler: Handler) -> bool:
    fail_at("turn_begun", claim.key)
    backlog = lane_rows.read(claim)
    fail_at("lane_read", claim.key)
    due = backlog.due(claim.kind)
    if due:
        handler(shop, claim.key, [each.event for each in due])
        fail_at("events_handled", claim.key)
    waits = lane_rows.finish(claim, done=due, rest=backlog.without(due, claim.kind))
    fail_at("lane_finished", claim.key)
    return waits


@transaction.atomic
def _careful_turn(claim: Claim, shop: Shop, handler: Handler) -> bool:
    """Event by event, each in its own savepoint; the first failure that holds the lane ends the turn."""
    backlog = lane_rows.read(claim)
    result = _Result(claim)
    for each in backlog.due(claim.kind):
        if not result.add(each, _try_one(claim, shop, handler, each), failures=each.failures + 1):
            break
    return result.finish(backlog)


def _suspect_turn(claim: Claim, shop: Shop, handler: Handler) -> bool:
    """An earlier turn here took its process down: the first event alone, counted before it starts."""
    with transaction.atomic():
        head = next(iter(lane_rows.read(claim).due(claim.kind)), None)
        if head is not None and head.failures < backoff.MOST_RETRIES:
            lane_rows.count_attempt(head)
    with transaction.atomic():
        backlog = lane_rows.read(claim)
        result = _Result(claim)
        if head is not None:
            problem: Exception | None = EndedItsProcess("every turn with this event ended its process")
            if head.failures < backoff.MOST_RETRIES:
                problem = _try_one(claim, shop, handler, head)
            result.add(head, problem, failures=head.failures + 1)
        return result.finish(backlog)


def _try_one(claim: Claim, shop: Shop, handler: Handler, each: Waiting) -> Exception | None:
    try:
        with transaction.atomic():
            handler(shop, claim.key, [each.event])
    except Exception as problem:
        if infrastructure.is_gone(problem):
            raise
        return problem
    return None


class _Result:
    """What became of the events of a careful turn."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._done: list[Waiting] = []
        self._dead: list[Waiting] = []
        self._postponed: list[Waiting] = []

    def add(self, each: Waiting, problem: Exception | None, *, failures: int) -> bool:
        """Note one event; True when the next one may be tried.

        After its last retry an event is dead: a chat goes on with a marker, a payment lane stops.
        """
        if problem is None:
            self._done.append(each)
            return True
        is_dead = failures > backoff.MOST_RETRIES
        self._log(each, problem, is_dead=is_dead)
        reason = f"{type(problem).__name__}: {problem}"
        now_waits = lane_rows.note_failure(each, failures=failures, reason=reason, is_dead=is_dead)
        (self._dead if is_dead else self._postponed).append(now_waits)
        if not is_dead:
            return not now_waits.holds(self._claim.kind)
        announce("problems")
        if each.leaves_marker(self._claim.kind):
            lane_rows.leave_marker(self._claim, each.event)
        return self._claim.kind != "payment"

    def finish(self, backlog: Backlog) -> bool:
        rest = backlog.without([*self._done, *self._dead], self._claim.kind, self._postponed)
        return lane_rows.finish(self._claim, done=self._done, dead=self._dead, rest=rest)

    def _log(self, each: Waiting, problem: Exception, *, is_dead: bool) -> None:
        facts = {"lane_kind": self._claim.kind, "event_id": each.event.id, "shop_id": self._claim.shop_id}
        if isinstance(problem, BusinessError):
            log.debug("event_postponed", **facts, is_dead=is_dead, reason=type(problem).__name__)
        else:
            log.error("event_failed", **facts, is_dead=is_dead, exc_info=problem)
