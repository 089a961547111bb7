"""Numbers at the stand-in: their fields, their account's list, the app's subscription, the token, PIN and registration;
and 360dialog's way to the same, under a prefix of its own. What was changed lies on the shelf by phone number id."""

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from conversations.transport.providers.simulator import rules
from conversations.transport.providers.simulator.exchange import Exchange
from conversations.transport.providers.simulator.shelf import Thing

if TYPE_CHECKING:
    from conversations.transport.providers.simulator.standin import StandInGraph

Json = dict[str, Any]
NUMBER, SUBSCRIPTION, TOKEN, HOOK = "number", "subscription", "token", "webhook"
APP_ID: Final = "770000000000001"
SCOPES: Final = ("whatsapp_business_management", "whatsapp_business_messaging")
CALM: Final[Json] = {
    "status": "CONNECTED",
    "quality_rating": "GREEN",
    "name_status": "APPROVED",
    "platform_type": "CLOUD_API",
    "is_on_biz_app": False,
    "throughput": {"level": "STANDARD"},
    "code_verification_status": "VERIFIED",
    "whatsapp_business_manager_messaging_limit": "TIER_2K",
}
_BAD_PIN: Final = "The PIN must have six digits."
NOT_SUBSCRIBED: Final = "Before an override the app has to be subscribed."
LONGEST_ADDRESS: Final = 200


async def fields_of(graph: "StandInGraph", phone_number_id: str) -> Json:
    """What the number's own address answers."""
    thing = await graph.shelf.get(NUMBER, phone_number_id)
    return {"id": phone_number_id, **CALM, **await _known(graph, phone_number_id), **(thing.data if thing else {})}


async def _known(graph: "StandInGraph", phone_number_id: str) -> Json:
    """The number's phone and name, where the recorder knows numbers."""
    told = getattr(graph.recorder, "number_facts", None)
    return await told(phone_number_id) if told else {}


async def number(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`/<phone number id>`: its fields; a POST sets the PIN, or an address for this number alone."""
    await graph.answer(exchange, match.group(1), partial(_number, graph, exchange, match.group(1)))


async def _number(graph: "StandInGraph", exchange: Exchange, pnid: str) -> tuple[int, Json]:
    if error := await _refusal(graph, exchange, pnid):
        return 400, error
    if exchange.method == "GET":
        return 200, await _with_addresses(graph, pnid, await fields_of(graph, pnid))
    payload = await exchange.payload()
    if isinstance(payload, dict) and "webhook_configuration" in payload:
        return await _lead(graph, pnid, payload["webhook_configuration"])
    return await _take_pin(graph, payload, pnid)


async def _lead(graph: "StandInGraph", pnid: str, wish: Any) -> tuple[int, Json]:
    """Take an address for this number alone, once its account has an app; an empty one takes the older one away."""
    address = wish.get("override_callback_uri") if isinstance(wish, dict) else None
    if not isinstance(address, str) or len(address) > LONGEST_ADDRESS:
        return 400, rules.error_object(100, "override_callback_uri is not valid.")
    if address and await graph.shelf.get(SUBSCRIPTION, await _account_of(graph, pnid)) is None:
        return 400, rules.error_object(100, NOT_SUBSCRIBED)
    await change(graph, pnid, webhook_configuration={"phone_number": address} if address else {})
    return 200, {"success": True}


async def _with_addresses(graph: "StandInGraph", pnid: str, fields: Json) -> Json:
    """The fields and where webhooks go: what was set for the number, and for its account."""
    kept = await graph.shelf.get(SUBSCRIPTION, await _account_of(graph, pnid))
    address = kept.data.get("override_callback_uri") if kept else None
    of_account = {"whatsapp_business_account": address} if address else {}
    return {**fields, "webhook_configuration": {**of_account, **fields.get("webhook_configuration", {})}}


async def _account_of(graph: "StandInGraph", pnid: str) -> str:
    thing = await graph.shelf.get(NUMBER, pnid)
    return (thing.owner if thing else "") or await graph.recorder.account_of(pnid)


async def register(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`/<phone number id>/register`."""
    await graph.answer(exchange, match.group(1), partial(_register, graph, exchange, match.group(1)))


async def _register(graph: "StandInGraph", exchange: Exchange, pnid: str) -> tuple[int, Json]:
    if error := await _refusal(graph, exchange, pnid):
        return 400, error
    return await _take_pin(graph, await exchange.payload(), pnid, status="CONNECTED")


async def _take_pin(graph: "StandInGraph", payload: Any, pnid: str, **more: str) -> tuple[int, Json]:
    pin = payload.get("pin") if isinstance(payload, dict) else None
    if not isinstance(pin, str) or not re.fullmatch(r"[0-9]{6}", pin):
        return 400, rules.error_object(100, _BAD_PIN)
    await change(graph, pnid, is_pin_enabled=True, **more)
    return 200, {"success": True}


async def change(graph: "StandInGraph", phone_number_id: str, **fields: Any) -> None:
    """The number answers these fields from now on."""
    thing = await graph.shelf.get(NUMBER, phone_number_id)
    data = {**(thing.data if thing else {}), **fields}
    await graph.shelf.put(Thing(NUMBER, thing.owner if thing else "", phone_number_id, data))


async def listing(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`/<WABA id>/phone_numbers`, in pages of 25 as Meta gives them."""
    await graph.answer(exchange, match.group(1), partial(_listing, graph, exchange, match.group(1)))


async def _listing(graph: "StandInGraph", exchange: Exchange, account: str) -> tuple[int, Json]:
    if error := await graph.recorder.admit_account(account, exchange.bearer):
        return 400, error
    told = getattr(graph.recorder, "numbers_in", None)
    ids = list(await told(account)) if told else []
    ids += [thing.key for thing in await graph.shelf.of(NUMBER, account) if thing.key not in ids]
    start = int(exchange.query.get("after") or 0)
    page = ids[start : start + 25]
    more = {"paging": {"cursors": {"after": str(start + 25)}}} if len(ids) > start + 25 else {}
    return 200, {"data": [{"id": pnid} for pnid in page], **more}


async def subscription(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`/<WABA id>/subscribed_apps`."""
    await graph.answer(exchange, match.group(1), partial(_subscription, graph, exchange, match.group(1)))


async def _subscription(graph: "StandInGraph", exchange: Exchange, account: str) -> tuple[int, Json]:
    if error := await graph.recorder.admit_account(account, exchange.bearer):
        return 400, error
    known = await graph.shelf.get(SUBSCRIPTION, account)
    if exchange.method == "POST":
        payload = await exchange.payload()
        address = payload.get("override_callback_uri") if isinstance(payload, dict) else None
        if address and known is None:
            return 400, rules.error_object(100, NOT_SUBSCRIBED)
        # Without an address the wish takes an older one away.
        data = {"override_callback_uri": str(address)} if address else {}
        await graph.shelf.put(Thing(SUBSCRIPTION, account, account, data))
    elif exchange.method == "DELETE":
        await graph.shelf.remove(SUBSCRIPTION, account)
    else:
        app = {"whatsapp_business_api_data": {"id": APP_ID, "name": "ShopMe"}}
        return 200, {"data": [{**known.data, **app}] if known else []}
    return 200, {"success": True}


async def debug_token(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`/debug_token`: what a token may do, unless it was expired here."""
    asked = exchange.query.get("input_token", "")
    thing = await graph.shelf.get(TOKEN, asked)
    data: Json = {"app_id": APP_ID, "is_valid": True, "expires_at": 0, "scopes": list(SCOPES)}
    await exchange.json(200, {"data": {**data, **(thing.data if thing else {})}})


async def dialog360_hook(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`/d360/v1/configs/webhook`: where this key's number sends to."""
    key = exchange.headers.get("d360-api-key", "")
    if not key or await graph.shelf.get(TOKEN, key) is not None:
        await exchange.json(401, {"meta": {"success": False, "developer_message": "Invalid api key"}})
        return
    if exchange.method == "POST":
        payload = await exchange.payload()
        await graph.shelf.put(Thing(HOOK, key, key, payload if isinstance(payload, dict) else {}))
    thing = await graph.shelf.get(HOOK, key)
    await exchange.json(200, thing.data if thing else {"url": ""})


async def dialog360_messages(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`/d360/messages`: the key selects the number."""
    await graph.take_message(exchange, exchange.headers.get("d360-api-key", ""))


async def _refusal(graph: "StandInGraph", exchange: Exchange, pnid: str) -> Json | None:
    """Why this token may not look at this number."""
    if (thing := await graph.shelf.get(TOKEN, exchange.bearer)) and thing.data.get("is_valid") is False:
        return rules.error_object(190)
    return await graph.recorder.admit(pnid, exchange.bearer)


# After everything that is no number: the last pattern fits any id.
ROUTES: Final = (
    (re.compile(r"/d360/messages$"), dialog360_messages),
    (re.compile(r"/d360/v1/configs/webhook$"), dialog360_hook),
    (re.compile(r"/v\d+\.\d+/(debug_token)$"), debug_token),
    (re.compile(r"/v\d+\.\d+/([\w.-]{1,64})/phone_numbers$"), listing),
    (re.compile(r"/v\d+\.\d+/([\w.-]{1,64})/subscribed_apps$"), subscription),
    (re.compile(r"/v\d+\.\d+/([\w.-]{1,64})/register$"), register),
    (re.compile(r"/v\d+\.\d+/([\w.-]{1,64})$"), number),
)
