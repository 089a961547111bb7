"""Files and places as Meta writes them, wherever they stand."""

from typing import Any

from conversations.transport.replies import Location, Media

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
