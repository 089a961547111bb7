"""Files at the stand-in: taken by a form, found by id, fetched with the token from an address that lives five minutes."""

import asyncio
import base64
import hashlib
import re
import secrets
import time
from email.message import Message
from typing import TYPE_CHECKING, Any, Final

from conversations.transport.providers.simulator import rules
from conversations.transport.providers.simulator.exchange import Exchange, send_octets, start
from conversations.transport.providers.simulator.faults import Fault
from conversations.transport.providers.simulator.shelf import Thing
from conversations.transport.rules import media_rules

if TYPE_CHECKING:
    from conversations.transport.providers.simulator.standin import StandInGraph

Json = dict[str, Any]
KIND: Final = "media"
MEDIA_ID: Final = re.compile(r"5500\d{12}", re.ASCII)
ADDRESS_SECONDS: Final = 300
MOST_FORM_OCTETS: Final = 101 * 1024 * 1024
_PAGE: Final = b"<!DOCTYPE html><html><body>Sorry, this content is not available right now.</body></html>"


def new_media_id() -> str:
    """Digits, as Meta writes them; ours begin alike, so that a file's id is told from a number's."""
    return f"5500{secrets.randbelow(10**12):012d}"


def thing_of(owner: str, octets: bytes, *, mime_type: str, filename: str = "") -> Thing:
    """A file as the shelf keeps it; `owner` is the phone number id."""
    data = {
        "mime_type": mime_type,
        "filename": filename,
        "sha256": base64.b64encode(hashlib.sha256(octets).digest()).decode(),
        "file_size": len(octets),
    }
    return Thing(KIND, owner, new_media_id(), data, octets)


async def take_file(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`POST /<phone id>/media`."""
    owner = match.group(1)
    if error := await graph.recorder.admit(owner, exchange.bearer):
        await exchange.json(401, error)
        return
    if fault := graph.script.media_fault_for(owner, "media_code"):
        await exchange.json(fault.status or 400, rules.error_object(fault.code))
        return
    parts = form_parts(exchange.headers.get("content-type", ""), await exchange.body(limit=MOST_FORM_OCTETS))
    refusal = _refusal(parts)
    if refusal:
        await exchange.json(400, rules.error_object(100, refusal))
        return
    _type, filename, octets = parts["file"]
    thing = thing_of(owner, octets, mime_type=parts["type"][2].decode(), filename=filename)
    await graph.shelf.put(thing)
    await exchange.json(200, {"id": thing.key})


def _refusal(parts: dict[str, tuple[str, str, bytes]]) -> str:
    """Why Meta would not take the form; empty when it would."""
    if parts.get("messaging_product", ("", "", b""))[2] != b"whatsapp":
        return "The parameter messaging_product is required."
    if "file" not in parts or "type" not in parts:
        return "The parameters file and type are required."
    mime_type, _name, octets = parts["file"]
    plain = parts["type"][2].decode("latin-1").partition(";")[0].strip()
    if plain != mime_type.partition(";")[0].strip():
        return "The type of the file is not the one that was named."
    fits = [rule for rule in map(media_rules.outbound, media_rules.table()["outbound"]) if plain in rule.mime_types]
    if not fits:
        return f"Param file must be a file with one of the known types. Received {plain}."
    if not any(0 < len(octets) <= rule.most_octets for rule in fits):
        return "The file is empty or too large for its type."
    return ""


def form_parts(content_type: str, body: bytes) -> dict[str, tuple[str, str, bytes]]:
    """The parts of a multipart form by name: type, file name and octets."""
    found = re.search(r'boundary="?([\w\'()+,./:=?-]{1,70})', content_type)
    if not found:
        return {}
    parts: dict[str, tuple[str, str, bytes]] = {}
    for piece in body.split(b"--" + found[1].encode())[1:-1]:
        head, _, octets = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode("utf-8", "replace").split("\r\n") if ": " in line)
        named = {name.lower(): value for name, value in lines.items()}
        message = Message()
        message["content-disposition"] = named.get("content-disposition", "")
        name = str(message.get_param("name", "", "content-disposition"))
        parts[name] = (named.get("content-type", ""), str(message.get_filename("")), octets.removesuffix(b"\r\n"))
    return parts


async def tell_of_file(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`GET /<media id>`: where the file is; `DELETE` forgets it."""
    thing = await graph.shelf.get(KIND, match.group(1))
    if thing is None:
        await exchange.json(400, gone())
        return
    if error := await graph.recorder.admit(thing.owner, exchange.bearer):
        await exchange.json(401, error)
        return
    if exchange.method == "DELETE":
        await exchange.json(200, {"success": await graph.shelf.remove(KIND, thing.key)})
        return
    fault = graph.script.media_fault_for(thing.owner, "media_gone", "media_too_big", "media_code")
    if fault and fault.mode == "media_code":
        await exchange.json(fault.status or 400, rules.error_object(fault.code))
    elif (fault and fault.mode == "media_gone") or _is_anothers(exchange, thing):
        await exchange.json(400, gone())
    else:
        size = {"file_size": 120 * 1024 * 1024} if fault else {}
        about = {name: thing.data[name] for name in ("mime_type", "sha256", "file_size")} | size
        said = {"messaging_product": "whatsapp", "url": _address(exchange, thing), **about, "id": thing.key}
        await exchange.json(200, said)


def gone() -> Json:
    """What Meta says of an id it does not know."""
    return rules.error_object(100, "Unsupported get request. Object with that id does not exist.", subcode=33)


def _is_anothers(exchange: Exchange, thing: Thing) -> bool:
    return exchange.query.get("phone_number_id", thing.owner) != thing.owner


def _address(exchange: Exchange, thing: Thing) -> str:
    scheme = exchange.headers.get("x-forwarded-proto") or exchange.scope.get("scheme", "http")
    before = re.split(r"/v\d+\.\d+/", exchange.path)[0]
    ends = int(time.time()) + ADDRESS_SECONDS
    return f"{scheme}://{exchange.headers.get('host', '')}{before}/file/{thing.key}?oe={ends}"


async def give_file(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`GET` of the address: the octets for whoever has the token, and a page for anybody else."""
    thing = await graph.shelf.get(KIND, match.group(1))
    ends = exchange.query.get("oe", "")
    if thing is None or not ends.isdigit() or int(ends) < time.time():
        await send_octets(exchange.send, 404, _PAGE, b"text/html")
        return
    if await graph.recorder.admit(thing.owner, exchange.bearer):
        await send_octets(exchange.send, 401, _PAGE, b"text/html")
        return
    fault = graph.script.media_fault_for(
        thing.owner, "media_expired", "media_other", "media_page", "media_slow", "media_long", "media_redirect"
    )
    if fault:
        await _MISDEEDS[fault.mode](exchange, thing, fault)
    else:
        await send_octets(exchange.send, 200, thing.blob, thing.data["mime_type"].encode())


async def _expired(exchange: Exchange, thing: Thing, fault: Fault) -> None:
    await send_octets(exchange.send, 404, _PAGE, b"text/html")


async def _other(exchange: Exchange, thing: Thing, fault: Fault) -> None:
    await send_octets(exchange.send, 200, thing.blob[::-1] + b"!", thing.data["mime_type"].encode())


async def _page(exchange: Exchange, thing: Thing, fault: Fault) -> None:
    await send_octets(exchange.send, 200, _PAGE, b"text/html")


async def _slow(exchange: Exchange, thing: Thing, fault: Fault) -> None:
    await start(exchange.send, 200, thing.data["mime_type"].encode(), len(thing.blob), [])
    for octet in thing.blob:
        await asyncio.sleep(fault.seconds)
        await exchange.send({"type": "http.response.body", "body": bytes([octet]), "more_body": True})
    await exchange.send({"type": "http.response.body", "body": b""})


async def _long(exchange: Exchange, thing: Thing, fault: Fault) -> None:
    """More than was announced, without saying how much: until the other side has had enough."""
    await exchange.send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"video/mp4")]})
    piece = thing.blob.ljust(1 << 20, b"\0")
    for _ in range(200):
        await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
    await exchange.send({"type": "http.response.body", "body": b""})


async def _redirect(exchange: Exchange, thing: Thing, fault: Fault) -> None:
    await start(exchange.send, 302, b"text/html", 0, [(b"location", fault.url.encode())])
    await exchange.send({"type": "http.response.body", "body": b""})


_MISDEEDS: Final = {
    "media_expired": _expired,
    "media_other": _other,
    "media_page": _page,
    "media_slow": _slow,
    "media_long": _long,
    "media_redirect": _redirect,
}
