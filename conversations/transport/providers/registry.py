"""Which provider a number speaks through."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from conversations.transport.providers.account_reader import AccountReader
from conversations.transport.providers.base import Preference, Provider, Verdict
from conversations.transport.providers.dialog360.provider import Dialog360
from conversations.transport.providers.meta_cloud import errors, news_words, preferences
from conversations.transport.providers.meta_cloud.account_news import MetaAccountReader
from conversations.transport.providers.meta_cloud.provider import MetaCloud
from conversations.transport.providers.meta_cloud.template_parts import MetaTemplateParts
from conversations.transport.providers.simulator.provider import Simulator
from conversations.transport.providers.template_parts import TemplateParts

_PROVIDERS: Final[dict[str, Provider]] = {
    "meta_cloud": MetaCloud(),
    "dialog360": Dialog360(),
    "simulator": Simulator(),
}


_ACCOUNT_READER: Final[AccountReader] = MetaAccountReader()
_TEMPLATE_PARTS: Final[TemplateParts] = MetaTemplateParts()


class UnknownProvider(LookupError):
    """No such provider is built in."""


def provider(name: str) -> Provider:
    """The provider called `name` (`meta_cloud`, `dialog360`, `simulator`). Refuses: `UnknownProvider`."""
    try:
        return _PROVIDERS[name]
    except KeyError as problem:
        raise UnknownProvider(name) from problem


def verdict_on(code: int) -> Verdict:
    """What an error code of WhatsApp means, whichever provider passed it on."""
    return errors.verdict_on(code)


def sentence_for(code: int) -> str:
    """What an operator reads about an error code of WhatsApp."""
    return errors.sentence_for(code)


def codes_to(actions: frozenset[str]) -> frozenset[str]:
    """The codes after which an operator can do one of these things, as `Fix.action` names them."""
    return errors.codes_to(actions)


def known_codes() -> Collection[int]:
    """WhatsApp's error codes of which we know what they mean."""
    return errors.known_codes()


def tries_by_code() -> Mapping[str, int]:
    """How often a message is tried in all, for the codes that say so themselves."""
    return errors.tries_by_code()


def account_reader() -> AccountReader:
    """Who reads what WhatsApp tells of numbers and accounts, whichever provider passed it on."""
    return _ACCOUNT_READER


def template_parts() -> TemplateParts:
    """Who reads and writes what a template says, whichever provider keeps it."""
    return _TEMPLATE_PARTS


def preferences_in(value: dict[str, Any]) -> Iterator[Preference]:
    """Who wants offers and who does not, as a change of `user_preferences` says."""
    return preferences.preferences_in(value)


def news_in_words(field: str, value: dict[str, Any]) -> tuple[str, str]:
    """What news about a number is about and what it says, for people."""
    return news_words.in_words(field, value)
