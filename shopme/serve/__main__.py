"""`python -m shopme.serve`: prepare the database, then web, lanes, worker and beat under one supervisor."""

import argparse
import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import urlsplit, urlunsplit

from honcho.manager import Manager

from shopme import env
from shopme.engines.processes import is_free
from shopme.serve.greeting import greeting, wait_until_up

PYTHON = sys.executable
QUEUES = "inbound,outbound,points,notifications,expiry,analytics,broadcasts"
RUN_FOLDER = env.BASE_DIR / ".engines"


def main(words: list[str]) -> int:
    """Serve until Ctrl-C; the exit code is 0 then. One server a checkout: a second one is told about the first."""
    parser = argparse.ArgumentParser(prog="script/server", description="ShopMe, everything in one terminal.")
    parser.add_argument("--port", type=int, help="serve on this port instead of 8000")
    parser.add_argument("--no-demo", action="store_true", help="do not make the demo shops")
    choice = parser.parse_args(words)
    os.environ["PLATFORM_URL"] = platform_url(os.environ.get("PLATFORM_URL", ""), port=choice.port)
    port = choice.port or urlsplit(os.environ["PLATFORM_URL"]).port or 8000
    RUN_FOLDER.mkdir(exist_ok=True)
    with _only_server() as is_only:
        if not is_only:
            return 1
        if not is_free(port):
            sys.stderr.write(f"Port {port} is taken by another program; choose one with --port.\n")
            return 1
        return _serve(port, no_demo=choice.no_demo)


def platform_url(given: str, *, port: int | None) -> str:
    """The platform's address. One on this machine follows `--port`; any other is somebody's decision and stays."""
    if not given:
        return f"http://localhost:{port or 8000}"
    parts = urlsplit(given)
    if port and parts.hostname in {"localhost", "127.0.0.1"}:
        return urlunsplit(parts._replace(netloc=f"{parts.hostname}:{port}")).rstrip("/")
    return given.rstrip("/")


def commands(port: int) -> dict[str, list[str]]:
    """What runs side by side, by the name its lines carry in the terminal."""
    # On a bare machine root may well be the only user; the worker runs what ShopMe queued and nothing else.
    silence = "ignore:You're running the worker with superuser privileges"
    celery = [PYTHON, "-W", silence, "-m", "celery", "--app", "shopme", "--quiet"]
    web = [PYTHON, "-m", "uvicorn", "shopme.asgi:application", "--host", "127.0.0.1", "--port", str(port)]
    return {
        "web": [*web, "--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "2"],
        "lanes": [PYTHON, "manage.py", "work_lanes", "--processes", "2", "--threads", "4"],
        "worker": [
            *(*celery, "worker", "--pool", "threads", "--concurrency", "8", "--queues", QUEUES),
            *("--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
        ],
        "beat": [
            *celery,
            "beat",
            "--schedule",
            str(RUN_FOLDER / "beat"),
            "--pidfile=",
            "--loglevel",
            "WARNING",
        ],
    }


def _serve(port: int, *, no_demo: bool) -> int:
    prepare = [PYTHON, "manage.py", "prepare_server", *(["--no-demo"] if no_demo else [])]
    prepared = subprocess.run(prepare, stdout=subprocess.PIPE, check=False)
    if prepared.returncode:
        return prepared.returncode
    shops = json.loads(prepared.stdout.splitlines()[-1])
    manager = Manager()
    for name, command in commands(port).items():
        manager.add_process(name, "exec " + shlex.join([PYTHON, "-m", "shopme.serve.keep", *command]))
    text = greeting(platform_url=os.environ["PLATFORM_URL"], shops=shops)
    threading.Thread(target=_greet, args=(port, text), daemon=True).start()
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    manager.loop()
    return 0 if manager.returncode in {130, 143} else int(manager.returncode or 0)


def _greet(port: int, text: str) -> None:
    if wait_until_up(port):
        sys.stdout.write(text)
        sys.stdout.flush()


def _end_with_parent(parent: int) -> None:
    """A parent that was killed cannot tell us to stop; nobody would watch over the engines any more."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _only_server() -> Iterator[bool]:
    """Hold the checkout for one server; the kernel frees it after a kill."""
    with (RUN_FOLDER / "server.lock").open("a+") as lock:
        yield _take(lock)


def _take(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        sys.stderr.write(f"ShopMe already runs from this checkout: {lock.read().strip() or 'it is just starting'}.\n")
        return False
    lock.truncate(0)
    lock.write(f"{os.environ['PLATFORM_URL']}/ (stop it with Ctrl-C in its terminal, or: kill {os.getpid()})")
    lock.flush()
    return True


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
