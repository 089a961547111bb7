"""What a provider tells of a number and its account by itself, in our own words. Nothing here is another company's JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom news of an account names: the account, and perhaps one number by its digits or by the provider's id."""

    waba_id: str = ""
    digits: str = ""
    phone_number_id: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """Who may be written to first: the provider's name of it, and people a day (-1: no limit, None: not told)."""

    name: str = ""
    people: int | None = None

    def __bool__(self) -> bool:
        return bool(self.name) or self.people is not None


@dataclass(frozen=True, slots=True)
class QualityNews:
    """`quality` is RED, GREEN or empty; `is_fast`: the number may send at the highest speed from now on."""

    quality: str
    is_fast: bool
    limit: Limit


@dataclass(frozen=True, slots=True)
class NameNews:
    """What was decided about the name customers see: `decision` in the provider's word, `reason` in plain ones."""

    decision: str
    name: str
    reason: str


def plain(name: str) -> str:
    """A provider's name of something as words: `NAME_TOO_LONG` becomes `name too long`."""
    return name.replace("_", " ").lower()


class Severity(StrEnum):
    """How bad the provider calls it."""

    INFO = "info"
    WARNING = "warning"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice of the provider's own."""

    kind: str
    severity: Severity
    words: str


@dataclass(frozen=True, slots=True)
class SecurityNews:
    """Something about who may use the number; `sentence` says what."""

    kind: str
    severity: Severity
    sentence: str


class Ban(StrEnum):
    """Where the provider stands with switching an account off."""

    SWITCHED_OFF = "switched_off"
    ANNOUNCED = "announced"
    TAKEN_BACK = "taken_back"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BanNews:
    """`state` is what we understand of it, `word` the provider's; `day` as the provider writes it."""

    state: Ban
    word: str
    day: str


@dataclass(frozen=True, slots=True)
class Restriction:
    """What an account may not do, until when (ISO, or empty), and what helps. `stops_all`: nor answer customers."""

    kind: str
    until: str
    remedy: str
    stops_all: bool


@dataclass(frozen=True, slots=True)
class AccountUpdate:
    """Every part that was told. `lost` is why the connection is gone; `is_connected`, `is_ours` None: nothing said.

    `restrictions` None: nothing said; empty: all are lifted.
    """

    lost: str = ""
    is_connected: bool | None = None
    is_ours: bool | None = None
    ban: BanNews | None = None
    restrictions: tuple[Restriction, ...] | None = None
    violation: str = ""
    volume_tier: Mapping[str, str | int] | None = None


@dataclass(frozen=True, slots=True)
class TemplateNews:
    """What happened to a template. Words are the provider's; what it left out is empty."""

    provider_id: str = ""
    name: str = ""
    language: str = ""
    event: str = ""
    title: str = ""
    reason: str = ""
    words: str = ""
    quality: str = ""
    category: str = ""
    correct_category: str = ""
    header: str = ""
    body: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class KnownContact:
    """Somebody in the address book of the shop's phone app."""

    digits: str
    name: str


class AccountReader(Protocol):
    """Reads the values of account-level fields. Odd ones give empty facts, never an error."""

    def concerned(self, value: Json) -> Concerned: ...
    def quality(self, value: Json) -> QualityNews: ...
    def capability(self, value: Json) -> Limit: ...
    def limit(self, written: object) -> Limit: ...
    def name(self, value: Json) -> NameNews: ...
    def review(self, value: Json) -> str: ...
    def notice(self, value: Json) -> Notice: ...
    def security(self, value: Json) -> SecurityNews: ...
    def update(self, value: Json) -> AccountUpdate: ...
    def template(self, value: Json) -> TemplateNews: ...
    def contacts(self, value: Json) -> Iterator[KnownContact]: ...
