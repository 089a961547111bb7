"""Customers who could exist: names, numbers that libphonenumber believes, addresses, habits."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from conversations.simulated.phones import id_of
from loyalty.models import Address, ConsentEntry, Customer, CustomerIdentity
from shopme.demo.plan import ShopPlan
from tenants.models import WhatsAppNumber

Kind = CustomerIdentity.Kind

# One in so many hides the number behind a business-scoped id, as WhatsApp lets people do.
HIDDEN_EVERY = 23


def make_customers(
    plan: ShopPlan, *, count: int, luck: Random, number: WhatsAppNumber, now: datetime
) -> list[Customer]:
    """`count` customers with their identities and addresses, the oldest first."""
    customers = [_customer(plan, place, luck, now) for place in range(count)]
    Customer.objects.bulk_create(customers, batch_size=2000)
    _name_them(plan, customers, luck, number)
    _house_them(plan, customers, luck)
    _ask_them(customers, now)
    return customers


def phone_of(plan: ShopPlan, place: int) -> str:
    """The mobile number of the customer at `place`; no two are the same."""
    people = plan.people
    room = 10**people.digits
    spread = (place * 104_729 + 31_337) % room
    return f"{people.prefixes[place // room % len(people.prefixes)]}{spread:0{people.digits}d}"


def _customer(plan: ShopPlan, place: int, luck: Random, now: datetime) -> Customer:
    people = plan.people
    name = f"{luck.choice(people.first)} {luck.choice(people.last)}"
    joined = now - timedelta(days=luck.uniform(2, 150) if place % 5 else luck.uniform(150, 420))
    return Customer(
        uuid=uuid.UUID(int=luck.getrandbits(128), version=4),
        name=name if luck.random() < 0.7 else "",
        profile_name=name if luck.random() < 0.8 else name.split(maxsplit=1)[0],
        phone=None if place % HIDDEN_EVERY == HIDDEN_EVERY - 1 else phone_of(plan, place),
        language=plan.language,
        tags=[luck.choice(plan.tags)] if luck.random() < 0.3 else [],
        notes=luck.choice(plan.staff_notes) if luck.random() < 0.18 else "",
        marketing_opt_in=luck.choice([True, True, None, False]),
        created_at=joined,
        last_seen_at=joined,
    )


def _name_them(plan: ShopPlan, customers: Sequence[Customer], luck: Random, number: WhatsAppNumber) -> None:
    rows: list[CustomerIdentity] = []
    for customer in customers:
        names = [(Kind.PHONE, customer.phone)] if customer.phone else []
        if customer.phone is None or luck.random() < 0.7:
            hidden_id = f"{plan.country}.{luck.randrange(10**14, 10**15)}"
            names.append((Kind.BSUID, id_of(customer.phone.removeprefix("+")) if customer.phone else hidden_id))
        if customer.phone is None:
            first = customer.profile_name.split()[0].lower().replace("'", "")
            names.append((Kind.USERNAME, f"{first}.{luck.randrange(10, 99)}"))
        rows += [
            CustomerIdentity(
                customer=customer,
                scope=number.portfolio,
                kind=kind,
                value=str(value),
                first_seen_at=customer.created_at,
                last_seen_at=customer.last_seen_at,
            )
            for kind, value in names
        ]
    CustomerIdentity.objects.bulk_create(rows, batch_size=5000)


def _house_them(plan: ShopPlan, customers: Sequence[Customer], luck: Random) -> None:
    rows: list[Address] = []
    for customer in customers:
        if luck.random() < 0.75:
            latitude, longitude = place_near(plan, luck)
            rows.append(
                Address(
                    customer=customer,
                    text=luck.choice(plan.people.streets),
                    latitude=latitude,
                    longitude=longitude,
                    last_used_at=customer.created_at,
                )
            )
    Address.objects.bulk_create(rows, batch_size=5000)


def place_near(plan: ShopPlan, luck: Random) -> tuple[Decimal, Decimal]:
    """Somewhere within a few kilometres of the middle of the town."""
    north, east = plan.people.centre
    spot = (north + luck.gauss(0, 0.016), east + luck.gauss(0, 0.018))
    return Decimal(f"{spot[0]:.6f}"), Decimal(f"{spot[1]:.6f}")


def _ask_them(customers: Sequence[Customer], now: datetime) -> None:
    words = {True: "Yes please", False: "STOP"}
    ConsentEntry.objects.bulk_create(
        [
            ConsentEntry(
                customer=customer,
                purpose=ConsentEntry.Purpose.MARKETING,
                kind=ConsentEntry.Kind.OPT_IN if customer.marketing_opt_in else ConsentEntry.Kind.OPT_OUT,
                words=words[customer.marketing_opt_in],
                at=min(now, customer.created_at + timedelta(minutes=3)),
            )
            for customer in customers
            if customer.marketing_opt_in is not None
        ],
        batch_size=5000,
    )
