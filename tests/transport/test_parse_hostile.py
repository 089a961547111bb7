"""Recorded bodies spoilt in every way a hand or a program could think of: one element may be lost, never its neighbours."""

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.intake import as_jsonb
from conversations.transport.providers.base import BadBody
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.types import ParsedBody
from tests.payloads import recorded, recorded_names

NAMES = recorded_names()
NEIGHBOUR = {"from": "27820009999", "id": "wamid.NEIGHBOUR", "timestamp": "1790000000", "type": "text"}
DEEP: Any = None
for _ in range(200):
    DEEP = [DEEP]
HOSTILE = [
    None, True, False, 0, -1, 10**18, 2**70, 1e308, "", "\x00", "\ud800", "a\x00\u202eb", "²", "9" * 5000, "x" * 70_000,
    [], {}, [[]], [None], {"": ""}, {"id": {}}, DEEP, [{"id": None}] * 3, "NaN", -0.0,
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a body."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def spoilt(document: Any, path: tuple[Any, ...], bad: Any) -> Any:
    """A copy with something else at `path`."""
    if not path:
        return bad
    result = copy.deepcopy(document)
    at = result
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = bad
    return result


def with_neighbour(name: str) -> Any:
    """A recorded body and, in a change of its own behind it, a message that must arrive."""
    document = json.loads(recorded(name))
    message = {**NEIGHBOUR, "text": {"body": "I am here"}}
    value = {"metadata": {"phone_number_id": "1"}, "messages": [message]}
    document["entry"].append({"id": "w", "changes": [{"field": "messages", "value": value}]})
    return document


def read(document: Any) -> ParsedBody | None:
    """What is read of it; None when the body as a whole is none. Nothing else may be raised."""
    return read_octets(json.dumps(document, allow_nan=True).encode("utf-8", "surrogatepass"))


def read_octets(raw: bytes) -> ParsedBody | None:
    """The same of octets: what is found can be kept and has a key."""
    try:
        found = parse(raw)
    except BadBody:
        return None
    assert "\\u0000" not in as_jsonb([event.data for event in found.events])
    assert all(event.event_key and len(event.event_key) <= 320 for event in found.events)
    return found


def is_a_body(document: Any) -> bool:
    """Whether a document is one of Meta's as a whole: finite JSON with a list of entries, whatever these are."""
    try:
        json.dumps(document, allow_nan=False)
    except ValueError:
        return False
    return isinstance(document, dict) and isinstance(document.get("entry"), list)


def as_python_reads(raw: bytes) -> Any:
    """What another reader makes of the octets; None where it is no JSON."""
    try:
        return json.loads(raw.decode("utf-8", "replace"))
    except ValueError:
        return None


def has_neighbour(found: ParsedBody | None) -> bool:
    return found is not None and any(event.event_key == "msg:wamid.NEIGHBOUR" for event in found.events)


@pytest.mark.parametrize("name", NAMES)
def test_any_value_in_any_place_costs_its_own_element_only(name: str) -> None:
    document = with_neighbour(name)
    dice = random.Random(name)
    inside = [place for place in places(document) if len(place) > 1 and place[:2] != ("entry", 1)]
    assert inside
    for place in inside:
        bad = dice.choice([each for each in HOSTILE if each != 2**70])
        assert has_neighbour(read(spoilt(document, place, bad))), (place, bad)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), name=st.sampled_from(NAMES))
def test_whatever_is_changed_a_body_is_read_and_nothing_else_is(data: st.DataObject, name: str) -> None:
    document = with_neighbour(name)
    anything = st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=40),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
        max_leaves=12,
    )
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.sampled_from(places(document)))
        document = spoilt(document, place, data.draw(anything | st.sampled_from(HOSTILE)))
    assert (read(document) is not None) == is_a_body(document)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), name=st.sampled_from(NAMES))
def test_torn_and_scribbled_bytes_are_read_while_they_are_a_body_and_else_refused(
    data: st.DataObject, name: str
) -> None:
    raw = bytearray(recorded(name))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(1, len(raw)))
    for torn in (bytes(raw), bytes(raw[:end])):
        assert (read_octets(torn) is not None) == is_a_body(as_python_reads(torn))


@pytest.mark.parametrize(
    "key", ["message_echoes", "history", "messages", "statuses", "errors", "state_sync", "contacts"]
)
@pytest.mark.parametrize("field", ["messages", "smb_message_echoes", "history", "standby", "smb_app_state_sync"])
def test_of_many_elements_in_any_array_only_the_odd_one_is_missing(field: str, key: str) -> None:
    good = [
        {**NEIGHBOUR, "to": "27820009999", "id": f"wamid.{n}", "status": "sent", "text": {"body": "x"}, "code": n}
        for n in range(20)
    ]
    whole = parse(_one(field, key, good))
    good[6] = {"id": {"deep": DEEP}, "timestamp": "never"}
    broken = parse(_one(field, key, good))

    lost = len(whole.events) - len(broken.events)
    assert lost == len(broken.bad) <= 1


def _one(field: str, key: str, elements: list[Any]) -> bytes:
    value = {"metadata": {"phone_number_id": "1"}, key: elements}
    return json.dumps({"entry": [{"id": "w", "changes": [{"field": field, "value": value}]}]}).encode()


@pytest.mark.parametrize(
    "answers",
    ["", "null", "[]", "NaN", "[" * 5000, '{"a":' + "9" * 5000 + "}", '{"a":"\\u0000\\ud800"}', '{"a":NaN}', "\x00"],
    ids=range(9),
)
def test_the_json_inside_a_form_is_trusted_no_more(answers: str) -> None:
    document = json.loads(recorded("flow_reply"))
    message = document["entry"][0]["changes"][0]["value"]["messages"][0]
    message["interactive"]["nfm_reply"]["response_json"] = answers

    (event,) = parse(json.dumps(document).encode()).events

    assert event.data["kind"] == "form"
    assert set(event.data["details"]) & {"raw", "fields"}
    as_jsonb(event.data)
