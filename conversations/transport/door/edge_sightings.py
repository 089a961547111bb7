"""What was seen at a door, noted beside the answer and at most once in a while: which secret opened it, a handshake, a
body no secret opens. The answer never waits for it."""

import asyncio
import time

from conversations.transport.door.edge_doors import Door, Doors

PAUSE_SECONDS = 30.0
MOST_REMEMBERED = 10_000


class Sightings:
    """Of one event loop."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._again_at: dict[tuple[int, str, str], float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, door: Door, sighting: str, *, name: str = "") -> None:
        """Write it down soon, unless that was done a moment ago."""
        key, now = (door.id, sighting, name), time.monotonic()
        if self._again_at.get(key, 0.0) > now:
            return
        if len(self._again_at) >= MOST_REMEMBERED:
            self._again_at.clear()
        self._again_at[key] = now + PAUSE_SECONDS
        task = asyncio.create_task(self._doors.note(door, sighting, name=name))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait for the notes under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
