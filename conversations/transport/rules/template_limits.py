"""What Meta allows in a template: a dated table beside this file, read once."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

VARIABLE: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@cache
def table() -> dict[str, Any]:
    """The whole table, with its source and the day it was read."""
    found: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
    return found


def most(name: str) -> int:
    """The figure called `name`: characters, pieces, days or times a day."""
    return int(table()[name])


def most_buttons(kind: str) -> int:
    """How many buttons of Meta's `kind` one template has."""
    return int(table()["most_of"].get(kind, 1))


def ttl_range(category: str) -> tuple[int, int]:
    """Least and most seconds that a template of Meta's `category` may wait for its customer's phone."""
    least, longest = table()["ttl_seconds"][category]
    return int(least), int(longest)


def languages() -> tuple[str, ...]:
    """The codes of Meta's languages for templates."""
    return tuple(table()["languages"])


def normal_language(code: str) -> str:
    """`en-us`, `en-US` and `en_US` are one language: `en_US`."""
    language, _, region = code.strip().replace("-", "_").partition("_")
    return f"{language.lower()}_{region.upper()}" if region else language.lower()


def variables_in(text: str) -> list[str]:
    """What stands between double braces, in order, each as often as it stands there."""
    return VARIABLE.findall(text)
