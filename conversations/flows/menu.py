"""The menu: every ability in one list, the shop's shelves first."""

from collections.abc import Sequence

from catalog.queries import visible_categories
from conversations import languages
from conversations.directory.words import OF_PLATFORM
from conversations.registry import on_choice, on_word, state
from conversations.talk import Move, State, Talk
from conversations.trading import shelf
from conversations.trading.buying import ITEMS
from conversations.transport.replies import Choice, Menu, Reply, Section
from conversations.words import body, button, row, row_hint, section
from orders.basket import basket_of
from tenants.queries import number_by_id

WHAT_NOW = body("What would you like to do?")
OPEN = button("Open menu")
OUR_PRODUCTS = section("Our products")
FOR_YOU = section("For you")
MORE_CATEGORIES = row("All categories")
BASKET = row("My basket")
BASKET_EMPTY = row_hint("Still empty")
ORDERS = row("My orders")
ORDERS_HINT = row_hint("Follow an order or pay for it")
POINTS = row("My points")
POINTS_HINT = row_hint("What you have earned")
PERSON = row("Talk to a person")
PERSON_HINT = row_hint("We answer right here")
OTHER_SHOP = row("Another shop")
OTHER_SHOP_HINT = row_hint("Your shops, and a search")
LANGUAGE = row("Language")
LANGUAGE_HINT = row_hint("English · Italiano")

ROWS = 10


@on_choice("menu")
@on_word(
    "menu",
    en=("menu", "main menu", "home", "back", "options", "show menu"),
    it=("menù", "menu principale", "indietro", "opzioni", "inizio"),
)
def menu(talk: Talk) -> Move:
    return Move(to="menu")


@state
class MainMenu(State):
    name = "menu"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        own = _own_rows(talk)
        shelves = _shelf_rows(talk, room=ROWS - len(own))
        sections = [Section(str(OUR_PRODUCTS), shelves)] if shelves else []
        return [Menu(str(WHAT_NOW), str(OPEN), (*sections, Section(str(FOR_YOU), own)))]


def _shelf_rows(talk: Talk, *, room: int) -> tuple[Choice, ...]:
    known = visible_categories()
    shown = known if len(known) <= room else known[: room - 1]
    rows = [shelf.category_row(talk, category) for category in shown]
    if len(known) > room:
        rows.append(Choice("browse", str(MORE_CATEGORIES)))
    return tuple(rows)


def _own_rows(talk: Talk) -> tuple[Choice, ...]:
    basket = basket_of(talk.customer)
    filled = f"{ITEMS.format(count=basket.count)} · {talk.money(basket.subtotal_cents)}"
    rows = [
        Choice("cart", str(BASKET), filled if basket.count else str(BASKET_EMPTY)),
        Choice("orders", str(ORDERS), str(ORDERS_HINT)),
        Choice("points", str(POINTS), str(POINTS_HINT)),
        Choice("agent", str(PERSON), str(PERSON_HINT)),
    ]
    if len(languages.offered(talk.shop)) > 1:
        rows.append(Choice("language", str(LANGUAGE), str(LANGUAGE_HINT)))
    if number_by_id(talk.conversation.number_id).shop_id is None:
        rows.append(Choice(f"{OF_PLATFORM}switch", str(OTHER_SHOP), str(OTHER_SHOP_HINT)))
    return tuple(rows)
