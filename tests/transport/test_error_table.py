"""The table of WhatsApp's error codes is whole, dated, and says one thing to do about each."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from conversations.transport.providers import meta_cloud
from conversations.transport.providers.base import Blame, Retry
from conversations.transport.providers.meta_cloud.errors import verdict_on
from conversations.views.fixes import _AT_THE_NUMBER

TABLE: dict[str, Any] = json.loads(Path(meta_cloud.__file__).with_name("errors.json").read_text())
# Meta's codes by what they allow, copied from "Error codes" as read on 2026-09-11.
BY_RETRY = {
    "Y": "4 80007 130429 131056",
    "R": "1 2 131000 131016",
    "L": "190 368 131042 131045 131049 131052 131057 131064 132015 132069 133000 133004 133008 133009 133015 133016 134101",
    "N": (
        "0 3 10 33 100 200 219 299 130403 130472 130497 131005 131008 131009 131021 131026 131030 131031 131037 131044"
        " 131047 131048 131050 131051 131053 131055 131062 131063 132000 132001 132005 132007 132008 132012 132016 132018"
        " 132068 133005 133006 133010 134011 134100 134102 135000 137000 139100 139101 139102 139103 147001 147002 147003"
        " 147004 147005 2388019 2388023 2388024 2388039 2388040 2388047 2388072 2388073 2388293 2388299 2593107 2593108 2593109"
    ),
}
ALL = [(int(code), retry) for retry, codes in BY_RETRY.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "retry"), ALL)
def test_every_code_of_meta_is_in_the_table_with_its_class(code: int, retry: str) -> None:
    verdict = verdict_on(code)
    assert verdict.retry == Retry(retry)
    assert verdict.sentence != TABLE["unknown"]["sentence"]


def test_the_table_says_where_it_is_from_and_when_and_holds_nothing_else() -> None:
    assert TABLE["as_of"] == "2026-09-11"
    assert TABLE["source"].startswith("Meta, ")
    listed = {code for code, _retry in ALL}
    assert {int(code) for code in TABLE["codes"]} <= listed


@pytest.mark.parametrize(
    "row", [*TABLE["codes"].values(), *TABLE["ranges"], TABLE["unknown"]], ids=lambda row: row["sentence"]
)
def test_each_row_is_a_sentence_and_one_known_button(row: dict[str, Any]) -> None:
    assert re.fullmatch(r"[A-Z].*\.", row["sentence"])
    assert not re.search(r"OAuth|API error|\(#|null|webhook|payload", row["sentence"])
    assert len(row["sentence"]) <= 160
    action = TABLE["actions"][row["action"]]
    leads_somewhere = action.get("url", "").startswith("https://") or row["action"] in {
        *_AT_THE_NUMBER,
        "sync_templates",
        "none",
        "retry",
        "send_template",
        "ask_phone",
        "open_customer",
    }
    assert leads_somewhere
    assert bool(action["label"]) == (row["action"] != "none")


def test_what_waits_for_a_stated_time_says_how_long() -> None:
    waits = {code: row["wait"] for code, row in TABLE["codes"].items() if "wait" in row}
    assert waits["131049"] == 86_400
    assert waits["133015"] == 300
    assert waits["134101"] == 600
    later = {code for code, row in TABLE["codes"].items() if row["retry"] == "L" and row["blame"] != "auth"}
    assert later == set(waits)


@pytest.mark.parametrize(
    ("code", "blame"),
    [(4, Blame.APP_PACE), (80007, Blame.ACCOUNT_PACE), (130429, Blame.NUMBER_PACE), (131056, Blame.PAIR)],
)
def test_each_kind_of_too_much_slows_whom_it_concerns(code: int, blame: Blame) -> None:
    assert verdict_on(code).blame is blame


def test_a_code_nobody_knows_is_never_tried_again_and_told_to_the_platform() -> None:
    verdict = verdict_on(777_777)
    assert (verdict.retry, verdict.tell, verdict.fix.label) == (Retry.NEVER, "platform", "")


def test_a_button_that_only_an_admin_may_press_says_so() -> None:
    assert (verdict_on(190).fix.label, verdict_on(190).fix.role) == ("Enter a new token", "admin")
