"""A stand-in for Meta's Graph API: takes our sends, checks them, answers with ids, and misbehaves on request.

Raw ASGI. What happens to an accepted message is the recorder's business: the product keeps it for the phone on the
screen and posts signed receipts (`phone.py`), the tests keep it in memory.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson

from conversations.transport.providers.simulator import (
    graph_media,
    graph_numbers,
    graph_templates,
    graph_uploads,
    rules,
)
from conversations.transport.providers.simulator.exchange import (
    Exchange,
    Receive,
    Scope,
    Send,
    send_json,
    send_octets,
    start,
)
from conversations.transport.providers.simulator.faults import Fault, Script
from conversations.transport.providers.simulator.payloads import new_wamid
from conversations.transport.providers.simulator.recorder import Call, Recorder
from conversations.transport.providers.simulator.shelf import MemoryShelf, Shelf

Json = dict[str, Any]


class StandInGraph:
    """The ASGI application."""

    def __init__(self, recorder: Recorder, script: Script | None = None, shelf: Shelf | None = None) -> None:
        self.recorder = recorder
        self.script = script or Script()
        self.shelf = shelf or MemoryShelf()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        exchange = Exchange(scope, receive, send)
        for pattern, handle in ROUTES:
            if match := pattern.search(exchange.path):
                await handle(self, exchange, match)
                return
        await exchange.json(404, rules.error_object(100, "Unknown path."))

    async def take_message(self, exchange: Exchange, phone_number_id: str) -> None:
        """`POST /<phone id>/messages`: take it, refuse it, or misbehave."""
        payload = await exchange.payload()
        if exchange.method != "POST":
            await exchange.json(405, rules.error_object(100, "Only POST."))
            return
        if isinstance(payload, dict) and payload.get("status") == "read":
            await self._take_glance(exchange, phone_number_id, payload)
            return
        send, call = exchange.send, _call(phone_number_id, payload, exchange.bearer)
        error, status = await self._error(call)
        fault = self.script.fault_for(phone_number_id) or await self.recorder.fault(phone_number_id)
        if fault is not None and fault.mode != "ok":
            await self._misbehave(fault, call, send)
        elif error is not None:
            await self.recorder.refused(call, error)
            await exchange.json(status, error)
        else:
            await self.recorder.accepted(call)
            await exchange.json(200, _answer(call))

    async def answer(self, exchange: Exchange, owner: str, act: Callable[[], Awaitable[tuple[int, Json]]]) -> None:
        """Answer a call that sends no message with the status and JSON of `act`, unless `owner` is to misbehave.

        With the faults `hang`, `reset`, `code` and `status` nothing was done; with the others it was, unheard.
        """
        fault = self.script.fault_for(owner)
        if fault is None or fault.mode == "ok":
            await exchange.json(*await act())
        elif fault.mode == "code":
            await exchange.json(fault.status or 400, rules.error_object(fault.code))
        elif fault.mode == "status":
            await exchange.json(fault.status or 503, {})
        else:
            if fault.mode not in ("hang", "reset"):
                await act()
            await asyncio.sleep(fault.seconds if "hang" in fault.mode else 0)
            _hang_up(exchange.send)

    async def _take_glance(self, exchange: Exchange, phone_number_id: str, payload: Json) -> None:
        """A read mark, perhaps with a typing indicator."""
        try:
            rules.check_glance(payload)
        except rules.Refused as refusal:
            await exchange.json(400, rules.error_object(refusal.code, refusal.details))
            return
        await self.recorder.seen(phone_number_id, payload)
        await exchange.json(200, {"success": True})

    async def _error(self, call: Call) -> tuple[Json | None, int]:
        if error := await self.recorder.admit(call.phone_number_id, call.access_token):
            return error, 401
        try:
            rules.check(call.payload)
            if call.payload.get("type") == "template":
                account = await self.recorder.account_of(call.phone_number_id)
                await graph_templates.check_send(self.shelf, account, call.payload)
        except rules.Refused as refusal:
            return rules.error_object(refusal.code, refusal.details), 400
        error = await self.recorder.forbidden(call)
        return error, 400 if error else 200

    async def _misbehave(self, fault: Fault, call: Call, send: Send) -> None:
        """Answer badly. Only `accept_then_hang`, `drip` and the odd answers take the message, as Meta might."""
        if fault.mode == "code":
            error = rules.error_object(fault.code)
            await self.recorder.refused(call, error)
            await send_json(send, fault.status or 400, error, retry_after=fault.retry_after)
            return
        if fault.mode in ("status", "reset", "hang"):
            await self.recorder.refused(call, {"fault": fault.mode})
        else:
            await self.recorder.accepted(call)
        await _BEHAVIOURS[fault.mode](fault, call, send)


def _call(phone_number_id: str, payload: Any, access_token: str) -> Call:
    known = payload if isinstance(payload, dict) else {}
    to = known.get("to")
    recipient = to.removeprefix("+") if isinstance(to, str) else str(known.get("recipient") or "")
    return Call(phone_number_id, recipient, known, access_token, new_wamid())


def _answer(call: Call) -> Json:
    to = call.payload.get("to")
    contact = {"input": to, "wa_id": call.recipient} if to else {"user_id": call.recipient}
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": call.wamid}]}


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


class Broken(ConnectionError):
    """Raised on purpose: the server drops the connection."""


async def _bare_status(fault: Fault, call: Call, send: Send) -> None:
    extra = [] if fault.retry_after is None else [(b"retry-after", b"%d" % fault.retry_after)]
    await start(send, fault.status or 503, b"text/html", 0, extra)
    await send({"type": "http.response.body", "body": b""})


async def _hang(fault: Fault, call: Call, send: Send) -> None:
    await asyncio.sleep(fault.seconds)
    _hang_up(send)


async def _reset(fault: Fault, call: Call, send: Send) -> None:
    _hang_up(send)


def _hang_up(send: Send) -> None:
    """Break the connection without a word, where the server lets us reach it (uvicorn does)."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise Broken
    transport.abort()


async def _drip(fault: Fault, call: Call, send: Send) -> None:
    body = orjson.dumps(_answer(call))
    await start(send, 200, b"application/json", len(body), [])
    for octet in body:
        await asyncio.sleep(fault.seconds)
        await send({"type": "http.response.body", "body": bytes([octet]), "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _reset_after_headers(fault: Fault, call: Call, send: Send) -> None:
    await start(send, 200, b"application/json", 500, [])
    await send({"type": "http.response.body", "body": b'{"mess', "more_body": True})
    _hang_up(send)


async def _truncated(fault: Fault, call: Call, send: Send) -> None:
    body = orjson.dumps(_answer(call))
    await send_octets(send, 200, body[: len(body) // 2])


async def _html(fault: Fault, call: Call, send: Send) -> None:
    await send_octets(send, 200, b"<html><body>Sorry, something went wrong.</body></html>", b"text/html")


async def _empty(fault: Fault, call: Call, send: Send) -> None:
    await send_octets(send, 200, b"")


async def _wrong_type(fault: Fault, call: Call, send: Send) -> None:
    await send_json(send, 200, [_answer(call)])


async def _missing_id(fault: Fault, call: Call, send: Send) -> None:
    await send_json(send, 200, {**_answer(call), "messages": [{}]})


_BEHAVIOURS: Final[dict[str, Callable[[Fault, Call, Send], Awaitable[None]]]] = {
    "status": _bare_status,
    "hang": _hang,
    "accept_then_hang": _hang,
    "drip": _drip,
    "reset": _reset,
    "reset_after_headers": _reset_after_headers,
    "truncated": _truncated,
    "html": _html,
    "empty": _empty,
    "wrong_type": _wrong_type,
    "missing_id": _missing_id,
}


Handler = Callable[[StandInGraph, Exchange, re.Match[str]], Awaitable[None]]


async def _messages(graph: StandInGraph, exchange: Exchange, match: re.Match[str]) -> None:
    await graph.take_message(exchange, match.group(1))


# The first pattern that fits the path answers; what belongs together has a module of its own (`graph_<topic>.py`).
ROUTES: Final[list[tuple[re.Pattern[str], Handler]]] = [
    (re.compile(r"/v\d+\.\d+/([\w.-]{1,64})/messages$"), _messages),
    (re.compile(r"/v\d+\.\d+/([\w.-]{1,64})/message_templates$"), graph_templates.collection),
    (re.compile(r"/v\d+\.\d+/(7700\d{12})(/unpause)?$"), graph_templates.item),
    (re.compile(r"/v\d+\.\d+/app/uploads$"), graph_uploads.announce),
    (re.compile(r"/v\d+\.\d+/(upload:[\w-]{1,64})$"), graph_uploads.take),
    (re.compile(r"/v\d+\.\d+/([\w.-]{1,64})/media$"), graph_media.take_file),
    (re.compile(r"/v\d+\.\d+/(5500\d{12})$"), graph_media.tell_of_file),
    (re.compile(r"/file/(5500\d{12})$"), graph_media.give_file),
    *graph_numbers.ROUTES,
]


async def standin_application(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI: the product's stand-in, for numbers with the provider `simulator` only; made when first asked for."""
    from conversations.transport.providers.simulator.phone import product_standin  # noqa: PLC0415 - needs the apps

    await product_standin()(scope, receive, send)
