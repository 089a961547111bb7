"""The supervisor of `script/server`: addresses, greeting, and a process that is kept running."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shopme.serve.__main__ import commands, platform_url
from shopme.serve.greeting import greeting


@pytest.mark.parametrize(
    ("given", "port", "expected"),
    [
        ("", None, "http://localhost:8000"),
        ("", 8100, "http://localhost:8100"),
        ("http://localhost:8000/", 8100, "http://localhost:8100"),
        ("http://localhost:9000", None, "http://localhost:9000"),
        ("https://shop.example.com", 8100, "https://shop.example.com"),
    ],
)
def test_a_local_address_follows_the_port_and_a_public_one_stays(given: str, port: int | None, expected: str) -> None:
    assert platform_url(given, port=port) == expected


def test_the_greeting_names_every_shop_and_login() -> None:
    login = {"email": "thandi@demo.shopme.test", "role": "admin", "password": "a-password"}
    text = greeting(
        platform_url="http://localhost:8100",
        shops=[{"name": "Bakery", "url": "http://bakery.localhost:8100/", "logins": [login]}],
    )
    for words in ("http://localhost:8100/", "Bakery", "http://bakery.localhost:8100/", *login.values()):
        assert words in text


def test_the_web_serves_on_the_wished_port() -> None:
    assert "8100" in commands(8100)["web"]
    assert set(commands(8100)) == {"web", "lanes", "worker", "beat"}


def keep(script: str, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "shopme.serve.keep", sys.executable, "-c", script, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


PID_THEN_SLEEP = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"


@pytest.mark.load
def test_a_process_killed_with_9_is_started_again() -> None:
    keeper = keep(PID_THEN_SLEEP)
    assert keeper.stdout is not None
    first = int(keeper.stdout.readline())
    subprocess.run(["kill", "-9", str(first)], check=True)
    second = int(keeper.stdout.readline())
    assert second != first
    keeper.terminate()
    assert keeper.wait(timeout=10) == 0
    assert not Path(f"/proc/{second}").exists()


@pytest.mark.load
def test_a_process_that_keeps_dying_is_given_up() -> None:
    keeper = keep("raise SystemExit(3)")
    assert keeper.wait(timeout=20) == 3


@pytest.mark.load
def test_a_process_ends_when_the_one_above_its_keeper_was_killed() -> None:
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-m', 'shopme.serve.keep', sys.executable, '-c', {PID_THEN_SLEEP!r}])"
    above = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert above.stdout is not None
    pid = int(above.stdout.readline())
    above.send_signal(signal.SIGKILL)
    above.wait()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("words", [["--help"], ["--port", "8100", "-h"]])
def test_help_is_shown_without_making_anything(tmp_path: Path, words: list[str]) -> None:
    """In a checkout where nothing else is, not even what makes the environment."""
    (tmp_path / "script").mkdir()
    script = shutil.copy(Path(__file__).parents[2] / "script/server", tmp_path / "script/server")
    shown = subprocess.run([script, *words], capture_output=True, text=True, check=True, timeout=10)
    parser = [words for words in ("--port", "--no-demo", "--help") if words in shown.stdout]
    assert parser == ["--port", "--no-demo", "--help"]
    assert [each.name for each in tmp_path.iterdir()] == ["script"]
