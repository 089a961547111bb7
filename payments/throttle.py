"""Slows down who tries tokens: 20 misses a minute from one address. Guessing is hopeless anyway, this spares work."""

from django.core.cache import cache
from redis.exceptions import RedisError

MISSES = 20
SECONDS = 60


def has_guessed_too_often(ip: str) -> bool:
    """True for an address with too many misses this minute; False while the cache is away."""
    try:
        return int(cache.get(_key(ip), 0)) >= MISSES
    except RedisError:
        return False


def note_miss(ip: str) -> None:
    """Count one unknown token against an address; forgotten after a minute, or if the cache is away."""
    try:
        if not cache.add(_key(ip), 1, SECONDS):
            cache.incr(_key(ip))
    except (RedisError, ValueError):  # ValueError: it expired between the two calls
        return


def _key(ip: str) -> str:
    return f"pay-miss:{ip}"
