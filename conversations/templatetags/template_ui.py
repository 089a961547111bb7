"""How templates are shown: states, and the message as a customer reads it."""

from collections.abc import Mapping
from typing import Any

from django import template as tags

from conversations.templates import offered, showing
from conversations.templates.checks import span
from conversations.templates.contents import Written, content_of
from conversations.templates.drafts import Draft
from conversations.templates.models import Template
from conversations.templates.spec import filled

register = tags.Library()
# WhatsApp shows two buttons of a longer list and "See all options" below them.
SHOWN_BUTTONS = 3
_ICONS = {"URL": "external-link", "PHONE_NUMBER": "phone", "COPY_CODE": "copy", "OTP": "copy", "FLOW": "file-text"}


@register.filter
def status_of(template: Template) -> showing.Shown:
    return showing.status_shown(template)


@register.filter
def key_of(template: Written) -> str:
    """How addresses name it."""
    return offered.key_of(template)


@register.filter
def quality_of(template: Written) -> showing.Shown:
    return showing.quality_shown(template)


@register.filter
def reason(template: Template) -> str:
    return showing.reason_words(template.reason)


@register.filter
def language_label(code: str) -> str:
    return showing.language_label(code)


@register.filter
def title_of(template: Written) -> str:
    """`order_ready` → `Order ready`."""
    return template.name.replace("_", " ").capitalize()


@register.filter
def for_how_long(seconds: int) -> str:
    """`3600` → `1 hour`."""
    return span(seconds)


@register.filter
def words_of(template: Written) -> str:
    """The text of its body on one line."""
    return " ".join(content_of(template).body.split())


def bubble_of(
    draft: Draft, *, sample: Mapping[str, str] | None = None, values: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A draft as WhatsApp shows it, with `values` or its examples filled in.

    `sample` is the kept file of the header: `picture` (an address) or `filename`.
    """
    given = values if values is not None else draft.examples
    header = {key.removeprefix("header."): value for key, value in given.items() if key.startswith("header.")}
    body = {key.removeprefix("body."): value for key, value in given.items() if key.startswith("body.")}
    buttons = [
        {"label": button.text or "Copy the code", "icon": _ICONS.get(button.kind, "reply")} for button in draft.buttons
    ]
    is_long = len(buttons) > SHOWN_BUTTONS
    return {
        "header_kind": draft.header_kind,
        "picture": (sample or {}).get("picture", ""),
        "filename": (sample or {}).get("filename", ""),
        "title": filled(draft.header_text, header) if draft.header_kind == "TEXT" else "",
        "body": filled(draft.body, body),
        "footer": draft.footer,
        "buttons": buttons[: SHOWN_BUTTONS - 1] if is_long else buttons,
        "more": is_long,
    }
