"""What the fault runs share: how long they are, and what they wait for."""

import os
import time
from collections.abc import Callable, Sequence

import pytest

from tests.fakes.graph import FakeGraph
from tests.rig.stage import BuiltShop, Stage

# `SHOPME_FULL_FAULTS=1 script/test tests/faults` runs everything at the length the bar names.
FULL = os.environ.get("SHOPME_FULL_FAULTS") == "1"
# `SHOPME_ALL_FAULTS=1` runs all of them, shortened; without it a few of them run with the suite.
ALL = FULL or os.environ.get("SHOPME_ALL_FAULTS") == "1"
long_run = pytest.mark.skipif(not ALL, reason="a long fault run: SHOPME_ALL_FAULTS=1 script/test tests/faults")


def sampled(choices: Sequence[object], *, always: Sequence[object]) -> list[object]:
    """For `parametrize`: of these, `always` run with the suite and the others in the long runs."""
    return [each if each in always else pytest.param(each, marks=long_run) for each in choices]


def until(is_true: Callable[[], bool], *, seconds: float, stage: Stage, name: str = "lanes") -> float:
    """Wait for it; how long it took. Fails with the end of a process's log."""
    began = time.monotonic()
    while not is_true():
        assert time.monotonic() - began < seconds, f"not within {seconds} s\n{stage.tail(name)}"
        time.sleep(0.1)
    return time.monotonic() - began


def states(stage: Stage, shop: BuiltShop) -> dict[str, int]:
    """How many messages of a shop are in each state of the outbox."""
    number = f"(SELECT id FROM tenants_whatsappnumber WHERE phone_number_id = '{shop.line.phone_number_id}')"
    rows = stage.ask(f"SELECT state, count(*) FROM transport_outboxitem WHERE number_id = {number} GROUP BY 1")
    return {str(state): int(str(count)) for state, count in rows}


def words_to(graph: FakeGraph, phone: str) -> list[str]:
    """What one person was told, in the order of arrival."""
    return [payload["text"]["body"] for payload in graph.sent_to(phone)]
