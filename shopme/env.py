"""The environment, read once and strictly: a missing or odd value stops the start with one clear line."""

import base64
import binascii
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.prefix = ""
if (BASE_DIR / ".env").exists():
    environ.Env.read_env(str(BASE_DIR / ".env"))

T = TypeVar("T")


def stop(name: str, why: str) -> NoReturn:
    """End the process with one line that names the variable and what to do."""
    sys.stderr.write(f"ShopMe cannot start: {name} {why}\n")
    raise SystemExit(2)


def read(name: str, cast: Callable[[str], T], *, default: T | None = None, why: str) -> T:
    """The value of `name` through `cast`; `why` says what is expected when it is missing or odd."""
    raw = env.str(name, default="").strip()
    if not raw:
        if default is None:
            stop(name, f"is missing: {why}")
        return default
    try:
        return cast(raw)
    except (ValueError, binascii.Error):
        stop(name, f"is not usable: {why}")


def flag(name: str, *, default: bool) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}

    def cast(raw: str) -> bool:
        if raw.lower() not in words:
            raise ValueError(raw)
        return words[raw.lower()]

    return read(name, cast, default=default, why="use true or false.")


def url(name: str, *, default: str | None = None, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """An absolute URL without a trailing slash."""

    def cast(raw: str) -> str:
        parts = urlsplit(raw)
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            raise ValueError(raw)
        return raw.rstrip("/")

    return read(name, cast, default=default, why=f"give an absolute URL that starts with {' or '.join(schemes)}.")


def words(name: str, *, default: list[str]) -> list[str]:
    """A comma-separated list."""
    return read(name, lambda raw: [part.strip() for part in raw.split(",") if part.strip()], default=default, why="")


def field_keys(name: str, *, default: str | None = None) -> dict[str, bytes]:
    """Keys for encrypted fields, newest first: `id:base64 of 32 bytes`, comma-separated."""

    def cast(raw: str) -> dict[str, bytes]:
        keys = {}
        for part in raw.split(","):
            key_id, _, text = part.strip().partition(":")
            secret = base64.b64decode(text, validate=True)
            if not key_id.isalnum() or len(secret) != 32:
                raise ValueError(part)
            keys[key_id] = secret
        return keys

    parsed_default = cast(default) if default else None
    return read(name, cast, default=parsed_default, why="give id:base64 of 32 random bytes, newest first.")
