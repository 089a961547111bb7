"""What a provider can do about templates, in our own words. Calls of people and of the nightly sync, never of the hot path."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from conversations.transport.providers.base import Outcome

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """How one call ended. `sentence` is for the operator; `data` is the provider's answer when it was `ACCEPTED`.

    `UNKNOWN`: the provider may have acted without our hearing of it.
    """

    outcome: Outcome
    data: Json = field(default_factory=dict)
    code: int | None = None
    sentence: str = ""

    @property
    def is_accepted(self) -> bool:
        return self.outcome is Outcome.ACCEPTED


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """One template as the provider lists it. Words are the provider's, `parts` as it writes them (`TemplateParts`)."""

    provider_id: str
    name: str
    language: str
    status: str
    category: str
    correct_category: str = ""
    quality: str = ""
    reason: str = ""
    ttl_seconds: int | None = None
    parts: list[Json] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TemplateWish:
    """What is asked of the provider; `handle` names the uploaded sample of its header.

    A change leaves out name and language, and a category that stays.
    """

    parts: list[Json]
    name: str = ""
    language: str = ""
    category: str = ""
    is_named: bool = False
    ttl_seconds: int | None = None
    handle: str = ""


class TemplateDesk(Protocol):
    """The templates of one WhatsApp Business Account. No call raises for what the network or the provider does."""

    def page(self, *, after: str = "") -> DeskAnswer:
        """One page of all templates: `data` holds `templates` (`TemplateRecord`s) and `after`, empty on the last."""
        ...

    def create(self, wish: TemplateWish) -> DeskAnswer:
        """Submit a new one: `data` holds `id`, `status`, `category`."""
        ...

    def edit(self, provider_id: str, wish: TemplateWish) -> DeskAnswer:
        """Submit other parts, category or time to live of a known one."""
        ...

    def delete(self, *, name: str, provider_id: str = "") -> DeskAnswer:
        """Delete one language by its id, or all languages of `name`."""
        ...

    def unpause(self, provider_id: str) -> DeskAnswer:
        """End a pause for low quality."""
        ...

    def keep_sample(self, *, filename: str, mime_type: str, content: bytes) -> DeskAnswer:
        """Upload the sample of a header: `data` holds its `handle`."""
        ...


class Incomplete(RuntimeError):
    """A listing broke off; `sentence` says why. What was read so far must not count as everything."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def every_template(desk: TemplateDesk) -> Iterator[TemplateRecord]:
    """Every template of the account, page by page. Refuses: `Incomplete`, also when pages go round in a circle."""
    after, seen = "", set[str]()
    while True:
        answer = desk.page(after=after)
        if not answer.is_accepted:
            raise Incomplete(answer.sentence)
        yield from answer.data["templates"]
        after = answer.data["after"]
        if not after:
            return
        if after in seen:
            raise Incomplete("WhatsApp's list of templates did not come to an end.")
        seen.add(after)
