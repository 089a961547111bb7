"""From hello to points, word for word."""

from zoneinfo import ZoneInfo

from catalog.models import Variant
from conversations.models import Conversation, Message, TurnTrace
from loyalty.models import Address
from orders.models import Order
from tests.journeys.chat import Customer, chat
from tests.journeys.conftest import Bakery


def test_greet_browse_add_two_things_deliver_to_a_location_pay_and_earn_points(
    bakery: Bakery, thandi: Customer
) -> None:
    assert thandi.says("Hi") == chat("""
        Hi Thandi! 👋 Welcome to Amber Bakery.

        Look around, order and pay right here in this chat. Every order earns you points.
        _Send STOP if you never want offers from us._
        [Menu] [Browse products] [Talk to a person]
    """)
    assert thandi.taps("Menu") == chat("""
        What would you like to do?
        [≡ Open menu]
          Our products
        • Bread – 2 products
        • Cakes – 1 product
          For you
        • My basket – Still empty
        • My orders – Follow an order or pay for it
        • My points – What you have earned
        • Talk to a person – We answer right here
        • Language – English · Italiano
    """)
    assert thandi.taps("Bread") == chat("""
        *Bread* – tap a product to see it up close.
        [≡ See products]
        • Sourdough loaf – R45,00
        • Rye loaf – R52,00
    """)
    assert thandi.taps("Sourdough loaf") == chat("""
        *Sourdough loaf*

        Baked every morning from stone-ground flour.

        *R45,00* · in stock
        [Add to basket] [See more] [My basket]
    """)
    assert thandi.taps("Add to basket") == chat("""
        Done! ✓ 1 × Sourdough loaf.
        Your basket: 1 item, R45,00.
        [Check out] [Keep shopping] [My basket]
    """)
    assert thandi.says("carrot cake") == chat("""
        *Carrot cake*

        With a cream cheese top.

        Slice: *R38,00*
        Whole cake: *R320,00* · only 2 left
        [Slice] [Whole cake] [See more]
    """)
    assert thandi.taps("Slice") == chat("""
        Done! ✓ 1 × Carrot cake, Slice.
        Your basket: 2 items, R83,00.
        [Check out] [Keep shopping] [My basket]
    """)
    assert thandi.taps("Check out") == chat("""
        How would you like to get it?

        🛵 *Delivery*: R35,00, free from R300,00
        🛍️ *Collection*: free, at 12 Loop Street, Cape Town
        [Delivery] [Collection]
    """)
    assert thandi.taps("Delivery") == chat("""
        Where shall we bring it?

        Write the address, or tap the button to send your location.
        [⌖ Send location]
    """)
    assert thandi.sends_location(-33.9249, 18.4241) == chat("""
        Almost there! Is everything right?

        1 × Sourdough loaf – R45,00
        1 × Carrot cake, Slice – R38,00

        Delivery: R35,00
        *Total: R118,00*

        🛵 To: the location you sent
        [Order · R118,00] [Add a note] [Change delivery]
    """)
    assert thandi.taps("Add a note") == ("What should we know? A gate code, an allergy, a special wish… Just write it.")
    assert thandi.says("Blue gate, ring twice") == chat("""
        Almost there! Is everything right?

        1 × Sourdough loaf – R45,00
        1 × Carrot cake, Slice – R38,00

        Delivery: R35,00
        *Total: R118,00*

        🛵 To: the location you sent
        📝 Blue gate, ring twice
        [Order · R118,00] [Change the note] [Change delivery]
    """)
    assert thandi.taps("Order · R118,00") == chat(f"""
        Thank you! Your order is *#1001*.

        Total: *R118,00*
        We keep everything for you until {thandi.until()}.
        [→ Pay R118,00]
    """)

    order = Order.objects.get()
    assert (order.state, order.total_cents, order.fulfilment) == ("placed", 11800, "delivery")
    assert (order.latitude, order.longitude, order.note) == (-33.9249, 18.4241, "Blue gate, ring twice")
    assert Variant.objects.get(sku="SOUR").reserved == 1

    assert thandi.pays() == chat("""
        Thank you, your payment is here! ✅ Order *#1001* is confirmed. I will write when it is on its way.

        You earned *8 points* and now have 8. ⭐
        [See the order] [My points] [Menu]
    """)
    assert Order.objects.get().state == "paid"
    assert (Variant.objects.get(sku="SOUR").on_hand, Variant.objects.get(sku="SOUR").reserved) == (4, 0)

    today = order.created_at.astimezone(ZoneInfo(thandi.shop.time_zone)).strftime("%-d %b")
    assert thandi.taps("My points") == chat(f"""
        You have *8 points* ⭐

        Lately:
        +8 order #1001 · {today}
        [Browse products] [My orders] [Menu]
    """)
    assert thandi.taps("See the order") == chat(f"""
        *Order #1001* · {today}
        ✅ Paid

        1 × Sourdough loaf – R45,00
        1 × Carrot cake, Slice – R38,00

        Delivery: R35,00
        Total: *R118,00*
        🛵 To: the location you sent
        📝 Blue gate, ring twice
        [All my orders] [Menu] [Talk to a person]
    """)


def test_every_turn_is_one_message_with_a_trace_and_the_thread_keeps_the_last_line(thandi: Customer) -> None:
    for words in ("Hi", "menu", "bread", "points"):
        thandi.says(words)

    assert Message.objects.filter(direction="in").count() == 4
    assert Message.objects.filter(direction="out").count() == 4
    assert TurnTrace.objects.count() == 4
    thread = Conversation.objects.get()
    assert (thread.last_author, thread.unread_count, thread.needs_person) == ("bot", 0, False)
    assert thread.last_preview == "You have no points yet. Every order you pay for earns you some. ⭐"
    assert [step["step"] for step in TurnTrace.objects.latest("pk").steps] == [
        "heard", "understood", "moved", "looked", "said",
    ]  # fmt: skip


def test_the_second_time_everything_is_remembered(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    thandi.taps("Check out")
    thandi.taps("Delivery")
    thandi.says("7 Kloof Street, Gardens")
    thandi.taps("Order · R87,00")
    assert thandi.pays().startswith("Thank you, your payment is here!")
    assert Address.objects.get().text == "7 Kloof Street, Gardens"

    assert thandi.says("Good morning") == chat("""
        Hi Thandi, good to hear from you! What would you like to do?
        [Menu] [Browse products] [Talk to a person]
    """)
    thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    thandi.taps("Check out")
    assert thandi.taps("Delivery") == chat("""
        Shall we bring it here?

        📍 7 Kloof Street, Gardens

        Or just write another address.
        [Yes, bring it here] [Somewhere else]
    """)
    assert thandi.taps("Yes, bring it here") == chat("""
        Almost there! Is everything right?

        1 × Rye loaf – R52,00

        Delivery: R35,00
        *Total: R87,00*

        🛵 To: 7 Kloof Street, Gardens
        [Order · R87,00] [Add a note] [Change delivery]
    """)
    assert thandi.says("Yes please").startswith("Thank you! Your order is *#1002*.")
