"""A template as a person writes it, and its way to what its provider keeps and back. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conversations.templates.contents import Written, content_of
from conversations.templates.models import Template
from conversations.transport.providers.registry import template_parts
from conversations.transport.providers.template_parts import Button, TemplateContent
from conversations.transport.rules.template_limits import variables_in

Json = dict[str, Any]
# What the editor can write; templates made elsewhere may have more.
BUTTON_KINDS: Final = ("QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE")
HEADER_KINDS: Final = ("", "TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION")
MEDIA_HEADERS: Final = ("IMAGE", "VIDEO", "DOCUMENT")


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
    """A draft that has no problems, as its provider writes it; the sample of a header's file comes with the call."""
    return template_parts().write(
        TemplateContent(
            body=draft.body,
            header_kind=draft.header_kind,
            header_text=draft.header_text if draft.header_kind == "TEXT" else "",
            footer=draft.footer,
            buttons=draft.buttons,
            examples=draft.examples,
        )
    )


def draft_of(template: Written) -> Draft:
    """What the editor shows for a template: what was last asked for, else what WhatsApp has."""
    asked, samples = (template.proposal or {}, template.samples) if isinstance(template, Template) else ({}, {})
    said = template_parts().read(asked.get("components", template.components))
    return Draft(
        name=template.name,
        language=template.language,
        category=asked.get("category", template.category),
        header_kind=said.header_kind,
        header_text=said.header_text,
        has_sample=bool(said.header_kind) and samples.get("kind") == said.header_kind,
        body=said.body,
        footer=said.footer,
        buttons=said.buttons,
        ttl_seconds=asked.get("ttl_seconds", template.ttl_seconds) if isinstance(template, Template) else None,
        examples=said.examples,
    )


def is_editable_here(template: Template) -> bool:
    """Whether the editor can show all of it: nothing in it is of a kind that only Meta's own page can write."""
    said = content_of(template)
    is_plain = not said.others and all(button.kind in BUTTON_KINDS for button in said.buttons)
    return is_plain and template.category != Template.Category.AUTHENTICATION
