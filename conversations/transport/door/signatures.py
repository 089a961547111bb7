"""Is a body really from whom it says? Pure functions over raw bytes; headers are compared as bytes, never as text."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from shopme.lib import ozow_hash

META_HEADER = b"x-hub-signature-256"
D360_SIGNATURE = b"x-360dialog-signature"
D360_KEY = b"x-hook-key"
STANDARD_HEADERS = (b"webhook-id", b"webhook-timestamp", b"webhook-signature")
STANDARD_TOLERANCE_SECONDS = 300
SHORTEST_KEY_OCTETS = 16

_META = re.compile(rb"sha256=[0-9a-f]{64}")
_STAMP = re.compile(rb"[0-9]{1,12}")

Headers = Mapping[bytes, bytes]


def is_meta_signature(body: bytes, headers: Headers, secrets: Sequence[str]) -> bool:
    """Meta: HMAC-SHA256 of the raw body under the app secret, lowercase hex."""
    given = headers.get(META_HEADER, b"")
    if not _META.fullmatch(given):
        return False
    return any(hmac.compare_digest(given[7:], _hex(secret.encode(), body)) for secret in secrets if secret)


def is_d360_call(body: bytes, headers: Headers, secrets: Sequence[str]) -> bool:
    """360dialog: its partner signature, or the random header we set for this number. The path is secret too."""
    signature, key = headers.get(D360_SIGNATURE, b""), headers.get(D360_KEY, b"")
    for secret in (text.encode() for text in secrets if text):
        if signature and hmac.compare_digest(signature, _hex(secret, body)):
            return True
        if key and hmac.compare_digest(key, secret):
            return True
    return False


def is_standard_webhook(body: bytes, headers: Headers, secrets: Sequence[str], *, now: float) -> bool:
    """Standard Webhooks: `v1` entries over id, time and body; the time at most 300 s away from `now` (Unix seconds)."""
    name, stamp, given = (headers.get(header, b"") for header in STANDARD_HEADERS)
    if not (name and given and _STAMP.fullmatch(stamp)) or abs(now - int(stamp)) > STANDARD_TOLERANCE_SECONDS:
        return False
    signed = b"%b.%b.%b" % (name, stamp, body)
    offered = [value for version, _, value in (part.partition(b",") for part in given.split()) if version == b"v1"]
    for key in filter(None, map(_standard_key, secrets)):
        expected = base64.b64encode(hmac.digest(key, signed, "sha256"))
        if any(hmac.compare_digest(expected, value) for value in offered):
            return True
    return False


def is_ozow_notice(body: bytes, headers: Headers, secrets: Sequence[str]) -> bool:
    """Ozow: SHA-512 over the form's values and the site's private key; no header is signed, so none is read."""
    return any(ozow_hash.genuine(body, secret) for secret in secrets)


def fingerprint(secret: str) -> str:
    """By what a secret is told from another without showing it."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


def sign_meta(body: bytes, secret: str) -> str:
    """The header value Meta would send with `body`: for the simulator, which posts to the real door."""
    return f"sha256={_hex(secret.encode(), body).decode()}"


def _hex(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256").hex().encode()


def _standard_key(secret: str) -> bytes | None:
    """The key of a `whsec_…` secret, or None where it is empty, short or not base64: then nobody can sign."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if secret.startswith("whsec_") and len(key) >= SHORTEST_KEY_OCTETS else None
