"""Messages that wait for a place of their portfolio's day. One thread at a time asks for a portfolio, others for the rest."""

import threading
from typing import TYPE_CHECKING, Final

from conversations.transport.health import neighbours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conversations.transport.sending.checks import Asking

# One may wait for the lock of a slow portfolio while another seats everybody else.
SEATERS: Final = 2


class Seats:
    """What waits, by the name under which its portfolio's people are counted."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, list[Asking]] = {}
        self._asked_now: set[str] = set()
        self._is_closed = False

    def put(self, asking: "Sequence[Asking]") -> None:
        with self._changed:
            for one in asking:
                self._waiting.setdefault(neighbours.budget_of(one.number), []).append(one)
            self._changed.notify_all()

    def take(self) -> "tuple[str, list[Asking]] | None":
        """Everything that waits for one portfolio that nobody asks for now; None once it is closed and empty.

        Until `done` nobody else takes that portfolio. Waits.
        """
        with self._changed:
            while True:
                free = next((name for name in self._waiting if name not in self._asked_now), None)
                if free is not None:
                    self._asked_now.add(free)
                    return free, self._waiting.pop(free)
                if self._is_closed and not self._waiting:
                    return None
                self._changed.wait()

    def done(self, name: str) -> None:
        with self._changed:
            self._asked_now.discard(name)
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more comes; what waits is still taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
