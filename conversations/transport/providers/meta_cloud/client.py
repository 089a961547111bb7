"""The call that sends, and the judgement of its answer. Nothing here raises for what the network or Meta does."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from conversations.transport.providers.base import Answer, Blame, Health, Line, Outcome, Retry
from conversations.transport.providers.meta_cloud.errors import code_of_status, verdict_on
from shopme.lib import http

Json = dict[str, Any]
DEADLINE_SECONDS: Final = 10.0
_NO_ANSWER: Final = "WhatsApp did not answer; the message may have gone out."
_ODD_ANSWER: Final = "WhatsApp answered in a way we could not read; the message may have gone out."
_NOT_REACHED: Final = "WhatsApp could not be reached."
_UNWELL: Final = "WhatsApp is unwell."
_DIGITS: Final = re.compile(r"[0-9]{5,18}")


def send(line: Line, payload: Json, *, graph_url: str, version: str) -> Answer:
    """POST one message for `line` and judge the answer by Meta's code, never by the HTTP status alone."""
    url = f"{graph_url}/{version}/{line.phone_number_id}/messages"
    return post(url, payload, headers={"Authorization": f"Bearer {line.access_token}"}, judged_by=judge)


def post(
    url: str, payload: Json, *, headers: Mapping[str, str], judged_by: Callable[[http.HttpAnswer], Answer]
) -> Answer:
    """One POST of a message, judged; silence means that it may have gone out."""
    try:
        found = http.call(
            "POST",
            url,
            headers={**headers, "Content-Type": "application/json"},
            body=orjson.dumps(payload),
            deadline=DEADLINE_SECONDS,
        )
    except http.CallFailed as problem:
        if problem.was_sent:
            return Answer(Outcome.UNKNOWN, blame=Blame.SERVER, retry=Retry.RECONCILE, error_text=_NO_ANSWER)
        return Answer(Outcome.REFUSED, blame=Blame.SERVER, retry=Retry.SAFE, error_text=_NOT_REACHED)
    return judged_by(found)


def judge(found: http.HttpAnswer) -> Answer:
    """What an HTTP answer says: a wamid, one of Meta's errors, or nothing we can rely on."""
    data = as_json(found.body)
    error = data.get("error")
    if isinstance(error, dict) and type(error.get("code")) is int:
        return _by_code(error["code"], found.headers, _subcode(error))
    if found.status == 200 and (wamid := _wamid(data)):
        dialled, wa_id = _other_account(data)
        return Answer(Outcome.ACCEPTED, wamid=wamid, dialled=dialled, wa_id=wa_id)
    return _by_status(found)


def _by_status(found: http.HttpAnswer) -> Answer:
    """An answer without a code of Meta: a proxy's page, half a body. Only a clear refusal counts as one."""
    if (code := code_of_status(found.status)) is not None:
        return _by_code(code, found.headers)
    if 400 <= found.status < 500:
        refused = f"WhatsApp refused the message (HTTP {found.status})."
        return Answer(Outcome.REFUSED, error_text=refused, is_strange=True)
    is_unwell = found.status >= 500
    return Answer(
        Outcome.UNKNOWN,
        retry=Retry.RECONCILE,
        blame=Blame.SERVER if is_unwell else Blame.MESSAGE,
        error_text=_UNWELL if is_unwell else _ODD_ANSWER,
        retry_after=retry_after(found.headers),
        is_stated_error=is_unwell,
        is_strange=not is_unwell,
    )


def as_json(body: bytes) -> Json:
    """The object in `body`; empty when there is none."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return data if isinstance(data, dict) else {}


def _wamid(data: Json) -> str:
    messages = data.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    wamid = first.get("id") if isinstance(first, dict) else None
    return wamid if isinstance(wamid, str) and 0 < len(wamid) <= 256 else ""


def _other_account(data: Json) -> tuple[str, str]:
    """The phone we wrote to and the account it stands for, where WhatsApp knows it by other digits; else nothing."""
    contacts = data.get("contacts")
    first = contacts[0] if isinstance(contacts, list) and contacts else None
    dialled, wa_id = (first.get("input"), first.get("wa_id")) if isinstance(first, dict) else (None, None)
    if not (isinstance(dialled, str) and isinstance(wa_id, str)):
        return "", ""
    written, known = dialled.removeprefix("+"), wa_id.removeprefix("+")
    is_other = written != known and _DIGITS.fullmatch(written) and _DIGITS.fullmatch(known)
    return (f"+{written}", f"+{known}") if is_other else ("", "")


def _subcode(error: Json) -> int | None:
    subcode = error.get("error_subcode")
    return subcode if type(subcode) is int else None


def _by_code(code: int, headers: Mapping[str, str], subcode: int | None = None) -> Answer:
    verdict = verdict_on(code, subcode)
    return Answer(
        Outcome.UNKNOWN if verdict.retry is Retry.RECONCILE else Outcome.REFUSED,
        retry=verdict.retry,
        blame=verdict.blame,
        error_code=code,
        error_text=verdict.sentence,
        retry_after=named if (named := retry_after(headers)) is not None else verdict.wait,
        tries=verdict.tries,
        is_stated_error=verdict.retry is Retry.RECONCILE,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of `Retry-After`, at most an hour; a date or nonsense is nothing."""
    written = headers.get("retry-after", "")
    return min(float(written), 3600.0) if written.isascii() and written.isdigit() else None


def health(line: Line, *, graph_url: str, version: str) -> Health:
    """Ask Meta for the number's own fields."""
    try:
        found = http.call(
            "GET",
            f"{graph_url}/{version}/{line.phone_number_id}?fields=status,quality_rating",
            headers={"Authorization": f"Bearer {line.access_token}"},
        )
    except http.CallFailed:
        return Health(is_reachable=False, sentence=_NOT_REACHED)
    data = as_json(found.body)
    if isinstance(data.get("error"), dict):
        return Health(is_reachable=False, sentence=judge(found).error_text)
    if found.status != 200 or "id" not in data:
        return Health(is_reachable=False, sentence=_UNWELL)
    return Health(is_reachable=True, sentence=f"Connected ({data.get('status', 'CONNECTED')}).")
