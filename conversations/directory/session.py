"""A copy in Redis of who somebody on a shared number is and where their talk stands, for half an hour.

It saves looking a person up by their names. It may vanish at any moment, and it is never believed alone: the row
decides who they are and which shop they are in.
"""

import logging
from dataclasses import asdict, dataclass
from functools import cache

import orjson
import redis
from django.conf import settings

from shopme.lib.after_commit import after_commit

LIVES_SECONDS = 30 * 60
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Session:
    """Which shop a shopper is talking with (0 for none), in which state and language."""

    shopper_id: int
    shop_id: int
    state: str
    language: str


@cache
def _redis() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def _key(number_id: int, identity: str) -> str:
    return f"session:{number_id}:{identity}"


def keep(*, number_id: int, identity: str, session: Session) -> None:
    """Copy `session` for half an hour, once the transaction has committed."""
    after_commit(_set, _key(number_id, identity), orjson.dumps(asdict(session)))


def _set(key: str, value: bytes) -> None:
    try:
        _redis().set(key, value, ex=LIVES_SECONDS)
    except redis.RedisError as problem:
        log.warning("session copy not kept: %s", problem)


def kept(*, number_id: int, identity: str) -> Session | None:
    """The copy, if it is still there and of the form we write today."""
    try:
        value = _redis().get(_key(number_id, identity))
        return Session(**orjson.loads(value)) if isinstance(value, bytes) else None
    except (redis.RedisError, TypeError, orjson.JSONDecodeError) as problem:
        log.warning("session copy not read: %s", problem)
        return None
