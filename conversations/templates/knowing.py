"""What the shop knows for the variables of a template, by the names variables may have."""

from conversations.templates.models import Template
from conversations.templates.starters import neutral_name
from loyalty.models import Customer
from orders.models import Order
from tenants.context import current_shop


def values_for(customer: Customer, template: Template, *, order: Order | None = None) -> dict[str, str]:
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
        facts |= {"order_number": f"#{order.number}", "order_no": f"#{order.number}", "order": f"#{order.number}"}
    return facts
