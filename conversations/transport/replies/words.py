"""Words, and words with one thing to tap."""

from dataclasses import dataclass

from conversations.transport.replies.fitting import fit, refuse_empty, refuse_no_address, trim
from conversations.transport.replies.media import Media, refuse_as_top
from conversations.transport.rules import limits
from conversations.transport.rules.limits import BreaksAWhatsAppLimit


@dataclass(frozen=True, slots=True)
class Text:
    body: str
    preview_url: bool = False

    def __post_init__(self) -> None:
        trim(self, "body")
        refuse_empty("The text", self.body)


@dataclass(frozen=True, slots=True)
class Link:
    """A text with one button that opens an address; on top a line of text or a file, not both."""

    body: str
    label: str
    url: str
    header: str = ""
    footer: str = ""
    top: Media | None = None

    def __post_init__(self) -> None:
        trim(self, "body")
        fit(self, label=limits.LINK_LABEL, header=limits.HEADER, footer=limits.FOOTER)
        refuse_empty("The text", self.body)
        refuse_empty("The label of the link", self.label)
        refuse_no_address("A link", self.url)
        if self.top and self.header:
            raise BreaksAWhatsAppLimit("A message has a file or a line on top, not both.")
        refuse_as_top(self.top)


@dataclass(frozen=True, slots=True)
class AskLocation:
    """A text with WhatsApp's own “Send location” button."""

    body: str

    def __post_init__(self) -> None:
        trim(self, "body")
        refuse_empty("The text", self.body)


@dataclass(frozen=True, slots=True)
class AskContact:
    """A text with WhatsApp's own button to share one's phone number; the answer is a contact card."""

    body: str

    def __post_init__(self) -> None:
        trim(self, "body")
        refuse_empty("The text", self.body)
