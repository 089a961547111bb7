"""One folder of engines: where they keep their data, ports and passwords, and who is using them right now."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from shopme.engines.errors import EngineProblem


@dataclass(slots=True)
class State:
    """What must be the same at the next start. Ports are 0 until an engine has chosen one."""

    postgres_port: int = 0
    postgres_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    redis_port: int = 0
    redis_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    # Started by hand with `start`: the last command to leave lets them run.
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """A folder of engines. `is_throwaway` trades durability for speed: right for tests, wrong for a shop."""

    folder: Path
    is_throwaway: bool = False

    @property
    def postgres_folder(self) -> Path:
        return self.folder / "postgres"

    @property
    def redis_folder(self) -> Path:
        return self.folder / "redis"

    @property
    def state_file(self) -> Path:
        return self.folder / "state.json"

    def make(self) -> None:
        """Create the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.check()

    def check(self) -> None:
        """Raise when the folder belongs to somebody else."""
        owner = self.folder.stat().st_uid
        if owner != os.geteuid():
            raise EngineProblem(
                f"{self.folder} belongs to user id {owner}, and this is user id {os.geteuid()}: "
                "start as that user, or remove the folder to begin anew."
            )

    def load(self) -> State:
        """The kept state, or a new one for a first start. A torn file counts as none."""
        try:
            return State(**json.loads(self.state_file.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return State()

    def save(self, state: State) -> None:
        """Replace the state in one step, readable by its owner only."""
        draft = self.state_file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(state), indent=1))
        draft.replace(self.state_file)

    @contextmanager
    def locked(self, *, say: "Say") -> Iterator[None]:
        """Hold the folder while engines start or stop; another starter waits here. Freed by the kernel after a kill."""
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another command is starting or stopping the engines here; waiting for it.")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def used(self) -> Iterator["Use"]:
        """Be counted among the users of the engines for as long as the block lasts."""
        with (self.folder / "users").open("a") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            yield Use(users.fileno())

    def has_users(self) -> bool:
        """Whether any living command uses the engines."""
        with (self.folder / "users").open("a") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False


@dataclass(frozen=True, slots=True)
class Use:
    """A command's place among the users of a home."""

    handle: int

    def is_last(self) -> bool:
        """Give the place up; true when nobody else holds one."""
        try:
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self.handle, fcntl.LOCK_UN)
            return False
        return True


class Say:
    """How a start tells the person what it is doing: one line to standard error."""

    def __call__(self, line: str) -> None:
        os.write(2, f"{line}\n".encode())
