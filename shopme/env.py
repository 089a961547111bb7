"""The environment, read once and strictly: a missing or odd value stops the start with one clear line."""

import base64
import binascii
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
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


def stand_in(**values: str) -> None:
    """Give variables that are missing or empty a value: for local work and tests, never in production."""
    for name, value in values.items():
        if not os.environ.get(name, "").strip():
            os.environ[name] = value


def need(**why: str) -> None:
    """Stop unless each of these is given; the text says what to give."""
    for name, sentence in why.items():
        if not os.environ.get(name, "").strip():
            stop(name, f"is missing: {sentence}")


def text(name: str, *, default: str = "", pattern: str = ".*", why: str = "") -> str:
    """One line that fits `pattern` as a whole."""

    def cast(raw: str) -> str:
        if not re.fullmatch(pattern, raw):
            raise ValueError(raw)
        return raw

    return read(name, cast, default=default, why=why)


def flag(name: str, *, default: bool) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}

    def cast(raw: str) -> bool:
        if raw.lower() not in words:
            raise ValueError(raw)
        return words[raw.lower()]

    return read(name, cast, default=default, why="use true or false.")


def number(name: str, *, default: int, most: int, why: str) -> int:
    """A whole number from 0 to `most`."""

    def cast(raw: str) -> int:
        if not raw.isascii() or not raw.isdigit() or int(raw) > most:
            raise ValueError(raw)
        return int(raw)

    return read(name, cast, default=default, why=why)


def url(name: str, *, default: str | None = None, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """An absolute URL without a trailing slash."""

    def cast(raw: str) -> str:
        parts = urlsplit(raw)
        # `port` raises by itself when it is no port.
        if parts.scheme not in schemes or not (parts.netloc or parts.path) or parts.port == 0:
            raise ValueError(raw)
        return raw.rstrip("/")

    return read(name, cast, default=default, why=f"give an absolute URL that starts with {' or '.join(schemes)}.")


def words(name: str, *, default: list[str]) -> list[str]:
    """A comma-separated list of at least one word."""

    def cast(raw: str) -> list[str]:
        parts = [part.strip() for part in raw.split(",") if part.strip()]
        if not parts:
            raise ValueError(raw)
        return parts

    return read(name, cast, default=default, why="give one or more, separated by commas.")


def mail(name: str, *, default: str) -> dict[str, Any]:
    """Django's mail settings from `smtp+tls://user:password@host:587` and the like."""

    def cast(raw: str) -> dict[str, Any]:
        try:
            return dict(environ.Env.email_url_config(raw))
        except (environ.ImproperlyConfigured, KeyError) as problem:
            raise ValueError(raw) from problem

    return read(name, cast, default=cast(default), why="give smtp+tls://user:password@host:587 or consolemail://.")


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
