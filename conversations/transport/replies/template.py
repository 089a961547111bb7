"""A message whose words WhatsApp has approved: the only kind that may be sent outside the window."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from conversations.transport.replies.fitting import refuse_count, refuse_empty, refuse_longer
from conversations.transport.replies.goods import ProductSection, refuse_bad_sections
from conversations.transport.replies.media import Media, refuse_as_top
from conversations.transport.replies.sharing import Location
from conversations.transport.rules import limits
from conversations.transport.rules.limits import BreaksAWhatsAppLimit

ValueKind = Literal["text", "currency", "date_time"]
ButtonKind = Literal["quick_reply", "url", "copy_code", "flow", "catalog", "mpm"]
BUTTON_KINDS: Final = ("quick_reply", "url", "copy_code", "flow", "catalog", "mpm")
_NAME = re.compile(r"[a-z0-9_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Value:
    """What stands in for one `{{1}}` or `{{name}}`: the words, or an amount or a moment with the words shown for it.

    Line breaks and runs of blanks, which WhatsApp refuses, become single blanks. `amount_1000` is in thousandths.
    """

    text: str
    name: str = ""
    kind: ValueKind = "text"
    currency: str = ""
    amount_1000: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", " ".join(self.text.split()))
        refuse_empty("A value of the template", self.text)
        refuse_longer("A value of the template", self.text, limits.TEMPLATE_BODY)
        if self.kind == "currency" and not _CURRENCY.fullmatch(self.currency):
            raise BreaksAWhatsAppLimit("An amount needs its currency.")


@dataclass(frozen=True, slots=True)
class ButtonValue:
    """What one button of the template needs, by its place (from 0).

    `value` is the payload of a quick reply, the end of an address, a coupon code, the token of a form, or the product
    in the picture of a catalog; `data` is given to a form; `sections` are the products of an `mpm` button.
    """

    index: int
    kind: ButtonKind
    value: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    sections: tuple[ProductSection, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in BUTTON_KINDS:
            raise BreaksAWhatsAppLimit(f"{self.kind} is no kind of button.")
        if not 0 <= self.index < limits.TEMPLATE_BUTTONS:
            raise BreaksAWhatsAppLimit(f"A template has at most {limits.TEMPLATE_BUTTONS} buttons.")
        if self.kind != "catalog":
            refuse_empty("The value of a button", self.value)
        refuse_longer("The value of a button", self.value, _LONGEST[self.kind])
        if self.kind == "copy_code" and not (self.value.isascii() and self.value.isalnum()):
            raise BreaksAWhatsAppLimit("A coupon code has letters and digits only.")
        if self.kind == "mpm":
            refuse_bad_sections(self.sections)


_LONGEST: Final = {
    "quick_reply": limits.TEMPLATE_PAYLOAD,
    "url": limits.TEMPLATE_BUTTON_URL,
    "copy_code": limits.COUPON_CODE,
    "flow": limits.FORM_TOKEN,
    "catalog": limits.RETAILER_ID,
    "mpm": limits.RETAILER_ID,
}
Header = Value | Media | Location


@dataclass(frozen=True, slots=True)
class TemplateMessage:
    """An approved template, filled in. `text` is what the customer reads, for our own thread, with `title` above it.

    The values are positional or named, never both. `offer_until_ms` ends a limited-time offer.
    """

    name: str
    language: str
    text: str
    category: str = ""
    header: Header | None = None
    body: tuple[Value, ...] = ()
    buttons: tuple[ButtonValue, ...] = ()
    offer_until_ms: int = 0
    title: str = ""
    footer: str = ""
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.name) > limits.TEMPLATE_NAME:
            raise BreaksAWhatsAppLimit("The name of a template has small letters, digits and underscores.")
        if not _LANGUAGE.fullmatch(self.language):
            raise BreaksAWhatsAppLimit("The language of a template is written like “en” or “en_US”.")
        refuse_empty("The text of the template", self.text)
        refuse_count("Buttons of a template", self.buttons, limits.TEMPLATE_BUTTONS, least=0)
        if self.buttons and max(Counter(button.index for button in self.buttons).values()) > 1:
            raise BreaksAWhatsAppLimit("Two values are for the same button.")
        self._refuse_bad_values()
        if isinstance(self.header, Media):
            refuse_as_top(self.header)

    def _refuse_bad_values(self) -> None:
        """Named values all have names, each once; a header's value follows the body's manner."""
        values = [*self.body, *([self.header] if isinstance(self.header, Value) else [])]
        if len({bool(value.name) for value in values}) > 1:
            raise BreaksAWhatsAppLimit("The values of a template are all named or all in order.")
        names = [value.name for value in self.body if value.name]
        if len(set(names)) != len(names):
            raise BreaksAWhatsAppLimit("Two values have the same name.")
        if isinstance(self.header, Value) and self.header.kind != "text":
            raise BreaksAWhatsAppLimit("The header of a template takes words, a file or a place.")
