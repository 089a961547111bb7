"""Run one command with the engines up, and put them out when the last command leaves."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from shopme.engines import service
from shopme.engines.home import Home, Say

LOOK_SECONDS = 2.0
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(home: Home, command: list[str], *, say: Say) -> int:
    """Start or join the engines, run `command` with their addresses, return its exit code.

    Without a command: keep them up until a signal. The engines stop with the last command that uses them, unless they were
    started by hand.
    """
    home.make()
    with home.used() as use, _heard_signals() as heard:
        try:
            engines = service.start(home, say=say)
            if heard:
                return 128 + heard[0]
            if not command:
                return _wait(heard)
            return _run_child(home, command, os.environ | engines.as_environment(), say=say)
        finally:
            if use.is_last() and not home.load().is_kept:
                service.stop(home, say=say)


@contextmanager
def _heard_signals() -> Iterator[list[int]]:
    """Remember a wish to end instead of dying of it: an engine is never left half-started or half-stopped."""
    heard: list[int] = []
    earlier = {number: signal.signal(number, lambda got, _frame: heard.append(got)) for number in ENDING}
    try:
        yield heard
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _run_child(home: Home, command: list[str], environment: dict[str, str], *, say: Say) -> int:
    """Run the command and watch the engines meanwhile: one that was killed is started again.

    The child hears Ctrl-C from the terminal itself; a signal sent to us alone is passed on.
    """
    child = subprocess.Popen(command, env=environment)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if child.poll() is None:
            child.send_signal(number)

    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGHUP, pass_on)
    while (code := _ended(child)) is None:
        service.revive(home, say=say)
    return 128 - code if code < 0 else code


def _ended(child: "subprocess.Popen[bytes]") -> int | None:
    """The child's exit code, once it has ended; None after `LOOK_SECONDS`."""
    try:
        return child.wait(timeout=LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _wait(heard: list[int]) -> int:
    while not heard:
        signal.pause()
    return 0
