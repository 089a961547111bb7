"""Amber with a number at a fake Meta that keeps templates."""

from collections.abc import Iterator

import pytest

from conversations.templates.accounts import Account, account_with
from tenants.models import Shop, User, WhatsAppNumber
from tenants.services.numbers import add_number
from tests.fakes.graph import FakeGraph

WABA = "102290129340398"


@pytest.fixture
def graph(settings: object) -> Iterator[FakeGraph]:
    with FakeGraph() as graph:
        settings.WHATSAPP_GRAPH_URL = graph.url  # type: ignore[attr-defined]
        graph.recorder.accounts["106540352242922"] = WABA
        yield graph


@pytest.fixture
def number(shop: Shop) -> WhatsAppNumber:
    return add_number(
        shop=shop,
        provider="meta_cloud",
        phone="+27215550100",
        phone_number_id="106540352242922",
        waba_id=WABA,
        token="a-token",
    ).number


@pytest.fixture
def account(shop: Shop, number: WhatsAppNumber, graph: FakeGraph) -> Account:
    return account_with(shop, WABA)


@pytest.fixture
def manager(shop: Shop) -> User:
    return User.objects.create_user("manager@amber.example", name="Mo Manager")
