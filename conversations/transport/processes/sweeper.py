"""Every 15 seconds: what a crash, a lost hint or a bug left lying is picked up. Needs the database and nothing else."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils import timezone
from prometheus_client import Gauge

from conversations.transport import wakeup
from conversations.transport.health import number_alerts, portfolio
from conversations.transport.lanes import lane_rows
from conversations.transport.splitter import split_waiting
from conversations.transport.splitting.routing import SWITCHED_OFF
from tenants.services.shoppers import forget_old_talk

SWEEP_LOCK = 7004
OLD_BODY_SECONDS = 5
STRANGERS = "WhatsApp sends us events that belong to no number here. They are kept apart and wait for you."
ATTACH = "See them under Dead events. Attach their number and they are handled, or let them go."
KEEP_BODIES = timedelta(days=14)
KEEP_KEYS = timedelta(days=30)
SCRUB_ROWS = 1_000

_EMPTY_BODIES = """
UPDATE public.transport_webhookraw SET body = '' WHERE id IN (
    SELECT raw.id FROM public.transport_webhookraw raw
    JOIN public.transport_webhookendpoint endpoint ON endpoint.id = raw.endpoint_id
    WHERE raw.received_at < %s AND raw.body <> '' AND raw.state <> 'new' AND endpoint.kind <> 'payment' LIMIT %s)
"""
_EMPTY_EVENTS = """
UPDATE public.transport_inboxevent SET data = '{}'::jsonb WHERE id IN (
    SELECT id FROM public.transport_inboxevent
    WHERE created_at < %s AND data <> '{}'::jsonb AND kind <> 'payment' AND state <> 'ready' LIMIT %s)
"""
_FORGET_EVENTS = """
DELETE FROM public.transport_inboxevent WHERE id IN (
    SELECT id FROM public.transport_inboxevent
    WHERE created_at < %s AND kind <> 'payment' AND state IN ('done', 'skipped') LIMIT %s)
"""
_FORGET_BODIES = """
DELETE FROM public.transport_webhookraw WHERE id IN (
    SELECT raw.id FROM public.transport_webhookraw raw
    JOIN public.transport_webhookendpoint endpoint ON endpoint.id = raw.endpoint_id
    WHERE raw.received_at < %s AND raw.state = 'split' AND endpoint.kind <> 'payment' LIMIT %s)
"""

_oldest = Gauge("shopme_oldest_seconds", "Age of the oldest thing that waits.", ["what"])

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one sweep found and put right."""

    bodies: int = 0
    lanes_freed: int = 0
    lanes_repaired: int = 0


def sweep() -> Sweep:
    """Put right what was left behind. One sweeper at a time; another one finds nothing to do."""
    with transaction.atomic():
        if not _lock():
            return Sweep()
        freed = lane_rows.free_stale_lanes()
        repaired = repair_pending()
        wakeup.notify(wakeup.LANES)
    bodies = split_waiting().bodies if _has_old_bodies() else 0
    _measure()
    if _has_strangers():
        number_alerts.tell_platform(kind=number_alerts.QUARANTINED, sentence=STRANGERS, advice=ATTACH)
    found = Sweep(bodies, freed, repaired)
    if found != Sweep():
        log.info("sweep", bodies=bodies, lanes_freed=freed, lanes_repaired=repaired)
    return found


def repair_pending() -> int:
    """Make each lane's count what its ready events are, lane by lane under the lane's lock. Returns how many were off."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(lane.key, ready.lane) FROM (
                SELECT lane, count(*) AS events FROM public.transport_inboxevent
                WHERE state = 'ready' AND lane <> '' GROUP BY lane
            ) AS ready
            FULL JOIN (SELECT key, pending FROM public.transport_lane WHERE pending > 0) AS lane ON lane.key = ready.lane
            WHERE coalesce(ready.events, 0) <> coalesce(lane.pending, 0) LIMIT 500
            """
        )
        suspects = [key for (key,) in cursor.fetchall()]
    return sum(_repair(key) for key in sorted(suspects))


def _repair(key: str) -> bool:
    """Whoever adds or finishes events holds the lane's row, so under its lock a fresh count is exact."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM public.transport_lane WHERE key = %s FOR UPDATE SKIP LOCKED", [key])
        if cursor.fetchone() is None:
            return False
        cursor.execute(
            """
            WITH actual AS (
                SELECT count(*) AS events FROM public.transport_inboxevent WHERE lane = %s AND state = 'ready'
            )
            UPDATE public.transport_lane SET pending = actual.events FROM actual
            WHERE key = %s AND pending <> actual.events
            """,
            [key, key],
        )
        return bool(cursor.rowcount)


def scrub() -> int:
    """Empty bodies after 14 days, forget their keys after 30; payments stay. Returns how many rows changed.

    Who counts no more for a portfolio's day is forgotten too, and old talk with the platform itself.
    """
    now = timezone.now()
    changed = portfolio.forget_old() + forget_old_talk(now=now)
    while batch := _scrub_batch(now - KEEP_BODIES, now - KEEP_KEYS):
        changed += batch
    return changed


@transaction.atomic
def _scrub_batch(bodies_before: datetime, keys_before: datetime) -> int:
    changed = 0
    with connection.cursor() as cursor:
        for statement, before in (
            (_EMPTY_BODIES, bodies_before),
            (_EMPTY_EVENTS, bodies_before),
            (_FORGET_EVENTS, keys_before),
            (_FORGET_BODIES, keys_before),
        ):
            cursor.execute(statement, [before, SCRUB_ROWS])
            changed += cursor.rowcount
    return changed


def _lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [SWEEP_LOCK])
        return bool(cursor.fetchone()[0])


def _has_old_bodies() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT EXISTS (SELECT 1 FROM public.transport_webhookraw
                           WHERE state = 'new' AND received_at < now() - make_interval(secs => %s))
            """,
            [OLD_BODY_SECONDS],
        )
        return bool(cursor.fetchone()[0])


# The last event of a day ago is one look into the index of ages; behind it only the quarantined ones of the day are read.
_STRANGERS = """
SELECT EXISTS (
    SELECT 1 FROM public.transport_inboxevent
    WHERE state = 'quarantined' AND created_at > now() - interval '1 day' AND last_error <> %s
      AND id > coalesce((SELECT id FROM public.transport_inboxevent WHERE created_at <= now() - interval '1 day'
                         ORDER BY created_at DESC LIMIT 1), 0))
"""


def _has_strangers() -> bool:
    """Whether something came within a day that belongs to no number of ours; what waits for a switch is known."""
    with connection.cursor() as cursor:
        cursor.execute(_STRANGERS, [SWITCHED_OFF])
        return bool(cursor.fetchone()[0])


def _measure() -> None:
    """Export how long the oldest unsplit body and the oldest ready event of each kind have waited."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT 'body', extract(epoch FROM now() - min(received_at)) FROM public.transport_webhookraw
            WHERE state = 'new'
            UNION ALL
            SELECT kind, extract(epoch FROM now() - min(created_at)) FROM public.transport_inboxevent
            WHERE state = 'ready' AND next_at <= now() GROUP BY kind
            """
        )
        for what, age in cursor.fetchall():
            _oldest.labels(what).set(float(age or 0))
