"""`python -m tests.faults.crew <handler> <processes> <threads>`: workers whose handlers go wrong in the ways code can.

An event whose key ends in `poison` meets the fault; all others have one effect each, a row of the platform's audit.
`RIG_FIGURES` shortens waits as in `tests.rig.lanes`.
"""

import ctypes
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopme.settings.test")
    django.setup()

from conversations.transport.lanes.handling import LaneEvent
from tenants.models import Shop
from tests.transport.crew import record

Fault = Callable[[], None]
OCTETS = 2 * 1024**3


def raises() -> None:
    raise ValueError("this event cannot be handled")


def loops() -> None:
    while True:
        time.sleep(0.01)


def eats() -> None:
    """Two gigabytes, a little at a time, and then it keeps them."""
    kept = [bytearray(b"x") * (16 * 1024**2) for _ in range(OCTETS // (16 * 1024**2))]
    while kept:
        time.sleep(0.05)


def segfaults() -> None:
    ctypes.string_at(0)


def pauses() -> None:
    """Long enough to be stopped in."""
    time.sleep(float(os.environ.get("PAUSE_SECONDS", "3")))


FAULTS: dict[str, Fault] = {
    "none": lambda: None,
    "raises": raises,
    "loops": loops,
    "eats": eats,
    "segfaults": segfaults,
    "pauses": pauses,
}


def handler_with(fault: Fault) -> Callable[[Shop, str, Sequence[LaneEvent]], None]:
    def handle(shop: Shop, lane: str, events: Sequence[LaneEvent]) -> None:
        record(shop, lane, events)
        if any(each.event_key.endswith("poison") for each in events):
            fault()
        time.sleep(0.001 * len(events))

    return handle


if __name__ == "__main__":
    from conversations.transport.lanes import lane_rows
    from conversations.transport.processes import lane_processes

    for name, value in json.loads(os.environ.get("RIG_FIGURES", "{}")).items():
        module, _, constant = name.rpartition(".")
        setattr(importlib.import_module(module), constant, value)
    if stale := os.environ.get("STALE_SECONDS"):
        lane_rows.free_stale_lanes.__kwdefaults__["older_than"] = float(stale)
    if idle := os.environ.get("IDLE_SECONDS"):
        from django.conf import settings

        options = settings.DATABASES["default"]["OPTIONS"]
        was = "idle_in_transaction_session_timeout=30000"
        assert was in options["options"]
        now = f"idle_in_transaction_session_timeout={int(float(idle) * 1000)}"
        options["options"] = options["options"].replace(was, now)
    what, processes, threads = sys.argv[1:]
    handler = handler_with(FAULTS[what])
    lane_processes.Supervisor(handler, processes=int(processes), threads=int(threads), senders=0).run()
