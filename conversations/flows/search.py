"""Searching: what is no command is taken for something the customer is looking for."""

from collections.abc import Sequence

from catalog.queries import ProductCard, product_asked_about
from catalog.search import search_products
from conversations.registry import on_choice, on_free_text, on_word, state
from conversations.talk import Move, State, Talk, say
from conversations.trading import shelf
from conversations.trading.choosing import choices
from conversations.transport.replies import Buttons, Choice, Reply
from conversations.transport.rules import limits
from conversations.words import body, button
from shopme.lib.text import shorten

FOUND = body("This is what we have for “{words}”:")
SEE_RESULTS = button("See results")
NOT_FOUND = body("I could not find “{words}”. Try another word, or look around:")
NOT_UNDERSTOOD = body(
    "I am the shop's assistant and did not quite get that. I can show you around, or a person can help."
)
WHAT_FOR = body("What are you looking for? Just write it.")
PRODUCTS = button("Browse products")
MENU = button("Menu")
PERSON = button("Talk to a person")

# Longer than this is a story for a person, not a search.
LONGEST = 120
# So many are found at most; they come in pages.
MOST = 30


@on_word("search", en=("search", "find", "look for"), it=("cerca", "ricerca", "trova"))
def search(talk: Talk) -> Move:
    return Move(to="", say=[say(WHAT_FOR)])


@on_free_text
def free_text(talk: Talk) -> Move:
    if talk.incoming.product and (about := _asked_about(talk)):
        return about
    words = " ".join(talk.text.split())
    if not words or len(words) > LONGEST:
        return Move(to="search.lost")
    cards = _found(talk, words)
    if len(cards) == 1:
        talk.once(f"product:{cards[0].id}", lambda: cards[0])
        return Move(to="product", data={"product": cards[0].id})
    if not cards and talk.is_first_contact:
        return Move(to="welcome", data={"first": True})
    return Move(to="search.results", say=[_results(talk, words, cards)])


@on_choice("found", str, int)
def more(talk: Talk, words: str, page: int) -> Move:
    """The next page of what was found; the row carries what was looked for."""
    return Move(to="search.results", say=[_results(talk, words, _found(talk, words), page)])


def _asked_about(talk: Talk) -> Move | None:
    """A question written on a product's page in WhatsApp's catalog: its card, if it is ours and for sale."""
    product_id = product_asked_about(talk.incoming.product)
    talk.trace("looked", f"the page of “{talk.incoming.product}”: {product_id or 'not ours'}")
    return Move(to="product", data={"product": product_id}) if product_id else None


@state
class Results(State):
    """What was found is on the screen; a tap or another word leads on."""

    name = "search.results"


@state
class Lost(State):
    name = "search.lost"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        return [Buttons(str(NOT_UNDERSTOOD), _ways_on())]


def _found(talk: Talk, words: str) -> Sequence[ProductCard]:
    cards = search_products(words, limit=MOST, language=talk.language)
    talk.trace("searched", f"“{words}”: {len(cards)} products")
    return cards


def _results(talk: Talk, words: str, cards: Sequence[ProductCard], page: int = 0) -> Reply:
    shown = shorten(words, 60)
    if not cards:
        return Buttons(say(NOT_FOUND, words=shown).body, _ways_on())
    rows = [shelf.product_row(talk, card) for card in cards]
    said, more_id = say(FOUND, words=shown).body, f"found:{_kept(words)}"
    return choices(said, rows, label=str(SEE_RESULTS), page=page, more_id=more_id)


def _kept(words: str) -> str:
    """What was looked for, as a part of a row's id."""
    return limits.split(words.replace(":", " "), limits.ROW_ID // 2)[0]


def _ways_on() -> tuple[Choice, ...]:
    return Choice("browse", str(PRODUCTS)), Choice("menu", str(MENU)), Choice("agent", str(PERSON))
