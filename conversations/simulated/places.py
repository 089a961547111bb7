"""Places a phone of the simulator can be at: two or three in each country of the demo, and one in any other."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A point on the map with a name and an address, in degrees."""

    key: str
    name: str
    address: str
    latitude: float
    longitude: float
    postcode: str

    @property
    def street(self) -> str:
        """The address without its town."""
        return self.address.rpartition(", ")[0] or self.address

    @property
    def city(self) -> str:
        """The town."""
        return self.address.rpartition(", ")[2]


_PLACES: Final = {
    "ZA": (
        KnownPlace("home", "Home", "12 Loop Street, Cape Town", -33.9221, 18.4187, "8001"),
        KnownPlace("work", "Work", "The Old Biscuit Mill, Woodstock", -33.9276, 18.4571, "7925"),
        KnownPlace("far", "Kirstenbosch Garden", "Rhodes Drive, Newlands", -33.9875, 18.4327, "7735"),
    ),
    "IN": (
        KnownPlace("home", "Home", "Lane 5, Koregaon Park, Pune", 18.5362, 73.8939, "411001"),
        KnownPlace("work", "Work", "Fergusson College Road, Pune", 18.5236, 73.8410, "411004"),
    ),
    "IT": (
        KnownPlace("home", "Casa", "Via del Pratello 20, Bologna", 44.4954, 11.3315, "40122"),
        KnownPlace("work", "Lavoro", "Piazza Maggiore 6, Bologna", 44.4938, 11.3430, "40124"),
    ),
}
_ANYWHERE: Final = (KnownPlace("home", "Home", "1 Main Street, London", 51.5072, -0.1276, "SW1A 1AA"),)


def places_of(country: str) -> tuple[KnownPlace, ...]:
    """The places offered in a shop of `country` (ISO 3166)."""
    return _PLACES.get(country, _ANYWHERE)


def place_with(key: str, country: str) -> KnownPlace | None:
    """The place called `key` in `country`."""
    return next((place for place in places_of(country) if place.key == key), None)
