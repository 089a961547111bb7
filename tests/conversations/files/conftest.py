"""A bakery whose number is at a fake Graph API with a shelf of files."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conversations.files import moving
from conversations.files.models import MediaFile
from conversations.transport.providers.simulator.graph_media import thing_of
from conversations.transport.providers.simulator.shelf import Thing
from tests.fakes.graph import FakeGraph
from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery


@pytest.fixture(scope="session")
def running_graph() -> Iterator[FakeGraph]:
    with FakeGraph() as graph:
        yield graph


@pytest.fixture
def graph(running_graph: FakeGraph, bakery: Bakery, settings: Any, tmp_path: Path) -> FakeGraph:
    settings.WHATSAPP_GRAPH_URL = running_graph.url
    settings.MEDIA_ROOT = tmp_path / "media"
    running_graph.heal()
    running_graph.shelf.things.clear()
    running_graph.asked.clear()
    return running_graph


@pytest.fixture
def put(graph: FakeGraph, bakery: Bakery) -> Callable[..., Thing]:
    """`put(octets, "image/jpeg")`: a file WhatsApp keeps for the bakery's number."""

    def act(octets: bytes, mime_type: str, owner: str = "") -> Thing:
        thing = thing_of(owner or bakery.number.phone_number_id, octets, mime_type=mime_type)
        graph.shelf.things[thing.kind, thing.key] = thing
        return thing

    return act


@pytest.fixture
def receive(put: Callable[..., Thing], thandi: Customer) -> Callable[..., MediaFile]:
    """`receive(octets, "image/jpeg", kind="image")`: Thandi sends it; its row, not fetched yet."""

    def act(octets: bytes, mime_type: str, *, kind: str = "image", **more: Any) -> MediaFile:
        thing = put(octets, mime_type)
        thandi.sends(content(thing, kind, **more))
        return MediaFile.objects.latest("pk")

    return act


@pytest.fixture
def fetch(receive: Callable[..., MediaFile]) -> Callable[..., MediaFile]:
    """The same, and one try to fetch it."""

    def act(octets: bytes, mime_type: str, **more: Any) -> MediaFile:
        file = receive(octets, mime_type, **more)
        assert moving.move_one()
        file.refresh_from_db()
        return file

    return act


def content(thing: Thing, kind: str, **more: Any) -> dict[str, Any]:
    """Meta's typed part of a message with that file."""
    about = {"id": thing.key, "mime_type": thing.data["mime_type"], "sha256": thing.data["sha256"]}
    return {"type": kind, kind: about | more}
