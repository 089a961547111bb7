"""Trying again and letting go, one or many, of one shop's problems. Each act is on record with who, when and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conversations.inbox import mending
from conversations.models import Message
from conversations.transport.giving_up import dead_letters
from conversations.transport.giving_up.dead_letters import Decision
from conversations.transport.giving_up.replay import NotDead
from conversations.transport.models import OutboxItem
from shopme.lib.errors import BusinessError
from shopme.problems.queries import KINDS, dead_events, dead_sends, failed_by, failed_sends, poison_webhooks
from tenants.live import announce
from tenants.models import Shop

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Many at once are spread, so that a mended fault is not followed by a rush.
A_SECOND: Final = 5
MOST_AT_ONCE: Final = 200
_SENDS: Final = {"send": dead_sends, "failed": failed_sends}
Key = tuple[str, int]


@dataclass(slots=True)
class Report:
    """How many were done, and what the others said."""

    done: int = 0
    # Left out because they may have arrived, and nobody said that they may arrive twice.
    doubtful: int = 0
    refusals: list[str] = field(default_factory=list)


def retry(*, shop: Shop, keys: Sequence[Key], by: Decision, may_arrive_twice: bool = False) -> Report:
    """Try these again, five a second; keys stay the same, so nothing is done twice. Others' keys are refused.

    Messages of which nobody knows that they did not arrive are left out unless they may arrive twice.
    """
    doubtful = set() if may_arrive_twice else _doubtful(shop, keys)

    def act(key: Key, place: int) -> None:
        kind, problem_id = key
        wait = place / A_SECOND
        if kind == "event":
            dead_letters.retry_event(event_id=problem_id, by=by, wait=wait)
        elif kind in _SENDS:
            _send_again(shop, _SENDS[kind](shop).get(pk=problem_id), by, wait)
        else:
            dead_letters.retry_webhook(raw_id=problem_id, by=by)

    report = _each(shop, [key for key in keys if key not in doubtful], act)
    report.doubtful = len(doubtful)
    return report


def all_of_cause(*, shop: Shop, cause: str) -> list[Key]:
    """The keys of what failed by this cause, oldest first, as many as may be tried at once."""
    failed = failed_by(shop, cause).order_by("pk")
    return [("failed", pk) for pk in failed.values_list("pk", flat=True)[:MOST_AT_ONCE]]


def _doubtful(shop: Shop, keys: Sequence[Key]) -> set[Key]:
    found: set[Key] = set()
    for kind, rows in _SENDS.items():
        ids = [problem_id for each, problem_id in keys if each == kind]
        found |= {(kind, item.pk) for item in rows(shop).filter(pk__in=ids) if dead_letters.may_be_twice(item)}
    return found


def _send_again(shop: Shop, item: OutboxItem, by: Decision, wait: float) -> None:
    message = Message.objects.filter(pk=item.message_id).first()
    if message is None:
        raise NotDead("The message is gone.")
    mending.send_again(shop=shop, message=message, by=by, wait=wait)


def discard(*, shop: Shop, keys: Sequence[Key], by: Decision) -> Report:
    """Let these go for a reason. Refuses: `NoReason`."""
    by.must_say_why()

    def act(key: Key, _place: int) -> None:
        kind, problem_id = key
        if kind == "event":
            dead_letters.discard_event(event_id=problem_id, by=by)
        elif kind in _SENDS:
            dead_letters.discard_send(outbox_id=problem_id, by=by)
        else:
            dead_letters.discard_webhook(raw_id=problem_id, by=by)

    return _each(shop, keys, act)


def _each(shop: Shop, keys: Sequence[Key], act: Callable[[Key, int], None]) -> Report:
    report, mine = Report(), _only_of(shop, keys)
    for place, key in enumerate(mine[:MOST_AT_ONCE]):
        try:
            act(key, place)
        except BusinessError as refusal:
            report.refusals.append(str(refusal))
        else:
            report.done += 1
    if len(mine) < len(keys):
        report.refusals.append("Some of these no longer wait.")
    if report.done:
        announce("problems")
    return report


def _only_of(shop: Shop, keys: Sequence[Key]) -> list[Key]:
    """Those of the keys that wait in this shop, oldest first; whatever else was asked for is left out."""
    wanted = {kind: [problem_id for each, problem_id in keys if each == kind] for kind in KINDS}
    found: list[Key] = []
    waiting: dict[str, QuerySet[Any]] = {kind: rows(shop) for kind, rows in _SENDS.items()}
    for kind, rows in {"event": dead_events(shop), **waiting, "webhook": poison_webhooks(shop)}.items():
        ids = rows.filter(pk__in=wanted[kind]).order_by("pk").values_list("pk", flat=True)
        found += [(kind, problem_id) for problem_id in ids]
    return found
