"""`python -m shopme.engines start|stop|status|run|env`: the embedded engines by hand."""

import argparse
import shlex
import sys
from pathlib import Path

from shopme import env  # reads .env, so a DATABASE_URL there counts as given
from shopme.engines import command, service
from shopme.engines.errors import EngineProblem
from shopme.engines.home import Home, Say

DEFAULT_HOME = env.BASE_DIR / ".engines"


def main(words: list[str]) -> int:
    """Read the command line, act, answer with the exit code; problems are one line on standard error."""
    choice = _parser().parse_args(words)
    home = Home(choice.home.resolve(), is_throwaway=choice.throwaway)
    try:
        return ACTS[choice.act](home, choice)
    except EngineProblem as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


def _start(home: Home, _choice: argparse.Namespace) -> int:
    service.start(home, say=Say(), is_kept=True)
    return _status(home, _choice)


def _stop(home: Home, choice: argparse.Namespace) -> int:
    if home.folder.exists() and home.has_users() and not choice.force:
        raise EngineProblem("The engines are in use by a running command; stop that first, or say --force.")
    was_running = service.stop(home, say=Say())
    sys.stdout.write("The engines are stopped.\n" if was_running else "No engine was running.\n")
    return 0


def _status(home: Home, _choice: argparse.Namespace) -> int:
    found = service.addresses(home)
    if found is None:
        sys.stdout.write("The engines are not running.\n")
        return 3
    sys.stdout.write(
        f"Postgres {_without_password(found.database_url)}\nRedis    {_without_password(found.redis_url)}\n"
    )
    return 0


def _env(home: Home, _choice: argparse.Namespace) -> int:
    found = service.addresses(home)
    if found is None:
        raise EngineProblem("The engines are not running: python -m shopme.engines start")
    for name, value in found.as_environment().items():
        sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
    return 0


def _run(home: Home, choice: argparse.Namespace) -> int:
    return command.run(home, [word for word in choice.command if word != "--"], say=Say())


ACTS = {"start": _start, "stop": _stop, "status": _status, "env": _env, "run": _run}


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.split('://')[0]}://…{at}{tail}" if at else url


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shopme.engines", description="The embedded Postgres and Redis.")
    parser.add_argument("--home", type=Path, default=DEFAULT_HOME, help="the folder that holds them")
    parser.add_argument("--throwaway", action="store_true", help="fast and not crash-proof: for tests")
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("start", help="start them; they stay until `stop`")
    acts.add_parser("stop", help="stop them").add_argument("--force", action="store_true", help="even while in use")
    acts.add_parser("status", help="say where they are")
    acts.add_parser("env", help="print export lines for a shell")
    acts.add_parser("run", help="run a command with them").add_argument("command", nargs=argparse.REMAINDER)
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
