"""What the spine speaks of: who wrote, what came in, what became of what we sent. No provider's JSON, no shop's goods.

Everything is frozen, and goes to jsonb and back by `to_json` / `from_json`. Empty values are left out of the JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

Json = dict[str, Any]


def _lean(**values: Any) -> Json:
    """The named values that say something; `False`, zero, empty and `None` are left out."""
    return {name: value for name, value in values.items() if value not in (None, "", (), [], {}, False)}


def moment_to_json(moment: datetime) -> str:
    return moment.isoformat()


def moment_from_json(text: str) -> datetime:
    return datetime.fromisoformat(text)


class IncomingKind(StrEnum):
    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACTS = "contacts"
    REACTION = "reaction"
    CHOICE = "choice"  # a tap on a button or a list row, ours or a template's
    FORM = "form"  # the answers of a Flow, or an address
    ORDER = "order"
    EDIT = "edit"  # new words for an earlier message
    REVOKE = "revoke"  # an earlier message was deleted for everyone
    WELCOME = "welcome"  # the chat was opened for the first time; nothing was said yet
    SYSTEM = "system"
    UNSUPPORTED = "unsupported"  # anything we cannot read; shown as a placeholder, never dropped


# What says something about another message (`context_wamid`) and is shown there.
MARKS: Final = (IncomingKind.REACTION, IncomingKind.EDIT, IncomingKind.REVOKE)


class EventKind(StrEnum):
    MESSAGE = "message"
    STATUS = "status"
    COPY = "copy"  # a message that was said elsewhere: kept, never answered
    ACCOUNT = "account"


class ReceiptStatus(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    DELETED = "deleted"  # history only, as is a warning
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, by every name the provider gave. `phone` is E.164 with `+`; each may be missing, never all of them."""

    phone: str | None = None
    bsuid: str | None = None
    parent_bsuid: str | None = None
    username: str | None = None
    profile_name: str = ""

    @property
    def identities(self) -> tuple[str, ...]:
        """What a lane is found by, best first: the BSUID, then the digits of the phone."""
        return tuple(value for value in (self.bsuid, (self.phone or "").removeprefix("+")) if value)

    def to_json(self) -> Json:
        return _lean(
            phone=self.phone,
            bsuid=self.bsuid,
            parent_bsuid=self.parent_bsuid,
            username=self.username,
            profile_name=self.profile_name,
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the map in degrees, with the name and address of a chosen place."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""

    def to_json(self) -> Json:
        named = _lean(name=self.name, address=self.address)
        return {"latitude": self.latitude, "longitude": self.longitude, **named}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


@dataclass(frozen=True, slots=True)
class OrderItem:
    """A line of a cart sent from WhatsApp's catalog. A wish, not a price: `item_price` is the decimal as written."""

    retailer_id: str
    quantity: int
    item_price: str = ""
    currency: str = ""

    def to_json(self) -> Json:
        return {
            "retailer_id": self.retailer_id,
            "quantity": self.quantity,
            **_lean(item_price=self.item_price, currency=self.currency),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file the provider keeps for us for some days; `sha256` is base64, `url` lives five minutes."""

    media_id: str
    mime_type: str = ""
    caption: str = ""
    filename: str = ""
    sha256: str = ""
    url: str = ""
    voice: bool = False

    def to_json(self) -> Json:
        return {
            "media_id": self.media_id,
            **_lean(
                mime_type=self.mime_type,
                caption=self.caption,
                filename=self.filename,
                sha256=self.sha256,
                url=self.url,
                voice=self.voice,
            ),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


_PLAIN: Final = (
    "number_id", "text", "choice_id", "choice_title", "context_wamid", "forwarded", "product", "referral", "details",
    "raw_type",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing a customer did. `text` is always fit for a preview; `choice_id` is the id we gave the button or row.

    `context_wamid` is the message it answers or, for `MARKS`, speaks of. `forwarded` is empty, "once" or "often";
    `product` is the catalog id of the product a question was asked about.

    `details` holds the rest by kind; `providers/meta_cloud/content.py` names it.
    """

    wamid: str
    sender: Sender
    sent_at: datetime
    kind: IncomingKind
    number_id: int = 0
    text: str = ""
    choice_id: str = ""
    choice_title: str = ""
    location: Place | None = None
    items: tuple[OrderItem, ...] = ()
    media: MediaRef | None = None
    context_wamid: str = ""
    forwarded: str = ""
    product: str = ""
    referral: Json = field(default_factory=dict)
    details: Json = field(default_factory=dict)
    raw_type: str = ""

    @property
    def is_to_group(self) -> bool:
        """Not said to us alone: our answer would be."""
        return self.kind is IncomingKind.UNSUPPORTED and self.details.get("type") == "group"

    def to_json(self) -> Json:
        return {
            "wamid": self.wamid,
            "sender": self.sender.to_json(),
            "sent_at": moment_to_json(self.sent_at),
            "kind": self.kind.value,
            **_lean(
                **{name: getattr(self, name) for name in _PLAIN},
                location=self.location and self.location.to_json(),
                items=[item.to_json() for item in self.items],
                media=self.media and self.media.to_json(),
            ),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], *, number_id: int | None = None) -> Self:
        """`number_id` is given by whoever routed the event: the provider does not know our ids."""
        values = dict(data)
        values["sender"] = Sender.from_json(values["sender"])
        values["sent_at"] = moment_from_json(values["sent_at"])
        values["kind"] = IncomingKind(values["kind"])
        if "location" in values:
            values["location"] = Place.from_json(values["location"])
        if "media" in values:
            values["media"] = MediaRef.from_json(values["media"])
        values["items"] = tuple(OrderItem.from_json(item) for item in values.get("items", ()))
        if number_id is not None:
            values["number_id"] = number_id
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says about a message we sent. `token` is ours, echoed; `recipient` is a phone's digits or a BSUID.

    `pricing` is how the message is charged, without any rate: `category`, `type`, `billable`, `pricing_model`.
    """

    wamid: str
    status: ReceiptStatus
    at: datetime
    token: str = ""
    error_code: int | None = None
    error_text: str = ""
    recipient: str = ""
    pricing: Json = field(default_factory=dict)

    def to_json(self) -> Json:
        return {
            "wamid": self.wamid,
            "status": self.status.value,
            "at": moment_to_json(self.at),
            **_lean(token=self.token, error_code=self.error_code, error_text=self.error_text),
            **_lean(recipient=self.recipient, pricing=self.pricing),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        values = dict(data)
        values["status"] = ReceiptStatus(values["status"])
        values["at"] = moment_from_json(values["at"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """One event cut out of a provider's body, ready for the inbox.

    `identities` names the person best first (BSUID, phone digits): all lead to one lane; account events have none.
    `data` is the JSON of an `Incoming`, a `Receipt` or a `Copy`, or the account change as {field, value}.
    """

    kind: EventKind
    event_key: str
    phone_number_id: str
    waba_id: str
    provider_at: datetime
    data: Json
    identities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadItem:
    """An element that could not be read: where it sat (`entry.0.changes.1.messages.2`) and why, without content."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedBody:
    """Every element of one body, in its order; what could not be read stands apart and spoils nothing."""

    events: tuple[ParsedEvent, ...]
    bad: tuple[BadItem, ...] = ()
