"""What happens when shelves run empty, prices move and fingers slip."""

from catalog.models import Variant
from catalog.services import ProductWish, VariantWish, save_product, set_availability
from orders.models import BasketLine, Order
from tests.journeys.chat import Customer, chat
from tests.journeys.conftest import Bakery


def test_more_than_there_is_can_be_taken_as_what_is_left(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    thandi.taps_id(f"product:{bakery.product['Sourdough loaf']}")

    assert thandi.says("8") == chat("""
        Sorry, there are only 5 of “Sourdough loaf” left.
        [Take 5] [Keep shopping] [My basket]
    """)
    assert not BasketLine.objects.exists()
    assert thandi.taps("Take 5") == chat("""
        *Your basket* 🧺

        5 × Sourdough loaf – R225,00

        Total: *R225,00*
        [Check out] [Change] [Keep shopping]
    """)


def test_the_last_one_goes_to_whoever_orders_first(bakery: Bakery, thandi: Customer) -> None:
    amara = Customer(bakery.shop, bakery.number, name="Amara Okafor", phone="2348025550148")
    Variant.objects.filter(sku="SOUR").update(on_hand=1)
    for customer in (thandi, amara):
        customer.says("hi")
        customer.taps_id(f"cart.add:{bakery.variant['Sourdough loaf'].pk}")
        customer.taps("Check out")
        customer.taps("Collection")

    assert amara.taps("Order · R45,00").startswith("Thank you! Your order is *#1001*.")
    assert thandi.taps("Order · R45,00") == chat("""
        Sorry, “Sourdough loaf” has just sold out.
        [Remove] [Keep shopping] [My basket]
    """)
    assert Order.objects.count() == 1
    assert thandi.taps("Remove") == chat("""
        Taken out.

        Your basket is empty. Shall we fill it?
        [Browse products] [Menu]
    """)


def test_a_new_price_is_shown_before_anything_is_ordered(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    thandi.taps("Check out")
    thandi.taps("Collection")
    Variant.objects.filter(sku="RYE").update(price_cents=5500)

    assert thandi.taps("Order · R52,00") == chat("""
        A price has changed since I showed you the total. It is R55,00 now. Is that all right?

        Almost there! Is everything right?

        1 × Rye loaf – R55,00

        *Total: R55,00*

        🛍️ You collect it at 12 Loop Street, Cape Town
        [Order · R55,00] [Add a note] [Change delivery]
    """)
    assert not Order.objects.exists()
    assert thandi.says("ok").startswith("Thank you! Your order is *#1001*.")
    assert Order.objects.get().total_cents == 5500


def test_a_product_taken_off_sale_is_struck_out_of_the_basket(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    set_availability(product_id=bakery.product["Rye loaf"], is_available=False)

    assert thandi.says("basket") == chat("""
        *Your basket* 🧺

        ~1 × Rye loaf – R52,00~ (not for sale any more, so we leave it out)
        [Change] [Keep shopping]
    """)
    assert thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}").startswith(
        "Sorry, Rye loaf is not for sale any more."
    )


def test_a_basket_is_changed_line_by_line_and_emptied(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    assert thandi.says("3") == chat("""
        *Your basket* 🧺

        3 × Rye loaf – R156,00

        Total: *R156,00*
        [Check out] [Change] [Keep shopping]
    """)
    assert thandi.taps("Change") == chat("""
        What would you like to change?
        [≡ See basket]
        • Rye loaf – 3 × R52,00 = R156,00
        • Empty the basket – Take everything out
    """)
    assert thandi.taps("Rye loaf") == chat("""
        *Rye loaf*
        3 × R52,00 = R156,00

        Tap below, or write how many you would like.
        [One more] [One less] [Remove]
    """)
    assert "2 × Rye loaf – R104,00" in thandi.taps("One less")
    # The same old button again: it says two, so it stays two.
    assert "2 × Rye loaf – R104,00" in thandi.taps("One less")
    thandi.taps("Change")
    assert thandi.taps("Empty the basket") == "Your basket is empty again.\n[Browse products] [Menu]"


def test_a_button_of_long_ago_still_works(bakery: Bakery, thandi: Customer) -> None:
    assert thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}") == chat("""
        Hi Thandi! 👋 Welcome to Amber Bakery. (Send STOP if you never want offers from us.)

        Done! ✓ 1 × Rye loaf.
        Your basket: 1 item, R52,00.
        [Check out] [Keep shopping] [My basket]
    """)


def test_ids_that_are_not_ours_are_heard_as_words(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    for odd in ("cart.add:", "cart.add:x", "cart.add:99999999999999999999", "cat:-1", "nothing:1", "order:"):
        assert thandi.taps_id(odd, title="Menu").startswith("What would you like to do?"), odd
    assert thandi.taps_id("cart.add:999999999999999").startswith("Sorry, this is not for sale any more.")
    assert thandi.taps_id("product:999999999999999").startswith("Sorry, this is not for sale any more.")
    rye = bakery.variant["Rye loaf"].pk
    assert thandi.taps_id(f"cart.set:{rye}:999999999999999").startswith("That is more than we can put into one order.")


def test_long_shelves_have_pages_and_long_names_are_told_in_full(bakery: Bakery, thandi: Customer) -> None:
    for place in range(12):
        wish = ProductWish(
            name=f"Traditional farmhouse loaf no. {place}",
            category_id=bakery.category["Bread"],
            variants=[VariantWish(price_cents=3000)],
            position=place + 1,
        )
        save_product(wish=wish)
    thandi.says("hi")

    first = thandi.taps_id(f"cat:{bakery.category['Bread']}").splitlines()
    assert len(first) == 12
    assert first[4] == "• Traditional farmhouse l… – R30,00 · Traditional farmhouse loaf no. 0"
    assert first[-1] == "• More… – Page 2 of 2"
    second = thandi.taps("More…").splitlines()
    assert second[-1] == "• More… – Page 1 of 2"
    assert second[-2] == "• Traditional farmhouse l… – R30,00 · Traditional farmhouse loaf no. 11"


def test_a_very_long_basket_keeps_its_total_on_the_screen(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    for place in range(14):
        wish = ProductWish(name=f"Bun no. {place}", variants=[VariantWish(price_cents=1000)])
        variant = save_product(wish=wish).variants.get()
        thandi.taps_id(f"cart.add:{variant.pk}")

    assert thandi.says("basket").endswith(
        "1 × Bun no. 11 – R10,00\n… and 2 more\n\nTotal: *R140,00*\n[Check out] [Change] [Keep shopping]"
    )


def test_many_variants_are_chosen_from_a_list(bakery: Bakery, thandi: Customer) -> None:
    sizes = ("Small", "Medium", "Large", "Family", "Party")
    wish = ProductWish(
        name="Fruit tart",
        variants=[VariantWish(name=size, price_cents=5000 + 1000 * at) for at, size in enumerate(sizes)],
    )
    save_product(wish=wish)
    thandi.says("hi")

    assert thandi.says("fruit tart") == chat("""
        *Fruit tart*

        from R50,00 · 5 to choose from
        [Choose] [See more] [My basket]
    """)
    assert thandi.taps("Choose") == chat("""
        *Fruit tart* – which one would you like?
        [≡ See options]
        • Small – R50,00
        • Medium – R60,00
        • Large – R70,00
        • Family – R80,00
        • Party – R90,00
    """)
    assert thandi.taps("Family").startswith("Done! ✓ 1 × Fruit tart, Family.")
