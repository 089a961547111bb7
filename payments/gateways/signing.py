"""Standard Webhooks: `v1,` + base64 of HMAC-SHA256 over `id.timestamp.body`, key behind `whsec_`."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping

from payments.gateways.base import BadSignature

PREFIX = "whsec_"
TOLERANCE_SECONDS = 180
SHORTEST_KEY = 16


def new_secret() -> str:
    """A fresh signing secret of 256 bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def is_usable(secret: str) -> bool:
    """True if `secret` has the form and length that make a signature worth something."""
    try:
        _key(secret)
    except BadSignature:
        return False
    return True


def sign(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header of a notification."""
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def verify_standard_webhook(secret: str, headers: Mapping[str, str], body: bytes, *, now: int | None) -> str:
    """The id of a notification signed with `secret` within three minutes of `now`. Refuses: `BadSignature`.

    `headers` have names in small letters; during a rotation several signatures come in one header. With None the age
    is not judged: for a notification whose age was judged when it was taken in.
    """
    event_id, stamp, signatures = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (event_id and signatures):
        raise BadSignature("headers are missing")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise BadSignature("the timestamp is missing or odd")
    if now is not None and abs(now - int(stamp)) > TOLERANCE_SECONDS:
        raise BadSignature("the timestamp is too far away")
    wanted = sign(secret, event_id, int(stamp), body) if stamp == str(int(stamp)) else ""
    found = False
    for part in signatures.split():
        found |= hmac.compare_digest(part.encode(), wanted.encode())
    if not (found and wanted):
        raise BadSignature("no signature fits")
    return event_id


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as problem:
        raise BadSignature("the secret is not usable") from problem
    if not secret.startswith(PREFIX) or len(key) < SHORTEST_KEY:
        raise BadSignature("the secret is not usable")
    return key
