"""The words the shared number understands, and what the platform says there.

The words stand in `conversations/data/directory_words.json`: another language is another entry.
"""

import json
from pathlib import Path
from typing import Any, Final

from conversations import registry
from conversations.words import body, button, row, row_hint

# How the ids of the platform's own buttons begin, wherever they are shown.
OF_PLATFORM: Final = "dir."

_TABLE: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "directory_words.json").read_text(encoding="utf-8")
)
_SAID: Final = [
    (language, wish, place, registry.plain_words(word))
    for language, wishes in _TABLE.items()
    if isinstance(wishes, dict)
    for wish, places in wishes.items()
    for place, words in places.items()
    for word in words
]
# What each word wants, and where it is heard: everywhere, or only by who is in no shop.
_INSIDE: Final = {word: wish for _language, wish, place, word in _SAID if place == "inside"}
_ANYWHERE: Final = {word: wish for _language, wish, _place, word in _SAID}

HELLO = body(
    "Hi! 👋 I take you to the shops on this number.\n\nScan a shop's code, send me a photo of it, or write the name of "
    "a shop or what you are looking for."
)
WHAT = body("Which shop are you looking for? Write its name, what it sells, or its town.")
FOUND = body("This is what I found for “{words}”:")
ALL_SHOPS = body("These shops are here:")
NOT_FOUND = body("I found no shop for “{words}”. Try another word, or scan the code in the shop.")
NO_SHOPS = body("There is no shop here yet. Come back soon!")
WHICH = body("Which shop is this for?")
WHERE_TO = body("Where would you like to go? You can also write the name of a shop.")
FAVOURITES_ARE = body("Your favourites:")
NO_FAVOURITES = body("You keep no favourites yet. In a shop you like, tap “⭐ Keep as favourite”.")
DROP_WHICH = body("Which one shall I take out of your favourites?")
DROPPED = body("*{shop}* is no longer among your favourites.")
CLOSED = body("*{shop}* takes no messages at the moment. I can take you to another shop.")
CODE_UNKNOWN = body("I do not know this code, or it is not in use any more. I can help you find the shop.")
OPEN_LIST = button("Choose a shop")
FIND_BUTTON = button("Find a shop")
FAVOURITES_BUTTON = button("My favourites")
MORE = row("More shops")
FIND_ROW = row("Find a shop")
FIND_HINT = row_hint("By name, goods or town")
DROP_ROW = row("Take one out")
VERIFIED = row_hint("✓ {about}")


def wish_in(text: str, *, in_shop: bool) -> tuple[str, str]:
    """What somebody wants of the platform itself, and the rest of their words: `“find pizza”` → `find`, `pizza`.

    Who is in a shop talks with the shop: only words nobody means for it are heard.
    """
    known, plain = _INSIDE if in_shop else _ANYWHERE, registry.plain_words(text)
    if plain in known:
        return known[plain], ""
    for word in sorted((word for word, wish in known.items() if wish == "find"), key=len, reverse=True):
        if plain.startswith(f"{word} "):
            return "find", plain.removeprefix(word).strip()
    return "", ""


def languages_of(text: str) -> set[str]:
    """The languages in which the whole text is one of these words."""
    plain = registry.plain_words(text)
    return {language for language, _wish, _place, word in _SAID if plain and word == plain}
