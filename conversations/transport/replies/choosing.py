"""Things to choose from: up to three buttons, or a list of up to ten rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.transport.replies.fitting import fit, refuse_empty, trim
from conversations.transport.replies.media import Media, refuse_as_top
from conversations.transport.rules import limits
from conversations.transport.rules.limits import BreaksAWhatsAppLimit


@dataclass(frozen=True, slots=True)
class Choice:
    """A button or a list row. `id` comes back when it is tapped, perhaps a week later; `description` is for rows."""

    id: str
    title: str
    description: str = ""

    def __post_init__(self) -> None:
        fit(self, title=limits.ROW_TITLE, description=limits.ROW_DESCRIPTION)


@dataclass(frozen=True, slots=True)
class Buttons:
    """A text with one to three reply buttons; on top a picture's address, another file or a line of text."""

    body: str
    buttons: tuple[Choice, ...]
    image_url: str = ""
    header: str = ""
    footer: str = ""
    top: Media | None = None

    def __post_init__(self) -> None:
        trim(self, "body")
        fit(self, header=limits.HEADER, footer=limits.FOOTER)
        refuse_empty("The text", self.body)
        if not 1 <= len(self.buttons) <= limits.BUTTONS:
            raise BreaksAWhatsAppLimit(f"A message has 1 to {limits.BUTTONS} buttons, not {len(self.buttons)}.")
        if sum(map(bool, (self.image_url, self.header, self.top))) > 1:
            raise BreaksAWhatsAppLimit("A message has a picture or a line on top, not both.")
        refuse_as_top(self.top)
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
        fit(self, title=limits.SECTION_TITLE)


@dataclass(frozen=True, slots=True)
class Menu:
    """A text with one button that opens a list of at most ten rows in all."""

    body: str
    button: str
    sections: tuple[Section, ...]
    header: str = ""
    footer: str = ""

    def __post_init__(self) -> None:
        trim(self, "body")
        fit(self, button=limits.LIST_BUTTON, header=limits.HEADER, footer=limits.FOOTER)
        refuse_empty("The text", self.body)
        refuse_empty("The label of the list", self.button)
        rows = [choice for section in self.sections for choice in section.choices]
        if not 1 <= len(rows) <= limits.LIST_ROWS:
            raise BreaksAWhatsAppLimit(f"A list has 1 to {limits.LIST_ROWS} rows in all, not {len(rows)}.")
        if any(not section.choices for section in self.sections):
            raise BreaksAWhatsAppLimit("A section of the list is empty.")
        if len(self.sections) > 1 and any(not section.title for section in self.sections):
            raise BreaksAWhatsAppLimit("Each of several sections needs a title.")
        _refuse_bad_ids(rows, limit=limits.ROW_ID)


def _refuse_bad_ids(choices: Sequence[Choice], *, limit: int) -> None:
    ids = [choice.id for choice in choices]
    if len(set(ids)) != len(ids):
        raise BreaksAWhatsAppLimit("Two choices have the same id.")
    for choice in choices:
        refuse_empty("The title of a choice", choice.title)
        if not choice.id.strip() or limits.length(choice.id) > limit:
            raise BreaksAWhatsAppLimit(f"The id of “{choice.title}” must have 1 to {limit} characters.")
