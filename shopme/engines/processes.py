"""Small questions about processes and ports."""

import os
import signal
import socket
import time
from pathlib import Path

import psutil

STANDARD_PORTS = {5432, 6379}


def free_port(*, wanted: int = 0) -> int:
    """A TCP port of 127.0.0.1 nobody listens on; `wanted` itself when it is free."""
    if wanted and is_free(wanted):
        return wanted
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in STANDARD_PORTS:
            return port


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def pid_in(pid_file: Path, *, name: str) -> int | None:
    """The process a pid file speaks of, if it lives and is a `name`; a stale file may name a stranger."""
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        return pid if psutil.Process(pid).name() == name else None
    except (OSError, ValueError, psutil.Error):
        return None


def is_stranger(pid_file: Path, *, name: str) -> bool:
    """Whether a pid file names a living process that is no `name`: the number was given away after a crash."""
    try:
        return bool(psutil.Process(int(pid_file.read_text().split("\n", 1)[0])).name() != name)
    except (OSError, ValueError, psutil.Error):
        return False


def stop_process(pid: int, *, first: signal.Signals, patience: float) -> None:
    """Ask a process to end with `first`; after `patience` seconds kill it. Returns when it is gone."""
    for sign, seconds in ((first, patience), (signal.SIGKILL, 5.0)):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        if _is_gone_within(pid, seconds):
            return


def _is_gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False
