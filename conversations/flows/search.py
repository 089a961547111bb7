"""Searching: what is no command is taken for something the customer is looking for."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.queries import ProductCard, product_asked_about
from catalog.search import Findings, find_products
from conversations import ways
from conversations.hearing.sentences import Wish, wishes_in
from conversations.registry import on_choice, on_free_text, on_word, state
from conversations.talk import Move, State, Talk, say
from conversations.trading import shelf
from conversations.trading.choosing import choices
from conversations.transport.replies import Buttons, Choice, Reply, Text
from conversations.transport.rules import limits
from conversations.words import body, button
from shopme.lib.text import shorten

FOUND = body("This is what we have for “{words}”:")
SEE_RESULTS = button("See results")
NOT_FOUND = body("I could not find “{words}”. Try another word, or look around:")
NOT_UNDERSTOOD = body(
    "I am the shop's assistant and did not quite get that. I can show you around, or a person can help."
)
MISSED = body("I did not understand {words}.")
ONE_BY_ONE = body(
    "I take one thing at a time, and nothing is in your basket yet: choose it below, then write me how many you want."
)
WHAT_FOR = body("What are you looking for? Just write it.")

# Longer than this is a story for a person, not a search.
LONGEST = 120
# So many are found at most; they come in pages.
MOST = 30
# So many things are looked for in one sentence, and so many are shown of each.
MOST_WISHES = 6
OF_EACH = 5


@dataclass(frozen=True, slots=True)
class Found:
    """What a sentence led to: the products, the words that led nowhere, and whether it said more than one name."""

    cards: Sequence[ProductCard]
    missed: Sequence[str] = ()
    is_order: bool = False


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
    found = _found(talk, talk.text)
    cards = found.cards
    if len(cards) == 1:
        talk.once(f"product:{cards[0].id}", lambda: cards[0])
        return Move(to="product", say=_left_open(found), data={"product": cards[0].id})
    if not cards and talk.is_first_contact:
        return Move(to="welcome", data={"first": True})
    return Move(to="search.results", say=[_results(talk, talk.text, found)])


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


def _found(talk: Talk, words: str) -> Found:
    """Products with all the words; else what each of several wishes finds, with what none of them did.

    A question is no order: what it does not find is not told word by word.
    """
    wishes = wishes_in(words)
    is_order = "?" not in words and (len(wishes) > 1 or any(wish.is_counted for wish in wishes))
    found = Found(find_products(words, limit=MOST, language=talk.language, is_exact=is_order).cards)
    if is_order and not found.cards:
        found = _found_one_by_one(talk, wishes)
    talk.trace("searched", f"“{shorten(words, 60)}”: {len(found.cards)} products, missed {list(found.missed)}")
    return found


def _found_one_by_one(talk: Talk, wishes: Sequence[Wish]) -> Found:
    cards: dict[int, ProductCard] = {}
    missed = [wish.words for wish in wishes[MOST_WISHES:]]
    for wish in wishes[:MOST_WISHES]:
        findings: Findings = find_products(wish.words, limit=OF_EACH, language=talk.language)
        cards |= {card.id: card for card in findings.cards}
        missed += findings.missed if findings.cards else [wish.words]
    return Found(list(cards.values()), list(dict.fromkeys(missed)), is_order=True)


def _results(talk: Talk, words: str, found: Found, page: int = 0) -> Reply:
    shown = shorten(" ".join(words.split()), 60)
    if not found.cards:
        return Buttons(say(NOT_FOUND, words=shown).body, _ways_on())
    rows = [shelf.product_row(talk, card) for card in found.cards]
    said = [*(text.body for text in _left_open(found)), say(FOUND, words=shown).body]
    return choices("\n\n".join(said), rows, label=str(SEE_RESULTS), page=page, more_id=f"found:{_kept(words)}")


def _left_open(found: Found) -> list[Text]:
    """What was said besides the products and is still to be done; nothing of what somebody wished is lost silently."""
    said = [say(MISSED, words=shorten(", ".join(f"“{word}”" for word in found.missed), 200))] if found.missed else []
    return [*said, say(ONE_BY_ONE)] if found.is_order else said


def _kept(words: str) -> str:
    """What was looked for, as a part of a row's id."""
    return limits.split(words.replace(":", " ").replace("\n", ", "), limits.ROW_ID // 2)[0]


def _ways_on() -> tuple[Choice, ...]:
    return ways.to_products(), ways.to_menu(), ways.to_person()
