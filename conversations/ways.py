"""Ways on: the buttons below an answer that lead to what is always there, named alike wherever they stand."""

from conversations.transport.replies import Choice
from conversations.words import button

MENU = button("Menu")
PRODUCTS = button("Browse products")
PERSON = button("Talk to a person")
BASKET = button("My basket")
ORDERS = button("My orders")


def to_menu() -> Choice:
    return Choice("menu", str(MENU))


def to_products() -> Choice:
    return Choice("browse", str(PRODUCTS))


def to_person() -> Choice:
    return Choice("agent", str(PERSON))


def to_basket() -> Choice:
    return Choice("cart", str(BASKET))


def to_orders() -> Choice:
    return Choice("orders", str(ORDERS))
