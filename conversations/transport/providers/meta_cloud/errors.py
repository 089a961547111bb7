"""What Meta's error codes mean for us: a dated table beside this file, read once. Never the HTTP status alone."""

import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from conversations.transport.providers.base import Blame, Fix, Retry, Verdict

GONE_SUBCODE = 33  # code 100 with this subcode: the number is no longer ours


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(Path(__file__).with_name("errors.json").read_text())
    return table


def title_of(code: int) -> str:
    """Meta's own words for a code, where they are written down."""
    return str(_table()["titles"].get(str(code), ""))


def code_of_status(status: int) -> int | None:
    """The code that an HTTP status without one stands for."""
    code: int | None = _table()["code_of_status"].get(str(status))
    return code


def _verdict(row: Mapping[str, Any]) -> Verdict:
    action = _table()["actions"][row["action"]]
    wait = row.get("wait")
    return Verdict(
        retry=Retry(row["retry"]),
        blame=Blame(row["blame"]),
        sentence=row["sentence"],
        fix=Fix(row["action"], action["label"], action.get("role", ""), action.get("url", ""), wait or 0),
        wait=wait,
        tries=row.get("tries"),
        tell=row.get("tell", ""),
    )


@cache
def verdict_on(code: int, subcode: int | None = None) -> Verdict:
    """The verdict on Meta's `code`; an unknown code is never tried again."""
    table = _table()
    if code == 100 and subcode == GONE_SUBCODE:
        code = GONE_SUBCODE
    if row := table["codes"].get(str(code)):
        return _verdict(row)
    for span in table["ranges"]:
        if span["from"] <= code <= span["to"]:
            return _verdict(span)
    return _verdict(table["unknown"])


@cache
def codes_to(actions: frozenset[str]) -> frozenset[str]:
    """The codes after which an operator can do one of these things."""
    table = _table()
    alone = {code for code, row in table["codes"].items() if row["action"] in actions}
    spans = (span for span in table["ranges"] if span["action"] in actions)
    return frozenset(alone | {str(code) for span in spans for code in range(span["from"], span["to"] + 1)})


def is_known(code: int) -> bool:
    """Whether the table has a row of its own for `code`."""
    return str(code) in _table()["codes"]


def known_codes() -> Collection[int]:
    """The codes with a row of their own."""
    return [int(code) for code in _table()["codes"]]


def sentence_for(code: int) -> str:
    """What an operator reads about `code`."""
    return verdict_on(code).sentence


@cache
def tries_by_code() -> Mapping[str, int]:
    """How often a message is tried in all, for the codes that say so themselves."""
    return {code: row["tries"] for code, row in _table()["codes"].items() if "tries" in row}
