"""Calls to Ozow's API: JSON out, JSON in, and what it means when the answer is none."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from payments.gateways.base import CredentialsRejected, InvalidRequest, OutcomeUnknown, TemporaryFailure
from shopme.lib import http

DEADLINE_SECONDS = 10.0


def find(path: str, *, api_key: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows that fit `query`; none where Ozow knows none. Some calls answer with the one row itself.

    Refuses: `CredentialsRejected`, `InvalidRequest`, `TemporaryFailure`.
    """
    answer = _call("GET", f"{path}?{urlencode(query)}", headers={"ApiKey": api_key})
    if answer.status in (204, 404) or not answer.body.strip():
        return []
    said = _read(answer)
    rows = said if isinstance(said, list) else [said] if said else []
    if not all(isinstance(row, dict) for row in rows):
        raise TemporaryFailure("Ozow answered in words we do not know.")
    if answer.status >= 400 or (len(rows) == 1 and error_of(rows[0])):
        raise InvalidRequest(error_of(rows[0] if rows else {}) or f"Ozow refused the question ({answer.status}).")
    return rows


def post(path: str, *, api_key: str, wish: Mapping[str, Any]) -> dict[str, Any]:
    """What Ozow answers to a wish, if it fulfilled it; whatever the status, a filled errorMessage is a refusal.

    Refuses: `CredentialsRejected`, `InvalidRequest`, `TemporaryFailure`, `OutcomeUnknown`.
    """
    headers = {"ApiKey": api_key, "Content-Type": "application/json"}
    answer = _call("POST", path, headers=headers, body=json.dumps(wish).encode())
    said = _read(answer)
    if not isinstance(said, dict):
        raise TemporaryFailure("Ozow answered in words we do not know.")
    if error_of(said) or answer.status >= 400:
        raise InvalidRequest(error_of(said) or f"Ozow refused the request ({answer.status}).")
    return said


def ask_token(form: bytes, *, api_key: str) -> dict[str, Any]:
    """What Ozow says when asked for a token; nothing comes of asking twice.

    Refuses: `CredentialsRejected`, `TemporaryFailure`.
    """
    headers = {"ApiKey": api_key, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = _call("POST", "token", headers=headers, body=form)
    except OutcomeUnknown as problem:
        raise TemporaryFailure("Ozow did not answer.") from problem
    said = _read(answer)
    if answer.status >= 400 or not isinstance(said, dict):
        raise CredentialsRejected(f"Ozow gives this account no token ({answer.status}).")
    return said


def post_many(path: str, *, token: str, wishes: list[Mapping[str, str]]) -> Any:
    """What Ozow answers to a list of wishes.

    Refuses: `CredentialsRejected`, `InvalidRequest`, `TemporaryFailure`, `OutcomeUnknown`.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = _call("POST", path, headers=headers, body=json.dumps(wishes).encode())
    if answer.status >= 400:
        raise InvalidRequest(f"Ozow refused the request ({answer.status}).")
    return _read(answer)


def error_of(said: Mapping[str, Any]) -> str:
    """Why Ozow refused; empty if it did not."""
    problem = text_of(said.get("errorMessage"))
    return f"Ozow refused: {problem}"[:300] if problem else ""


def text_of(value: object) -> str:
    """A text of Ozow's as one line that a database takes; empty for anything else."""
    return " ".join(value.replace("\0", " ").split()) if isinstance(value, str) else ""


def _call(method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None) -> http.HttpAnswer:
    """One answer that is worth reading."""
    url = f"{settings.OZOW_API_URL}/{path}"
    wanted = {"Accept": "application/json", **headers}
    try:
        answer = http.call(method, url, headers=wanted, body=body, deadline=DEADLINE_SECONDS)
    except http.CallFailed as problem:
        if problem.was_sent and method == "POST":
            raise OutcomeUnknown("Ozow did not answer.") from problem
        raise TemporaryFailure("Ozow cannot be reached.") from problem
    if answer.status in (401, 403):
        raise CredentialsRejected("Ozow does not accept this API key.", code=str(answer.status))
    if answer.status in (408, 429) or answer.status >= 500:
        raise TemporaryFailure("Ozow is not well.", code=str(answer.status))
    return answer


def _read(answer: http.HttpAnswer) -> Any:
    """JSON whose amounts are exact."""
    try:
        return json.loads(answer.body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        raise TemporaryFailure("Ozow answered in words we do not know.", code=str(answer.status)) from problem


def _no_number(name: str) -> Decimal:
    raise ValueError(f"{name} is no amount")
