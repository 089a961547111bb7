"""Codes of ours in a stranger's picture: it is decoded in a process of its own, few at a time and never for long."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import structlog

from tenants.codes import PATTERN, codes_in

MOST_OCTETS: Final = 12 * 1024 * 1024
PATIENCE_SECONDS: Final = 20
_MOST_CODES: Final = 5
_SCRIPT: Final = Path(__file__).with_name("decoding.py")
_BENCHES: Final = threading.BoundedSemaphore(2)
log = structlog.get_logger(__name__)


def codes_in_picture(octets: bytes) -> list[str]:
    """The codes of ours in a picture; none when it is no picture or shows nothing of ours.

    One that breaks its reader, or holds it up, has none: nobody else's picture waits for it.
    """
    found = [code for text in _texts(octets) for code in codes_in(text)]
    return list(dict.fromkeys(found))[:_MOST_CODES]


def _texts(octets: bytes) -> list[str]:
    command = [sys.executable, "-I", str(_SCRIPT), PATTERN]
    try:
        with _BENCHES:
            done = subprocess.run(  # noqa: S603 - our own
                command, input=octets, capture_output=True, check=False, timeout=PATIENCE_SECONDS, env={}
            )
    except subprocess.TimeoutExpired:
        log.warning("picture_held_up_its_reader", octets=len(octets))
        return []
    if done.returncode:
        problem = done.stderr[-60:].decode("utf-8", "replace")
        log.warning("picture_broke_its_reader", octets=len(octets), exit=done.returncode, problem=problem)
        return []
    texts: list[str] = json.loads(done.stdout)
    return texts
