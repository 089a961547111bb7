"""The embedded engines as a person meets them: started, joined, killed, started again, stopped."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from shopme.engines import postgres, service
from shopme.engines import redis as embedded_redis
from shopme.engines.errors import EngineProblem
from shopme.engines.home import Home, State
from shopme.engines.owner import engine_owner
from shopme.engines.processes import free_port, is_stranger, pid_in

pytestmark = pytest.mark.load


def quiet(_line: str) -> None:
    """Nobody reads the lines of a test's start."""


@pytest.fixture(autouse=True)
def no_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "engines of a test", is_throwaway=True)
    yield home
    service.stop(home, say=quiet)


def pids(home: Home) -> list[int | None]:
    owner = engine_owner()
    return [postgres.Postgres(home, owner).pid(), embedded_redis.Redis(home, owner).pid()]


def notes_in(database_url: str) -> list[str]:
    with psycopg.connect(database_url) as connection:
        return [str(row[0]) for row in connection.execute("SELECT text FROM note ORDER BY 1")]


def notes_when_up(database_url: str) -> list[str]:
    """The notes, as soon as a server that is just starting can be asked."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return notes_in(database_url)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def write_note(database_url: str, text: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("INSERT INTO note VALUES (%s)", [text])


def kill_everything(home: Home) -> None:
    """kill -9 for every process of the home at once, as a machine that loses power would."""
    for pid in filter(None, pids(home)):
        family = [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):  # some end by themselves once another is gone
                process.kill()
        psutil.wait_procs(family, timeout=10)


def test_a_second_start_joins_what_the_first_brought_up(home: Home) -> None:
    first = service.start(home, say=quiet)
    running = pids(home)
    assert service.start(home, say=quiet) == first
    assert pids(home) == running
    assert redis.Redis.from_url(first.redis_url).ping()


def test_data_survives_kill_9_of_everything_and_a_second_start(home: Home) -> None:
    before = service.start(home, say=quiet)
    write_note(before.database_url, "kept")
    kill_everything(home)
    assert service.addresses(home) is None
    after = service.start(home, say=quiet)
    assert notes_in(after.database_url) == ["kept"]
    assert redis.Redis.from_url(after.redis_url).ping()


def test_a_port_taken_in_the_meantime_is_given_up(home: Home) -> None:
    before = service.start(home, say=quiet)
    service.stop(home, say=quiet)
    with socket.create_server(("127.0.0.1", home.load().postgres_port)):
        after = service.start(home, say=quiet)
    assert after.database_url != before.database_url
    assert after.redis_url == before.redis_url


def test_a_pid_file_that_names_a_stranger_does_not_stop_a_start(home: Home) -> None:
    service.start(home, say=quiet)
    pid_file = postgres.Postgres(home, engine_owner()).data / "postmaster.pid"
    old = pid_file.read_text()
    kill_everything(home)
    pid_file.write_text(old.replace(old.split("\n", 1)[0], str(os.getpid()), 1))
    assert is_stranger(pid_file, name="postgres")
    service.start(home, say=quiet)
    assert pid_in(pid_file, name="postgres")


def test_two_first_starts_at_once_make_one_pair_of_engines(home: Home) -> None:
    found: list[service.Addresses] = []
    starts = [threading.Thread(target=lambda: found.append(service.start(home, say=quiet))) for _ in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(found) == 2
    assert found[0] == found[1]
    servers = [p for p in psutil.process_iter(["cmdline"]) if str(home.folder) in " ".join(p.info["cmdline"] or [])]
    assert len(servers) == 1  # Redis does not show its folder


def test_given_servers_are_used_and_nothing_is_started(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = service.start(home, say=quiet)
    monkeypatch.setenv("DATABASE_URL", given.database_url.removesuffix("/shopme") + "/another")
    monkeypatch.setenv("REDIS_URL", given.redis_url)
    other = Home(tmp_path / "other")
    found = service.start(other, say=quiet)
    assert found.as_environment() == {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    assert not other.folder.exists()
    write_note(found.database_url, "in a database made on the given server")


def test_a_given_server_that_is_not_there_stops_the_start(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgres://nobody@127.0.0.1:{free_port()}/nowhere")
    with pytest.raises(EngineProblem, match="The Postgres of DATABASE_URL does not answer"):
        service.start(home, say=quiet)
    assert not home.folder.exists()


def test_the_passwords_are_for_their_owner_only(home: Home) -> None:
    found = service.start(home, say=quiet)
    assert home.state_file.stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg.OperationalError, match=r"no password supplied|password authentication failed"):
        psycopg.connect(found.database_url.replace(home.load().postgres_password, "guess"))
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(found.redis_url.replace(home.load().redis_password, "guess")).ping()


def run_with_engines(home: Home, script: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "shopme.engines", "--home", str(home.folder), "--throwaway", "run", "--"]
    return subprocess.Popen([*command, sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)


WAIT = "import sys, time; print('up', flush=True); time.sleep(60)"


def test_the_engines_stop_with_the_last_command_that_uses_them(home: Home) -> None:
    long, short = run_with_engines(home, WAIT), run_with_engines(home, "raise SystemExit(7)")
    assert long.stdout is not None
    assert long.stdout.readline() == "up\n"
    assert short.wait(timeout=30) == 7
    assert all(pids(home))
    long.send_signal(signal.SIGTERM)
    assert long.wait(timeout=30) == 128 + signal.SIGTERM
    assert pids(home) == [None, None]


def test_killed_engines_come_back_at_their_places_while_a_command_runs(home: Home) -> None:
    run = run_with_engines(home, WAIT)
    assert run.stdout is not None
    assert run.stdout.readline() == "up\n"
    before, addresses = pids(home), service.addresses(home)
    assert addresses is not None
    write_note(addresses.database_url, "kept")
    kill_everything(home)
    deadline = time.monotonic() + 30
    while not (all(pids(home)) and service.addresses(home) == addresses) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not set(pids(home)) & set(before)
    assert notes_when_up(addresses.database_url) == ["kept"]
    run.send_signal(signal.SIGTERM)
    run.wait(timeout=30)
    assert pids(home) == [None, None]


def test_engines_that_were_stopped_stay_stopped(home: Home) -> None:
    service.start(home, say=quiet)
    service.stop(home, say=quiet)
    assert service.revive(home, say=quiet) is False
    assert pids(home) == [None, None]


def test_engines_left_behind_by_a_killed_command_are_joined_and_then_stopped(home: Home) -> None:
    killed = run_with_engines(home, WAIT)
    assert killed.stdout is not None
    assert killed.stdout.readline() == "up\n"
    killed.kill()
    killed.wait()
    running = pids(home)
    assert all(running)
    assert run_with_engines(home, "pass").wait(timeout=30) == 0
    assert pids(home) == [None, None]


def test_a_signal_during_the_start_leaves_nothing_running(home: Home) -> None:
    run = run_with_engines(home, WAIT)
    deadline = time.monotonic() + 20
    while not home.state_file.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    run.wait(timeout=30)
    assert pids(home) == [None, None]


def test_a_torn_state_file_counts_as_none(home: Home) -> None:
    home.make()
    home.state_file.write_text('{"postgres_port": 5')
    assert home.load().postgres_port == State().postgres_port == 0
