"""Samples for templates at the stand-in: announced at `/app/uploads`, sent to the session, answered with a handle."""

import re
import secrets
from typing import TYPE_CHECKING, Any, Final

from conversations.transport.providers.simulator import rules
from conversations.transport.providers.simulator.exchange import Exchange
from conversations.transport.providers.simulator.shelf import Thing

if TYPE_CHECKING:
    from conversations.transport.providers.simulator.standin import StandInGraph

Json = dict[str, Any]
SESSION: Final = "upload_session"
SAMPLE: Final = "upload_sample"
MOST_OCTETS: Final = 100 * 1024 * 1024
_TYPES: Final = ("image/jpeg", "image/png", "video/mp4", "video/3gpp", "application/pdf")


async def announce(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`POST /app/uploads`: a session for a file of this type and length."""
    query = exchange.query
    if query.get("file_type") not in _TYPES or not query.get("file_length", "").isdigit():
        await exchange.json(400, rules.error_object(100, "file_type or file_length is not valid."))
        return
    key = f"upload:{secrets.token_urlsafe(24)}"
    await graph.shelf.put(Thing(SESSION, "app", key, {"length": int(query["file_length"]), "type": query["file_type"]}))
    await exchange.json(200, {"id": key})


async def take(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`POST /upload:…`: the file itself, in one piece."""
    session = await graph.shelf.get(SESSION, match.group(1))
    if session is None or not exchange.headers.get("authorization", "").startswith("OAuth "):
        await exchange.json(400, rules.error_object(100, "The upload session is not known."))
        return
    content = await exchange.body(limit=MOST_OCTETS)
    if len(content) != session.data["length"]:
        await exchange.json(400, rules.error_object(100, "The file has another length than was announced."))
        return
    handle = f"4::{secrets.token_urlsafe(32)}"
    await graph.shelf.put(Thing(SAMPLE, "app", handle, {"type": session.data["type"]}))
    await graph.shelf.remove(SESSION, session.key)
    await exchange.json(200, {"h": handle})
