"""Is this machine alive, can it work, and how much waits: for load balancers and Prometheus."""

from collections.abc import Iterable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tenants.access import machine_view

# What waits, counted where the truth is. The figures name no shop and no person.
WAITING = {
    "shopme_webhooks_waiting": (
        "Kept webhooks that are not split into events yet.",
        "SELECT count(*) FROM public.transport_webhookraw WHERE state = 'new'",
    ),
    "shopme_events_waiting": (
        "Events that no lane worker has handled yet.",
        "SELECT count(*) FROM public.transport_inboxevent WHERE state = 'ready'",
    ),
    "shopme_events_dead": (
        "Events that were given up and wait for a person.",
        "SELECT count(*) FROM public.transport_inboxevent WHERE state = 'dead'",
    ),
    "shopme_webhooks_poison": (
        "Bodies that could not be cut into events and wait for a person.",
        "SELECT count(*) FROM public.transport_webhookraw WHERE state = 'poison'",
    ),
    "shopme_sends_dead": (
        "Messages of which nobody knows whether they arrived; they wait for a person.",
        "SELECT count(*) FROM public.transport_outboxitem WHERE state = 'dead'",
    ),
    "shopme_numbers_stopped": (
        "Numbers that send nothing now: too many failures, or their sign-in is refused.",
        "SELECT count(*) FROM public.transport_numberhealth WHERE breaker <> 'closed'",
    ),
    "shopme_events_quarantined": (
        "Events kept apart because no number of ours is theirs; they wait for a person of the platform.",
        "SELECT count(*) FROM public.transport_inboxevent WHERE state = 'quarantined'",
    ),
    "shopme_alerts_unread": (
        "What calls the people of the platform and nobody has read.",
        "SELECT count(*) FROM public.transport_numberalert "
        "WHERE shop_id IS NULL AND resolved_at IS NULL AND acknowledged_at IS NULL",
    ),
    "shopme_events_oldest_seconds": (
        "Age of the oldest event that waits.",
        "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) "
        "FROM public.transport_inboxevent WHERE state = 'ready'",
    ),
    "shopme_outbox_waiting": (
        "Messages that are not sent yet.",
        "SELECT count(*) FROM public.transport_outboxitem WHERE state IN ('queued', 'sending', 'unknown')",
    ),
    "shopme_shops_active": (
        "Shops that trade.",
        "SELECT count(*) FROM public.tenants_shop WHERE status = 'active'",
    ),
}


class Waiting(Collector):
    """Reads the gauges when Prometheus asks; nothing is counted in memory."""

    def collect(self) -> Iterable[Metric]:
        with connection.cursor() as cursor:
            for name, (meaning, query) in WAITING.items():
                cursor.execute(query)
                yield GaugeMetricFamily(name, meaning, value=float(cursor.fetchone()[0]))


@machine_view(why="says only that the process answers")
def health_live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@machine_view(why="says only which engine answers")
def health_ready(request: HttpRequest) -> JsonResponse:
    """200 when Postgres answers; Redis is reported, and its absence slows work down without stopping it."""
    engines = {"postgres": postgres_answers(), "redis": redis_answers()}
    return JsonResponse(engines, status=200 if engines["postgres"] else 503)


@machine_view(why="counts only; names no shop and no person")
def metrics(request: HttpRequest) -> HttpResponse:
    """What waits, in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Waiting())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def postgres_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def redis_answers() -> bool:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
