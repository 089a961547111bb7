"""A template as a person writes it, and its way to Meta's components and back. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from conversations.templates.models import Template
from conversations.templates.spec import examples_of
from conversations.transport.rules.template_limits import variables_in

Json = dict[str, Any]
# What the editor can write; templates made elsewhere may have more.
BUTTON_KINDS: Final = ("QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE")
HEADER_KINDS: Final = ("", "TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION")
MEDIA_HEADERS: Final = ("IMAGE", "VIDEO", "DOCUMENT")


@dataclass(frozen=True, slots=True)
class Button:
    """One button: `value` is its address, phone number or code; `example` the whole address with its ending filled in."""

    kind: str
    text: str = ""
    value: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the editor holds. `examples` by `header.<name>` and `body.<name>`; `has_sample`: a file for the header is kept."""

    name: str
    language: str
    category: str
    body: str
    header_kind: str = ""
    header_text: str = ""
    has_sample: bool = False
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    ttl_seconds: int | None = None
    examples: Mapping[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> list[tuple[str, str]]:
        """Each variable once, as (`header` or `body`, its name), in the order of reading."""
        header = variables_in(self.header_text) if self.header_kind == "TEXT" else []
        found = [("header", name) for name in header] + [("body", name) for name in variables_in(self.body)]
        return list(dict.fromkeys(found))

    @property
    def is_named(self) -> bool:
        """Whether its variables have names instead of numbers."""
        return any(not name.isdigit() for _where, name in self.variables)


def components_of(draft: Draft) -> list[Json]:
    """Meta's components of a draft that has no problems; the handle of a header's sample comes with the call."""
    parts = [_header(draft), _text("BODY", draft, "body", draft.body)]
    if draft.footer:
        parts.append({"type": "FOOTER", "text": draft.footer})
    if draft.buttons:
        parts.append({"type": "BUTTONS", "buttons": [_button(button) for button in draft.buttons]})
    return [part for part in parts if part]


def _header(draft: Draft) -> Json:
    if draft.header_kind == "TEXT":
        return {**_text("HEADER", draft, "header", draft.header_text), "format": "TEXT"}
    return {"type": "HEADER", "format": draft.header_kind} if draft.header_kind else {}


def _text(kind: str, draft: Draft, where: str, text: str) -> Json:
    names = list(dict.fromkeys(variables_in(text)))
    part: Json = {"type": kind, "text": text}
    if not names:
        return part
    given = [draft.examples.get(f"{where}.{name}", "") for name in names]
    if draft.is_named:
        pairs = zip(names, given, strict=True)
        part["example"] = {
            f"{where}_text_named_params": [{"param_name": name, "example": value} for name, value in pairs]
        }
        return part
    by_number = [value for _name, value in sorted(zip(map(int, names), given, strict=True))]
    part["example"] = {"body_text": [by_number]} if where == "body" else {"header_text": by_number}
    return part


def _button(button: Button) -> Json:
    if button.kind == "URL":
        sample = {"example": [button.example]} if variables_in(button.value) else {}
        return {"type": "URL", "text": button.text, "url": button.value, **sample}
    if button.kind == "PHONE_NUMBER":
        return {"type": "PHONE_NUMBER", "text": button.text, "phone_number": button.value}
    if button.kind == "COPY_CODE":
        return {"type": "COPY_CODE", "example": button.value}
    return {"type": "QUICK_REPLY", "text": button.text}


def draft_of(template: Template) -> Draft:
    """What the editor shows for a template: what was last asked for, else what Meta has."""
    asked = template.proposal or {}
    parts = {str(part.get("type", "")).upper(): part for part in asked.get("components", template.components)}
    header, body = parts.get("HEADER", {}), parts.get("BODY", {})
    examples = {f"header.{name}": value for name, value in examples_of(header).items()}
    examples |= {f"body.{name}": value for name, value in examples_of(body).items()}
    return Draft(
        name=template.name,
        language=template.language,
        category=asked.get("category", template.category),
        header_kind=str(header.get("format", "")).upper(),
        header_text=str(header.get("text", "")),
        has_sample=template.samples.get("kind") == str(header.get("format", "")).upper(),
        body=str(body.get("text", "")),
        footer=str(parts.get("FOOTER", {}).get("text", "")),
        buttons=tuple(_read_buttons(parts.get("BUTTONS", {}).get("buttons") or [])),
        ttl_seconds=asked.get("ttl_seconds", template.ttl_seconds),
        examples=examples,
    )


def _read_buttons(buttons: Sequence[Json]) -> list[Button]:
    found = []
    for button in buttons:
        kind, text = str(button.get("type", "")).upper(), str(button.get("text", ""))
        example = button.get("example")
        sample = str(example[0]) if isinstance(example, list) and example else str(example or "")
        values = {"URL": str(button.get("url", "")), "PHONE_NUMBER": str(button.get("phone_number", ""))}
        if kind == "COPY_CODE":
            found.append(Button(kind, text, sample))
        else:
            found.append(Button(kind, text, values.get(kind, ""), sample if kind == "URL" else ""))
    return found


def is_editable_here(template: Template) -> bool:
    """Whether the editor can show all of it: nothing in it is of a kind that only Meta's own page can write."""
    kinds = {str(part.get("type", "")).upper() for part in template.components}
    buttons = {str(button.get("type", "")).upper() for button in template.part("BUTTONS").get("buttons") or []}
    is_plain = kinds <= {"HEADER", "BODY", "FOOTER", "BUTTONS"} and buttons <= set(BUTTON_KINDS)
    return is_plain and template.category != Template.Category.AUTHENTICATION
