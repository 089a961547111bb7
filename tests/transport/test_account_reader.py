"""What Meta tells of numbers and accounts, read into our own words: other rooms never see its keys."""

import re
from pathlib import Path
from typing import Any

import pytest

from conversations.transport.providers.account_reader import Ban, Concerned, Limit
from conversations.transport.providers.registry import account_reader

ODD: tuple[Any, ...] = (None, True, 7, 1.5, "x", [], ["x", {}], {}, {"a": []})
KEYS = (
    "alert_info", "ban_info", "current_limit", "decision", "disable_info", "disconnection_info", "display_phone_number",
    "entity_id", "entity_type", "event", "max_daily_conversations_per_business", "message_template_element",
    "message_template_id", "other_info", "reason", "rejection_info", "rejection_reason", "requested_verified_name",
    "restriction_info", "state_sync", "violation_info", "volume_tier_info", "waba_info",
)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("TIER_2K", Limit("TIER_2K", 2000)),
        ("tier_unlimited", Limit("TIER_UNLIMITED", -1)),
        ("TIER_NOT_SET", Limit("TIER_NOT_SET", None)),
        (10000, Limit("TIER_10K", 10000)),
        ("-1", Limit("TIER_UNLIMITED", -1)),
        (777, Limit("", 777)),
        (True, Limit("TRUE", None)),
        (None, Limit("", None)),
    ],
)
def test_a_limit_is_a_name_or_a_number(written: object, told: Limit) -> None:
    assert account_reader().limit(written) == told


@pytest.mark.parametrize(
    ("event", "quality"), [("FLAGGED", "RED"), ("UNFLAGGED", "GREEN"), ("UPGRADE", ""), ("DOWNGRADE", "")]
)
def test_a_limit_that_rose_or_fell_says_nothing_of_the_quality(event: str, quality: str) -> None:
    told = account_reader().quality({"event": event, "current_limit": "TIER_2K"})
    assert (told.quality, told.is_fast, told.limit) == (quality, False, Limit("TIER_2K", 2000))


def test_whom_news_concerns() -> None:
    reader = account_reader()
    assert reader.concerned({"waba_info": {"waba_id": "77"}}) == Concerned(waba_id="77")
    assert reader.concerned({"display_phone_number": "+27 11 000-1000"}) == Concerned(digits="27110001000")
    assert reader.concerned({"entity_type": "PHONE_NUMBER", "entity_id": 55}) == Concerned(phone_number_id="55")
    assert reader.concerned({"entity_type": "WABA", "entity_id": 55}) == Concerned()


def test_an_update_tells_only_the_parts_that_are_there() -> None:
    reader = account_reader()
    lost = reader.update({"event": "PARTNER_REMOVED", "disconnection_info": {"reason": "CHANGE_NUMBER"}})
    assert (lost.is_connected, lost.is_ours) == (False, None)
    assert lost.lost == "The number was changed in the WhatsApp Business app."
    lifted = reader.update({"event": "ACCOUNT_RESTRICTION", "restriction_info": []})
    assert (lifted.restrictions, lifted.ban, lifted.is_connected) == ((), None, None)
    ban = reader.update({"ban_info": {"waba_ban_state": "SOMETHING_NEW"}}).ban
    assert ban is not None
    assert (ban.state, ban.word) == (Ban.OTHER, "SOMETHING_NEW")
    assert reader.update({}).restrictions is None


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_odd_shapes_give_empty_facts_and_no_error(odd: Any) -> None:
    reader, value = account_reader(), dict.fromkeys(KEYS, odd)
    for read in (reader.concerned, reader.quality, reader.name, reader.review, reader.notice, reader.security):
        read(value)
    reader.capability(value)
    update = reader.update(value)
    assert (update.ban, update.violation, list(update.restrictions or ())) == (None, "", [])
    assert reader.template(value).words == ""
    assert list(reader.contacts(value)) == []


def test_no_room_but_the_providers_reads_the_values_of_news() -> None:
    """Style: only `providers/<name>/` know another company's JSON."""
    room = Path(__file__).parents[2] / "conversations"
    found = [
        str(path.relative_to(room))
        for path in room.rglob("*.py")
        if "providers" not in path.parts and re.search(r"\bnews\.value(\[|\.)", path.read_text())
    ]
    assert found == []
