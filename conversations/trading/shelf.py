"""How products look in a list and on a card: shared by browsing, searching and the card itself."""

from catalog.models import Category
from catalog.queries import ProductCard, VariantView
from conversations.talk import Voice
from conversations.trading.buying import left_words
from conversations.transport.replies import Choice
from conversations.transport.rules import limits
from conversations.words import fragment, plural

FROM = fragment("from {price}")
IN_STOCK = fragment("in stock")
PRODUCTS = plural("{count} product", "{count} products", "count")


def price_words(talk: Voice, card: ProductCard) -> str:
    """`R 45.00`, or `from R 45.00` where variants differ."""
    price = talk.money(card.min_cents)
    return price if card.min_cents == card.max_cents else str(FROM.format(price=price))


def stock_words(left: int | None, stock: str) -> str:
    """`in stock`, `only 2 left`, `sold out`."""
    if stock == "in_stock":
        return str(IN_STOCK)
    return left_words(left or 0)


def variant_stock(variant: VariantView, *, few: int) -> str:
    """The same for one variant; empty where there is nothing to warn of."""
    if variant.available is None or variant.available > few:
        return ""
    return left_words(variant.available)


def category_row(talk: Voice, category: Category) -> Choice:
    """A row that opens the shelf; the query that found it counted what is on sale there."""
    count = vars(category)["on_sale_count"]
    return Choice(f"cat:{category.pk}", category.name_in(talk.language), str(PRODUCTS.format(count=count)))


def product_row(talk: Voice, card: ProductCard) -> Choice:
    """A row that opens the card. A name too long for its title is told in full below it."""
    hint = price_words(talk, card)
    if card.stock != "in_stock":
        hint = f"{hint} · {stock_words(card.left, card.stock)}"
    if limits.length(card.name) > limits.ROW_TITLE:
        hint = f"{hint} · {card.name}"
    return Choice(f"product:{card.id}", card.name, hint)
