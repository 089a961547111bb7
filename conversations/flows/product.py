"""The card of one product: picture, price, stock, and one tap to the basket."""

from collections.abc import Sequence

from catalog.queries import LOW_STOCK, ProductCard, VariantView, product_card
from conversations import ways
from conversations.registry import on_choice, state
from conversations.talk import Move, State, Talk, Voice, say
from conversations.trading import buying, shelf
from conversations.trading.choosing import choices
from conversations.transport.replies import Buttons, Choice, Reply
from conversations.words import body, button, plural
from shopme.lib.text import shorten

NOT_HERE = body("Sorry, this is not for sale any more. Would you like to see what else we have?")
PICK_VARIANT = body("*{name}* – which one would you like?")
SEE_OPTIONS = button("See options")
ADD = button("Add to basket")
OPTIONS = button("Choose")
MORE_LIKE_THIS = button("See more")
CHOICES = plural("{count} to choose from", "{count} to choose from", "count")

# So many variants fit on the card as buttons of their own; more are chosen from a list.
AS_BUTTONS = 3


@on_choice("product", int)
def product(talk: Talk, product_id: int) -> Move:
    return Move(to="product", data={"product": product_id})


@on_choice("options", int, int)
def options(talk: Talk, product_id: int, page: int = 0) -> Move:
    return Move(to="product.options", data={"product": product_id, "page": page})


@state
class ShowProduct(State):
    name = "product"
    is_answer = True

    def ask(self, talk: Talk) -> Sequence[Reply]:
        card = _card(talk)
        if card is None:
            return [Buttons(str(NOT_HERE), (ways.to_products(), ways.to_menu()))]
        talk.trace("looked", f"product {card.id}: {card.name}, {card.stock}")
        return [product_card_reply(talk, card)]

    def hear(self, talk: Talk) -> Move | None:
        """A bare number means: that many of it."""
        quantity = _number(talk.text)
        card = _card(talk) if quantity else None
        if card is None or not card.has_one_variant:
            return None
        return buying.add(talk, card.variants[0].id, quantity)


@state
class ChooseVariant(State):
    name = "product.options"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        card = _card(talk)
        if card is None:
            return [Buttons(str(NOT_HERE), (ways.to_products(), ways.to_menu()))]
        rows = [_variant_row(talk, variant) for variant in card.variants]
        words, page = say(PICK_VARIANT, name=card.name).body, talk.data.get("page", 0)
        return [choices(words, rows, label=str(SEE_OPTIONS), page=page, more_id=f"options:{card.id}")]


def product_card_reply(voice: Voice, card: ProductCard) -> Buttons:
    """A product as a card with its picture, to put into the basket with one tap."""
    return Buttons(_words(voice, card), _buttons(voice, card), image_url=card.image_url)


def _card(talk: Talk) -> ProductCard | None:
    product_id = talk.data["product"]
    return talk.once(f"product:{product_id}", lambda: product_card(product_id, language=talk.language))


def _words(talk: Voice, card: ProductCard) -> str:
    stock = shelf.stock_words(card.left, card.stock)
    if card.has_one_variant:
        last = f"{_price(talk, card.variants[0])} · {stock}"
    elif len(card.variants) > AS_BUTTONS:
        last = f"{shelf.price_words(talk, card)} · {CHOICES.format(count=len(card.variants))}"
    else:
        last = "\n".join(_variant_line(talk, variant) for variant in card.variants)
    parts = [f"*{card.name}*", shorten(card.description, 600), last]
    return "\n\n".join(part for part in parts if part)


def _price(talk: Voice, variant: VariantView) -> str:
    """The price, with the old one struck through where there is one."""
    price = f"*{talk.money(variant.price_cents)}*"
    return f"{price} ~{talk.money(variant.compare_at_cents)}~" if variant.compare_at_cents else price


def _variant_line(talk: Voice, variant: VariantView) -> str:
    warning = shelf.variant_stock(variant, few=LOW_STOCK)
    return f"{variant.name}: {_price(talk, variant)}" + (f" · {warning}" if warning else "")


def _variant_row(talk: Talk, variant: VariantView) -> Choice:
    warning = shelf.variant_stock(variant, few=LOW_STOCK)
    hint = talk.money(variant.price_cents) + (f" · {warning}" if warning else "")
    return Choice(f"cart.add:{variant.id}", variant.name or "1", hint)


def _buttons(talk: Voice, card: ProductCard) -> tuple[Choice, ...]:
    more = Choice(f"cat:{card.category_id}" if card.category_id else "browse", str(MORE_LIKE_THIS))
    if card.is_sold_out:
        return more, ways.to_menu(), ways.to_person()
    if card.has_one_variant:
        return Choice(f"cart.add:{card.variants[0].id}", str(ADD)), more, ways.to_basket()
    buyable = [variant for variant in card.variants if not variant.is_sold_out]
    titles = [shorten(variant.name, 20) for variant in buyable]
    if len(buyable) <= AS_BUTTONS and len(set(titles)) == len(titles) and all(titles):
        picks = tuple(Choice(f"cart.add:{variant.id}", title) for variant, title in zip(buyable, titles, strict=True))
        return picks if len(picks) == AS_BUTTONS else (*picks, more)
    return Choice(f"options:{card.id}", str(OPTIONS)), more, ways.to_basket()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 2 else 0
