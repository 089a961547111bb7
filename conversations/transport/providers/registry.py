"""Which provider a number speaks through."""

from typing import Final

from conversations.transport.providers.base import Provider
from conversations.transport.providers.meta_cloud import errors
from conversations.transport.providers.meta_cloud.provider import MetaCloud
from conversations.transport.providers.simulator.provider import Simulator

_PROVIDERS: Final[dict[str, Provider]] = {"meta_cloud": MetaCloud(), "simulator": Simulator()}


class UnknownProvider(LookupError):
    """No such provider is built in."""


def provider(name: str) -> Provider:
    """The provider called `name` (`meta_cloud`, `simulator`). Refuses: `UnknownProvider`."""
    try:
        return _PROVIDERS[name]
    except KeyError as problem:
        raise UnknownProvider(name) from problem


def sentence_for(code: int) -> str:
    """What an operator reads about an error code of WhatsApp, whichever provider passed it on."""
    return errors.sentence_for(code)
