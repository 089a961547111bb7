"""Reading another company's JSON without trusting it: every getter gives a clean value of its type or nothing."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from conversations.transport.providers.base import BadBody
from shopme.lib.text import clean_text

Json = dict[str, Any]

_SURROGATES: Final = re.compile(
    r"\\\\"  # an escaped backslash: what follows is not an escape
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    r"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"  # half of one
)
_BSUID: Final = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
# No longer than every column of a phone has room for, with its `+`; E.164 ends at 15 digits.
_PHONE: Final = re.compile(r"[0-9]{5,19}")
# No phone sent anything before WhatsApp was made, and its clock is not far ahead of ours.
_FIRST_MOMENT: Final = datetime(2009, 1, 1, tzinfo=UTC)
_AHEAD: Final = timedelta(minutes=5)


class OddItem(ValueError):
    """One element lacks what it cannot do without. Names the key, never the content."""


def load(body: bytes) -> Any:
    """The JSON of `body`. Invalid UTF-8 and half surrogates become U+FFFD; anything else wrong is `BadBody`."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _load_repaired(body)


def _load_repaired(body: bytes) -> Any:
    def mend(match: re.Match[str]) -> str:
        found = match.group()
        return "\\ufffd" if len(found) == 6 else found

    text = _SURROGATES.sub(mend, body.decode("utf-8", "replace"))
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise BadBody(problem.msg) from problem


def mapping(value: Any) -> Json:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """`value` if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def text(source: Json, key: str, *, limit: int = 4096) -> str:
    """The string under `key`, cleaned and cut; numbers as written; anything else is empty."""
    value = source.get(key)
    if isinstance(value, str):
        return clean_text(value, limit=limit)
    # repr of a float is the shortest decimal that means the same: a price stays as it was written.
    return "" if isinstance(value, bool) or not isinstance(value, int | float) else str(value)[:limit]


def needed(source: Json, key: str, *, limit: int = 256) -> str:
    """Like `text`, for what an element cannot do without. Refuses: `OddItem`."""
    found = text(source, key, limit=limit).strip()
    if not found:
        raise OddItem(f"{key} is missing")
    return found


def seconds(source: Json, key: str = "timestamp") -> int:
    """Unix seconds as they are written, string or number. Refuses: `OddItem`."""
    try:
        return int(needed(source, key, limit=16))
    except OddItem:
        raise
    except ValueError as problem:
        raise OddItem(f"{key} is not a time") from problem


def moment(source: Json, key: str = "timestamp") -> datetime:
    """Unix seconds as a time. One that no phone can have meant is read as now. Refuses: `OddItem`."""
    written, now = seconds(source, key), datetime.now(UTC)
    if not _FIRST_MOMENT.timestamp() <= written <= (now + _AHEAD).timestamp():
        return now
    return datetime.fromtimestamp(written, UTC)


def degrees(source: Json, key: str, *, largest: float) -> float:
    """A latitude or longitude, also when written as a string. Refuses: `OddItem`."""
    try:
        value = float(text(source, key, limit=32))
    except ValueError as problem:
        raise OddItem(f"{key} is not a number") from problem
    if not -largest <= value <= largest:
        raise OddItem(f"{key} is outside the map")
    return value


def phone(source: Json, key: str) -> str | None:
    """A WhatsApp id (`27821234567`) as E.164 with `+`; None when it is absent or no phone number."""
    digits = text(source, key, limit=32).removeprefix("+")
    return f"+{digits}" if _PHONE.fullmatch(digits) else None


def bsuid(source: Json, key: str) -> str | None:
    """A business-scoped user id (`US.1349…`); None when it is absent or of another form."""
    value = text(source, key, limit=160)
    return value if _BSUID.fullmatch(value) else None


def plain(value: Any, *, depth: int = 5) -> Any:
    """A copy fit for jsonb: strings cleaned, at most `depth` levels and 50 elements a level."""
    if isinstance(value, str):
        return clean_text(value, limit=1024)
    if isinstance(value, dict):
        cut = list(value.items())[:50] if depth else []
        return {clean_text(name, limit=128): plain(inner, depth=depth - 1) for name, inner in cut}
    if isinstance(value, list):
        return [plain(inner, depth=depth - 1) for inner in value[:50]] if depth else []
    return value if value is None or isinstance(value, bool | int) else str(value)
