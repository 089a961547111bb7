"""Handlers whose effects can be counted, and a way to run them in real worker processes.

`python -m tests.transport.crew <handler> <processes> <threads>` works the lanes of DATABASE_URL until SIGTERM.
An effect is a row of the platform's audit: action = the schema it ran in, subject = the event's key.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopme.settings.test")
    django.setup()

from django.db import connection

from conversations.transport.lanes.handling import LaneEvent
from tenants.models import AuditEntry, Shop


def record(shop: Shop, lane: str, events: Sequence[LaneEvent]) -> None:
    """One effect an event."""
    AuditEntry.objects.bulk_create(
        AuditEntry(shop=shop, action=connection.schema_name, subject=each.event_key, detail={"lane": lane})
        for each in events
    )


def slowly(shop: Shop, lane: str, events: Sequence[LaneEvent]) -> None:
    """Effects, then a pause in which a process can be killed."""
    record(shop, lane, events)
    time.sleep(0.02 * len(events))


def deadly(shop: Shop, lane: str, events: Sequence[LaneEvent]) -> None:
    """An event whose key ends in `poison` takes the process with it."""
    record(shop, lane, events)
    if any(each.event_key.endswith("poison") for each in events):
        os.kill(os.getpid(), signal.SIGKILL)


def endless(shop: Shop, lane: str, events: Sequence[LaneEvent]) -> None:
    """An event whose key ends in `poison` never ends."""
    record(shop, lane, events)
    while any(each.event_key.endswith("poison") for each in events):
        time.sleep(0.01)


if __name__ == "__main__":
    from conversations.transport.processes import lane_processes

    handlers = {"record": record, "slowly": slowly, "deadly": deadly, "endless": endless}
    lane_processes.TURN_SECONDS = float(os.environ.get("TURN_SECONDS", "30"))
    name, processes, threads = sys.argv[1:]
    lane_processes.Supervisor(handlers[name], processes=int(processes), threads=int(threads), senders=0).run()
