"""News for open pages: small signals by shop, best effort, sent once a transaction has committed.

A signal names what changed (`inbox`, `thread-42`, `orders`, `order-7`, `customer-3`, `products`, `simulator-27821234567`);
whoever shows it fetches it anew. Postgres rows stay the truth: when Redis is away, pages poll.
"""

import json
import time
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import redis
import structlog
from django.conf import settings
from django.core import signing
from django.db import connection, transaction

from tenants.context import current_shop
from tenants.models import Shop

log = structlog.get_logger(__name__)
CHANNEL: Final = "live"
KEPT_SIGNALS: Final = 1000
TOKEN_SECONDS: Final = 60
_SALT: Final = "tenants.live"
_REST_SECONDS: Final = 2.0
# One round trip: keep each signal for those who come back, then tell those who listen, under the same id.
_SEND: Final = """
for place = 3, #ARGV do
  local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'd', ARGV[place])
  redis.call('PUBLISH', KEYS[2], ARGV[2] .. ' ' .. id .. ' ' .. ARGV[place])
end
redis.call('EXPIRE', KEYS[1], 86400)
"""


def stream_key(shop_id: int) -> str:
    """Under which Redis keeps a shop's latest signals."""
    return f"live:{shop_id}"


def announce(event: str, *, data: dict[str, Any] | None = None, shop: Shop | None = None) -> None:
    """Tell the open pages of `shop` (the current one) that `event` happened, after the commit, once a transaction."""
    shop_id = (shop or current_shop()).pk
    payload = json.dumps({"event": event, "data": data or {}}, ensure_ascii=False)
    waiting = (each[1] for each in connection.run_on_commit) if connection.in_atomic_block else ()
    signals = next((act for act in waiting if isinstance(act, _Signals) and act.shop_id == shop_id), None)
    if signals is None:
        transaction.on_commit(_Signals(shop_id, [payload]))
    elif payload not in signals.payloads:
        signals.payloads.append(payload)


@dataclass(slots=True)
class _Signals:
    """What one transaction tells the pages of one shop, once it has committed."""

    shop_id: int
    payloads: list[str]

    def __call__(self) -> None:
        if _resting.until > time.monotonic():
            return
        try:
            _script()(keys=[stream_key(self.shop_id), CHANNEL], args=[KEPT_SIGNALS, self.shop_id, *self.payloads])
        except redis.RedisError as problem:
            _resting.until = time.monotonic() + _REST_SECONDS
            log.warning("live_signals_lost", problem=type(problem).__name__, count=len(self.payloads))
        except Exception:
            # The work is committed, and what else follows it must still happen.
            log.exception("live_signals_lost", count=len(self.payloads))


@dataclass(slots=True)
class _Resting:
    """Until when (monotonic) nobody tries Redis again: a dead Redis must not slow the work down."""

    until: float = 0.0


_resting = _Resting()


@cache
def _script() -> Any:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.3, socket_timeout=0.5, health_check_interval=30
    )
    return client.register_script(_SEND)


def live_token(user_id: int, shop_id: int) -> str:
    """A ticket for one connection to the stream of `shop_id`, good for `TOKEN_SECONDS`."""
    return signing.dumps([user_id, shop_id], salt=_SALT, compress=False)


class BadLiveToken(ValueError):
    """The ticket is forged, old or of another shape."""


def read_live_token(token: str) -> tuple[int, int]:
    """The user and the shop of a ticket. Refuses: `BadLiveToken`."""
    try:
        user_id, shop_id = signing.loads(token, salt=_SALT, max_age=TOKEN_SECONDS)
    except (signing.BadSignature, ValueError, TypeError) as problem:
        raise BadLiveToken from problem
    return int(user_id), int(shop_id)
