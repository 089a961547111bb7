"""The basket: put in, look, change, take out, empty."""

from collections.abc import Sequence

from conversations import ways
from conversations.registry import on_choice, on_word, state
from conversations.talk import Move, State, Talk, say
from conversations.trading import buying
from conversations.trading.choosing import choices
from conversations.transport.replies import Buttons, Choice, Reply
from conversations.transport.rules import limits
from conversations.words import body, button, plural_body, row, row_hint
from orders import basket
from orders.basket import BasketLineView, BasketView

ADDED = body("Done! ✓ {what}.\nYour basket: {items}, {total}.")
BASKET_IS = body("*Your basket* 🧺")
TOTAL = body("Total: *{total}*")
EMPTY = body("Your basket is empty. Shall we fill it?")
WHAT_TO_CHANGE = body("What would you like to change?")
SEE_BASKET = button("See basket")
LINE = body("*{name}*\n{quantity} × {price} = {total}\n\nTap below, or write how many you would like.")
SHORT = plural_body(
    "Sorry, there is only {count} of “{name}” left.", "Sorry, there are only {count} of “{name}” left.", "count"
)
SHORT_OUT = body("Sorry, “{name}” has just sold out.")
REMOVED = body("Taken out.")
CLEARED = body("Your basket is empty again.")
NOT_IN_BASKET = body("That is no longer in your basket.")
EMPTY_ALL = row("Empty the basket")
EMPTY_ALL_HINT = row_hint("Take everything out")
CHECK_OUT = button("Check out")
CHANGE = button("Change")
KEEP_SHOPPING = button("Keep shopping")
ONE_MORE = button("One more")
ONE_LESS = button("One less")
REMOVE = button("Remove")
TAKE = button("Take {count}")

MOST = 99


@on_choice("cart")
@on_word(
    "cart",
    en=("cart", "basket", "my cart", "my basket", "bag", "show cart", "show basket"),
    it=("carrello", "il mio carrello", "mostra carrello"),
)
def show(talk: Talk) -> Move:
    return Move(to="basket.show")


@on_choice("cart.add", int, adds_up=True)
def add(talk: Talk, variant_id: int) -> Move:
    return buying.add(talk, variant_id, 1)


@on_choice("cart.set", int, int)
def set_quantity(talk: Talk, variant_id: int, quantity: int) -> Move:
    return buying.set_quantity(talk, variant_id, min(quantity, MOST + 1))


@on_choice("cart.remove", int)
def remove(talk: Talk, variant_id: int) -> Move:
    basket.remove_from_basket(customer=talk.customer, variant_id=variant_id)
    talk.trace("called", f"basket: variant {variant_id} taken out")
    return Move(to="basket.show", say=[say(REMOVED)])


@on_choice("cart.clear")
@on_word("clear", en=("clear basket", "empty basket", "clear cart"), it=("svuota carrello", "svuota il carrello"))
def clear(talk: Talk) -> Move:
    basket.clear_basket(customer=talk.customer)
    talk.trace("called", "basket: emptied")
    return Move(to="basket.show", data={"cleared": True})


@on_choice("cart.change", int)
def change(talk: Talk, page: int = 0) -> Move:
    return Move(to="basket.change", data={"page": page})


@on_choice("cart.line", int)
def line(talk: Talk, variant_id: int) -> Move:
    return Move(to="basket.line", data={"variant": variant_id})


@state
class Added(State):
    name = "basket.added"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        items = buying.ITEMS.format(count=talk.data["count"])
        words = say(ADDED, what=talk.data["what"], items=items, total=talk.money(talk.data["cents"])).body
        return [Buttons(words, (_check_out(), Choice("browse", str(KEEP_SHOPPING)), ways.to_basket()))]

    def hear(self, talk: Talk) -> Move | None:
        """A bare number means: make it that many."""
        return _as_quantity(talk)


@state
class Show(State):
    name = "basket.show"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        filled = basket.basket_of(talk.customer, language=talk.language)
        if filled.is_empty:
            words = str(CLEARED if talk.data.get("cleared") else EMPTY)
            return [Buttons(words, (ways.to_products(), ways.to_menu()))]
        return [Buttons(_words(talk, filled), _buttons(filled))]


@state
class Change(State):
    name = "basket.change"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        filled = basket.basket_of(talk.customer, language=talk.language)
        if filled.is_empty:
            return [Buttons(str(EMPTY), (ways.to_products(), ways.to_menu()))]
        rows = [_line_row(talk, found) for found in filled.lines]
        rows.append(Choice("cart.clear", str(EMPTY_ALL), str(EMPTY_ALL_HINT)))
        page = talk.data.get("page", 0)
        return [choices(str(WHAT_TO_CHANGE), rows, label=str(SEE_BASKET), page=page, more_id="cart.change")]


@state
class Line(State):
    name = "basket.line"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        filled = basket.basket_of(talk.customer, language=talk.language)
        found = _find(filled, talk.data["variant"])
        if found is None:
            return [Buttons(str(NOT_IN_BASKET), (ways.to_basket(), ways.to_menu()))]
        words = say(
            LINE,
            name=buying.full_name(found.name, found.variant_name),
            quantity=found.quantity,
            price=talk.money(found.unit_cents),
            total=talk.money(found.total_cents),
        )
        return [Buttons(words.body, _line_buttons(found))]

    def hear(self, talk: Talk) -> Move | None:
        return _as_quantity(talk)


@state
class Short(State):
    """Fewer are left than were asked for."""

    name = "basket.short"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        variant, available, name = talk.data["variant"], talk.data["available"], talk.data["name"]
        is_in_basket = _find(basket.basket_of(talk.customer), variant) is not None
        buttons = []
        if available:
            buttons.append(Choice(f"cart.set:{variant}:{available}", say(TAKE, count=available).body))
        if is_in_basket:
            buttons.append(Choice(f"cart.remove:{variant}", str(REMOVE)))
        buttons.append(Choice("browse", str(KEEP_SHOPPING)))
        if len(buttons) < 3:
            buttons.append(ways.to_basket())
        words = say(SHORT, count=available, name=name) if available else say(SHORT_OUT, name=name)
        return [Buttons(words.body, tuple(buttons))]


def _as_quantity(talk: Talk) -> Move | None:
    text = talk.text
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        return None
    return buying.set_quantity(talk, talk.data["variant"], min(int(text), MOST + 1))


def _check_out() -> Choice:
    return Choice("checkout", str(CHECK_OUT))


def _words(talk: Talk, filled: BasketView) -> str:
    lines = buying.listed([buying.line_words(talk, found) for found in filled.lines])
    parts = [str(BASKET_IS), lines]
    if filled.count:
        parts.append(say(TOTAL, total=talk.money(filled.subtotal_cents)).body)
    return "\n\n".join(parts)


def _buttons(filled: BasketView) -> tuple[Choice, ...]:
    change_it, more = Choice("cart.change", str(CHANGE)), Choice("browse", str(KEEP_SHOPPING))
    return (_check_out(), change_it, more) if filled.count else (change_it, more)


def _line_row(talk: Talk, found: BasketLineView) -> Choice:
    name = buying.full_name(found.name, found.variant_name)
    hint = f"{found.quantity} × {talk.money(found.unit_cents)} = {talk.money(found.total_cents)}"
    if limits.length(name) > limits.ROW_TITLE:
        hint = f"{hint} · {name}"
    return Choice(f"cart.line:{found.variant_id}", name, hint)


def _line_buttons(found: BasketLineView) -> tuple[Choice, ...]:
    variant, quantity = found.variant_id, found.quantity
    buttons = [Choice(f"cart.remove:{variant}", str(REMOVE))]
    if quantity > 1:
        buttons.insert(0, Choice(f"cart.set:{variant}:{quantity - 1}", str(ONE_LESS)))
    if quantity < MOST and (found.available is None or found.available > quantity):
        buttons.insert(0, Choice(f"cart.set:{variant}:{quantity + 1}", str(ONE_MORE)))
    return tuple(buttons)


def _find(filled: BasketView, variant_id: int) -> BasketLineView | None:
    return next((found for found in filled.lines if found.variant_id == variant_id), None)
