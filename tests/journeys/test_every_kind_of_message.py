"""Whatever WhatsApp can carry gets a kind answer, or none where none is wanted."""

from typing import Any

import pytest

from catalog.models import Variant
from conversations.models import ChatSettings, Conversation, Message
from conversations.transport.ports import store
from loyalty.models import Customer as Person
from orders.models import Order
from tests.journeys.chat import Customer, chat
from tests.journeys.conftest import Bakery

MEDIA = {"id": "901", "mime_type": "image/jpeg", "sha256": "c2hh"}


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ({"type": "image", "image": MEDIA}, "Thank you for the picture!"),
        ({"type": "video", "video": MEDIA}, "Thank you for the video! I cannot watch it myself"),
        ({"type": "audio", "audio": {**MEDIA, "voice": True}}, "I cannot listen to voice notes yet, sorry."),
        ({"type": "document", "document": {**MEDIA, "filename": "order.pdf"}}, "Thank you! I cannot open files myself"),
        ({"type": "sticker", "sticker": MEDIA}, "😄 What would you like to do?"),
        (
            {
                "type": "contacts",
                "contacts": [{"name": {"formatted_name": "Bo"}, "phones": [{"phone": "+15550100777"}]}],
            },
            "Thank you for the contact!",
        ),
        (
            {"type": "unsupported", "errors": [{"code": 131051, "title": "x", "message": "x"}]},
            "WhatsApp did not let me see that message.",
        ),
        (
            {"type": "location", "location": {"latitude": -33.9, "longitude": 18.4}},
            "Thank you, I can see where you are.",
        ),
    ],
)
def test_each_kind_is_answered_kindly(thandi: Customer, message: dict[str, Any], answer: str) -> None:
    thandi.says("hi")

    assert thandi.sends(message).startswith(answer)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "reaction", "reaction": {"message_id": "wamid.X", "emoji": "👍"}},
        {"type": "system", "system": {"type": "customer_identity_changed", "body": "a new phone in hand"}},
    ],
)
def test_a_thumbs_up_is_kept_and_not_answered(thandi: Customer, message: dict[str, Any]) -> None:
    thandi.says("hi")

    assert thandi.sends(message) == ""
    assert Message.objects.filter(direction="in").count() == 2


def test_a_location_sent_early_is_offered_at_the_checkout(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    thandi.sends_location(-33.9249, 18.4241, name="Company's Garden", address="19 Queen Victoria St")
    thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    thandi.taps("Check out")

    assert "📍 Company's Garden, 19 Queen Victoria St" in thandi.taps("Delivery")
    assert "🛵 To: Company's Garden, 19 Queen Victoria St" in thandi.taps("Yes, bring it here")


def test_a_cart_of_the_catalog_is_priced_by_us(bakery: Bakery, thandi: Customer) -> None:
    assert thandi.sends_cart(("RYE", 2), ("GONE", 1), ("SOUR", 9)) == chat("""
        Hi Thandi! 👋 Welcome to Amber Bakery. (Send STOP if you never want offers from us.)

        Thank you! I have put it into your basket at today's prices.

        Sourdough loaf: only 5 left.

        1 product of your list is not for sale any more.

        *Your basket* 🧺

        2 × Rye loaf – R104,00

        Total: *R104,00*
        [Check out] [Change] [Keep shopping]
    """)


def test_a_cart_names_a_product_without_sku_by_our_number_and_its_words_become_the_note(
    bakery: Bakery, thandi: Customer
) -> None:
    rye, sour = bakery.variant["Rye loaf"], bakery.variant["Sourdough loaf"]
    Variant.objects.filter(pk=rye.pk).update(sku=None)
    Variant.objects.filter(pk=sour.pk).update(sku=str(rye.pk))
    thandi.says("hi")
    assert "1 × Sourdough loaf" in thandi.sends_cart((str(rye.pk), 1)), "a SKU goes before a number"
    Variant.objects.filter(pk=sour.pk).update(sku="SOUR")
    line = {"product_retailer_id": str(rye.pk), "quantity": 2, "item_price": 1, "currency": "USD"}
    cart = {"catalog_id": "700", "text": "please wrap", "product_items": [line]}
    assert "2 × Rye loaf" in thandi.sends({"type": "order", "order": cart})
    thandi.taps("Check out")
    assert "please wrap" in thandi.taps("Collection")
    thandi.sends(thandi.tap_on("Order · R149,00"))
    assert Order.objects.get().note == "please wrap"


def test_somebody_without_a_phone_number_is_served_as_well(bakery: Bakery, thandi: Customer) -> None:
    """WhatsApp hides the phone behind a business-scoped id."""
    body = thandi.payload({"type": "text", "text": {"body": "hi"}}).decode()
    body = body.replace('"wa_id": "27821234567"', '"user_id": "ZA.1349"').replace(
        '"from": "27821234567"', '"from_user_id": "ZA.1349"'
    )
    thandi.deliver(body.encode())

    person = Person.objects.get()
    assert person.phone is None
    answer = Message.objects.get(direction="out")
    outgoing = store().load(bakery.shop, [answer.pk])[answer.pk]
    assert (outgoing.phone, outgoing.bsuid) == (None, "ZA.1349")


def test_nothing_found_says_so_and_shows_ways_on(thandi: Customer) -> None:
    thandi.says("hi")

    assert thandi.says("bicycle pump") == chat("""
        I could not find “bicycle pump”. Try another word, or look around:
        [Browse products] [Menu] [Talk to a person]
    """)
    assert thandi.says("x" * 300) == chat("""
        I am the shop's assistant and did not quite get that. I can show you around, or a person can help.
        [Browse products] [Menu] [Talk to a person]
    """)
    assert thandi.says("🥐🥐").startswith("I could not find “🥐🥐”.")
    assert thandi.says("\u0000").startswith("WhatsApp did not let me see that message.")
    assert thandi.says("a\u0000b").startswith("I could not find “ab”.")


def test_a_first_sentence_that_means_nothing_is_a_hello(thandi: Customer) -> None:
    assert thandi.says("I saw your advert yesterday and it looked so good").startswith("Hi Thandi! 👋 Welcome to Amber")


def test_the_shop_greets_in_its_own_words(thandi: Customer) -> None:
    ChatSettings.objects.filter(pk=1).update(welcome_text="Fresh bread until noon, cake until six.")

    assert thandi.says("hi") == chat("""
        Hi Thandi! 👋 Welcome to Amber Bakery.

        Fresh bread until noon, cake until six.
        _Send STOP if you never want offers from us._
        [Menu] [Browse products] [Talk to a person]
    """)


@pytest.mark.parametrize(("profile", "greeting"), [("🌸🌸", "Hi! 👋"), ("", "Hi! 👋"), ("amara o.", "Hi amara! 👋")])
def test_odd_names_are_greeted_without_stumbling(thandi: Customer, profile: str, greeting: str) -> None:
    thandi.name = profile

    assert thandi.says("hi").startswith(greeting)


def test_politeness_costs_nothing_and_loses_nothing(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("rye")
    assert thandi.says("Thank you!") == "You are welcome! 😊 I am here whenever you need something.\n[Menu]"
    # The card is still what the talk is about.
    assert thandi.says("2").startswith("Done! ✓ 2 × Rye loaf.")


def test_start_and_stop(thandi: Customer) -> None:
    assert thandi.says("START").startswith("Hi Thandi! 👋 Welcome to Amber Bakery.")
    assert thandi.says("stop") == (
        "All right, no more offers from us. We only write about your orders. Send START if you change your mind."
    )
    assert thandi.says("start").startswith("Lovely, we will let you know about our offers now and then.")
    assert Person.objects.get().marketing_opt_in is True


def test_orders_and_points_of_somebody_new(thandi: Customer) -> None:
    thandi.says("hi")
    assert thandi.says("where is my order?") == (
        "You have not ordered anything yet. Shall we change that?\n[Browse products] [Menu]"
    )
    assert thandi.says("basket") == "Your basket is empty. Shall we fill it?\n[Browse products] [Menu]"
    assert thandi.says("checkout") == "Your basket is empty. Shall we fill it?\n[Browse products] [Menu]"


def test_another_customers_order_is_not_shown(bakery: Bakery, thandi: Customer) -> None:
    amara = Customer(bakery.shop, bakery.number, name="Amara Okafor", phone="2348025550148")
    amara.says("rye")
    for title in ("Add to basket", "Check out", "Collection", "Order · R52,00"):
        amara.taps(title)
    order = Conversation.objects.get().customer.orders.get()

    assert thandi.taps_id(f"order:{order.pk}").endswith("Shall we change that?\n[Browse products] [Menu]")
