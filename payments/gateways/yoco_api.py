"""One call to Yoco's Checkout API, and the judgement of its answer. What a checkout means is not known here."""

import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import orjson
import structlog
from django.conf import settings

from payments.gateways.base import CredentialsRejected, GatewayError, InvalidRequest, OutcomeUnknown, TemporaryFailure
from shopme.lib import http

Json = dict[str, Any]
log = structlog.get_logger(__name__)

NOT_FOUND: Final = "not_found"
# A stored answer came back: the same key will get it for a day.
REPLAYED: Final = "replayed"
ALREADY_REFUNDED: Final = "already_refunded"
_REFUNDED_BEFORE: Final = "payment has already been refunded"
_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
_LONGEST_WAIT: Final = 3600.0


@dataclass(frozen=True, slots=True)
class YocoApi:
    """Calls with one secret key, which goes into a header and nowhere else."""

    secret_key: str = field(repr=False)

    def get(self, *path: str) -> Json:
        """The object at `path`. Refuses: `CredentialsRejected`, `InvalidRequest`, `TemporaryFailure`."""
        return self._call("GET", path)

    def post(self, *path: str, body: Json, idempotency_key: str = "") -> Json:
        """Send a wish. Refuses also: `OutcomeUnknown` where it may have been heard."""
        return self._call("POST", path, body=orjson.dumps(body), idempotency_key=idempotency_key)

    def delete(self, *path: str) -> None:
        """Remove what is at `path`; removed before is as good."""
        try:
            self._call("DELETE", path)
        except InvalidRequest as refusal:
            if refusal.code != NOT_FOUND:
                raise

    def _call(
        self, method: str, path: tuple[str, ...], *, body: bytes | None = None, idempotency_key: str = ""
    ) -> Json:
        url = "/".join([str(settings.YOCO_URL).rstrip("/"), *(quote(part, safe="") for part in path)])
        headers = {"Authorization": f"Bearer {self.secret_key}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        try:
            answer = http.call(method, url, headers=headers, body=body)
        except http.CallFailed as problem:
            log.warning("yoco_did_not_answer", method=method, thing=path[0], reason=str(problem))
            if problem.was_sent and method == "POST":
                raise OutcomeUnknown("Yoco did not answer; it may have happened.") from problem
            raise TemporaryFailure("Yoco could not be reached.") from problem
        return _judged(method, path[0], answer)


def _judged(method: str, thing: str, answer: http.HttpAnswer) -> Json:
    """The object in a good answer; any other one as what it means for us."""
    data = _object(answer.body)
    if answer.status in (200, 201, 202) and data is not None:
        return data
    if method == "DELETE" and answer.status in (200, 202, 204):
        return {}
    problem = _problem(method, answer, data or {})
    log.warning("yoco_refused", method=method, thing=thing, status=answer.status, code=problem.code)
    raise problem


def _problem(method: str, answer: http.HttpAnswer, data: Json) -> GatewayError:
    """What a bad answer means. A server that broke after a POST may have done it first."""
    status, code = answer.status, _code(data)
    if status == 409:
        return OutcomeUnknown("Yoco is still at work on the same wish.", code=code)
    if status == 429:
        wait = _retry_after(answer.headers.get("retry-after", ""))
        return TemporaryFailure("Yoco asks us to wait.", code=code, retry_after=wait)
    if 400 <= status < 500:
        return _refusal(status, code, data)
    if method != "POST":
        return TemporaryFailure("Yoco is unwell.", code=code)
    is_replayed = answer.headers.get("idempotent-replayed", "").lower() == "true"
    return OutcomeUnknown("Yoco answered oddly; it may have happened.", code=REPLAYED if is_replayed else code)


def _refusal(status: int, code: str, data: Json) -> GatewayError:
    """What Yoco will never do."""
    if status in (401, 403):
        return CredentialsRejected("Yoco does not accept this secret key.", code=code)
    if status == 404:
        return InvalidRequest("Yoco does not know this.", code=NOT_FOUND)
    is_refunded = _REFUNDED_BEFORE in str(data.get("description", "")).lower()
    return InvalidRequest("Yoco refused this.", code=ALREADY_REFUNDED if is_refunded else code)


def _object(body: bytes) -> Json | None:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return data if isinstance(data, dict) else None


def _code(data: Json) -> str:
    """Yoco's own word for what is wrong, if it is one word; its sentences are not kept."""
    for name in ("errorCode", "errorType"):
        if isinstance(word := data.get(name), str) and _CODE.fullmatch(word):
            return word
    return ""


def _retry_after(written: str) -> float | None:
    """Seconds of `Retry-After`, at most an hour; a date or nonsense is nothing."""
    return min(float(written), _LONGEST_WAIT) if written.isascii() and written.isdigit() else None
