"""Money given back at Ozow: paid in batches out of the shop's float there, so being taken on is far from being done.

Ozow has no key that makes a repeated wish one wish. Whoever asks again after `OutcomeUnknown` may give back twice.
"""

import base64
import unicodedata
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from payments.gateways import ozow_api, ozow_rows
from payments.gateways.base import (
    CredentialsRejected,
    InvalidRequest,
    OutcomeUnknown,
    TemporaryFailure,
)
from payments.gateways.giving_back import RefundRequest, RefundResult, RefundState
from shopme.lib import ozow_hash
from shopme.lib.encryption import CannotDecrypt, decrypt_bytes, encrypt_bytes

LONGEST_REASON, LONGEST_URL = 500, 500
TOKEN_PLACE: Final = "cache.ozow_token"  # noqa: S105 - the name of a place
# How long a token lives is told under a name nobody has confirmed; without it, hardly at all.
SHORTEST_SECONDS, LONGEST_SECONDS, SPARE_SECONDS = 60, 3600, 60

log = structlog.get_logger(__name__)


def submit(request: RefundRequest, credentials: Mapping[str, str], *, notify_url: str) -> RefundResult:
    """Ask for one refund. Refuses: what `Gateway.refund` refuses."""
    wish = {
        "transactionId": request.gateway_payment_id,
        "amount": ozow_rows.amount_text(request.amount_cents),
        "refundReason": _plain(request.reason),
        "notifyUrl": notify_url,
    }
    if len(notify_url) > LONGEST_URL:
        raise InvalidRequest("Ozow takes addresses of 500 characters at most here.")
    check = ozow_hash.hash_of(wish, ozow_hash.REFUND_REQUEST, credentials["private_key"])
    said = _with_token(credentials, lambda token: _send({**wish, "hashCheck": check}, token))
    return _result(said, request)


def _plain(reason: str) -> str:
    """Small letters of other alphabets differ between languages, and the hash is over small letters."""
    plain = unicodedata.normalize("NFKD", reason).encode("ascii", "ignore").decode()
    return " ".join(plain.split())[:LONGEST_REASON].strip()


def _with_token(credentials: Mapping[str, str], act: Callable[[str], Any]) -> Any:
    """A kept token may have ended early: then once more with a new one. A refused token has done nothing."""
    key = _cache_key(credentials)
    if kept := _kept_token(key):
        try:
            return act(kept)
        except CredentialsRejected:
            log.info("ozow_token_ended")
    return act(_new_token(credentials, key))


def _send(wish: Mapping[str, str], token: str) -> Any:
    """What Ozow says of the one refund we sent. After sending, silence and odd answers may mean anything."""
    try:
        return ozow_api.post_many("secure/refunds/submit", token=token, wishes=[wish])
    except TemporaryFailure as problem:
        if problem.code in ("", "429"):
            raise
        raise OutcomeUnknown("Ozow did not say whether the refund was taken on.", code=problem.code) from problem


def _result(said: Any, request: RefundRequest) -> RefundResult:
    rows = said if isinstance(said, list) else [said]
    for row in rows:
        if isinstance(row, dict) and ozow_rows.payment_id_of(row.get("transactionId")) in (
            request.gateway_payment_id.lower(),
            "",
        ):
            return _taken_on(row)
    raise OutcomeUnknown("Ozow did not say whether the refund was taken on.")


def _taken_on(row: Mapping[str, Any]) -> RefundResult:
    refund_id = ozow_rows.payment_id_of(row.get("refundId"))
    errors = row.get("errors") or []
    problem = "; ".join(filter(None, map(ozow_api.text_of, errors if isinstance(errors, list) else [errors])))
    if problem and not refund_id:
        raise InvalidRequest(f"Ozow refused: {problem}"[:300])
    if refusal := ozow_api.error_of(row):
        raise InvalidRequest(refusal)
    if not refund_id:
        raise OutcomeUnknown("Ozow did not say whether the refund was taken on.")
    try:
        amount = ozow_rows.cents_of(row.get("refundAmount"))
    except ValueError:
        amount = None
    return RefundResult(RefundState.SUBMITTED, refund_id, amount, problem[:300])


def _cache_key(credentials: Mapping[str, str]) -> str:
    """Of this shop (the cache sees to that) and these very keys."""
    named = "\n".join((credentials["site_code"], credentials["api_key"]))
    return f"ozow-token:{sha256(named.encode()).hexdigest()}"


def _kept_token(key: str) -> str:
    try:
        sealed = cache.get(key)
        return decrypt_bytes(base64.b64decode(sealed), place=TOKEN_PLACE).decode() if sealed else ""
    except (RedisError, CannotDecrypt, ValueError):
        return ""


def _new_token(credentials: Mapping[str, str], key: str) -> str:
    """A fresh token, kept until shortly before its end. Refuses: `CredentialsRejected`, `TemporaryFailure`."""
    form = urlencode({"grant_type": "password", "SiteCode": credentials["site_code"]}).encode()
    said = ozow_api.ask_token(form, api_key=credentials["api_key"])
    token = ozow_api.text_of(said.get("access_token"))
    if not token:
        raise CredentialsRejected("Ozow gives this account no token. Are refunds switched on for the site?")
    lives = said.get("expires_in")
    seconds = lives - SPARE_SECONDS if isinstance(lives, int) else SHORTEST_SECONDS
    sealed = base64.b64encode(encrypt_bytes(token.encode(), place=TOKEN_PLACE)).decode()
    try:
        if seconds > 0:
            cache.set(key, sealed, min(seconds, LONGEST_SECONDS))
    except RedisError:
        log.info("ozow_token_not_kept")
    return token
