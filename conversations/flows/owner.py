"""For those who run the shop, from a phone that was confirmed: sales, open orders, sold out and back. Others see nothing.

An owner may still order like everybody else. What concerns money asks for the PIN, what changes something for a tap.
"""

import re
from collections.abc import Sequence
from typing import Final

from conversations.hearing import masking
from conversations.models import Message
from conversations.registry import always_heard, meaning_of, on_choice, on_word, state
from conversations.talk import Move, State, Talk, say
from conversations.trading.clock import today_of
from conversations.trading.owning import as_owner, noted, phone_of
from conversations.transport.replies import Choice, Menu, Reply, Section, Text
from conversations.words import body, button, plural_body, row, row_hint
from orders.queries import counts_by_state, sales_by_day
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
ASK_PIN = body("Please send your PIN. The shop's inbox hides it at once; on your phone, delete the message yourself.")
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

_OPEN_STATES: Final = (
    ("placed", PLACED),
    ("paid", PAID),
    ("preparing", PREPARING),
    ("ready", READY),
    ("shipped", SHIPPED),
)
_PIN: Final = re.compile(r"[0-9]{4,8}")
_CODE: Final = re.compile(r"[0-9]{6}")
# The questions of this menu that are answered in words.
_ASKING: Final = ("owner.code", "owner.pin", "owner.stock")


@always_heard
def is_act_of_owner(talk: Talk, asked: State) -> bool:
    """What somebody who runs the shop does in this menu, also while a colleague writes to them in the same chat.

    That is its taps, its word, the way out of it, and the answer to what it asked last; all else is for the colleague.
    """
    tapped = talk.incoming.choice_id.partition(":")[0]
    wish = tapped or meaning_of(talk.text)
    is_inside = asked.name.partition(".")[0] == "owner"
    is_act = wish.partition(".")[0] == "owner" or (
        is_inside and (wish == "menu" or (not tapped and _answers(talk, asked)))
    )
    return is_act and _works_here(talk)


def _answers(talk: Talk, asked: State) -> bool:
    if asked.hides(talk.text):
        return True
    said = Message.objects.filter(conversation=talk.conversation, direction=Message.Direction.OUT).order_by("-id")
    latest = said.values_list("author", flat=True).first()
    return bool(talk.text) and asked.name in _ASKING and latest == Message.Author.BOT


def _works_here(talk: Talk) -> bool:
    """Whether the phone is one of those who run the shop, or is about to be confirmed as one."""
    shop, phone = talk.shop, phone_of(talk)
    is_known = owner_phones.owner_at(shop=shop, phone=phone) is not None
    return is_known or bool(phone and owner_phones.is_expected(shop=shop, phone=phone))


@on_choice("owner")
@on_word(
    "owner",
    en=("owner", "owner menu", "my shop", "manager"),
    it=("titolare", "menu titolare", "il mio negozio", "gestore"),
)
def owner_menu(talk: Talk) -> Move:
    phone = phone_of(talk)
    if phone and owner_phones.is_expected(shop=talk.shop, phone=phone):
        return Move(to="owner.code")
    return as_owner(talk, lambda _talk, _owner: Move(to="owner"))


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
        owner = owner_phones.owner_at(shop=talk.shop, phone=phone_of(talk))
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
        if owner_phones.confirm_phone(shop=talk.shop, phone=phone_of(talk) or "", code=code):
            return Move(to="owner", say=[Text(str(CONFIRMED))])
        return Move(to="menu", say=[Text(str(NOT_CONFIRMED))])


@on_choice("owner.sales")
def sales(talk: Talk) -> Move:
    return as_owner(talk, lambda _talk, _owner: Move(to="owner.pin"))


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
        return as_owner(talk, _after_pin)


def _without_blanks(text: str) -> str:
    return re.sub(r"\s", "", text)


def _after_pin(talk: Talk, owner: OwnerPhone) -> Move:
    try:
        owner_phones.check_pin(owner_id=owner.pk, pin=_without_blanks(talk.text))
    except WrongPin as refusal:
        left = int(str(refusal))
        noted(talk, owner, "owner.pin_wrong", f"{left} tries left")
        return Move(to="owner.pin", say=[say(WRONG, count=left)]) if left else Move(to="owner", say=[Text(str(LOCKED))])
    except PinLocked:
        return Move(to="owner", say=[Text(str(LOCKED))])
    today = today_of(talk, talk.at)
    sold = [day for day in sales_by_day(today) if day.day == today]
    amount, count = sum(day.cents for day in sold), sum(day.orders for day in sold)
    noted(talk, owner, "owner.sales_seen", str(today))
    return Move(to="owner", say=[say(SOLD_TODAY, amount=talk.money(amount), count=count)])


@on_choice("owner.orders")
def open_orders(talk: Talk) -> Move:
    return as_owner(talk, _open_orders)


def _open_orders(talk: Talk, owner: OwnerPhone) -> Move:
    counts = counts_by_state()
    lines = [say(words, count=counts[name]).body for name, words in _OPEN_STATES if counts.get(name)]
    said = say(OPEN_ORDERS, lines="\n".join(lines)) if lines else Text(str(NOTHING_OPEN))
    return Move(to="owner", say=[said])
