"""What a template says, in our own words. How it is written down is its provider's: we keep that as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from conversations.transport.rules.template_limits import variables_in

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Button:
    """One button: `value` is its address, phone number or code; `example` the whole address with its ending filled in."""

    kind: str
    text: str = ""
    value: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class TemplateContent:
    """`header_kind` is `TEXT`, `LOCATION`, a kind of file or empty; `examples` by `header.<name>` and `body.<name>`.

    `others`: the names of parts that are neither header, body, footer nor buttons.
    """

    body: str = ""
    header_kind: str = ""
    header_text: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    examples: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    @property
    def is_named(self) -> bool:
        """Whether its variables have names instead of numbers."""
        texts = (self.header_text, self.body, self.footer)
        return any(not name.isdigit() for text in texts for name in variables_in(text))


class TemplateParts(Protocol):
    """Reads and writes a template as its provider keeps it. Pure; odd parts are left out, never an error."""

    def read(self, parts: Sequence[Json]) -> TemplateContent:
        """What they say."""
        ...

    def write(self, content: TemplateContent) -> list[Json]:
        """The parts of something that has no problems; the sample of a header's file comes with the call."""
        ...

    def reworded(self, parts: Sequence[Json], *, header: str = "", body: str = "", footer: str = "") -> list[Json]:
        """The same parts with other words, where words stood and others are given."""
        ...
