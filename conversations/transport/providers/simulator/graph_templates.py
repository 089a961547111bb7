"""Templates at the stand-in: Meta's list, creation, edit, deletion, pause and review, kept on the shelf by account.

Ids begin with 7700, so that an address tells a template from other things. A review ends after the recorder's
`review_seconds`; one that was forgotten (the process ended) is made up for when the list is read next.
"""

import asyncio
import re
import secrets
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from conversations.transport.providers.simulator import rules, template_rules
from conversations.transport.providers.simulator.exchange import Exchange
from conversations.transport.providers.simulator.shelf import Shelf, Thing
from conversations.transport.providers.simulator.template_news import REVIEW, TEMPLATE, Told, reviewed, verdict_of
from conversations.transport.rules import template_limits as limits

if TYPE_CHECKING:
    from conversations.transport.providers.simulator.standin import StandInGraph

Json = dict[str, Any]
PAGE: Final = 25
MOST_PAGE: Final = 250
_later: set[asyncio.Task[None]] = set()


async def collection(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`/<WABA id>/message_templates`."""
    await graph.answer(exchange, match.group(1), partial(_collection, graph, exchange, match.group(1)))


async def _collection(graph: "StandInGraph", exchange: Exchange, account: str) -> tuple[int, Json]:
    if error := await graph.recorder.admit_account(account, exchange.bearer):
        return 400, error
    if exchange.method == "GET":
        return 200, await _page(graph, account, exchange.query)
    if exchange.method == "POST":
        return await _create(graph, account, await exchange.payload())
    if exchange.method == "DELETE":
        return await _delete(graph, account, exchange.query)
    return 405, rules.error_object(100, "Only GET, POST and DELETE.")


async def item(graph: "StandInGraph", exchange: Exchange, match: re.Match[str]) -> None:
    """`/<template id>` and `/<template id>/unpause`."""
    thing = await graph.shelf.get(TEMPLATE, match.group(1))
    if thing is None:
        await exchange.json(400, rules.error_object(100, "Object does not exist.", subcode=33))
        return
    await graph.answer(exchange, thing.owner, partial(_item, graph, exchange, thing, bool(match.group(2))))


async def _item(graph: "StandInGraph", exchange: Exchange, thing: Thing, is_unpause: bool) -> tuple[int, Json]:
    if error := await graph.recorder.admit_account(thing.owner, exchange.bearer):
        return 400, error
    if exchange.method == "GET":
        return 200, shown(thing)
    if is_unpause:
        return 200, {"success": await _unpause(graph, thing)}
    return await _edit(graph, thing, await exchange.payload())


async def check_send(shelf: Shelf, account: str, payload: Json) -> None:
    """Refuse a message of a template that Meta would not send; without an account nothing is looked at.

    Refuses: `rules.Refused`.
    """
    if not account:
        return
    sent = payload["template"]
    code = (sent.get("language") or {}).get("code") if isinstance(sent.get("language"), dict) else None
    for thing in await shelf.of(TEMPLATE, account):
        if (thing.data["name"], thing.data["language"]) == (sent.get("name"), code):
            if thing.data.get("category") == "AUTHENTICATION" and not payload.get("to"):
                raise rules.Refused(131062, "Authentication templates need a phone number.")
            template_rules.check_sent(thing.data, sent)
            return
    raise rules.Refused(132001, f"template name ({sent.get('name')}) does not exist in {code}")


def shown(thing: Thing) -> Json:
    """Meta's record of a template, without what only the stand-in knows."""
    return {name: value for name, value in thing.data.items() if not name.startswith("_")}


async def _page(graph: "StandInGraph", account: str, query: dict[str, str]) -> Json:
    things = [await _made_up_for(graph, thing) for thing in await graph.shelf.of(TEMPLATE, account)]
    for name in ("name", "status", "language", "category"):
        if wanted := query.get(name):
            things = [thing for thing in things if thing.data[name] == wanted]
    size = min(int(query["limit"]) if query.get("limit", "").isdigit() else PAGE, MOST_PAGE)
    after = query.get("after", "")
    start = next((place + 1 for place, thing in enumerate(things) if thing.key == after), 0)
    part = things[start : start + size]
    answer: Json = {"data": [shown(thing) for thing in part]}
    if part:
        answer["paging"] = {"cursors": {"before": part[0].key, "after": part[-1].key}}
        if start + size < len(things):
            answer["paging"]["next"] = f"https://graph.example/{account}/message_templates?after={part[-1].key}"
    return answer


async def _create(graph: "StandInGraph", account: str, wish: Any) -> tuple[int, Json]:
    try:
        data = _submitted(wish)
    except template_rules.BadTemplate as refusal:
        return 400, template_rules.bad_template(refusal.subcode)
    except rules.Refused as refusal:
        return 400, rules.error_object(refusal.code, refusal.details)
    kept = await graph.shelf.of(TEMPLATE, account)
    if len(kept) >= limits.most("templates_per_account"):
        return 400, template_rules.bad_template(2388019)
    same = [thing for thing in kept if _same(thing, data["name"], data["language"])]
    if same:
        return 400, template_rules.bad_template(2388024)
    if await graph.shelf.get("template_gone", f"{account}/{data['name']}/{data['language']}"):
        return 400, template_rules.bad_template(2388023)
    key = f"7700{secrets.randbelow(10**12):012d}"
    thing = Thing(TEMPLATE, account, key, {"id": key, **data})
    await graph.shelf.put(thing)
    _review_later(graph, thing)
    return 200, {"id": key, "status": "PENDING", "category": data["category"]}


def _same(thing: Thing, name: str, language: str) -> bool:
    return (thing.data["name"], thing.data["language"]) == (name, language)


def _submitted(wish: Any) -> Json:
    """The new record of a wish. Refuses: `BadTemplate`, `Refused`."""
    if not isinstance(wish, dict):
        raise rules.Refused(100, "The body is no object.")
    name, language, category = (str(wish.get(key, "")) for key in ("name", "language", "category"))
    if not re.fullmatch(limits.table()["name_pattern"], name) or len(name) > limits.most("name"):
        raise rules.Refused(100, "The name is not valid.")
    if language not in limits.languages() or category not in limits.table()["categories"]:
        raise rules.Refused(100, "The language or the category is not known.")
    _check_ttl(wish, category)
    template_rules.check_submitted(wish)
    kept = ("components", "parameter_format", "message_send_ttl_seconds")
    known = {key: wish[key] for key in kept if wish.get(key) is not None}
    record = {"name": name, "language": language, "category": category, "status": "PENDING", **known}
    return {**record, "rejected_reason": "NONE", "quality_score": {"score": "UNKNOWN"}, "_since": time.time()}


def _check_ttl(wish: Json, category: str) -> None:
    ttl = wish.get("message_send_ttl_seconds")
    least, longest = limits.ttl_range(category)
    if ttl is not None and ttl != limits.most("ttl_full") and not least <= ttl <= longest:
        raise rules.Refused(100, f"message_send_ttl_seconds must be between {least} and {longest}.")


async def _edit(graph: "StandInGraph", thing: Thing, wish: Any) -> tuple[int, Json]:
    if thing.data["status"].lower() not in limits.table()["editable"]:
        return 400, template_rules.bad_template(2388039)
    if not isinstance(wish, dict) or (thing.data["status"] == "APPROVED" and _is_edited_too_often(thing)):
        return 400, template_rules.bad_template(2388039)
    try:
        data = _submitted({**thing.data, **wish})
    except template_rules.BadTemplate as refusal:
        return 400, template_rules.bad_template(refusal.subcode)
    except rules.Refused as refusal:
        return 400, rules.error_object(refusal.code, refusal.details)
    if thing.data["status"] == "APPROVED" and data["category"] != thing.data["category"]:
        return 400, template_rules.bad_template(2388039)
    edits = [*thing.data.get("_edits", []), time.time()] if thing.data["status"] == "APPROVED" else []
    changed = Thing(TEMPLATE, thing.owner, thing.key, {"id": thing.key, **data, "_edits": edits})
    await graph.shelf.put(changed)
    _review_later(graph, changed)
    return 200, {"success": True}


def _is_edited_too_often(thing: Thing) -> bool:
    edits = [at for at in thing.data.get("_edits", []) if at > time.time() - limits.most("month_days") * 86_400]
    today = [at for at in edits if at > time.time() - 86_400]
    return len(today) >= limits.most("edits_per_day") or len(edits) >= limits.most("edits_per_month")


async def _delete(graph: "StandInGraph", account: str, query: dict[str, str]) -> tuple[int, Json]:
    name, key = query.get("name", ""), query.get("hsm_id", "")
    kept = [thing for thing in await graph.shelf.of(TEMPLATE, account) if thing.data["name"] == name]
    wanted = [thing for thing in kept if key in ("", thing.key)]
    if not wanted:
        return 400, rules.error_object(100, "Message template does not exist.")
    if any(thing.data["status"] == "DISABLED" for thing in wanted):
        return 400, rules.error_object(100, "A disabled template cannot be deleted.")
    for thing in wanted:
        await graph.shelf.remove(TEMPLATE, thing.key)
        if thing.data["status"] == "APPROVED":
            gone = f"{account}/{name}/{thing.data['language']}"
            await graph.shelf.put(Thing("template_gone", account, gone))
    return 200, {"success": True}


async def _unpause(graph: "StandInGraph", thing: Thing) -> bool:
    if thing.data["status"] != "PAUSED":
        return False
    told = reviewed(thing, "APPROVED", info={"title": "UNPAUSE"})
    await _tell(graph, told)
    return True


def _review_later(graph: "StandInGraph", thing: Thing) -> None:
    task = asyncio.create_task(_review(graph, thing.key, graph.recorder.review_seconds))
    _later.add(task)
    task.add_done_callback(_later.discard)


async def _review(graph: "StandInGraph", key: str, seconds: float) -> None:
    await asyncio.sleep(seconds)
    thing = await graph.shelf.get(TEMPLATE, key)
    if thing is not None and thing.data["status"] == "PENDING":
        await _decide(graph, thing)


async def _decide(graph: "StandInGraph", thing: Thing) -> Thing:
    switch = await graph.shelf.get(REVIEW, thing.owner)
    told = verdict_of(thing, str(switch.data.get("verdict", "")) if switch else "")
    if told is None:
        return thing
    await _tell(graph, told)
    return told.thing


async def _made_up_for(graph: "StandInGraph", thing: Thing) -> Thing:
    """A template whose review should long be over."""
    is_late = thing.data["status"] == "PENDING" and thing.data.get("_since", 0) < time.time() - 60
    return await _decide(graph, thing) if is_late else thing


async def _tell(graph: "StandInGraph", told: Told) -> None:
    await graph.shelf.put(told.thing)
    await graph.recorder.news(told.thing.owner, told.field, told.value)
