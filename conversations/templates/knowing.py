"""What the shop knows for the variables of a template, by the names variables may have."""

from typing import Final

from conversations.templates.contents import Written
from conversations.templates.starters import neutral_name
from loyalty.models import Customer
from orders.models import Order
from orders.queries import latest_order_of
from tenants.context import current_shop

# Which template tells of which step of an order, by its purpose; their words are in starters.json.
PURPOSES: Final = {
    Order.State.PAID: "payment_received",
    Order.State.READY: "order_ready",
    Order.State.SHIPPED: "order_shipped",
    Order.State.DELIVERED: "order_delivered",
    Order.State.CANCELLED: "order_changed",
    Order.State.REFUNDED: "order_changed",
    Order.State.EXPIRED: "order_changed",
}
# What is said of a paid order stays true on its whole way.
_STILL_TRUE: Final = {
    "payment_received": (Order.State.PREPARING, Order.State.READY, Order.State.SHIPPED, Order.State.DELIVERED)
}
ORDER_NAMES: Final = ("order_number", "order_no", "order")


def states_told_by(template: Written) -> list[str]:
    """The states of an order in which it is true what `template` says; empty when it speaks of none in particular."""
    told = [state.value for state, purpose in PURPOSES.items() if purpose == template.purpose]
    return [*told, *(state.value for state in _STILL_TRUE.get(template.purpose, ()))]


def order_for(customer: Customer, template: Written) -> Order | None:
    """The customer's newest order that is where `template` says; without one, or if it says nothing, their newest."""
    return latest_order_of(customer, states=states_told_by(template)) or latest_order_of(customer)


def values_for(customer: Customer, template: Written, *, order: Order | None = None) -> dict[str, str]:
    """What we know for the variables of `template`, by the names we understand; others stay out."""
    known = known_values(customer, template.language, order=order)
    slots = [slot for slot in template.spec.get("slots", []) if slot["name"] in known]
    return {slot["key"]: known[slot["name"]] for slot in slots}


def known_values(customer: Customer, language: str, *, order: Order | None = None) -> dict[str, str]:
    """Facts about a customer by the names variables may have."""
    name = (customer.name or customer.profile_name).strip()
    first = name.split()[0] if name else neutral_name(language)
    facts = {"first_name": first, "name": name or first, "customer_name": name or first, "shop": current_shop().name}
    if order is not None:
        facts |= dict.fromkeys(ORDER_NAMES, f"#{order.number}")
    return facts
