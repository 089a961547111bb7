"""Whole sentences: the one word that is meant in them, or the several things somebody wishes for at once. Pure.

What stands around a wish is in `conversations/data/sentence_words.json`, by language.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catalog.words import fold
from conversations import registry

_TABLE: Final[dict[str, dict[str, list[str]]]] = {
    language: words
    for language, words in json.loads(
        (Path(__file__).parents[1] / "data" / "sentence_words.json").read_text(encoding="utf-8")
    ).items()
    if isinstance(words, dict)
}


def _plain(kind: str) -> frozenset[str]:
    return frozenset(
        part for words in _TABLE.values() for word in words[kind] for part in registry.plain_words(word).split()
    )


_SMALL: Final = _plain("small")
_COUNTS: Final = _plain("counts")
_GOODS: Final = _plain("goods")
_JOINS: Final = "|".join(re.escape(word) for words in _TABLE.values() for word in words["joins"])
_BETWEEN: Final = re.compile(rf"[,;\n+&]|\b(?:{_JOINS})\b", re.IGNORECASE)
_COUNT: Final = re.compile(r"[0-9]{1,3}x?")


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing somebody wishes for: its telling words, and whether more than one piece of it was asked for."""

    words: str
    is_counted: bool = False


def meaning_in(text: str) -> str:
    """What a sentence means in which one of our words is all that is said: `“How many points do I have?”` → `points`.

    Empty if anything else is said besides, for words that only answer a question, and for what may be goods.
    """
    words = registry.plain_words(text).split()
    for start, end in _parts(len(words)):
        said = " ".join(words[start:end])
        meaning = registry.WORDS.get(said, "")
        if meaning and said not in _GOODS and _SMALL.issuperset([*words[:start], *words[end:]]):
            return "" if meaning in registry.QUIET else meaning
    return ""


def _parts(count: int) -> Iterator[tuple[int, int]]:
    """Where each part of so many words begins and ends, the longest first."""
    for length in range(count, 0, -1):
        for start in range(count - length + 1):
            yield start, start + length


def wishes_in(text: str) -> list[Wish]:
    """`“I'd like 2 rye loaves and a cappuccino”` → `rye loaves` (counted), `cappuccino`."""
    wishes = [_wish(part) for part in _BETWEEN.split(text)]
    return [wish for wish in wishes if wish.words]


def _wish(part: str) -> Wish:
    words = fold(part).split()
    counts = [word for word in words if word in _COUNTS or _COUNT.fullmatch(word)]
    telling = [word for word in words if word not in _SMALL and word not in counts]
    return Wish(" ".join(telling), bool(set(counts) - {"1", "1x"}))
