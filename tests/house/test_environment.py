"""A missing or odd value stops the start with one clear line; a file `.env` is heard."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "DATABASE_URL": "postgres://someone@127.0.0.1:5432/shopme",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "SECRET_KEY": "k" * 60,
    "FIELD_KEYS": "a:" + "QUFB" * 10 + "QUE=",
    "PLATFORM_URL": "https://shop.example.com",
    "ALLOWED_HOSTS": "shop.example.com",
    "WHATSAPP_APP_SECRET": "secret",
    "WHATSAPP_VERIFY_TOKEN": "token",
    "EMAIL_URL": "smtp+tls://me:word@mail.example.com:587",
}


def start(settings: str, given: dict[str, str], *, read: str = "DEBUG") -> subprocess.CompletedProcess[str]:
    """Import the settings in a process that has nothing but `given` in its environment; print one of them."""
    program = f"import importlib; print(getattr(importlib.import_module('shopme.settings.{settings}'), '{read}'))"
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", program], env=bare | given, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_production_starts_when_all_it_needs_is_given() -> None:
    started = start("production", GOOD, read="PLATFORM_HOST")

    assert (started.returncode, started.stdout.strip(), started.stderr) == (0, "shop.example.com", "")


@pytest.mark.parametrize("name", sorted(GOOD))
def test_production_stops_at_what_is_missing(name: str) -> None:
    stopped = start("production", {key: value for key, value in GOOD.items() if key != name})

    assert stopped.returncode == 2
    assert stopped.stderr.startswith(f"ShopMe cannot start: {name} is missing: ")
    assert stopped.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("DATABASE_URL", "postgres://host:abc/shopme"),
        ("DATABASE_URL", "mysql://host/shopme"),
        ("REDIS_URL", "somewhere"),
        ("SECRET_KEY", "short"),
        ("FIELD_KEYS", "a:AAAA"),
        ("PLATFORM_URL", "https://host:99999"),
        ("ALLOWED_HOSTS", ",,"),
        ("EMAIL_URL", "foo"),
        ("EMAIL_URL", "smtp://host:abc"),
        ("WHATSAPP_GRAPH_VERSION", "latest"),
        ("PINNED_SHOP", "Not A Slug"),
        ("DEBUG", "perhaps"),
    ],
)
def test_an_odd_value_stops_the_start_with_one_line_that_names_it(name: str, odd: str) -> None:
    stopped = start("production", GOOD | {name: odd})

    assert stopped.returncode == 2
    assert stopped.stderr.startswith(f"ShopMe cannot start: {name} is ")
    assert stopped.stderr.count("\n") == 1


def test_at_home_only_what_is_missing_or_empty_gets_a_stand_in() -> None:
    given = {"WHATSAPP_APP_SECRET": "from my file", "SECRET_KEY": ""}

    assert start("local", given, read="WHATSAPP_APP_SECRET").stdout.strip() == "from my file"
    assert len(start("local", given, read="SECRET_KEY").stdout.strip()) > 50
