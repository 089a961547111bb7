"""Words as a search compares them: small letters, no accents."""

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"\w+")


def fold(text: str) -> str:
    """`"Crème  Brûlée"` → `"creme brulee"`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in decomposed if unicodedata.category(character) != "Mn")
    return " ".join(_WORD.findall(plain))


def words_of(text: str) -> list[str]:
    """The folded words of `text`, each once, in order."""
    return list(dict.fromkeys(fold(text).split()))


def search_text(parts: Iterable[str]) -> str:
    """What is kept beside a product so that a search finds it by any of `parts`."""
    return " ".join(words_of(" ".join(part for part in parts if part)))
