"""A place on the map in words: what people paste from a map, or two numbers."""

import re
from typing import Final

Point = tuple[float, float]  # latitude, longitude
_NUMBER: Final = r"(-?[0-9]{1,3}(?:\.[0-9]+)?)"
# How maps write a place into their addresses, the surest first; at last two bare numbers.
_PLACES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"!3d{_NUMBER}!4d{_NUMBER}",
        rf"[?&]mlat={_NUMBER}&mlon={_NUMBER}",
        rf"[?&](?:q|query|ll|destination|daddr)={_NUMBER}(?:,|%2C){_NUMBER}",
        rf"@{_NUMBER},{_NUMBER}",
        rf"#map=[0-9.]+/{_NUMBER}/{_NUMBER}",
        rf"^\s*{_NUMBER}\s*[,;\s]\s*{_NUMBER}\s*$",
    )
)
NO_PLACE: Final = "This names no place. Paste the address of a map, or two numbers like -33.9249, 18.4241."


def place_in(words: str) -> Point | None:
    """Latitude and longitude in the address of a map, or two numbers; None when there is no such thing in it."""
    found = next(filter(None, (pattern.search(words) for pattern in _PLACES)), None)
    return (float(found[1]), float(found[2])) if found else None


def is_on_earth(point: Point) -> bool:
    return abs(point[0]) <= 90 and abs(point[1]) <= 180


def point_in_words(point: Point) -> str:
    """`44.494887, 11.3426`, as `place_in` reads it."""
    return ", ".join(f"{degrees:.6f}".rstrip("0").rstrip(".") for degrees in point)
