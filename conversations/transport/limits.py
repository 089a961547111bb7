"""How long WhatsApp lets things be, and the one place that makes texts fit.

Figures: Meta, "Send messages" and "Interactive messages" pages as read on 2026-09-11 (Graph API v24.0/v25.0).
How Meta counts emoji is not documented, so lengths are counted in UTF-16 units: never shorter than Meta's count.
"""

import unicodedata
from typing import Final

from shopme.lib.errors import BusinessError

AS_OF: Final = "2026-09-11"
TEXT_BODY: Final = 4096
CAPTION: Final = 1024
INTERACTIVE_BODY: Final = 1024
HEADER: Final = 60
FOOTER: Final = 60
BUTTONS: Final = 3
BUTTON_TITLE: Final = 20
BUTTON_ID: Final = 256
LIST_BUTTON: Final = 20
LIST_SECTIONS: Final = 10
LIST_ROWS: Final = 10
SECTION_TITLE: Final = 24
ROW_TITLE: Final = 24
ROW_DESCRIPTION: Final = 72
ROW_ID: Final = 200
LINK_LABEL: Final = 20
CALLBACK_DATA: Final = 512

_JOINER = "\u200d"


class BreaksAWhatsAppLimit(BusinessError):
    """The reply cannot be sent as it is: too many choices, an empty title, an id that is too long or used twice."""


def length(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def _glues(character: str) -> bool:
    """Does this character belong to the one before it on the screen?"""
    return (
        character == _JOINER
        or "\ufe00" <= character <= "\ufe0f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
    )


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def graphemes(text: str) -> list[str]:
    """`text` as a reader sees it: accents, skin tones, families and flags stay in one piece."""
    clusters: list[str] = []
    for character in text:
        last = clusters[-1] if clusters else ""
        pairs_a_flag = _is_flag_half(character) and len(last) == 1 and _is_flag_half(last)
        if last and (_glues(character) or last.endswith(_JOINER) or pairs_a_flag):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def fit(text: str, limit: int) -> str:
    """`text` in at most `limit` units, cut between graphemes, with an ellipsis where something was cut."""
    text = text.strip()
    if length(text) <= limit:
        return text
    kept, used = "", 1
    for cluster in graphemes(text):
        used += length(cluster)
        if used > limit:
            break
        kept += cluster
    return kept.rstrip() + "…"


def split(text: str, limit: int = TEXT_BODY) -> list[str]:
    """A long text in pieces of at most `limit` units, cut at paragraphs, lines, then words where possible."""
    pieces: list[str] = []
    rest = text.strip()
    while length(rest) > limit:
        window = rest[:limit]
        while length(window) > limit:
            window = window[:-1]
        cut = max(window.rfind("\n\n"), window.rfind("\n")) if "\n" in window else window.rfind(" ")
        cut = cut if cut > limit // 2 else len(window)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces
