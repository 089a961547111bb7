"""What a demo shop is made of, as plain facts. Money in minor units of the shop's currency."""

from dataclasses import dataclass, field

Turn = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Size:
    """A variant: `stock` None is not counted, 0 is sold out."""

    name: str
    price: int
    stock: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A product. `picture` names a painter, a tint and its details; `other` is name and description by language."""

    name: str
    about: str
    picture: tuple[str, ...]
    sizes: tuple[Size, ...]
    other: dict[str, tuple[str, str]] = field(default_factory=dict)
    status: str = "published"
    is_available: bool = True


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category with its names in other languages."""

    name: str
    names: dict[str, str]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """How goods are handed over."""

    fee: int
    free_over: int | None
    minimum: int
    address: str


@dataclass(frozen=True, slots=True)
class Member:
    """Someone who signs in."""

    login: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A chat somebody had. Turns are (who, what): `in` says, `tap` taps the button with that id, `bot` asks as a state,
    `staff` writes, `wait` lets minutes pass. `ends` is how it stands now: open, needs_person, with_person or closed."""

    turns: tuple[Turn, ...]
    ends: str
    minutes_ago: int
    unread: int = 0


@dataclass(frozen=True, slots=True)
class People:
    """Names, mobile prefixes (E.164, `digits` more follow) and streets of a town."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    prefixes: tuple[str, ...]
    digits: int
    streets: tuple[str, ...]
    centre: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """Everything about one demo shop that is not chance."""

    slug: str
    name: str
    description: str
    currency: str
    country: str
    time_zone: str
    language: str
    phone: str
    welcome: str
    terms: Terms
    team: tuple[Member, ...]
    shelves: tuple[Shelf, ...]
    people: People
    dialogues: tuple[Dialogue, ...]
    order_notes: tuple[str, ...]
    staff_notes: tuple[str, ...]
    tags: tuple[str, ...]
    # Hours in which people order, local time.
    hours: tuple[int, int] = (8, 20)
