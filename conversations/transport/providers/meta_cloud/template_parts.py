"""Meta's components of a template, read and written. Whoever carries Meta's interface shares them."""

from collections.abc import Sequence
from typing import Any, Final

from conversations.transport.providers.meta_cloud.reading import items
from conversations.transport.providers.template_parts import Button, TemplateContent
from conversations.transport.rules.template_limits import variables_in

Json = dict[str, Any]
HEADER, BODY, FOOTER, BUTTONS = "HEADER", "BODY", "FOOTER", "BUTTONS"
_KNOWN: Final = (HEADER, BODY, FOOTER, BUTTONS)
# Where a button of a kind keeps its value.
_VALUES: Final = {"URL": "url", "PHONE_NUMBER": "phone_number"}


class MetaTemplateParts:
    """Stateless."""

    def read(self, parts: Sequence[Json]) -> TemplateContent:
        by_kind: dict[str, Json] = {}
        for part in parts:
            by_kind.setdefault(_kind(part), part)
        header, body = by_kind.get(HEADER, {}), by_kind.get(BODY, {})
        examples = {f"header.{name}": value for name, value in _examples(header).items()}
        examples |= {f"body.{name}": value for name, value in _examples(body).items()}
        buttons = items(by_kind.get(BUTTONS, {}).get("buttons"))
        return TemplateContent(
            body=str(body.get("text", "")),
            header_kind=str(header.get("format") or "TEXT").upper() if header else "",
            header_text=str(header.get("text", "")),
            footer=str(by_kind.get(FOOTER, {}).get("text", "")),
            buttons=tuple(_read_button(button) for button in buttons if isinstance(button, dict)),
            examples=examples,
            others=tuple(kind for kind in by_kind if kind not in _KNOWN),
        )

    def write(self, content: TemplateContent) -> list[Json]:
        parts = [_header(content), _text(BODY, content, "body", content.body)]
        if content.footer:
            parts.append({"type": FOOTER, "text": content.footer})
        if content.buttons:
            parts.append({"type": BUTTONS, "buttons": [_button(button) for button in content.buttons]})
        return [part for part in parts if part]

    def reworded(self, parts: Sequence[Json], *, header: str = "", body: str = "", footer: str = "") -> list[Json]:
        words = {HEADER: header, BODY: body, FOOTER: footer}
        return [
            {**part, "text": said} if (said := words.get(_kind(part), "")) and part.get("text") else part
            for part in parts
        ]


def with_handle(parts: Sequence[Json], handle: str) -> list[Json]:
    """The parts with the handle of an uploaded sample in their header."""
    example = {"header_handle": [handle]}
    return [{**part, "example": example} if _kind(part) == HEADER else part for part in parts]


def _kind(part: Json) -> str:
    return str(part.get("type", "")).upper()


def _examples(part: Json) -> dict[str, str]:
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


def _read_button(button: Json) -> Button:
    kind, text = _kind(button), str(button.get("text", ""))
    example = button.get("example")
    sample = str(example[0]) if isinstance(example, list) and example else str(example or "")
    if kind == "COPY_CODE":
        return Button(kind, text, sample)
    return Button(kind, text, str(button.get(_VALUES.get(kind, ""), "")), sample)


def _header(content: TemplateContent) -> Json:
    if content.header_kind == "TEXT":
        return {**_text(HEADER, content, "header", content.header_text), "format": "TEXT"}
    return {"type": HEADER, "format": content.header_kind} if content.header_kind else {}


def _text(kind: str, content: TemplateContent, where: str, text: str) -> Json:
    names = list(dict.fromkeys(variables_in(text)))
    part: Json = {"type": kind, "text": text}
    if not names:
        return part
    given = [content.examples.get(f"{where}.{name}", "") for name in names]
    if content.is_named:
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
