"""What an error code does beyond its own message: to the number and its neighbours, to the person, and who is told.

The same table decides for the answer of a call and for a failure that a receipt reports minutes later.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from conversations.transport.health import alerts, neighbours, pace, portfolio
from conversations.transport.providers.base import Answer, Blame, Outcome
from conversations.transport.providers.registry import verdict_on
from conversations.transport.sending.claims import Claim
from tenants.models import WhatsAppNumber
from tenants.queries import forget

if TYPE_CHECKING:
    from tenants.models import Shop

_STOPPED: Final = "This number has stopped sending. {reason}"
_ODD: Final = "WhatsApp answered in a way nobody here can read. Messages may have gone out; look at the log."


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
            _note_bad_answers(number_id, theirs[0][0].shop_id, bad)
        if any(claim.is_probe and _is_well(answer) for claim, answer in theirs):
            pace.note_success(number_id=number_id)


def _is_well(answer: Answer) -> bool:
    return answer.outcome is Outcome.ACCEPTED or answer.blame in (Blame.MESSAGE, Blame.PAIR)


def _note_bad_answers(number_id: int, shop_id: int, bad: Sequence[Answer]) -> None:
    reasons = {answer.blame: answer.error_text for answer in bad}
    if failed := sum(answer.blame is Blame.SERVER for answer in bad):
        pace.note_server_failures(number_id=number_id, failed=failed, reason=reasons[Blame.SERVER])
    _slow_down(number_id, reasons.keys())
    if Blame.NUMBER_AUTH in reasons:
        _stop(number_id, shop_id, next(answer for answer in bad if answer.blame is Blame.NUMBER_AUTH))
    for code in {answer.error_code for answer in bad if answer.error_code is not None}:
        _tell_of_code(code, number_id, shop_id)
    if any(answer.is_strange for answer in bad):
        key = f"odd:{number_id}:{timezone.now():%Y-%m-%d}"
        alerts.tell(key=key, kind=alerts.ODD_ANSWER, sentence=_ODD, shop_id=None, number_id=number_id)


def of_receipts(*, shop: "Shop", number_id: int, failures: Sequence[Failure]) -> None:
    """The same for failures that receipts report, inside the shop and the caller's transaction."""
    for code in {failure.code for failure in failures}:
        verdict = verdict_on(code)
        _slow_down(number_id, [verdict.blame])
        if verdict.blame is Blame.NUMBER_AUTH:
            answer = Answer(Outcome.REFUSED, blame=verdict.blame, error_code=code, error_text=verdict.sentence)
            _stop(number_id, shop.pk, answer)
        _tell_of_code(code, number_id, shop.pk)


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


def _stop(number_id: int, shop_id: int, answer: Answer) -> None:
    """Nothing more leaves the number; its merchant is told once, until it sends again.

    A refusal of a token that was replaced meanwhile says nothing about the new one: it is only no longer used here.
    """
    if answer.token_print and answer.token_print != _print_now(number_id):
        forget()
        return
    if not pace.note_refused_sign_in(number_id=number_id, reason=answer.error_text):
        return
    alerts.tell(
        key=f"stopped:{number_id}:{timezone.now():%Y-%m-%dT%H:%M:%S.%f}",
        kind=alerts.SENDING_STOPPED,
        sentence=_STOPPED.format(reason=answer.error_text),
        shop_id=shop_id,
        number_id=number_id,
        error_code=str(answer.error_code or ""),
    )


def token_print(token: str) -> str:
    """By what a token is told from another one without keeping it."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def _print_now(number_id: int) -> str:
    """The print of the token the number has by now, from the row itself."""
    number = WhatsAppNumber.objects.filter(pk=number_id).first()
    return token_print(number.access_token) if number else ""


def _tell_of_code(code: int, number_id: int, shop_id: int) -> None:
    """Once a code and day: to its shop, or to the platform for what is our fault or nobody knows."""
    verdict, day = verdict_on(code), f"{timezone.now():%Y-%m-%d}"
    if not verdict.tell:
        return
    is_shops = verdict.tell == "shop"
    alerts.tell(
        key=f"code:{code}:{number_id}:{day}" if is_shops else f"code:{code}:{day}",
        kind=alerts.ERROR_CODE,
        sentence=verdict.sentence,
        shop_id=shop_id if is_shops else None,
        number_id=number_id,
        error_code=str(code),
    )
