"""A place on the map."""

import math
from dataclasses import dataclass

from conversations.transport.limits import BreaksAWhatsAppLimit


@dataclass(frozen=True, slots=True)
class Location:
    """A place in degrees, with its name and address."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "latitude", float(self.latitude))
        object.__setattr__(self, "longitude", float(self.longitude))
        fits = math.isfinite(self.latitude) and math.isfinite(self.longitude)
        if not fits or abs(self.latitude) > 90 or abs(self.longitude) > 180:
            raise BreaksAWhatsAppLimit("There is no such place on earth.")
