"""What a provider can say and do about a number itself, in our own words. Calls of people and of the daily look only."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """How one call ended. `sentence` says why it did not, `code` is the provider's; `data` is ours, cleaned.

    `is_refused` is a clear no about what was asked, by the provider's code and never by the HTTP status. A dead token,
    too many calls and a provider that is unwell or was not reached say nothing about it.
    """

    is_fine: bool
    sentence: str = ""
    data: Json = field(default_factory=dict)
    code: int | None = None
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What a token may do. `is_known` False: the provider does not say it to this token itself."""

    is_known: bool
    is_valid: bool = True
    scopes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    expires_at: datetime | None = None
    app_id: str = ""
    sentence: str = ""


class NumberDesk(Protocol):
    """One number at its provider. No call raises for what the network or the provider does."""

    def token(self) -> TokenFacts:
        """What the token or key may do, and until when."""
        ...

    def number(self) -> Told:
        """The number's own fields: `data` holds what `NumberFacts` knows, and `phone` in E.164."""
        ...

    def belongs(self) -> Told:
        """Whether the number is one of its account's."""
        ...

    def subscribe(self) -> Told:
        """Ask for the account's webhooks."""
        ...

    def subscribed(self, *, app_id: str) -> Told:
        """Whether they are really sent: our app is in the list when read back. Without `app_id`: any app.

        `data` holds `override`: the address its account's messages go to instead of the app's; empty without one.
        """
        ...

    def set_webhook(self, *, url: str, header: str, secret: str) -> Told:
        """Tell the provider where to send, and which header to send along."""
        ...

    def webhook(self) -> Told:
        """Where the provider sends: `data` holds `url`, and `own` where it was set for this number alone, else empty."""
        ...

    def register(self, *, pin: str) -> Told:
        """Register the number for the Cloud API with its two-step PIN."""
        ...

    def set_pin(self, *, pin: str) -> Told:
        """Give the number another two-step PIN."""
        ...
