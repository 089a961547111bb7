"""Somebody who runs the shop, writing from their own phone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Product
from conversations.hearing import masking
from conversations.inbox import handover
from conversations.models import ChatSettings, Conversation, Message, TurnTrace
from conversations.talk import Voice
from conversations.trading.clock import today_of
from loyalty.models import CustomerIdentity
from orders.fulfilment import mark_paid
from orders.models import Order
from tenants.models import (
    AuditEntry,
    DirectoryMessage,
    Membership,
    OwnerPhone,
    Role,
    Shop,
    Shopper,
    User,
    WhatsAppNumber,
)
from tenants.services import owner_phones
from tenants.services.owner_phones import BadPin, NotForThisRole, PinLocked, WrongPin
from tenants.services.qr_codes import CodeWish, create_codes
from tests.journeys.chat import Customer, chat
from tests.journeys.conftest import Bakery
from tests.journeys.shared import OnShared

PHONE = "+27820000042"
PIN = "4711"
ASKS_PIN = "Please send your PIN. The shop's inbox hides it at once; on your phone, delete the message yourself."


def a_member(shop: Shop, role: Role = Role.MANAGER) -> Membership:
    user = User.objects.create_user(f"{role.value}-owner@amber.example", name="Nomsa Zulu")
    return Membership.objects.create(user=user, shop=shop, role=role, name="Nomsa")


@pytest.fixture
def nomsa(bakery: Bakery) -> Customer:
    """The Manager's phone, not confirmed yet."""
    return Customer(bakery.shop, bakery.number, name="Nomsa", phone=PHONE.removeprefix("+"))


@pytest.fixture
def owner(bakery: Bakery, nomsa: Customer) -> Customer:
    """The Manager's phone, confirmed, with a PIN."""
    member = a_member(bakery.shop)
    code = owner_phones.register_phone(membership=member, phone=PHONE)
    owner_phones.set_pin(membership=member, pin=PIN)
    nomsa.says("owner")
    nomsa.says(code)
    return nomsa


def test_a_phone_is_confirmed_by_the_code_of_the_dashboard(bakery: Bakery, nomsa: Customer) -> None:
    code = owner_phones.register_phone(membership=a_member(bakery.shop), phone=PHONE)
    assert nomsa.says("owner").endswith("Send me the six digits that the dashboard shows you.")
    assert nomsa.says(f"{code[:3]} {code[3:]}") == chat("""
        Your phone is confirmed. ✅ Write *owner* whenever you need me.

        Hello Nomsa. What would you like to do for *Amber Bakery*?
        [≡ Open menu]
        • Today's sales – Asks for your PIN
        • Open orders – How many wait for what
        • Sold out or back – Find a product, switch it
        • Order as a customer – Like everybody else
    """)
    assert OwnerPhone.objects.get().confirmed_at is not None
    assert AuditEntry.objects.filter(action="owner_phone.confirmed").count() == 1


def test_five_wrong_codes_end_the_code(bakery: Bakery, nomsa: Customer) -> None:
    code = owner_phones.register_phone(membership=a_member(bakery.shop), phone=PHONE)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        nomsa.says("owner")
        assert nomsa.says(wrong).startswith("These digits are not right, or too old.")
    nomsa.says("owner")
    assert nomsa.says(code).startswith("These digits are not right, or too old.")
    assert OwnerPhone.objects.get().confirmed_at is None


def test_nobody_else_learns_that_there_is_more(bakery: Bakery, owner: Customer, thandi: Customer) -> None:
    thandi.says("hi")
    rye = bakery.product["Rye loaf"]
    for answer in (
        thandi.says("owner"),
        thandi.taps_id("owner.sales"),
        thandi.taps_id("owner.orders"),
        thandi.taps_id(f"owner.do:{rye}:0"),
    ):
        assert answer.startswith("What would you like to do?")
    assert Product.objects.get(pk=rye).is_available


def test_sales_are_told_after_the_pin_only_and_the_pin_stays_nowhere(
    bakery: Bakery, owner: Customer, thandi: Customer
) -> None:
    thandi.says("hi")
    thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    thandi.says("checkout")
    thandi.taps("Collection")
    thandi.taps("Order · R52,00")
    mark_paid(order_id=Order.objects.get().pk, actor_kind="staff")

    assert owner.says("owner").startswith("Hello Nomsa.")
    assert owner.taps("Today's sales") == ASKS_PIN
    assert owner.says(PIN).startswith("Today: *R52,00* from 1 paid order.")
    kept = [*Message.objects.values_list("text", "content"), *TurnTrace.objects.values_list("steps")]
    assert PIN not in str(kept)
    assert owner.thread.last_preview != PIN
    assert AuditEntry.objects.filter(action="owner.sales_seen").count() == 1


def test_today_is_the_day_of_the_shop_also_shortly_after_its_midnight(bakery: Bakery) -> None:
    assert bakery.shop.time_zone == "Africa/Johannesburg"
    assert today_of(Voice(bakery.shop, "en"), datetime(2026, 11, 21, 22, 30, tzinfo=UTC)) == date(2026, 11, 22)


TODAY = "Today: *R0,00* from 0 paid orders."
ONLY_DIGITS = "Please send the digits alone, in one message, or write *menu* to leave."


def everything_kept(owner: Customer) -> str:
    """All that somebody of the shop, or of the platform, could read of this talk."""
    messages = Message.objects.values_list("text", "content")
    heard = DirectoryMessage.objects.values_list("text", "content")
    parked = Shopper.objects.values_list("waiting", "state_data")
    previews = Conversation.objects.values_list("last_preview", "state_data")
    return str([*messages, *TurnTrace.objects.values_list("steps"), *heard, *parked, *previews])


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": {"body": words}}


@pytest.mark.parametrize(
    ("said", "readable", "told"),
    [
        (["4711", "and please hurry a little"], ["••••", "and please hurry a little"], [TODAY]),
        (["and please hurry a little", "4711"], ["and please hurry a little", "••••"], [ONLY_DIGITS, TODAY]),
        (["4711", "4711"], ["••••", "••••"], [TODAY]),
        (["PIN 4711"], ["••••"], [ONLY_DIGITS, ASKS_PIN]),
        (["my pin is", "47", "11"], ["my pin is", "••••", "••••"], [ONLY_DIGITS, ASKS_PIN]),
        (["menu", "4711"], ["menu", "••••"], [TODAY]),
    ],
)
def test_a_pin_sent_in_any_company_stays_nowhere_and_is_never_quoted(
    owner: Customer, said: list[str], readable: list[str], told: list[str]
) -> None:
    owner.says("owner")
    owner.taps("Today's sales")
    answer = owner.sends(*map(text, said))
    texts = list(Message.objects.filter(direction="in").order_by("id").values_list("text", flat=True))
    assert texts[-len(readable) :] == readable
    assert PIN not in everything_kept(owner) + answer
    assert [part for part in answer.split("\n\n") if part in (ONLY_DIGITS, ASKS_PIN, TODAY)] == told


def test_a_pin_under_a_picture_stays_nowhere(owner: Customer) -> None:
    owner.says("owner")
    owner.taps("Today's sales")
    picture = {"id": "1", "mime_type": "image/jpeg", "sha256": "x", "caption": "it is 4711"}
    assert ONLY_DIGITS in owner.sends({"type": "image", "image": picture})
    assert PIN not in everything_kept(owner)


def test_a_pin_that_comes_with_its_tap_or_is_edited_stays_nowhere(owner: Customer) -> None:
    owner.says("owner")
    answer = owner.sends(owner.tap_on("Today's sales"), text(PIN), text("quick please"))
    assert "Today: *R0,00*" in answer
    pin = Message.objects.get(wamid=owner.wamids[-2])
    edit = {"type": "edit", "edit": {"original_message_id": pin.wamid, "message": text("my PIN was 4711")}}
    owner.sends(edit)
    pin.refresh_from_db()
    assert pin.text == masking.DOTS
    assert PIN not in everything_kept(owner)


def test_a_half_of_the_six_digits_stays_nowhere(bakery: Bakery, nomsa: Customer) -> None:
    code = owner_phones.register_phone(membership=a_member(bakery.shop), phone=PHONE)
    nomsa.says("owner")
    assert ONLY_DIGITS in nomsa.sends(text(code[:3]), text(code[3:]))
    said = list(Message.objects.filter(direction="in").order_by("id").values_list("text", flat=True))
    assert said == ["owner", masking.DOTS, masking.DOTS]
    assert nomsa.says(code).startswith("Your phone is confirmed.")


def test_numbers_stay_readable_where_no_secret_was_asked_for(owner: Customer) -> None:
    owner.says("menu")
    owner.sends(text("I need 2500 rolls"), text("for Friday"))
    said = list(Message.objects.filter(direction="in").order_by("id").values_list("text", flat=True))
    assert said[-2:] == ["I need 2500 rolls", "for Friday"]


def test_five_wrong_pins_lock_it_until_the_dashboard_sets_a_new_one(bakery: Bakery, owner: Customer) -> None:
    owner.says("owner")
    owner.taps("Today's sales")
    assert owner.says("0001").startswith("That PIN is not right. 4 tries left.")
    for _ in range(3):
        owner.says("0002")
    assert owner.says("0003").startswith("Your PIN is locked or not set.")
    owner.taps("Today's sales")
    assert owner.says(PIN).startswith("Your PIN is locked or not set.")
    owner_phones.set_pin(membership=Membership.objects.get(name="Nomsa"), pin="8128")
    owner.taps("Today's sales")
    assert owner.says("8128").startswith("Today: *R0,00* from 0 paid orders.")


def test_a_right_pin_starts_the_count_anew_and_is_kept_by_argon2id(bakery: Bakery, owner: Customer) -> None:
    row = OwnerPhone.objects.get()
    assert row.pin_hash.startswith("argon2$argon2id$")
    for _ in range(4):
        with pytest.raises(WrongPin):
            owner_phones.check_pin(owner_id=row.pk, pin="0000")
    owner_phones.check_pin(owner_id=row.pk, pin=PIN)
    for _ in range(5):
        with pytest.raises(WrongPin):
            owner_phones.check_pin(owner_id=row.pk, pin="0000")
    with pytest.raises(PinLocked):
        owner_phones.check_pin(owner_id=row.pk, pin=PIN)


def test_a_product_is_sold_out_and_back_each_after_a_tap(bakery: Bakery, owner: Customer) -> None:
    owner.says("owner")
    assert owner.taps("Sold out or back") == "Which product? Write a part of its name."
    assert owner.says("loaf").startswith("Which one?\n[≡ Choose a product]\n")
    assert owner.taps("Rye loaf") == "Mark *Rye loaf* as sold out?\n[Yes, do it] [No]"
    assert Product.objects.get(name="Rye loaf").is_available
    yes = owner.tap_on("Yes, do it")
    assert owner.sends(yes) == "*Rye loaf* is sold out for now. ✅\n[Owner menu] [Menu]"
    assert not Product.objects.get(name="Rye loaf").is_available
    owner.sends(yes)
    assert not Product.objects.get(name="Rye loaf").is_available, "an old tap turns nothing round"
    owner.taps_id("owner.stock")
    assert owner.says("rye") == "Put *Rye loaf* back on sale?\n[Yes, do it] [No]", "the only one needs no choice"
    assert owner.taps("Yes, do it").startswith("*Rye loaf* is on sale again. ✅")
    entry = AuditEntry.objects.filter(action="product.sold_out").first()
    assert entry is not None
    assert entry.actor == User.objects.get(name="Nomsa Zulu")


def a_colleague_writes_to(owner: Customer) -> None:
    """Which silences the bot for everybody else in that chat."""
    said = f"Are you coming, {Message.objects.count()}?"
    handover.send_staff_message(conversation_id=owner.thread.pk, user_id=7, text=said, request_id=said)
    assert owner.sees() == said


def test_what_an_owner_does_goes_through_while_a_colleague_writes_in_the_same_chat(
    bakery: Bakery, owner: Customer
) -> None:
    owner.says("owner")
    owner.taps("Sold out or back")
    owner.says("rye")
    yes = owner.tap_on("Yes, do it")
    a_colleague_writes_to(owner)
    assert owner.sends(yes).startswith("*Rye loaf* is sold out for now. ✅")
    assert not Product.objects.get(name="Rye loaf").is_available
    assert owner.says("owner").startswith("Hello Nomsa.")
    assert owner.taps("Today's sales") == ASKS_PIN
    a_colleague_writes_to(owner)
    assert owner.says("on my way") == "", "that is for the colleague"
    assert owner.says(PIN).startswith("Today: *R0,00*")
    owner.taps_id("owner.stock")
    assert owner.says("rye").startswith("Put *Rye loaf* back on sale?")
    assert owner.says("see you") == "", "no question of the bot's is open"
    assert owner.says("owner").startswith("Hello Nomsa.")
    assert owner.says("menu").startswith("What would you like to do?"), "the way out of the owner's menu"
    assert owner.says("menu") == ""
    assert (owner.thread.mode, owner.thread.assignee_id) == ("human", 7), "the chat is still the colleague's"


def test_an_owner_is_heard_while_the_bot_is_off_and_nobody_else_learns_of_it(
    bakery: Bakery, owner: Customer, thandi: Customer
) -> None:
    thandi.says("hi")
    a_colleague_writes_to(thandi)
    rye = bakery.product["Rye loaf"]
    assert thandi.says("owner") == thandi.taps_id("owner.sales") == thandi.taps_id(f"owner.do:{rye}:0") == ""
    ChatSettings.objects.filter(pk=1).update(bot_enabled=False)
    assert thandi.says("owner") == owner.says("points") == ""
    assert owner.says("owner").startswith("Hello Nomsa.")
    assert Product.objects.get(pk=rye).is_available


def test_open_orders_are_counted_by_what_they_wait_for(bakery: Bakery, owner: Customer, thandi: Customer) -> None:
    assert owner.taps_id("owner.orders").startswith("No order is open. All done!")
    thandi.says("hi")
    thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    thandi.says("checkout")
    thandi.taps("Collection")
    thandi.taps("Order · R52,00")
    assert owner.taps_id("owner.orders").startswith("Open orders:\n\n⏳ Waiting for payment: 1\n\nHello Nomsa.")


def test_a_role_taken_away_counts_at_once(bakery: Bakery, owner: Customer) -> None:
    Membership.objects.filter(name="Nomsa").update(role=Role.AGENT)
    assert owner.says("owner").startswith("What would you like to do?")


def test_an_owner_orders_like_everybody_else(bakery: Bakery, owner: Customer) -> None:
    owner.says("owner")
    assert owner.taps("Order as a customer").startswith("What would you like to do?")
    assert owner.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}").startswith("Done! ✓ 1 × Rye loaf.")


def test_agents_register_no_phone_and_a_pin_is_no_birthday_cake(bakery: Bakery) -> None:
    with pytest.raises(NotForThisRole):
        owner_phones.register_phone(membership=a_member(bakery.shop, Role.AGENT), phone=PHONE)
    member = a_member(bakery.shop)
    owner_phones.register_phone(membership=member, phone=PHONE)
    for pin in ("123", "123456789", "1111", "12a4", "١٢٣٤"):
        with pytest.raises(BadPin):
            owner_phones.set_pin(membership=member, pin=pin)


def test_the_owner_is_known_on_the_shared_number_too(bakery: Bakery, owner: Customer, shared: WhatsAppNumber) -> None:
    code = create_codes(shop=bakery.shop, wishes=[CodeWish("menu")])[0]
    there = OnShared(shared, name="Nomsa", phone=PHONE.removeprefix("+"))
    there.says(code.code)
    assert there.says("owner").startswith("Hello Nomsa. What would you like to do for *Amber Bakery*?")
    there.taps("Today's sales")
    assert there.says(PIN).startswith("Today: *R0,00*")


def test_another_phone_of_the_same_customer_opens_nothing(bakery: Bakery, owner: Customer) -> None:
    merged = Customer(bakery.shop, bakery.number, name="Stranger", phone="27829998877")
    merged.says("Hi")
    known = owner.thread.customer
    CustomerIdentity.objects.filter(value__endswith="27829998877").update(customer=known)
    merged.deliver(merged.payload({"type": "text", "text": {"body": "owner"}}))
    assert "What would you like to do for" not in owner.sees()
    assert "What would you like to do for" in owner.says("owner")


def test_a_pin_that_waits_for_its_shop_on_the_shared_number_stays_nowhere(
    bakery: Bakery, owner: Customer, shared: WhatsAppNumber, blue: Shop
) -> None:
    there = OnShared(shared, name="Nomsa", phone=PHONE.removeprefix("+"))
    for shop in (blue, bakery.shop):
        there.says(create_codes(shop=shop, wishes=[CodeWish("menu")])[0].code)
    there.says("owner")
    there.taps("Today's sales")
    Shopper.objects.update(in_shop_at=timezone.now() - timedelta(hours=1))
    assert "4711" not in there.says("4711 please")
    assert "4711" not in everything_kept(owner)
    assert ONLY_DIGITS in there.taps("Amber Bakery")
    assert there.says(PIN).startswith("Today: *R0,00*")
    assert "4711" not in everything_kept(owner)
