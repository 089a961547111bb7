"""Files, places, cards and sections of products as Meta writes them, wherever they stand."""

from typing import Any

from conversations.transport.replies import ContactCard, Location, Media, ProductSection

Json = dict[str, Any]


def file_of(media: Media) -> Json:
    """The object of a file: its id or link, and what goes with it."""
    source = {"id": media.media_id} if media.media_id else {"link": media.url}
    named = {"caption": media.caption, "filename": media.filename, "voice": media.voice}
    return {**source, **{name: value for name, value in named.items() if value}}


def place_of(place: Location) -> Json:
    """Degrees are written as text, without an exponent."""
    degrees = {"latitude": f"{place.latitude:.7f}", "longitude": f"{place.longitude:.7f}"}
    named = {"name": place.name, "address": place.address}
    return {**degrees, **{name: value for name, value in named.items() if value}}


def card_of(card: ContactCard) -> Json:
    """One contact; WhatsApp wants a whole name and at least one part of it."""
    written: Json = {"name": {"formatted_name": card.name, "first_name": card.name}}
    if card.phone:
        on_whatsapp = {"wa_id": card.phone.removeprefix("+")} if card.is_on_whatsapp else {}
        written["phones"] = [{"phone": card.phone, "type": "WORK", **on_whatsapp}]
    if card.email:
        written["emails"] = [{"email": card.email, "type": "WORK"}]
    if card.organisation:
        written["org"] = {"company": card.organisation}
    if card.url:
        written["urls"] = [{"url": card.url, "type": "WORK"}]
    return written


def product_sections(sections: tuple[ProductSection, ...]) -> list[Json]:
    """Sections of products, as lists and templates have them."""
    return [
        {
            "title": section.title,
            "product_items": [{"product_retailer_id": product} for product in section.retailer_ids],
        }
        for section in sections
    ]
