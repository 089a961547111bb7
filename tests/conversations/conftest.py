"""The bakery of the journeys, for what is tested closer to the code, the wire of the simulator, and who looks at a chat."""

from collections.abc import Callable

import pytest
from django.test import Client

from conversations.models import Conversation
from tenants.models import Role, Shop
from tests.conversations.wire import wire
from tests.journeys.chat import Customer
from tests.journeys.conftest import bakery, person, thandi

__all__ = ["bakery", "person", "thandi", "wire"]


@pytest.fixture
def agent(client_of: Callable[..., Client], shop: Shop) -> Client:
    """A browser of an Agent of the shop, entered for the whole test."""
    return client_of(shop, Role.AGENT)


@pytest.fixture
def thread(thandi: Customer) -> Conversation:
    """Thandi's chat, after she said hi."""
    thandi.says("Hi")
    return thandi.thread
