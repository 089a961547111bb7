"""What the checkout knows so far: kept in the talk's memory, so that a look at the menu loses nothing."""

from decimal import Decimal
from typing import Any

from conversations.talk import Move, Talk
from conversations.transport.types import Place
from conversations.words import fragment
from loyalty import people
from loyalty.models import Address
from orders.models import Order

SENT_LOCATION = fragment("the location you sent")
LAST_LOCATION = fragment("the location of your last order")


def kept(talk: Talk) -> dict[str, Any]:
    return dict(talk.memory.get("checkout") or {})


def keep(talk: Talk, **answers: Any) -> None:
    talk.memory["checkout"] = {"key": talk.incoming.wamid, **kept(talk), **answers}


def bring_to(talk: Talk, text: str, latitude: Decimal | float | None, longitude: Decimal | float | None) -> Move:
    keep(
        talk,
        fulfilment="delivery",
        address=text[:400],
        latitude=None if latitude is None else float(latitude),
        longitude=None if longitude is None else float(longitude),
    )
    return to_summary(talk)


def to_summary(talk: Talk) -> Move:
    """The last look; somebody whose phone WhatsApp hides is asked for it once before, and may go on without."""
    if talk.customer.phone is None and not kept(talk).get("phone_asked"):
        return Move(to="checkout.phone")
    return Move(to="checkout.summary")


def bring_to_place(talk: Talk, place: Place) -> Move:
    text = ", ".join(part for part in (place.name, place.address) if part)
    return bring_to(talk, text, round(place.latitude, 6), round(place.longitude, 6))


def known_place(talk: Talk) -> tuple[str, str] | None:
    """Where it might go: the location they sent of themselves, else where the last order went; its tap and words."""
    if sent := talk.memory.get("place"):
        place = Place.from_json(sent)
        return "checkout.place", ", ".join(part for part in (place.name, place.address) if part) or str(SENT_LOCATION)
    last = Address.objects.filter(customer=talk.customer).first()
    return (f"checkout.saved:{last.pk}", last.text or str(LAST_LOCATION)) if last else None


def remember_address(talk: Talk, order: Order) -> None:
    latitude, longitude = (
        None if degrees is None else Decimal(str(degrees)) for degrees in (order.latitude, order.longitude)
    )
    people.remember_address(
        customer=talk.customer, text=order.address_text, latitude=latitude, longitude=longitude, at=talk.at
    )
