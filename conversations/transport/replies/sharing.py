"""What is shared: a place on the map, contact cards, and a reaction to a message."""

import math
import re
from dataclasses import dataclass

from conversations.transport.replies.fitting import refuse_count, refuse_empty, refuse_no_address
from conversations.transport.rules import limits
from conversations.transport.rules.limits import BreaksAWhatsAppLimit

_PHONE = re.compile(r"\+[0-9]{5,18}")


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


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A person or a business to reach. `phone` with its `+`; `is_on_whatsapp` offers to write to it."""

    name: str
    phone: str = ""
    email: str = ""
    organisation: str = ""
    url: str = ""
    is_on_whatsapp: bool = False

    def __post_init__(self) -> None:
        refuse_empty("The name of a contact", self.name)
        if self.phone and not _PHONE.fullmatch(self.phone):
            raise BreaksAWhatsAppLimit("The phone of a contact is written like +27821230001.")
        if self.is_on_whatsapp and not self.phone:
            raise BreaksAWhatsAppLimit("Who is on WhatsApp has a phone.")
        if self.url:
            refuse_no_address("The site of a contact", self.url)


@dataclass(frozen=True, slots=True)
class Contacts:
    """One or more contact cards."""

    cards: tuple[ContactCard, ...]

    def __post_init__(self) -> None:
        refuse_count("Contacts of a message", self.cards, limits.CONTACTS)


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on a message of theirs, by its wamid; an empty one takes the reaction back."""

    message_wamid: str
    emoji: str = ""

    def __post_init__(self) -> None:
        refuse_empty("The message to react to", self.message_wamid)
        object.__setattr__(self, "emoji", self.emoji.strip())
        if self.emoji and (len(limits.graphemes(self.emoji)) > 1 or self.emoji.isascii()):
            raise BreaksAWhatsAppLimit("A reaction is one emoji.")
