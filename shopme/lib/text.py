"""Text from outside, made safe to store and to show."""

import re
import unicodedata

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def clean_text(raw: str, *, limit: int = 4096) -> str:
    """`raw` without NUL, controls, direction overrides and lone surrogates, cut to `limit` characters."""
    text = raw.encode("utf-8", "replace").decode("utf-8")
    return _CONTROLS.sub("", text)[:limit]


def digits_in(raw: str) -> str:
    """The digits 0 to 9 of `raw`, in order. Others, such as `²`, are signs like any other."""
    return "".join(sign for sign in raw if sign in "0123456789")


def shorten(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, cut before a combining mark or joiner, with an ellipsis."""
    if len(text) <= limit:
        return text
    end = limit - 1
    while end > 1 and (unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f" or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end].rstrip() + "…"
