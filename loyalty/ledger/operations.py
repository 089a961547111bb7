"""Operation keys: who comes second with the same key reads the first one's result and changes nothing."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection
from django.utils import timezone

from loyalty.errors import IdempotencyConflict, PointsAreBusy
from loyalty.models import Operation

LOCK_TIMEOUT = "2s"
LOCK_NOT_AVAILABLE = "55P03"
DEADLOCK_DETECTED = "40P01"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who moved points: a kind of `Operation.Actor`, the user's id if a person did, and by which door."""

    kind: str = Operation.Actor.SYSTEM
    id: int | None = None
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed key. `result` is set when the key was used before: then nothing may be written."""

    operation_id: int
    result: dict[str, Any] | None


def claim(*, key: str, kind: str, request: Mapping[str, Any], actor: Actor) -> Claim:
    """Take `key` for this request, inside the caller's transaction and before any lock.

    A second call waits on the unique key until the first commits, then reads its result; if the first rolls back,
    the second goes on. Refuses: `IdempotencyConflict` when the key was used for another request.
    """
    fingerprint = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO loyalty_operation (key, kind, fingerprint, actor_kind, actor_id, channel, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING RETURNING id",
            [key, kind, fingerprint, actor.kind, actor.id, actor.channel, timezone.now()],
        )
        if row := cursor.fetchone():
            return Claim(operation_id=row[0], result=None)
    earlier = Operation.objects.get(key=key)
    if bytes(earlier.fingerprint) != fingerprint:
        raise IdempotencyConflict(f"{key} was used before for something else.")
    return Claim(operation_id=earlier.pk, result=earlier.result or {})


def finish(operation_id: int, result: Mapping[str, Any]) -> None:
    """Store what the operation came to; a repeat answers this."""
    Operation.objects.filter(pk=operation_id).update(result=dict(result))


@contextmanager
def impatiently() -> Iterator[None]:
    """Wait at most two seconds for anybody's lock inside; the caller's own patience is put back after.

    Use inside `transaction.atomic()`. Refuses: `PointsAreBusy`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
    try:
        yield
    except OperationalError as problem:
        if getattr(problem.__cause__, "sqlstate", "") in {LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED}:
            raise PointsAreBusy("Somebody else is changing these points. Try again.") from problem
        raise
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])
