"""Browsing: the shop's shelves, then what is on one of them."""

from collections.abc import Sequence

from catalog.queries import products_in, visible_categories
from conversations import ways
from conversations.registry import on_choice, on_word, state
from conversations.talk import Move, State, Talk, say
from conversations.trading import shelf
from conversations.trading.choosing import choices
from conversations.transport.replies import Buttons, Choice, Reply
from conversations.words import body, button

WHERE_TO_START = body("Here is what we have. Where would you like to start?")
SEE_CATEGORIES = button("See categories")
PICK_ONE = body("*{category}* – tap a product to see it up close.")
SEE_PRODUCTS = button("See products")
NOTHING_HERE = body("There is nothing in this category right now. Have a look at the others?")
NOTHING_AT_ALL = body("Our shelves are empty just now. Please come back soon, or ask us.")
ALL_CATEGORIES = button("All categories")


@on_choice("browse", int)
@on_word(
    "browse",
    en=(
        "browse", "products", "shop", "catalog", "catalogue", "categories", "see products", "show me your products",
        "what do you have", "what do you sell", "browse products", "price list", "prices", "to order", "to buy",
    ),
    it=(
        "prodotti", "catalogo", "categorie", "negozio", "cosa avete", "cosa vendete", "vedi i prodotti", "listino",
        "prezzi", "sfoglia", "ordinare", "comprare",
    ),
)  # fmt: skip
def browse(talk: Talk, page: int = 0) -> Move:
    return Move(to="browse", data={"page": page})


@on_choice("cat", int, int)
def category(talk: Talk, category_id: int, page: int = 0) -> Move:
    return Move(to="browse.category", data={"category": category_id, "page": page})


@state
class Browse(State):
    name = "browse"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        shelves = visible_categories()
        if not shelves:
            return [Buttons(str(NOTHING_AT_ALL), (ways.to_menu(), ways.to_person()))]
        rows = [shelf.category_row(talk, found) for found in shelves]
        page = talk.data.get("page", 0)
        return [choices(str(WHERE_TO_START), rows, label=str(SEE_CATEGORIES), page=page, more_id="browse")]


@state
class BrowseCategory(State):
    name = "browse.category"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        category_id = talk.data["category"]
        found = next((known for known in visible_categories() if known.pk == category_id), None)
        cards = products_in(category_id, language=talk.language) if found else []
        talk.trace("looked", f"category {category_id}: {len(cards)} products")
        if found is None or not cards:
            return [Buttons(str(NOTHING_HERE), (Choice("browse", str(ALL_CATEGORIES)), ways.to_menu()))]
        rows = [shelf.product_row(talk, card) for card in cards]
        page = talk.data.get("page", 0)
        words = say(PICK_ONE, category=found.name_in(talk.language)).body
        return [choices(words, rows, label=str(SEE_PRODUCTS), page=page, more_id=f"cat:{category_id}")]
