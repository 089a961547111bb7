"""What several flows do with a basket, and how its refusals are told. Flows name the states; this names the answers."""

from catalog.stock import OutOfStock
from conversations.talk import Move, Talk, say
from conversations.words import body, fragment, plural
from orders import basket
from orders.basket import BasketLineView, BasketView
from orders.errors import NotOnSale, TooMany

NOT_ON_SALE = body("Sorry, {name} is not for sale any more.")
NOT_ON_SALE_NAMELESS = body("Sorry, this is not for sale any more.")
TOO_MANY = body("That is more than we can put into one order. Please talk to us about large orders.")
ITEMS = plural("{count} item", "{count} items", "count")
ONLY_LEFT = plural("only {count} left", "only {count} left", "count")
AND_MORE = plural("… and {count} more", "… and {count} more", "count")
SOLD_OUT = fragment("sold out")
GONE = fragment("not for sale any more, so we leave it out")


def add(talk: Talk, variant_id: int, quantity: int) -> Move:
    """Put `quantity` more into the basket and say so, or say kindly why not."""
    try:
        filled = basket.add_to_basket(customer=talk.customer, variant_id=variant_id, quantity=quantity)
    except (OutOfStock, NotOnSale, TooMany) as refusal:
        return refused(talk, refusal)
    return _added(talk, filled, variant_id)


def set_quantity(talk: Talk, variant_id: int, quantity: int) -> Move:
    """Have exactly `quantity` in the basket and show it, or say kindly why not."""
    try:
        basket.change_quantity(customer=talk.customer, variant_id=variant_id, quantity=quantity)
    except (OutOfStock, NotOnSale, TooMany) as refusal:
        return refused(talk, refusal)
    talk.trace("called", f"basket: variant {variant_id} is now {quantity}")
    return Move(to="basket.show")


def refused(talk: Talk, refusal: OutOfStock | NotOnSale | TooMany) -> Move:
    """Where a refusal of the basket or the checkout leads."""
    talk.trace("refused", f"{type(refusal).__name__}: {refusal}")
    if isinstance(refusal, OutOfStock):
        variant = refusal.variant
        name = full_name(variant.product.name_in(talk.language), variant.name)
        return Move(to="basket.short", data={"variant": variant.pk, "available": refusal.available, "name": name})
    if isinstance(refusal, TooMany):
        return Move(to="basket.show", say=[say(TOO_MANY)])
    sorry = say(NOT_ON_SALE, name=refusal.name) if refusal.name else say(NOT_ON_SALE_NAMELESS)
    return Move(to="basket.show", say=[sorry])


def _added(talk: Talk, filled: BasketView, variant_id: int) -> Move:
    line = next(line for line in filled.lines if line.variant_id == variant_id)
    talk.trace("called", f"basket: variant {variant_id} is now {line.quantity}")
    data = {
        "variant": variant_id,
        "what": f"{line.quantity} × {full_name(line.name, line.variant_name)}",
        "count": filled.count,
        "cents": filled.subtotal_cents,
    }
    return Move(to="basket.added", data=data)


def full_name(name: str, variant_name: str) -> str:
    """`Sourdough loaf`, `Large` → `Sourdough loaf, Large`."""
    return f"{name}, {variant_name}" if variant_name else name


def line_words(talk: Talk, line: BasketLineView) -> str:
    """One line as shown in a basket or summary, with what is wrong with it."""
    words = f"{line.quantity} × {full_name(line.name, line.variant_name)} – {talk.money(line.total_cents)}"
    if not line.is_on_sale:
        return f"~{words}~ ({GONE})"
    if line.is_short:
        return f"{words} ({left_words(line.available or 0)})"
    return words


def left_words(available: int) -> str:
    return str(ONLY_LEFT.format(count=available)) if available else str(SOLD_OUT)


def listed(lines: list[str], *, most: int = 12) -> str:
    """The lines under one another; a very long basket is cut so that its total stays on the screen."""
    shown = lines if len(lines) <= most else [*lines[:most], str(AND_MORE.format(count=len(lines) - most))]
    return "\n".join(shown)
