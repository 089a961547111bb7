"""What a shop can say, in our own words; a provider renders it, the inbox and the simulator show it.

A reply fits WhatsApp the moment it exists: titles and texts are shortened on grapheme borders, and what cannot be
shortened (too many choices, an id too long or used twice, an empty title) refuses with `BreaksAWhatsAppLimit`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conversations.transport import limits
from conversations.transport.limits import BreaksAWhatsAppLimit

Json = dict[str, Any]


def _fit(reply: object, **limited: int) -> None:
    """Shorten the named fields of a frozen reply in place; the only moment it changes is its birth."""
    for name, limit in limited.items():
        object.__setattr__(reply, name, limits.fit(getattr(reply, name), limit))


def _refuse_empty(what: str, value: str) -> None:
    if not value:
        raise BreaksAWhatsAppLimit(f"{what} is empty.")


def _refuse_bad_ids(choices: Sequence["Choice"], *, limit: int) -> None:
    ids = [choice.id for choice in choices]
    if len(set(ids)) != len(ids):
        raise BreaksAWhatsAppLimit("Two choices have the same id.")
    for choice in choices:
        _refuse_empty("The title of a choice", choice.title)
        if not choice.id or len(choice.id) > limit:
            raise BreaksAWhatsAppLimit(f"The id of “{choice.title}” must have 1 to {limit} characters.")


@dataclass(frozen=True, slots=True)
class Text:
    body: str
    preview_url: bool = False

    def __post_init__(self) -> None:
        _fit(self, body=limits.TEXT_BODY)
        _refuse_empty("The text", self.body)


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by its absolute public address."""

    url: str
    caption: str = ""

    def __post_init__(self) -> None:
        _fit(self, caption=limits.CAPTION)
        _refuse_empty("The picture's address", self.url)


@dataclass(frozen=True, slots=True)
class Choice:
    """A button or a list row. `id` comes back when it is tapped, perhaps a week later; `description` is for rows."""

    id: str
    title: str
    description: str = ""

    def __post_init__(self) -> None:
        _fit(self, title=limits.ROW_TITLE, description=limits.ROW_DESCRIPTION)


@dataclass(frozen=True, slots=True)
class Buttons:
    """A text with one to three reply buttons; on top a picture or a line of text, not both."""

    body: str
    buttons: tuple[Choice, ...]
    image_url: str = ""
    header: str = ""
    footer: str = ""

    def __post_init__(self) -> None:
        _fit(self, body=limits.INTERACTIVE_BODY, header=limits.HEADER, footer=limits.FOOTER)
        _refuse_empty("The text", self.body)
        if not 1 <= len(self.buttons) <= limits.BUTTONS:
            raise BreaksAWhatsAppLimit(f"A message has 1 to {limits.BUTTONS} buttons, not {len(self.buttons)}.")
        if self.image_url and self.header:
            raise BreaksAWhatsAppLimit("A message has a picture or a line on top, not both.")
        short = tuple(Choice(button.id, limits.fit(button.title, limits.BUTTON_TITLE)) for button in self.buttons)
        object.__setattr__(self, "buttons", short)
        _refuse_bad_ids(short, limit=limits.BUTTON_ID)
        if len({button.title for button in short}) != len(short):
            raise BreaksAWhatsAppLimit("Two buttons have the same title.")


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    choices: tuple[Choice, ...]

    def __post_init__(self) -> None:
        _fit(self, title=limits.SECTION_TITLE)


@dataclass(frozen=True, slots=True)
class Menu:
    """A text with one button that opens a list of at most ten rows in all."""

    body: str
    button: str
    sections: tuple[Section, ...]
    header: str = ""
    footer: str = ""

    def __post_init__(self) -> None:
        _fit(
            self,
            body=limits.INTERACTIVE_BODY,
            button=limits.LIST_BUTTON,
            header=limits.HEADER,
            footer=limits.FOOTER,
        )
        _refuse_empty("The text", self.body)
        _refuse_empty("The label of the list", self.button)
        rows = [choice for section in self.sections for choice in section.choices]
        if not 1 <= len(rows) <= limits.LIST_ROWS:
            raise BreaksAWhatsAppLimit(f"A list has 1 to {limits.LIST_ROWS} rows in all, not {len(rows)}.")
        if any(not section.choices for section in self.sections):
            raise BreaksAWhatsAppLimit("A section of the list is empty.")
        if len(self.sections) > 1 and any(not section.title for section in self.sections):
            raise BreaksAWhatsAppLimit("Each of several sections needs a title.")
        _refuse_bad_ids(rows, limit=limits.ROW_ID)


@dataclass(frozen=True, slots=True)
class Link:
    """A text with one button that opens an address."""

    body: str
    label: str
    url: str
    header: str = ""
    footer: str = ""

    def __post_init__(self) -> None:
        _fit(
            self,
            body=limits.INTERACTIVE_BODY,
            label=limits.LINK_LABEL,
            header=limits.HEADER,
            footer=limits.FOOTER,
        )
        _refuse_empty("The text", self.body)
        _refuse_empty("The label of the link", self.label)
        if not self.url.startswith(("https://", "http://")):
            raise BreaksAWhatsAppLimit("A link needs an absolute http(s) address.")


@dataclass(frozen=True, slots=True)
class AskLocation:
    """A text with WhatsApp's own “Send location” button."""

    body: str

    def __post_init__(self) -> None:
        _fit(self, body=limits.INTERACTIVE_BODY)
        _refuse_empty("The text", self.body)


Reply = Text | Image | Buttons | Menu | Link | AskLocation


def _choice_to_json(choice: Choice) -> Json:
    data = {"id": choice.id, "title": choice.title}
    return {**data, "description": choice.description} if choice.description else data


def reply_kind(reply: Reply) -> str:
    """`text`, `image`, `buttons`, `list`, `link` or `ask_location`."""
    match reply:
        case Text():
            return "text"
        case Image():
            return "image"
        case Buttons():
            return "buttons"
        case Menu():
            return "list"
        case Link():
            return "link"
        case AskLocation():
            return "ask_location"


def reply_to_json(reply: Reply) -> Json:
    """The reply as jsonb, with its `kind`; `reply_from_json` turns it back."""
    data: Json = {"kind": reply_kind(reply)}
    for name in type(reply).__dataclass_fields__:
        value = getattr(reply, name)
        if name == "buttons":
            value = [_choice_to_json(choice) for choice in value]
        elif name == "sections":
            value = [
                {"title": section.title, "choices": [_choice_to_json(choice) for choice in section.choices]}
                for section in value
            ]
        if value not in ("", False):
            data[name] = value
    return data


_KINDS: dict[str, type[Reply]] = {
    "text": Text,
    "image": Image,
    "buttons": Buttons,
    "list": Menu,
    "link": Link,
    "ask_location": AskLocation,
}


def reply_from_json(data: Mapping[str, Any]) -> Reply:
    """The reply that `reply_to_json` wrote. An unknown kind raises `KeyError`: it is a bug, not a wish."""
    values = {name: value for name, value in data.items() if name != "kind"}
    if "buttons" in values:
        values["buttons"] = tuple(Choice(**choice) for choice in values["buttons"])
    if "sections" in values:
        values["sections"] = tuple(
            Section(section["title"], tuple(Choice(**choice) for choice in section["choices"]))
            for section in values["sections"]
        )
    return _KINDS[data["kind"]](**values)


def reply_text(reply: Reply) -> str:
    """What the reply says, without its buttons: for previews and search."""
    return reply.caption if isinstance(reply, Image) else reply.body
