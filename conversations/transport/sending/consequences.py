"""What an error code does beyond its own message: to the number and its neighbours, to the person, and who is told.

The same table decides for the answer of a call and for a failure that a receipt reports minutes later.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from conversations.transport.health import advice, neighbours, number_alerts, pace, portfolio
from conversations.transport.providers.base import Answer, Blame, Outcome
from conversations.transport.providers.registry import verdict_on
from conversations.transport.sending.claims import Claim
from tenants.models import WhatsAppNumber
from tenants.queries import UnknownNumber, forget, number_by_id

if TYPE_CHECKING:
    from conversations.transport.providers.base import Line

# What the table of codes calls a number that needs another token.
_ASKS_SIGN_IN: Final = "new_token"
_STOPPED: Final = "This number has stopped sending. {reason}"
_ODD: Final = "WhatsApp answered in a way nobody here can read. Messages may have gone out; look at the log."
_UNKNOWN: Final = "WhatsApp refuses messages with error {code}. {sentence}"


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that failed with one of WhatsApp's codes."""

    message_id: int
    code: int
    at: datetime


def of_answers(answers: Sequence[tuple[Claim, Answer]]) -> None:
    """Tell each number's row what its answers say of its health, and people what they must know."""
    by_number: dict[int, list[tuple[Claim, Answer]]] = defaultdict(list)
    for claim, answer in answers:
        by_number[claim.number_id].append((claim, answer))
    for number_id, theirs in by_number.items():
        bad = [answer for _, answer in theirs if answer.outcome is not Outcome.ACCEPTED]
        if bad:
            portfolio.give_back([claim.id for claim, answer in theirs if answer.outcome is Outcome.REFUSED])
            _note_bad_answers(number_id, bad)
        if any(claim.is_probe and _is_well(answer) for claim, answer in theirs):
            pace.note_success(number_id=number_id)


def _is_well(answer: Answer) -> bool:
    return answer.outcome is Outcome.ACCEPTED or answer.blame in (Blame.MESSAGE, Blame.PAIR)


def _note_bad_answers(number_id: int, bad: Sequence[Answer]) -> None:
    reasons = {answer.blame: answer.error_text for answer in bad}
    if failed := sum(answer.blame is Blame.SERVER for answer in bad):
        pace.note_server_failures(number_id=number_id, failed=failed, reason=reasons[Blame.SERVER])
    _slow_down(number_id, reasons.keys())
    if Blame.NUMBER_AUTH in reasons:
        refused = next(answer for answer in bad if answer.blame is Blame.NUMBER_AUTH)
        _stop(number_id, code=refused.error_code, reason=refused.error_text, token_print=refused.token_print)
    for code in {answer.error_code for answer in bad if answer.error_code is not None}:
        _tell_of_code(code, number_id)
    if any(answer.is_strange for answer in bad):
        number_alerts.tell_platform(kind=number_alerts.ODD_ANSWER, sentence=_ODD, number_id=number_id)


def of_receipts(*, number_id: int, failures: Sequence[Failure]) -> None:
    """The same for failures that receipts report, inside the caller's transaction."""
    for code in {failure.code for failure in failures}:
        verdict = verdict_on(code)
        _slow_down(number_id, [verdict.blame])
        if verdict.blame is Blame.NUMBER_AUTH:
            _stop(number_id, code=code, reason=verdict.sentence)
        _tell_of_code(code, number_id)


def call_refused(line: "Line", *, code: int | None, reason: str) -> None:
    """A call that is no message, e.g. for a file, was refused: where that stops messages, the number stops here too."""
    if code is not None and verdict_on(code).blame is Blame.NUMBER_AUTH:
        _stop(line.number_id, code=code, reason=reason, token_print=token_print(line.access_token))


def _slow_down(number_id: int, blames: Collection[Blame]) -> None:
    slow: set[int] = set()
    if Blame.NUMBER_PACE in blames:
        slow.add(number_id)
    if Blame.ACCOUNT_PACE in blames:
        slow |= neighbours.of_account(number_id)
    if Blame.APP_PACE in blames:
        slow |= neighbours.of_app(number_id)
    if slow:
        pace.note_too_fast(number_ids=slow)


def _stop(number_id: int, *, code: int | None, reason: str, token_print: str = "") -> None:
    """Nothing more leaves the number; its people are told once, until it sends again.

    A refusal of a token that was replaced meanwhile says nothing about the new one: it is only no longer used here.
    """
    if token_print and token_print != _print_now(number_id):
        forget()
        return
    pace.stop(number_id=number_id, reason=reason)
    if number := _number(number_id):
        asks_token = verdict_on(code or 0).fix.action == _ASKS_SIGN_IN
        number_alerts.raise_alert(
            number=number,
            kind=number_alerts.SIGN_IN if asks_token else number_alerts.SENDING_STOPPED,
            severity=number_alerts.Severity.DANGER,
            sentence=_STOPPED.format(reason=reason),
            advice=(advice.NEW_TOKEN if asks_token else advice.WAIT).about(number),
        )


def token_print(token: str) -> str:
    """By what a token is told from another one without keeping it."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def _print_now(number_id: int) -> str:
    """The print of the token the number has by now, from the row itself."""
    number = WhatsAppNumber.objects.filter(pk=number_id).first()
    return token_print(number.access_token) if number else ""


def _tell_of_code(code: int, number_id: int) -> None:
    """Once a code and day: to the number's people, or to the platform for what is our fault or nobody knows."""
    verdict, number = verdict_on(code), _number(number_id)
    if verdict.blame is Blame.NUMBER_AUTH:
        return  # the number has stopped, and that was told
    if verdict.tell == "shop" and number:
        number_alerts.tell_daily(number=number, kind=f"code:{code}", sentence=verdict.sentence)
    elif verdict.tell:
        sentence = _UNKNOWN.format(code=code, sentence=verdict.sentence)
        number_alerts.tell_platform(kind=f"code:{code}", sentence=sentence, number_id=number_id)


def _number(number_id: int) -> WhatsAppNumber | None:
    try:
        return number_by_id(number_id)
    except UnknownNumber:
        return None
