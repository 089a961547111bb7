"""Trying again and letting go, one or many, of one shop's problems. Each act is on record with who, when and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from conversations.transport.giving_up import dead_letters
from conversations.transport.giving_up.dead_letters import Decision
from conversations.transport.sending import resending
from shopme.lib.errors import BusinessError
from shopme.problems.queries import dead_events, dead_sends, poison_webhooks
from tenants.live import announce
from tenants.models import Shop

# Many at once are spread, so that a mended fault is not followed by a rush.
A_SECOND: Final = 5
MOST_AT_ONCE: Final = 200
Key = tuple[str, int]


@dataclass(slots=True)
class Report:
    """How many were done, and what the others said."""

    done: int = 0
    refusals: list[str] = field(default_factory=list)


def retry(*, shop: Shop, keys: Sequence[Key], by: Decision) -> Report:
    """Try these again, five a second; keys stay the same, so nothing is done twice. Others' keys are refused."""

    def act(key: Key, place: int) -> None:
        kind, problem_id = key
        wait = place / A_SECOND
        if kind == "event":
            dead_letters.retry_event(event_id=problem_id, by=by, wait=wait)
        elif kind == "send":
            message_id = dead_sends(shop).values_list("message_id", flat=True).get(pk=problem_id)
            resending.send_again(shop=shop, message_id=message_id, by=by, wait=wait)
        else:
            dead_letters.retry_webhook(raw_id=problem_id, by=by)

    return _each(shop, keys, act)


def discard(*, shop: Shop, keys: Sequence[Key], by: Decision) -> Report:
    """Let these go for a reason. Refuses: `NoReason`."""
    by.must_say_why()

    def act(key: Key, _place: int) -> None:
        kind, problem_id = key
        if kind == "event":
            dead_letters.discard_event(event_id=problem_id, by=by)
        elif kind == "send":
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
    wanted = {kind: [problem_id for each, problem_id in keys if each == kind] for kind in ("event", "send", "webhook")}
    found: list[Key] = []
    for kind, rows in (("event", dead_events(shop)), ("send", dead_sends(shop)), ("webhook", poison_webhooks(shop))):
        ids = rows.filter(pk__in=wanted[kind]).order_by("pk").values_list("pk", flat=True)
        found += [(kind, problem_id) for problem_id in ids]
    return found
