"""Who runs the engines. Postgres refuses root, so under root both run as an unprivileged system user."""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from shopme.engines.errors import EngineProblem
from shopme.engines.home import Say

SYSTEM_USER = "shopme-engines"
READ_BY_ALL = stat.S_IRGRP | stat.S_IROTH
RUN_BY_ALL = stat.S_IXGRP | stat.S_IXOTH


@dataclass(frozen=True, slots=True)
class Owner:
    """The user the engines run as. `is_other` is true when that is not the user who starts them."""

    uid: int
    gid: int
    is_other: bool

    def own(self, folder: Path) -> None:
        """Make `folder` exist, private to this user."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.is_other:
            os.chown(folder, self.uid, self.gid)

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run one command as this user and wait for it; the result is never raised."""
        identity = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=_clean_environment(),
            start_new_session=True,
            **identity,  # type: ignore[call-overload]
        )
        return done


def engine_owner() -> Owner:
    """The user for this start: whoever starts them, or under root the system user, created when missing."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid(), is_other=False)
    entry = _system_user()
    return Owner(entry.pw_uid, entry.pw_gid, is_other=True)


def open_the_way(folder: Path, *, say: Say) -> None:
    """Let other users pass through the folders above `folder`, without letting them look around.

    Only under root, only where a folder does not let them pass already.
    """
    for parent in [folder, *folder.parents]:
        mode = parent.stat().st_mode
        if mode & stat.S_IXOTH:
            continue
        parent.chmod(mode | stat.S_IXOTH)
        say(f"{parent} now lets other users pass through (not look inside): the engines run as {SYSTEM_USER}.")


def wheel_folder(package: str) -> Path:
    """Where an installed wheel lies, found without importing it. Refuses when it is not installed."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise EngineProblem(f"The package {package} is missing: run script/bootstrap.")
    return Path(found.submodule_search_locations[0])


def open_binaries(folder: Path) -> None:
    """Let everyone read and run what an installed engine consists of, whatever the umask of the installation was."""
    for path in [folder, *folder.rglob("*")]:
        mode = path.stat().st_mode
        wanted = mode | READ_BY_ALL | (RUN_BY_ALL if mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(wanted)


def _system_user() -> pwd.struct_passwd:
    """Our system user; `nobody` where users cannot be created."""
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        make = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(make, check=True, capture_output=True)
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError):
        return pwd.getpwnam("nobody")


def _clean_environment() -> dict[str, str]:
    """The environment without PG* variables, which would turn an engine towards somebody else's server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}
