"""For those who run the shop, from a phone that was confirmed: sales, open orders, sold out and back. Others see nothing.

An owner may still order like everybody else. What concerns money asks for the PIN, what changes something for a tap.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from django.utils import timezone

from catalog.models import Product
from catalog.search import search_products
from catalog.services import set_availability
from conversations.hearing import masking
from conversations.registry import on_choice, on_word, state
from conversations.talk import Move, State, Talk, say
from conversations.transport.replies import Buttons, Choice, Menu, Reply, Section, Text
from conversations.words import body, button, plural_body, row, row_hint
from orders.queries import counts_by_state, sales_by_day
from tenants.audit import note
from tenants.models import OwnerPhone
from tenants.services import owner_phones
from tenants.services.owner_phones import PinLocked, WrongPin

HELLO = body("Hello {name}. What would you like to do for *{shop}*?")
OPEN = button("Open menu")
SALES = row("Today's sales")
SALES_HINT = row_hint("Asks for your PIN")
ORDERS = row("Open orders")
ORDERS_HINT = row_hint("How many wait for what")
STOCK = row("Sold out or back")
STOCK_HINT = row_hint("Find a product, switch it")
CUSTOMER = row("Order as a customer")
CUSTOMER_HINT = row_hint("Like everybody else")
ASK_CODE = body("Send me the six digits that the dashboard shows you.")
CONFIRMED = body("Your phone is confirmed. ✅ Write *owner* whenever you need me.")
NOT_CONFIRMED = body("These digits are not right, or too old. The dashboard shows you new ones.")
ASK_PIN = body("Please send your PIN. I hide it in the chat at once.")
ONLY_DIGITS = body("Please send the digits alone, in one message, or write *menu* to leave.")
WRONG = plural_body("That PIN is not right. {count} try left.", "That PIN is not right. {count} tries left.", "count")
LOCKED = body("Your PIN is locked or not set. Set a new one in the dashboard, under Settings, My phone.")
SOLD_TODAY = plural_body(
    "Today: *{amount}* from {count} paid order.", "Today: *{amount}* from {count} paid orders.", "count"
)
NOTHING_OPEN = body("No order is open. All done!")
OPEN_ORDERS = body("Open orders:\n\n{lines}")
PLACED = body("⏳ Waiting for payment: {count}")
PAID = body("✅ Paid, not begun: {count}")
PREPARING = body("👩‍🍳 Being prepared: {count}")
READY = body("🛍️ Ready to collect: {count}")
SHIPPED = body("🛵 On the way: {count}")
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
MENU = button("Menu")

_OPEN_STATES: Final = (
    ("placed", PLACED),
    ("paid", PAID),
    ("preparing", PREPARING),
    ("ready", READY),
    ("shipped", SHIPPED),
)
_PIN: Final = re.compile(r"[0-9]{4,8}")
_CODE: Final = re.compile(r"[0-9]{6}")
Act = Callable[[Talk, OwnerPhone], Move]


def _phone(talk: Talk) -> str | None:
    """The phone that writes now: what a customer may have besides, by a merge or a link, opens nothing here."""
    return talk.incoming.sender.phone


def _as_owner(talk: Talk, act: Act) -> Move:
    """Looked up anew each time, so a role that was taken away counts at once. Nobody else learns that there is more."""
    owner = owner_phones.owner_at(shop=talk.shop, phone=_phone(talk))
    if owner is None:
        talk.trace("owner", "not an owner's phone")
        return Move(to="menu")
    return act(talk, owner)


@on_choice("owner")
@on_word(
    "owner",
    en=("owner", "owner menu", "my shop", "manager"),
    it=("titolare", "menu titolare", "il mio negozio", "gestore"),
)
def owner_menu(talk: Talk) -> Move:
    phone = _phone(talk)
    if phone and owner_phones.is_expected(shop=talk.shop, phone=phone):
        return Move(to="owner.code")
    return _as_owner(talk, lambda _talk, _owner: Move(to="owner"))


@state
class OwnerMenu(State):
    name = "owner"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        rows = (
            Choice("owner.sales", str(SALES), str(SALES_HINT)),
            Choice("owner.orders", str(ORDERS), str(ORDERS_HINT)),
            Choice("owner.stock", str(STOCK), str(STOCK_HINT)),
            Choice("menu", str(CUSTOMER), str(CUSTOMER_HINT)),
        )
        owner = owner_phones.owner_at(shop=talk.shop, phone=_phone(talk))
        name = owner.membership.name or owner.membership.user.get_short_name() if owner else ""
        return [Menu(say(HELLO, name=name, shop=talk.shop.name).body, str(OPEN), (Section("", rows),))]

    def hides(self, text: str) -> bool:
        """A PIN that came too early, or twice."""
        return bool(_PIN.fullmatch(_without_blanks(text)))

    def hear(self, talk: Talk) -> Move | None:
        return Move(to="owner") if self.hides(talk.text) else None


@state
class ConfirmPhone(State):
    """A phone that a Manager has registered proves that it is theirs. Only a word that works everywhere leads away."""

    name = "owner.code"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        return [Text(str(ASK_CODE))]

    def hides(self, text: str) -> bool:
        return masking.may_be_secret(text)

    def hear(self, talk: Talk) -> Move | None:
        if not talk.text:
            return None
        code = _without_blanks(talk.text)
        if not _CODE.fullmatch(code):
            return Move(to="owner.code", say=[Text(str(ONLY_DIGITS))])
        if owner_phones.confirm_phone(shop=talk.shop, phone=_phone(talk) or "", code=code):
            return Move(to="owner", say=[Text(str(CONFIRMED))])
        return Move(to="menu", say=[Text(str(NOT_CONFIRMED))])


@on_choice("owner.sales")
def sales(talk: Talk) -> Move:
    return _as_owner(talk, lambda _talk, _owner: Move(to="owner.pin"))


@state
class AskPin(State):
    """Figures of money come after the PIN, each time. Only a word that works everywhere leads away: a PIN that was
    typed badly must not end in a search."""

    name = "owner.pin"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        return [Text(str(ASK_PIN))]

    def hides(self, text: str) -> bool:
        return masking.may_be_secret(text)

    def hear(self, talk: Talk) -> Move | None:
        if not talk.text:
            return None
        if not _PIN.fullmatch(_without_blanks(talk.text)):
            return Move(to="owner.pin", say=[Text(str(ONLY_DIGITS))])
        return _as_owner(talk, _after_pin)


def _without_blanks(text: str) -> str:
    return re.sub(r"\s", "", text)


def _after_pin(talk: Talk, owner: OwnerPhone) -> Move:
    try:
        owner_phones.check_pin(owner_id=owner.pk, pin=_without_blanks(talk.text))
    except WrongPin as refusal:
        left = int(str(refusal))
        _noted(talk, owner, "owner.pin_wrong", f"{left} tries left")
        return Move(to="owner.pin", say=[say(WRONG, count=left)]) if left else Move(to="owner", say=[Text(str(LOCKED))])
    except PinLocked:
        return Move(to="owner", say=[Text(str(LOCKED))])
    today = timezone.localdate(talk.at)
    sold = [day for day in sales_by_day(today) if day.day == today]
    amount, count = sum(day.cents for day in sold), sum(day.orders for day in sold)
    _noted(talk, owner, "owner.sales_seen", str(today))
    return Move(to="owner", say=[say(SOLD_TODAY, amount=talk.money(amount), count=count)])


@on_choice("owner.orders")
def open_orders(talk: Talk) -> Move:
    return _as_owner(talk, _open_orders)


def _open_orders(talk: Talk, owner: OwnerPhone) -> Move:
    counts = counts_by_state()
    lines = [say(words, count=counts[name]).body for name, words in _OPEN_STATES if counts.get(name)]
    said = say(OPEN_ORDERS, lines="\n".join(lines)) if lines else Text(str(NOTHING_OPEN))
    return Move(to="owner", say=[said])


@on_choice("owner.stock")
def stock(talk: Talk) -> Move:
    return _as_owner(talk, lambda _talk, _owner: Move(to="owner.stock"))


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
        return _as_owner(talk, lambda _talk, _owner: Move(to="owner.stock", data={"words": talk.text[:60]}))


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
    return _as_owner(talk, lambda _talk, _owner: Move(to="owner.sure", data={"product": product_id}))


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
    return _as_owner(talk, lambda _talk, owner: _switched(talk, owner, product_id, is_available=bool(wanted)))


def _switched(talk: Talk, owner: OwnerPhone, product_id: int, *, is_available: bool) -> Move:
    product = set_availability(product_id=product_id, is_available=is_available)
    _noted(talk, owner, "product.available" if is_available else "product.sold_out", f"product {product.pk}")
    done = say(DONE_ON if is_available else DONE_OFF, name=product.name)
    return Move(to="owner.done", data={"said": done.body})


@state
class Done(State):
    name = "owner.done"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        return [Buttons(str(talk.data["said"]), (Choice("owner", str(MORE)), Choice("menu", str(MENU))))]


def _noted(talk: Talk, owner: OwnerPhone, action: str, subject: str) -> None:
    talk.trace("called", action)
    note(action, shop=talk.shop, actor=owner.membership.user, subject=subject, detail={"by": "chat"})
