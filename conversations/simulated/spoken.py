"""The words of simulated phones in the language of the shop they write to: what their people say, what WhatsApp shows them."""

import json
from pathlib import Path
from typing import Final

from tenants.context import current_shop

_TABLE: Final[dict[str, dict[str, str]]] = json.loads(
    (Path(__file__).parents[1] / "data" / "simulated_words.json").read_text(encoding="utf-8")
)


def spoken(words: str) -> str:
    """`words` as they are said to the current shop; in English where its language has no others for them."""
    known = _TABLE.get(current_shop().language)
    return known.get(words, words) if isinstance(known, dict) else words
