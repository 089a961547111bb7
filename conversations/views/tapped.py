"""What was tapped on the phone, read from the form that was sent."""

from django.http import QueryDict

from conversations.simulated.places import place_with
from conversations.simulated.taps import Tap
from shopme.lib.text import clean_text

MOST_FIELDS = 20
PIECES = "pieces:"


def tap_of(posted: QueryDict, *, country: str) -> Tap | None:
    """The finger behind these fields; None when nothing was tapped. `country` (ISO 3166) is where the phone's places are."""
    for name, what in (("tap", "button"), ("row", "row"), ("question", "question")):
        if name in posted:
            return Tap(what, clean_text(posted.get(name, ""), limit=256))
    if "share" in posted:
        return Tap("contact")
    if "address" in posted:
        return Tap("address", place=place_with(posted.get("address", ""), country))
    if "form" in posted:
        return Tap("broken_form" if posted.get("form") == "broken" else "form", fields=_answers(posted))
    if "cart" in posted:
        return Tap("cart", fields=_pieces(posted))
    return None


def _answers(posted: QueryDict) -> dict[str, str]:
    """The answers of a form by the names of their fields; a field without a name is none."""
    pairs = zip(posted.getlist("field")[:MOST_FIELDS], posted.getlist("value")[:MOST_FIELDS], strict=False)
    named = ((clean_text(name, limit=64).strip(), clean_text(value, limit=1000).strip()) for name, value in pairs)
    return {name: value for name, value in named if name and value}


def _pieces(posted: QueryDict) -> dict[str, str]:
    """How many of what, and the words that go with the cart."""
    wanted = {name.removeprefix(PIECES): posted.get(name, "") for name in posted if name.startswith(PIECES)}
    return {**wanted, "words": clean_text(posted.get("words", ""), limit=500).strip()}
