"""What providers say about files, as dated data beside this module: sizes, kinds, and who may see a number's token."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

_PLAIN_PORTS: Final = {"https": 443, "http": 80}


@cache
def table() -> dict[str, Any]:
    """The whole of `media.json`."""
    read: dict[str, Any] = json.loads(Path(__file__).with_name("media.json").read_text())
    return read


@dataclass(frozen=True, slots=True)
class OutboundRule:
    """What may leave as one kind of message."""

    most_octets: int
    mime_types: tuple[str, ...]


@cache
def outbound(kind: str) -> OutboundRule:
    """The rule for `image`, `video`, `audio`, `document` or `sticker`."""
    row = table()["outbound"][kind]
    return OutboundRule(row["most_octets"], tuple(row["mime_types"]))


def most_inbound_octets() -> int:
    """How large a file a customer may send."""
    return int(table()["inbound"]["most_octets"])


def may_see_token(url: str, *, own_door: str) -> bool:
    """Whether a number's token may travel to `url`: exactly the provider's door, or one of the hosts in the data.

    Anything unusual in the address is a no: another scheme or port, a user name, signs that parsers read differently.
    """
    parts = split_plainly(url)
    if parts is None:
        return False
    if same_origin(parts, own_door):
        return True
    host, hosts = parts.hostname or "", table()["hosts"]
    is_known = host in hosts["exact"] or any(host.endswith(f".{domain}") for domain in hosts["below"])
    return parts.scheme == "https" and parts.port in (None, 443) and is_known


def split_plainly(url: str) -> SplitResult | None:
    """The parts of an address that every parser reads alike; None for any other."""
    if len(url) > 2048 or not url.isascii() or not url.isprintable() or any(sign in url for sign in ' \\"<>^`{|}'):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    is_odd = "@" in parts.netloc or "%" in parts.netloc or port == 0 or not parts.hostname
    return None if is_odd or parts.scheme not in _PLAIN_PORTS else parts


def same_origin(parts: SplitResult, door: str) -> bool:
    """Whether `parts` lead to the very scheme, host and port of `door`."""
    known = urlsplit(door)
    return _origin(parts) == _origin(known)


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PLAIN_PORTS.get(parts.scheme)


def digest_of(written: object) -> str:
    """A SHA-256 in hex, from hex or from base64; empty for anything else."""
    if not isinstance(written, str):
        return ""
    if re.fullmatch(r"[0-9a-fA-F]{64}", written):
        return written.lower()
    try:
        octets = base64.b64decode(
            written + "=" * (-len(written) % 4), altchars=b"-_" if "-" in written or "_" in written else None
        )
    except (binascii.Error, ValueError):
        return ""
    return octets.hex() if len(octets) == 32 else ""
