"""A live event of one shop reaches no page of another, though both use the same names."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from django.db import connection

from conversations.transport.live import live_application
from tenants.context import inside
from tenants.live import announce, live_token, read_live_token
from tenants.models import Shop
from tests.tenants.two_shops import canary

pytestmark = pytest.mark.django_db(transaction=True)
EVENT = "thread-7001"


def announce_in(shop: Shop) -> None:
    with inside(shop):
        announce(EVENT, data={"text": canary(shop)})
    connection.close()


async def heard(token: str, shops: list[Shop], until: str) -> tuple[int, str]:
    """Status and text of a stream opened with `token`, while each shop announces the same event."""
    sent: list[MutableMapping[str, Any]] = []
    gone = asyncio.Event()

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    def text() -> str:
        return b"".join(message.get("body", b"") for message in sent).decode()

    scope = {"type": "http", "method": "GET", "headers": [], "query_string": f"t={token}".encode()}
    stream = asyncio.create_task(live_application(scope, receive, send))
    for _ in range(100):
        await asyncio.sleep(0.05)
        if stream.done() or until in text():
            break
        for shop in shops:
            await asyncio.to_thread(announce_in, shop)
    gone.set()
    await stream
    return int(sent[0]["status"]), text()


def test_each_shops_stream_carries_its_own_canary_only(amber: Shop, blue: Shop) -> None:
    for own, other in ((amber, blue), (blue, amber)):
        status, text = asyncio.run(heard(live_token(1, own.pk), [other, own], canary(own)))
        assert status == 200
        assert canary(own) in text
        assert canary(other) not in text


@pytest.mark.parametrize("bend", ["", "x", "nonsense", "swap"])
def test_a_bent_ticket_opens_no_stream(amber: Shop, blue: Shop, bend: str) -> None:
    token = live_token(1, amber.pk)
    if bend == "swap":
        head, _, tail = live_token(1, blue.pk).partition(":")
        bent = f"{head}:{token.partition(':')[2]}" if tail else token
    else:
        bent = f"{token}{bend}" if bend == "x" else bend
    assert asyncio.run(heard(bent, [], "never"))[0] == 401


def test_a_ticket_names_its_shop(amber: Shop) -> None:
    assert read_live_token(live_token(5, amber.pk)) == (5, amber.pk)
