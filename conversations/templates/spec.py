"""Which values a message of a template needs, by what it says. Pure; kept beside it as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from conversations.transport.providers.registry import template_parts
from conversations.transport.providers.template_parts import TemplateContent
from conversations.transport.rules.template_limits import VARIABLE, variables_in

Json = dict[str, Any]
MEDIA: Final = ("image", "video", "document")
# Parts that take values no page of ours can ask for yet; a template with one is shown, but not offered for sending.
UNFILLABLE: Final = {
    "CAROUSEL": "cards to swipe through",
    "LIMITED_TIME_OFFER": "an offer with a countdown",
    "MPM": "a list of products",
    "SPM": "a product of WhatsApp's catalog",
    "ORDER_DETAILS": "an order to be paid in WhatsApp",
    "PRODUCT": "a product of WhatsApp's catalog",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One value. `key` names it in a form: `header`, `body.first_name`, `button.1`.

    `kind` is `text`, `image`, `video`, `document`, `location`, `ending` (of a button's address) or `code`.
    """

    key: str
    kind: str
    name: str = ""
    example: str = ""
    index: int = 0


@dataclass(frozen=True, slots=True)
class Spec:
    """All values of a template; `unfillable` says in words what stops it from being used here."""

    slots: tuple[Slot, ...] = ()
    unfillable: str = ""

    @property
    def header(self) -> Slot | None:
        return next((slot for slot in self.slots if slot.key.startswith("header")), None)

    def of(self, where: str) -> list[Slot]:
        """The slots of `body` or of the `button`s, in order."""
        return [slot for slot in self.slots if slot.key.startswith(f"{where}.")]

    def to_json(self) -> Json:
        return {"slots": [asdict(slot) for slot in self.slots], "unfillable": self.unfillable}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Spec":
        return cls(tuple(Slot(**slot) for slot in data.get("slots", ())), str(data.get("unfillable", "")))


def spec_of(components: Sequence[Json]) -> Spec:
    """The spec of a template as its provider writes it."""
    said = template_parts().read(components)
    kinds = (*said.others, *(button.kind for button in said.buttons))
    unfillable = next((UNFILLABLE[kind] for kind in kinds if kind in UNFILLABLE), "")
    return Spec((*_header(said), *_texts("body", said, said.body), *_buttons(said)), unfillable)


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with its variables replaced; one without a value stays as it is."""
    return VARIABLE.sub(lambda found: values.get(found[1]) or found[0], text)


def _header(said: TemplateContent) -> Iterator[Slot]:
    kind = said.header_kind.lower()
    if kind == "text":
        yield from _texts("header", said, said.header_text)
    elif kind in (*MEDIA, "location"):
        yield Slot("header", kind)


def _texts(where: str, said: TemplateContent, text: str) -> Iterator[Slot]:
    for place, name in enumerate(dict.fromkeys(variables_in(text))):
        yield Slot(f"{where}.{name}", "text", name, said.examples.get(f"{where}.{name}", ""), place)


def _buttons(said: TemplateContent) -> Iterator[Slot]:
    for index, button in enumerate(said.buttons):
        if button.kind == "OTP" or (button.kind == "URL" and variables_in(button.value)):
            yield Slot(f"button.{index}", "ending", button.text, button.example, index)
        elif button.kind == "COPY_CODE":
            yield Slot(f"button.{index}", "code", button.text or "Code", button.value, index)
