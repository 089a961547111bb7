"""How long WhatsApp lets things be, and the one place that makes texts fit.

The figures stand in `limits.json` beside this file, those of templates in `template_limits.json`, dated and with their
sources; they are read once. How Meta counts
emoji is not documented, so lengths are counted in UTF-16 units: never shorter than Meta's count.
"""

import json
import unicodedata
from pathlib import Path
from typing import Any, Final

from conversations.transport.rules import template_limits
from shopme.lib.errors import BusinessError

# The whole file, for whoever needs more than the names below.
TABLE: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("limits.json").read_text())

AS_OF: Final[str] = TABLE["as_of"]
TEXT_BODY: Final[int] = TABLE["text"]["body"]
CAPTION: Final[int] = TABLE["media"]["caption"]
FILENAME: Final[int] = TABLE["ours"]["filename"]
INTERACTIVE_BODY: Final[int] = TABLE["interactive"]["body"]
HEADER: Final[int] = TABLE["interactive"]["header"]
FOOTER: Final[int] = TABLE["interactive"]["footer"]
BUTTONS: Final[int] = TABLE["buttons"]["most"]
BUTTON_TITLE: Final[int] = TABLE["buttons"]["title"]
BUTTON_ID: Final[int] = TABLE["buttons"]["id"]
LIST_BUTTON: Final[int] = TABLE["list"]["button"]
LIST_SECTIONS: Final[int] = TABLE["list"]["sections"]
LIST_ROWS: Final[int] = TABLE["list"]["rows"]
SECTION_TITLE: Final[int] = TABLE["list"]["section_title"]
ROW_TITLE: Final[int] = TABLE["list"]["row_title"]
ROW_DESCRIPTION: Final[int] = TABLE["list"]["row_description"]
ROW_ID: Final[int] = TABLE["list"]["row_id"]
LINK_LABEL: Final[int] = TABLE["link"]["label"]
PRODUCTS: Final[int] = TABLE["products"]["most"]
PRODUCT_SECTIONS: Final[int] = TABLE["products"]["sections"]
PRODUCT_SECTION_TITLE: Final[int] = TABLE["products"]["section_title"]
RETAILER_ID: Final[int] = TABLE["ours"]["retailer_id"]
FORM_LABEL: Final[int] = TABLE["form"]["label"]
FORM_TOKEN: Final[int] = TABLE["ours"]["form_token"]
CONTACTS: Final[int] = TABLE["contacts"]["most"]
CARDS: Final[int] = TABLE["carousel"]["cards"]
CALLBACK_DATA: Final[int] = TABLE["callback_data"]
REACTION_DAYS: Final[int] = TABLE["reaction_days"]
TEMPLATE_NAME: Final[int] = template_limits.most("name")
TEMPLATE_BODY: Final[int] = template_limits.most("body")
TEMPLATE_BUTTONS: Final[int] = template_limits.most("buttons")
TEMPLATE_BUTTON_URL: Final[int] = template_limits.most("button_url")
TEMPLATE_PAYLOAD: Final[int] = TABLE["ours"]["template_payload"]
ADDRESS_COUNTRIES: Final[tuple[str, ...]] = tuple(TABLE["address"]["countries"])
COUPON_CODE: Final[int] = template_limits.most("button_code")

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
    """A long text in pieces of at most `limit` units, cut at paragraphs, lines, words, or else between graphemes."""
    pieces: list[str] = []
    rest = text.strip()
    while length(rest) > limit:
        cut = _cut(rest, limit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def _cut(text: str, limit: int) -> int:
    """Where the first piece of a text that is too long ends."""
    fits = len(text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore"))
    for mark, least in (("\n\n", fits // 2), ("\n", fits // 2), (" ", 0)):
        if (cut := text.rfind(mark, 0, fits + len(mark))) > least:
            return cut
    kept = 0
    for cluster in graphemes(text[: fits + 1]):
        if kept + len(cluster) > fits:
            break
        kept += len(cluster)
    return kept or fits
