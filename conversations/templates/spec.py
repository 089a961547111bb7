"""Which values a message of a template needs, read from its components. Pure; kept beside them as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

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
    """The spec of Meta's components."""
    slots: list[Slot] = []
    unfillable = ""
    for part in components:
        kind = str(part.get("type", "")).upper()
        unfillable = unfillable or UNFILLABLE.get(kind, "")
        if kind == "HEADER":
            slots += _header(part)
        elif kind == "BODY":
            slots += _texts("body", part, str(part.get("text", "")))
        elif kind == "BUTTONS":
            slots += _buttons(part)
            unfillable = unfillable or _unfillable_button(part)
    return Spec(tuple(slots), unfillable)


def is_named(components: Sequence[Json]) -> bool:
    """Whether its variables have names instead of numbers."""
    texts = (str(part.get("text", "")) for part in components)
    return any(not name.isdigit() for text in texts for name in variables_in(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with its variables replaced; one without a value stays as it is."""
    return VARIABLE.sub(lambda found: values.get(found[1]) or found[0], text)


def _header(part: Json) -> Iterator[Slot]:
    form = str(part.get("format", "TEXT")).lower()
    if form == "text":
        yield from _texts("header", part, str(part.get("text", "")))
    elif form in (*MEDIA, "location"):
        yield Slot("header", form)


def _texts(where: str, part: Json, text: str) -> Iterator[Slot]:
    examples = examples_of(part)
    for place, name in enumerate(dict.fromkeys(variables_in(text))):
        yield Slot(f"{where}.{name}", "text", name, examples.get(name, ""), place)


def examples_of(part: Json) -> dict[str, str]:
    """The samples of a header or body by the name of their variable, in whichever of Meta's shapes they are."""
    example = part.get("example")
    if not isinstance(example, dict):
        return {}
    named = example.get("body_text_named_params") or example.get("header_text_named_params")
    if isinstance(named, list):
        return {str(each.get("param_name")): str(each.get("example", "")) for each in named if isinstance(each, dict)}
    listed = example.get("body_text") or example.get("header_text") or []
    if isinstance(listed, list) and listed and isinstance(listed[0], list):
        listed = listed[0]
    return {str(place): str(value) for place, value in enumerate(listed, start=1)} if isinstance(listed, list) else {}


def _buttons(part: Json) -> Iterator[Slot]:
    for index, button in enumerate(part.get("buttons") or []):
        kind, label = str(button.get("type", "")).upper(), str(button.get("text", ""))
        example = button.get("example")
        example = str(example[0]) if isinstance(example, list) and example else str(example or "")
        if kind == "OTP" or (kind == "URL" and variables_in(str(button.get("url", "")))):
            yield Slot(f"button.{index}", "ending", label, example, index)
        elif kind == "COPY_CODE":
            yield Slot(f"button.{index}", "code", label or "Code", example, index)


def _unfillable_button(part: Json) -> str:
    kinds = (str(button.get("type", "")).upper() for button in part.get("buttons") or [])
    return next((UNFILLABLE[kind] for kind in kinds if kind in UNFILLABLE), "")
