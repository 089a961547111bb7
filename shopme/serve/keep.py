"""Keep one command running: start it again when it dies, end it when we are asked to or when nobody is above us any more."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from types import FrameType

PAUSE_SECONDS = 1.0
# A command that dies this often within this time will not get better by itself.
MOST_DEATHS, WITHIN_SECONDS = 5, 60.0


class Keeper:
    """One command and how often it died lately."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.parent = os.getppid()
        self.is_ending = False
        self.deaths: deque[float] = deque(maxlen=MOST_DEATHS)
        self.child: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Until we are told to end (0) or the command keeps dying (its exit code)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        while True:
            self.child = subprocess.Popen(self.command)
            code = self._wait(self.child)
            if self.is_ending:
                return 0
            self.deaths.append(time.monotonic())
            if len(self.deaths) == MOST_DEATHS and self.deaths[-1] - self.deaths[0] < WITHIN_SECONDS:
                sys.stderr.write(f"It died {MOST_DEATHS} times in a row; giving up.\n")
                return code or 1
            sys.stderr.write(f"It ended with {code}; starting it again.\n")
            time.sleep(PAUSE_SECONDS)

    def _wait(self, child: subprocess.Popen[bytes]) -> int:
        while True:
            try:
                return child.wait(timeout=1)
            except subprocess.TimeoutExpired:
                if os.getppid() != self.parent:
                    self._end(signal.SIGTERM, None)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.is_ending = True
        if self.child is not None and self.child.poll() is None:
            self.child.terminate()


if __name__ == "__main__":
    raise SystemExit(Keeper(sys.argv[1:]).run())
