"""For those who run the shop, from their phone: a product is sold out, or on sale again. Each change asks for a tap."""

from collections.abc import Sequence

from catalog.models import Product
from catalog.search import search_products
from catalog.services import set_availability
from conversations import ways
from conversations.registry import on_choice, state
from conversations.talk import Move, State, Talk, say
from conversations.trading.owning import as_owner, noted
from conversations.transport.replies import Buttons, Choice, Menu, Reply, Section, Text
from conversations.words import body, button, row_hint
from tenants.models import OwnerPhone

WHICH = body("Which product? Write a part of its name.")
FOUND = body("Which one?")
NONE = body("I found no product for “{words}”. Write another word.")
PICK = button("Choose a product")
ON_SALE = row_hint("On sale now")
OFF_SALE = row_hint("Sold out now")
SURE_OFF = body("Mark *{name}* as sold out?")
SURE_ON = body("Put *{name}* back on sale?")
YES = button("Yes, do it")
NO = button("No")
DONE_OFF = body("*{name}* is sold out for now. ✅")
DONE_ON = body("*{name}* is on sale again. ✅")
MORE = button("Owner menu")


@on_choice("owner.stock")
def stock(talk: Talk) -> Move:
    return as_owner(talk, lambda _talk, _owner: Move(to="owner.stock"))


@state
class FindProduct(State):
    name = "owner.stock"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        found = _products(str(talk.data.get("words", "")))
        if not talk.data.get("words"):
            return [Text(str(WHICH))]
        if not found:
            return [say(NONE, words=str(talk.data["words"])[:60])]
        rows = tuple(
            Choice(f"owner.flip:{each.pk}", each.name, str(ON_SALE if each.is_available else OFF_SALE))
            for each in found
        )
        return [Menu(str(FOUND), str(PICK), (Section("", rows),))]

    def hear(self, talk: Talk) -> Move | None:
        if not talk.text:
            return None
        return as_owner(talk, _found)


def _found(talk: Talk, _owner: OwnerPhone) -> Move:
    """What fits these words, to choose from; the only one that fits needs no choice."""
    words = talk.text[:60]
    found = _products(words)
    return _to_be_confirmed(found[0].pk) if len(found) == 1 else Move(to="owner.stock", data={"words": words})


def _to_be_confirmed(product_id: int) -> Move:
    return Move(to="owner.sure", data={"product": product_id})


def _products(words: str) -> list[Product]:
    """Also those that are sold out, which a customer's search may leave out."""
    if not words:
        return []
    published = Product.objects.filter(status=Product.Status.PUBLISHED)
    named = list(published.filter(name__icontains=words).order_by("name", "id")[:10])
    ids = {each.pk for each in named}
    alike = [card.id for card in search_products(words, limit=10) if card.id not in ids]
    return [*named, *published.filter(pk__in=alike)][:10]


@on_choice("owner.flip", int)
def flip(talk: Talk, product_id: int) -> Move:
    return as_owner(talk, lambda _talk, _owner: _to_be_confirmed(product_id))


@state
class Sure(State):
    name = "owner.sure"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        product = Product.objects.filter(pk=talk.data["product"]).first()
        if product is None:
            return [say(NONE, words="")]
        wanted = not product.is_available
        yes = Choice(f"owner.do:{product.pk}:{int(wanted)}", str(YES))
        words = say(SURE_ON if wanted else SURE_OFF, name=product.name).body
        return [Buttons(words, (yes, Choice("owner", str(NO))))]


@on_choice("owner.do", int, int)
def switch(talk: Talk, product_id: int, wanted: int) -> Move:
    """The tap says what is wanted, so an old one never turns things round."""
    return as_owner(talk, lambda _talk, owner: _switched(talk, owner, product_id, is_available=bool(wanted)))


def _switched(talk: Talk, owner: OwnerPhone, product_id: int, *, is_available: bool) -> Move:
    product = set_availability(product_id=product_id, is_available=is_available)
    noted(talk, owner, "product.available" if is_available else "product.sold_out", f"product {product.pk}")
    done = say(DONE_ON if is_available else DONE_OFF, name=product.name)
    return Move(to="owner.done", data={"said": done.body})


@state
class Done(State):
    name = "owner.done"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        return [Buttons(str(talk.data["said"]), (Choice("owner", str(MORE)), ways.to_menu()))]
