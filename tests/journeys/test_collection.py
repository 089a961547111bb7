"""Collecting an order, and hearing of each of its steps."""

from orders.fulfilment import cancel_order, expire_unpaid, move_order
from orders.models import Order
from tests.journeys.chat import Customer, chat
from tests.journeys.conftest import Bakery


def _orders_rye(bakery: Bakery, customer: Customer) -> Order:
    customer.says("hi")
    customer.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    customer.taps("Check out")
    customer.taps("Collection")
    customer.taps("Order · R52,00")
    return Order.objects.get()


def test_an_order_is_collected_and_every_step_is_told(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    thandi.taps("Check out")
    assert thandi.says("collect") == chat("""
        Almost there! Is everything right?

        1 × Rye loaf – R52,00

        *Total: R52,00*

        🛍️ You collect it at 12 Loop Street, Cape Town
        [Order · R52,00] [Add a note] [Change delivery]
    """)
    thandi.taps("Order · R52,00")
    order = Order.objects.get()
    assert thandi.pays() == chat("""
        Thank you, your payment is here! ✅ Order *#1001* is confirmed. I will write when you can collect it.

        You earned *5 points* and now have 5. ⭐
        [See the order] [My points] [Menu]
    """)

    move_order(order_id=order.pk, to="preparing", actor_kind="staff", actor_id=1)
    assert thandi.sees() == "We are preparing order *#1001* now. 📦\n[See the order]"
    move_order(order_id=order.pk, to="ready", actor_kind="staff", actor_id=1)
    assert thandi.sees() == (
        "Order *#1001* is ready. 🎉 You can collect it at 12 Loop Street, Cape Town.\n[See the order]"
    )
    move_order(order_id=order.pk, to="delivered", actor_kind="staff", actor_id=1)
    assert thandi.sees() == "Thank you for collecting order *#1001*. Enjoy it! 🎉\n[See the order]"


def test_an_order_nobody_pays_is_given_up_and_its_customer_is_told(bakery: Bakery, thandi: Customer) -> None:
    order = _orders_rye(bakery, thandi)

    assert order.expires_at is not None
    assert expire_unpaid(now=order.expires_at) == 1

    assert thandi.sees() == chat("""
        Order *#1001* was not paid in time, so I have put everything back. Order again whenever you like!
        [Browse products] [Menu]
    """)
    assert thandi.says("orders").startswith("*Order #1001*")


def test_a_cancelled_order_says_that_nothing_was_charged(bakery: Bakery, thandi: Customer) -> None:
    order = _orders_rye(bakery, thandi)

    cancel_order(order_id=order.pk, actor_kind="staff", actor_id=1)

    assert thandi.sees() == "Order *#1001* is cancelled. Nothing was charged.\n[Browse products] [Menu]"


def test_an_order_on_its_way_to_the_customer_and_its_arrival(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    thandi.taps("Check out")
    thandi.says("delivery")
    thandi.says("7 Kloof Street, Gardens")
    thandi.taps("Order · R87,00")
    thandi.pays()
    order = Order.objects.get()

    move_order(order_id=order.pk, to="shipped", actor_kind="staff", actor_id=1)
    assert thandi.sees() == "Order *#1001* is on its way to you! 🛵\n[See the order]"
    move_order(order_id=order.pk, to="delivered", actor_kind="staff", actor_id=1)
    assert thandi.sees() == "Order *#1001* has arrived. Enjoy it! 🎉\n[See the order]"
    move_order(order_id=order.pk, to="refunded", actor_kind="staff", actor_id=1)
    assert thandi.sees() == "Order *#1001* is cancelled and you get R87,00 back.\n[Browse products] [Menu]"


def test_a_payment_that_fails_comes_with_a_new_link(bakery: Bakery, thandi: Customer) -> None:
    _orders_rye(bakery, thandi)
    first = thandi.link()

    assert thandi.pays(result="failed") == chat("""
        The payment for order *#1001* did not go through, and nothing was charged. Would you like to try again?
        [→ Pay R52,00]
    """)
    assert thandi.link() != first
    assert thandi.pays().startswith("Thank you, your payment is here! ✅ Order *#1001* is confirmed.")
