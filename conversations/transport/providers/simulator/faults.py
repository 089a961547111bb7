"""How the stand-in misbehaves on request: the faults a real provider has."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

MODES: Final = frozenset(
    {
        "ok",
        "code",  # one of Meta's errors, by `code`
        "status",  # an HTTP status without a word of Meta's
        "hang",  # nothing for `seconds`
        "drip",  # the right answer, one byte every `seconds`
        "reset",  # the connection breaks before the answer
        "reset_after_headers",
        "truncated",  # half of the JSON, properly ended
        "html",
        "empty",
        "wrong_type",  # a JSON array
        "missing_id",
        "accept_then_hang",  # taken and delivered, but we never hear of it
    }
)

# Misbehaviour with files; sends do not meet it, and files do not meet that of sends.
MEDIA_MODES: Final = frozenset(
    {
        "media_gone",  # the id is unknown
        "media_too_big",  # said to be larger than anything may be
        "media_code",  # one of Meta's errors, by `code`, to a question or an upload
        "media_expired",  # the address no longer works
        "media_other",  # other octets than announced
        "media_page",  # a web page in place of the file
        "media_slow",  # one byte every `seconds`
        "media_long",  # octets without end
        "media_redirect",  # sent on to `url`
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour. `status` is the HTTP status to wear; `retry_after` in seconds; `url` to be sent on to."""

    mode: str
    code: int = 0
    status: int = 0
    seconds: float = 1.0
    retry_after: int | None = None
    url: str = ""

    def __post_init__(self) -> None:
        if self.mode not in MODES | MEDIA_MODES:
            raise ValueError(self.mode)


class Script:
    """What happens to the next calls, in order, by number or for all of them. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: deque[tuple[str, Fault]] = deque()
        self._always: dict[str, Fault] = {}

    def fail_next(self, mode: str, *, times: int = 1, number: str = "", **details: int | float | str | None) -> None:
        """The next `times` calls (of the number with that phone_number_id) meet this fault."""
        fault = Fault(mode, **details)  # type: ignore[arg-type]
        with self._lock:
            self._next.extend([(number, fault)] * times)

    def fail_always(self, mode: str, *, number: str = "", **details: int | float | str | None) -> None:
        """Every call meets this fault until `heal`."""
        with self._lock:
            self._always[number] = Fault(mode, **details)  # type: ignore[arg-type]

    def heal(self) -> None:
        with self._lock:
            self._next.clear()
            self._always.clear()

    def fault_for(self, number: str) -> Fault | None:
        """The fault this send meets, used up if it was for one call."""
        return self._find(number, MODES)

    def media_fault_for(self, number: str, *modes: str) -> Fault | None:
        """The fault a file meets where only `modes` can happen."""
        return self._find(number, frozenset(modes))

    def _find(self, number: str, modes: frozenset[str]) -> Fault | None:
        with self._lock:
            for index, (wanted, fault) in enumerate(self._next):
                if wanted in ("", number) and fault.mode in modes:
                    del self._next[index]
                    return fault
            always = self._always.get(number) or self._always.get("")
            return always if always and always.mode in modes else None
