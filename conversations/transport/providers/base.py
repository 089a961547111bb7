"""What every way to WhatsApp must be able to do. Only `providers/<name>/` know another company's URLs and JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from conversations.transport.ports import Outgoing
from conversations.transport.types import ParsedBody

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
    NUMBER_AUTH = "auth"  # the number's token or account is refused until somebody acts
    SERVER = "server"  # the provider is unwell


@dataclass(frozen=True, slots=True)
class Answer:
    """One call, judged. `retry_after` in seconds when the provider named it; `is_stated_error`: the provider itself
    said that it is unwell, so most likely nothing went out, which silence does not tell."""

    outcome: Outcome
    wamid: str = ""
    retry: Retry = Retry.NEVER
    blame: Blame = Blame.MESSAGE
    error_code: int | None = None
    error_text: str = ""
    retry_after: float | None = None
    is_stated_error: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """The number a message leaves from, as far as a provider needs to know it."""

    number_id: int
    provider: str
    phone_number_id: str
    access_token: str


@dataclass(frozen=True, slots=True)
class Health:
    """What the provider says of a number now."""

    is_reachable: bool
    sentence: str


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

    def health(self, line: Line) -> Health:
        """Ask the provider how the number is. Not on any hot path."""
        ...
