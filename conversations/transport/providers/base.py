"""What every way to WhatsApp must be able to do. Only `providers/<name>/` know another company's URLs and JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Any, Protocol

from conversations.transport.ports import Outgoing
from conversations.transport.types import ParsedBody, Sender

if TYPE_CHECKING:
    from conversations.transport.providers.number_desk import NumberDesk
    from conversations.transport.providers.template_desk import TemplateDesk

Json = dict[str, Any]


class BadBody(ValueError):
    """The body is not JSON we can read as a whole: broken, too deep, or of another shape. Keep it and look at it."""


class Outcome(StrEnum):
    """What we know after a call: taken, surely refused, or nothing (it may have gone out)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Retry(StrEnum):
    """What a refusal allows, by Meta's code."""

    SAFE = "Y"  # rejected before processing: again, with backoff
    RECONCILE = "R"  # may have gone out: only after waiting for a receipt
    LATER = "L"  # on an event or after a stated time
    NEVER = "N"


class Blame(StrEnum):
    """Whom a bad answer concerns, which decides who waits."""

    MESSAGE = "message"  # this one message
    PAIR = "pair"  # this number and this person: too many messages to one
    NUMBER_PACE = "pace"  # the number sends too fast
    ACCOUNT_PACE = "account"  # all numbers of its WhatsApp account together call too often
    APP_PACE = "app"  # all numbers of the app call too often
    NUMBER_AUTH = "auth"  # the number's token or account is refused until somebody acts
    SERVER = "server"  # the provider is unwell


@dataclass(frozen=True, slots=True)
class Fix:
    """The one thing an operator can do about an error: `action` names it, `label` is on its button.

    `role`: who may; `url`: a page of the provider's; `wait`: seconds after the failure before it makes sense.
    """

    action: str
    label: str
    role: str = ""
    url: str = ""
    wait: float = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an error code means: may we try again, who has to wait, what the operator reads and can do.

    `wait` in seconds between tries and `tries` in all, where the code has its own; `tell`: who is told besides, "shop"
    or "platform".
    """

    retry: Retry
    blame: Blame
    sentence: str
    fix: Fix
    wait: float | None = None
    tries: int | None = None
    tell: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One call, judged. `retry_after` in seconds when the provider or the table of codes named it, `tries` likewise;
    `is_stated_error`: the provider itself said that it is unwell, so most likely nothing went out, which silence does
    not tell. `is_strange`: it cannot be read, or says nothing we know."""

    outcome: Outcome
    wamid: str = ""
    retry: Retry = Retry.NEVER
    blame: Blame = Blame.MESSAGE
    error_code: int | None = None
    error_text: str = ""
    retry_after: float | None = None
    tries: int | None = None
    is_stated_error: bool = False
    is_strange: bool = False
    # Of a refused sign-in: the print of the token that was used, for the number may have another one by now.
    token_print: str = ""
    # Only where they differ: the phone as we wrote it, and the account WhatsApp found behind it.
    dialled: str = ""
    wa_id: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """The number a message leaves from, as far as a provider needs to know it."""

    number_id: int
    provider: str
    phone_number_id: str
    access_token: str
    waba_id: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """What the provider says of a number now."""

    is_reachable: bool
    sentence: str


class MediaOutcome(StrEnum):
    """What became of fetching or handing over one file."""

    DONE = "done"
    GONE = "gone"  # the provider no longer has it
    TOO_BIG = "too_big"
    REFUSED = "refused"  # never by itself: an address we do not trust, or a file the provider does not take
    TOKEN = "token"  # noqa: S105 - the number's token is refused: wait until somebody acts
    LATER = "later"  # unwell, busy, damaged on the way: again, after `retry_after` seconds if it is named


@dataclass(frozen=True, slots=True)
class MediaAnswer:
    """One file's way, judged. `media_id` of an upload; `sha256` in hex of what was fetched; a sentence for people."""

    outcome: MediaOutcome
    media_id: str = ""
    mime_type: str = ""  # as the provider claims it
    sha256: str = ""
    size: int = 0
    sentence: str = ""
    error_code: int | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """One answer of one person: whether they want offers, since when, in the provider's words."""

    sender: Sender
    wants_offers: bool
    at: datetime
    value: str
    words: str


class Provider(Protocol):
    """A way to WhatsApp. Stateless: any thread may use it."""

    def verify(self, *, body: bytes, headers: Mapping[bytes, bytes], secrets: Sequence[str]) -> bool:
        """Did the holder of one of `secrets` send exactly these bytes? Names of `headers` are lower-case."""
        ...

    def parse(self, body: bytes) -> ParsedBody:
        """Cut a body into events. Refuses: `BadBody`."""
        ...

    def render(self, outgoing: Outgoing, *, token: str) -> Json:
        """The provider's payload of a message; `token` comes back in its receipts."""
        ...

    def send(self, line: Line, payload: Json) -> Answer:
        """One call, at most ten seconds, never raising for anything the network or the provider does."""
        ...

    def glance(self, line: Line, *, wamid: str, is_typing: bool) -> None:
        """Blue ticks up to `wamid`, with “is typing” if an answer follows. Never raises for what the other side does."""
        ...

    def fetch_media(self, line: Line, media_id: str, *, into: IO[bytes], most: int) -> MediaAnswer:
        """Write a file a customer sent into `into`, at most `most` octets. Never raises; the token stays with its hosts."""
        ...

    def upload_media(self, line: Line, file: IO[bytes], *, mime_type: str, filename: str) -> MediaAnswer:
        """Hand a file over, so that it can be sent by its id from this number only. Never raises."""
        ...

    def health(self, line: Line) -> Health:
        """Ask the provider how the number is. Not on any hot path."""
        ...

    def templates(self, line: Line) -> "TemplateDesk":
        """The templates of the number's account. Not on any hot path."""
        ...

    def numbers(self, line: Line) -> "NumberDesk":
        """The number itself: its token, its fields, its webhooks. Not on any hot path."""
        ...
