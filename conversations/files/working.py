"""Running the workshop: a process for each file, few at a time, and never longer than its patience."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import structlog

from conversations.files import workshop

log = structlog.get_logger(__name__)
PATIENCE_SECONDS: Final = 45
PICTURE_PATIENCE_SECONDS: Final = 10
_BENCHES: Final = threading.BoundedSemaphore(2)


class Unreadable(Exception):
    """The file is not what it looks like, or broken."""


class TooMuch(Exception):
    """The file would take more memory or time than any honest one."""


@dataclass(frozen=True, slots=True)
class Made:
    """What came out: `told` by the work, and its files by the name before the dot."""

    told: dict[str, Any]
    files: dict[str, Path]


@contextmanager
def made(work: str, source: Path) -> Iterator[Made]:
    """Do `work` on `source`; what it made lives as long as the block. Refuses: `Unreadable`, `TooMuch`."""
    with TemporaryDirectory(prefix="shopme-file-") as folder:
        with _BENCHES:
            told = _run(work, source, folder)
        yield Made(told, {path.stem: path for path in Path(folder).iterdir()})


def _run(work: str, source: Path, folder: str) -> dict[str, Any]:
    command = [sys.executable, "-I", workshop.__file__, work, str(source), folder]
    patience = PATIENCE_SECONDS if work in ("sound", "voice") else PICTURE_PATIENCE_SECONDS
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=patience, env={})  # noqa: S603 - our own
    except subprocess.TimeoutExpired as problem:
        raise TooMuch from problem
    if done.returncode == 0:
        told: dict[str, Any] = json.loads(done.stdout)
        return told
    log.info("file_not_worked", work=work, exit=done.returncode, problem=done.stderr[-60:].decode("utf-8", "replace"))
    # Killed by a limit (a negative code) counts as too much, like what the workshop says itself.
    raise TooMuch if done.returncode == workshop.TOO_LARGE or done.returncode < 0 else Unreadable
