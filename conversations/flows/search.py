"""Searching: what is no command is taken for something the customer is looking for."""

from collections.abc import Sequence

from catalog.queries import ProductCard, product_with_sku
from catalog.search import search_products
from conversations import shelf
from conversations.registry import on_free_text, on_word, state
from conversations.talk import Move, State, Talk, say
from conversations.transport.replies import Buttons, Choice, Menu, Reply, Section
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
    cards = search_products(words, limit=shelf.ROWS, language=talk.language)
    talk.trace("searched", f"“{words}”: {len(cards)} products")
    if len(cards) == 1:
        talk.once(f"product:{cards[0].id}", lambda: cards[0])
        return Move(to="product", data={"product": cards[0].id})
    if not cards and talk.is_first_contact:
        return Move(to="welcome", data={"first": True})
    return Move(to="search.results", say=[_results(talk, shorten(words, 60), cards)])


def _asked_about(talk: Talk) -> Move | None:
    """A question written on a product's page in WhatsApp's catalog: its card, if it is ours and for sale."""
    product_id = product_with_sku(talk.incoming.product)
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


def _results(talk: Talk, words: str, cards: Sequence[ProductCard]) -> Reply:
    if not cards:
        return Buttons(say(NOT_FOUND, words=words).body, _ways_on())
    rows = tuple(shelf.product_row(talk, card) for card in cards)
    return Menu(say(FOUND, words=words).body, str(SEE_RESULTS), (Section("", rows),))


def _ways_on() -> tuple[Choice, ...]:
    return Choice("browse", str(PRODUCTS)), Choice("menu", str(MENU)), Choice("agent", str(PERSON))
