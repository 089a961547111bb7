"""How long WhatsApp lets things be, and the one place that makes texts fit.

The figures stand in `limits.json` beside this file, dated and with their sources; they are read once. How Meta counts
emoji is not documented, so lengths are counted in UTF-16 units: never shorter than Meta's count.
"""

import json
import unicodedata
from pathlib import Path
from typing import Any, Final

from shopme.lib.errors import BusinessError

_TABLE: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("limits.json").read_text())

AS_OF: Final[str] = _TABLE["as_of"]
TEXT_BODY: Final[int] = _TABLE["text"]["body"]
CAPTION: Final[int] = _TABLE["media"]["caption"]
FILENAME: Final[int] = _TABLE["ours"]["filename"]
INTERACTIVE_BODY: Final[int] = _TABLE["interactive"]["body"]
HEADER: Final[int] = _TABLE["interactive"]["header"]
FOOTER: Final[int] = _TABLE["interactive"]["footer"]
BUTTONS: Final[int] = _TABLE["buttons"]["most"]
BUTTON_TITLE: Final[int] = _TABLE["buttons"]["title"]
BUTTON_ID: Final[int] = _TABLE["buttons"]["id"]
LIST_BUTTON: Final[int] = _TABLE["list"]["button"]
LIST_SECTIONS: Final[int] = _TABLE["list"]["sections"]
LIST_ROWS: Final[int] = _TABLE["list"]["rows"]
SECTION_TITLE: Final[int] = _TABLE["list"]["section_title"]
ROW_TITLE: Final[int] = _TABLE["list"]["row_title"]
ROW_DESCRIPTION: Final[int] = _TABLE["list"]["row_description"]
ROW_ID: Final[int] = _TABLE["list"]["row_id"]
LINK_LABEL: Final[int] = _TABLE["link"]["label"]
PRODUCTS: Final[int] = _TABLE["products"]["most"]
PRODUCT_SECTIONS: Final[int] = _TABLE["products"]["sections"]
PRODUCT_SECTION_TITLE: Final[int] = _TABLE["products"]["section_title"]
RETAILER_ID: Final[int] = _TABLE["ours"]["retailer_id"]
FORM_LABEL: Final[int] = _TABLE["form"]["label"]
FORM_TOKEN: Final[int] = _TABLE["ours"]["form_token"]
CONTACTS: Final[int] = _TABLE["contacts"]["most"]
CALLBACK_DATA: Final[int] = _TABLE["callback_data"]
REACTION_DAYS: Final[int] = _TABLE["reaction_days"]
TEMPLATE_NAME: Final[int] = _TABLE["template"]["name"]
TEMPLATE_BODY: Final[int] = _TABLE["template"]["body"]
TEMPLATE_HEADER: Final[int] = _TABLE["template"]["header"]
TEMPLATE_FOOTER: Final[int] = _TABLE["template"]["footer"]
TEMPLATE_BUTTONS: Final[int] = _TABLE["template"]["buttons"]
TEMPLATE_BUTTON_LABEL: Final[int] = _TABLE["template"]["button_label"]
TEMPLATE_BUTTON_URL: Final[int] = _TABLE["template"]["button_url"]
TEMPLATE_PAYLOAD: Final[int] = _TABLE["ours"]["template_payload"]
COUPON_CODE: Final[int] = _TABLE["template"]["coupon_code"]

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
