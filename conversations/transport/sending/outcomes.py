"""What an answer means for the message: sent, again later, not known, or over. Pure; the writing is below it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from conversations.transport import ports
from conversations.transport.health import pace
from conversations.transport.lanes.backoff import MOST_RETRIES, delay_after
from conversations.transport.ports import SendResult, SendState
from conversations.transport.providers.base import Answer, Blame, Outcome, Retry
from conversations.transport.sending.claims import Claim
from shopme.lib import hot
from tenants.context import inside
from tenants.live import announce

if TYPE_CHECKING:
    from tenants.models import Shop

LATER_SECONDS: Final = 300
# After silence we wait this long for a receipt with our token; after a stated server error a shorter time.
SILENCE_SECONDS: Final = 90
SERVER_ERROR_SECONDS: Final = 30
# Nothing of this message's own: it waits with its number and loses no try.
WHOLE_NUMBER: Final = (Blame.NUMBER_AUTH, Blame.NUMBER_PACE, Blame.ACCOUNT_PACE, Blame.APP_PACE)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a claim. `wait` in seconds: until the next try, or for a receipt while unknown."""

    claim: Claim
    state: SendState
    wamid: str = ""
    wait: float = 0
    error_code: int | None = None
    error_text: str = ""
    is_counted: bool = True
    is_server_error: bool = False
    dialled: str = ""
    wa_id: str = ""
    # All tries are used up: the message has failed, and its row waits for a person.
    is_given_up: bool = False


def _jitter(seconds: float) -> float:
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, hides nothing


def decide(claim: Claim, answer: Answer) -> Decision:
    """What `answer` means for `claim`."""
    said: dict[str, Any] = {"error_code": answer.error_code, "error_text": answer.error_text}
    if answer.outcome is Outcome.ACCEPTED:
        return Decision(claim, SendState.SENT, wamid=answer.wamid, dialled=answer.dialled, wa_id=answer.wa_id)
    if answer.outcome is Outcome.UNKNOWN:
        patience = SERVER_ERROR_SECONDS if answer.is_stated_error else SILENCE_SECONDS
        # A message that only tested the water for the others loses no try by it.
        is_counted = not (claim.is_probe and answer.is_stated_error)
        stated = answer.is_stated_error
        return Decision(claim, SendState.UNKNOWN, wait=patience, is_server_error=stated, is_counted=is_counted, **said)
    if answer.blame in WHOLE_NUMBER:
        wait = answer.retry_after or _jitter(1)
        return Decision(claim, SendState.QUEUED, wait=wait, is_counted=False, **said)
    if answer.retry is Retry.NEVER or claim.attempt >= (answer.tries or MOST_RETRIES):
        is_given_up = answer.retry is not Retry.NEVER and claim.attempt >= MOST_RETRIES
        return Decision(claim, SendState.FAILED, is_given_up=is_given_up, **said)
    return Decision(claim, SendState.QUEUED, wait=_wait(claim, answer), **said)


def _wait(claim: Claim, answer: Answer) -> float:
    """Seconds until the next try of a refused message."""
    if answer.retry_after is not None:
        return answer.retry_after
    if answer.blame is Blame.PAIR:
        return float(min(pace.PAIR_WAIT_BASE ** (claim.attempt - 1), pace.LONGEST_PAIR_WAIT))
    if answer.retry is Retry.LATER:
        return _jitter(LATER_SECONDS)
    return delay_after(claim.attempt)


_WRITE: Final = """
UPDATE public.transport_outboxitem o SET
  state = given.state,
  attempts = o.attempts - CASE WHEN given.counted THEN 0 ELSE 1 END,
  next_at = CASE WHEN given.state = 'queued' THEN now() + make_interval(secs => given.wait) ELSE o.next_at END,
  lease_until = CASE WHEN given.state = 'unknown' THEN now() + make_interval(secs => given.wait) END,
  wamid = coalesce(o.wamid, nullif(given.wamid, '')),
  sent_at = CASE WHEN given.state = 'sent' THEN now() ELSE o.sent_at END,
  error_code = given.code, last_error = given.reason
FROM unnest(%(ids)s::bigint[], %(attempts)s::int[], %(states)s::text[], %(counted)s::boolean[], %(waits)s::float[],
  %(wamids)s::text[], %(codes)s::text[], %(reasons)s::text[])
  AS given (id, attempt, state, counted, wait, wamid, code, reason)
WHERE o.id = given.id AND o.attempts = given.attempt AND o.state IN ('sending', 'unknown')
RETURNING o.id
"""


def write_rows(decisions: Sequence[Decision]) -> set[int]:
    """Write the outbox rows of claims; the ids of those still ours. In the caller's transaction.

    A claim that somebody took over meanwhile (a higher attempt) or that a receipt has settled stays as it is.
    """
    values: dict[str, Any] = {
        "ids": [made.claim.id for made in decisions],
        "attempts": [made.claim.attempt for made in decisions],
        "states": ["dead" if made.is_given_up else made.state.value for made in decisions],
        "counted": [made.is_counted for made in decisions],
        "waits": [float(made.wait) for made in decisions],
        "wamids": [made.wamid for made in decisions],
        "codes": [_code(made) for made in decisions],
        "reasons": [made.error_text[:300] for made in decisions],
    }
    return {outbox_id for (outbox_id,) in hot.rows(_WRITE, values)}


def tell(shop: "Shop", decisions: Sequence[Decision]) -> None:
    """Tell a shop what became of its messages, in the transaction that wrote the rows."""
    if not decisions:
        return
    now = timezone.now()
    with inside(shop, allow_suspended=True):
        ports.store().report(
            shop,
            [
                SendResult(
                    message_id=made.claim.message_id,
                    state=made.state,
                    at=now,
                    wamid=made.wamid,
                    error_code=made.error_code,
                    error_text=made.error_text,
                    dialled=made.dialled,
                    wa_id=made.wa_id,
                )
                for made in decisions
            ],
        )
        if any(made.is_given_up for made in decisions):
            announce("problems")


def _code(made: Decision) -> str:
    """The provider's number; `server` for an error it stated without one; empty for silence."""
    if made.error_code is not None:
        return str(made.error_code)
    return "server" if made.is_server_error else ""
