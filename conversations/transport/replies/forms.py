"""Things to fill in: a form of WhatsApp's (a “Flow”), and an address."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from conversations.transport.replies.fitting import fit, refuse_empty, refuse_longer, trim
from conversations.transport.replies.media import Media, refuse_as_top
from conversations.transport.rules import limits
from conversations.transport.rules.limits import BreaksAWhatsAppLimit

# WhatsApp's own form for an address exists for these countries only.
ADDRESS_COUNTRIES: Final = limits.ADDRESS_COUNTRIES


@dataclass(frozen=True, slots=True)
class Form:
    """A form that opens in the chat. `token` comes back with the answer: make it with `form_tokens.form_token`.

    The form is named by its id or its name. `screen` and `data` open it; with `is_exchange` our endpoint says both.
    """

    body: str
    label: str
    token: str
    form_id: str = ""
    form_name: str = ""
    screen: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    header: str = ""
    footer: str = ""
    top: Media | None = None
    is_draft: bool = False
    is_exchange: bool = False

    def __post_init__(self) -> None:
        trim(self, "body")
        fit(self, label=limits.FORM_LABEL, header=limits.HEADER, footer=limits.FOOTER)
        refuse_empty("The text", self.body)
        refuse_empty("The label of the form", self.label)
        refuse_empty("The token of the form", self.token)
        refuse_longer("The token of the form", self.token, limits.FORM_TOKEN)
        if bool(self.form_id) == bool(self.form_name):
            raise BreaksAWhatsAppLimit("A form is named by its id or by its name: exactly one of them.")
        if self.is_exchange == bool(self.screen) or (self.data and not self.screen):
            raise BreaksAWhatsAppLimit("A form opens on a screen of ours, or its endpoint says which.")
        if self.top and self.header:
            raise BreaksAWhatsAppLimit("A message has a file or a line on top, not both.")
        refuse_as_top(self.top)


@dataclass(frozen=True, slots=True)
class AskAddress:
    """A text with WhatsApp's own form for an address; in India only. `values` are filled in already."""

    body: str
    country: Literal["IN"] = "IN"
    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        trim(self, "body")
        refuse_empty("The text", self.body)
        if self.country not in ADDRESS_COUNTRIES:
            raise BreaksAWhatsAppLimit("WhatsApp asks for an address in India only.")
