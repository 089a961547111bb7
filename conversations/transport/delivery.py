"""Sending what is due: claim, check once more, call, write down. The call is made outside every transaction.

The rows decide everything, so any number of senders may run, and any of them may die at any moment.
"""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import orjson
import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from conversations.transport import ports
from conversations.transport.lanes.backoff import MOST_RETRIES
from conversations.transport.ports import SendResult, SendState
from conversations.transport.providers.base import Answer, Blame
from conversations.transport.providers.registry import provider, sentence_for, tries_by_code
from conversations.transport.sending import checks, claims, consequences, outcomes
from conversations.transport.sending.checks import Ready
from conversations.transport.sending.consequences import token_print
from conversations.transport.sending.outcomes import Decision
from conversations.transport.wakeup import OUTBOX, notify
from shopme.lib.failpoints import fail_at
from tenants.context import inside
from tenants.live import announce
from tenants.queries import PLATFORM, owner_by_id

log = structlog.get_logger(__name__)
DATABASE_AWAY: Final = (OperationalError, InterfaceError)
DRAIN_THREADS: Final = 8
# A process that died in a call: its receipt had the whole lease to come, so a little longer is enough.
LAST_CHANCE_SECONDS: Final = 8
_MAYBE: Final = "WhatsApp did not answer. The message may have arrived; it is not sent again by itself."


def call(ready: Ready) -> tuple[Decision, Answer | None]:
    """The one call of a message. Touches no database and never raises for what the other side does.

    A claim that waited too long for its turn is given back without a call.
    """
    claim, line, payload = ready
    if claim.is_too_old_to_begin():
        return Decision(claim, SendState.QUEUED, is_counted=False), None
    fail_at("send_claimed")
    answer = provider(line.provider).send(line, payload)
    fail_at("send_answered")
    if answer.blame is Blame.NUMBER_AUTH:
        answer = replace(answer, token_print=token_print(line.access_token))
    return outcomes.decide(claim, answer), answer


def write(decisions: Sequence[Decision]) -> None:
    """Write what became of claims: all rows and all shops' messages in one transaction; if that fails, shop by shop.

    Such a shop loses only its own ticks, not its sends.
    """
    by_shop: dict[int, list[Decision]] = defaultdict(list)
    for made in decisions:
        by_shop[made.claim.shop_id].append(made)
    try:
        with transaction.atomic():
            taken = outcomes.write_rows(decisions)
            for shop_id in sorted(by_shop):
                outcomes.tell(owner_by_id(shop_id), [made for made in by_shop[shop_id] if made.claim.id in taken])
    except DATABASE_AWAY:
        raise
    except Exception:
        log.exception("send_results_not_told_together", count=len(decisions))
        for shop_id, theirs in by_shop.items():
            _write_alone(shop_id, theirs)


def _write_alone(shop_id: int, theirs: Sequence[Decision]) -> None:
    try:
        with transaction.atomic():
            taken = outcomes.write_rows(theirs)
            outcomes.tell(owner_by_id(shop_id), [made for made in theirs if made.claim.id in taken])
    except DATABASE_AWAY:
        raise
    except Exception:
        log.exception("send_results_not_told", shop_id=shop_id, count=len(theirs))
        outcomes.write_rows(theirs)  # at least nothing is sent again


def drain(number_id: int, *, threads: int = DRAIN_THREADS) -> int:
    """Send what is due for one number now and return; how many were handled. The fallback beside `Sender`."""
    handled = 0
    with ThreadPoolExecutor(threads, thread_name_prefix="drain") as pool:
        while taken := claims.claim(number_ids=[number_id], limit=threads):
            prepared = checks.prepare(taken)
            called = list(pool.map(call, [*prepared.ready, *checks.seated(prepared.asking)]))
            write([*prepared.decided, *(made for made, _ in called)])
            consequences.of_answers([(made.claim, answer) for made, answer in called if answer is not None])
            handled += len(called) + len(prepared.decided)
    return handled


_EXPIRED: Final = """
UPDATE public.transport_outboxitem SET state = 'unknown', lease_until = now() + make_interval(secs => %s),
  last_error = 'The sender stopped in the middle of the call.'
WHERE id IN (SELECT id FROM public.transport_outboxitem WHERE state = 'sending' AND lease_until < now()
  LIMIT 500 FOR UPDATE SKIP LOCKED)
RETURNING shop_id, message_id, number_id, 'unknown', ''
"""
# Silence counts only when nothing of ours lies unread: neither a body from before nor a receipt with this token.
_SILENT: Final = """
UPDATE public.transport_outboxitem o SET
  state = CASE WHEN due.again THEN 'queued' ELSE 'dead' END,
  is_resent = o.is_resent OR (due.again AND o.error_code = ''),
  next_at = now(), lease_until = NULL
FROM (SELECT id, send_class = 'rather_twice'
    AND attempts < coalesce((%s::jsonb ->> error_code)::int, %s) AND (error_code <> '' OR NOT is_resent) AS again
  FROM public.transport_outboxitem silent WHERE state = 'unknown' AND lease_until < now()
    AND NOT EXISTS (SELECT 1 FROM public.transport_webhookraw raw
      WHERE raw.state = 'new' AND raw.received_at <= silent.lease_until)
    AND NOT EXISTS (SELECT 1 FROM public.transport_inboxevent event
      WHERE event.state = 'ready' AND event.kind = 'status' AND event.data->>'token' = silent.token)
  LIMIT 500 FOR UPDATE OF silent SKIP LOCKED) AS due
WHERE o.id = due.id
RETURNING o.shop_id, o.message_id, o.number_id, o.state, o.error_code
"""


def reclaim() -> int:
    """Take up what was left in the middle: called beside the sweeper, every 5 seconds. How many messages it moved.

    A send whose process died becomes `unknown` and waits for a receipt with our token. Still nothing: a message that
    is better said twice than never goes out once more; any other is left to a person.
    """
    tries = orjson.dumps(dict(tries_by_code())).decode()
    return _move(_EXPIRED, [LAST_CHANCE_SECONDS]) + _move(_SILENT, [tries, MOST_RETRIES])


def _move(statement: str, values: Sequence[str | int]) -> int:
    """Run one of the statements above and tell the shops, in one transaction; wake the senders."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            moved = cursor.fetchall()
        by_shop: dict[int, list[SendResult]] = defaultdict(list)
        for shop_id, message_id, _number, state, code in moved:
            by_shop[shop_id].append(_news(message_id, state, code))
        dead = {row[0] for row in moved if row[3] == "dead"}
        for shop_id, results in by_shop.items():
            shop = owner_by_id(shop_id)
            with inside(shop, allow_suspended=True):
                ports.store().report(shop, results)
                if shop_id in dead and shop_id != PLATFORM:
                    announce("problems")
        for number_id in {row[2] for row in moved}:
            notify(OUTBOX, str(number_id))
    return len(moved)


def _news(message_id: int, state: str, code: str) -> SendResult:
    now = timezone.now()
    if state != "dead":
        return SendResult(message_id, SendState(state), now)
    if not code.isdigit():
        return SendResult(message_id, SendState.FAILED if code else SendState.UNKNOWN, now, error_text=_MAYBE)
    return SendResult(message_id, SendState.FAILED, now, error_code=int(code), error_text=sentence_for(int(code)))
