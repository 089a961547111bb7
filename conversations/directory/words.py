"""The words the shared number understands everywhere, and what the platform says there."""

from typing import Final

from conversations import registry
from conversations.words import body, button, row, row_hint

# First words of a wish; what follows them is looked for: “find pizza”, “cerca pizza”.
FIND: Final = (
    "find",
    "find a shop",
    "find shop",
    "look for a shop",
    "cerca negozio",
    "trova",
    "trova negozio",
    "cerca",
)
SHOPS: Final = ("shops", "all shops", "stores", "negozi", "tutti i negozi")
FAVOURITES: Final = (
    "favourites", "favorites", "my favourites", "my favorites", "favourite", "favorite", "preferiti", "i miei preferiti",
)  # fmt: skip
SWITCH: Final = (
    "switch", "switch shop", "change shop", "other shop", "another shop", "leave", "exit", "cambia negozio",
    "altro negozio", "un altro negozio", "cambia", "esci",
)  # fmt: skip
ITALIAN: Final = frozenset(
    [
        "cerca negozio",
        "trova",
        "trova negozio",
        "cerca",
        "negozi",
        "tutti i negozi",
        "preferiti",
        "i miei preferiti",
        "cambia negozio",
        "altro negozio",
        "un altro negozio",
        "cambia",
        "esci",
    ]
)
_MEANINGS: Final = {
    word: meaning
    for meaning, words in (("find", FIND), ("shops", SHOPS), ("favourites", FAVOURITES), ("switch", SWITCH))
    for word in words
}

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
FAVOURITES_ROW = row("My favourites")
DROP_ROW = row("Take one out")
VERIFIED = row_hint("✓ {about}")


def wish_in(text: str) -> tuple[str, str]:
    """What somebody wants of the platform itself, and the rest of their words: `“find pizza”` → `find`, `pizza`."""
    plain = registry.plain_words(text)
    if plain in _MEANINGS:
        return _MEANINGS[plain], ""
    for word in sorted(FIND, key=len, reverse=True):
        if plain.startswith(f"{word} "):
            return "find", plain.removeprefix(word).strip()
    return "", ""


def is_italian(text: str) -> bool:
    """Whether the whole text is one of our words in Italian."""
    return registry.plain_words(text) in ITALIAN
