"""Kept bodies into events in lanes, in the order they arrived: one splitter an endpoint at a time."""

from collections.abc import Sequence

import structlog
from django.db import connection, transaction

from conversations.transport import wakeup
from conversations.transport.aliases import assign_lanes
from conversations.transport.inbox import put_events
from conversations.transport.models import WebhookEndpoint
from conversations.transport.routing import Cut, RawBody, cut, headers_of
from shopme.lib.encryption import CannotDecrypt, decrypt_bytes

BODY_PLACE = "transport_webhookraw.body"
BATCH_BODIES = 500
BATCH_OCTETS = 8 * 1024 * 1024
ENDPOINT_LOCK = 7002

log = structlog.get_logger(__name__)


def split_waiting() -> int:
    """Split everything that waits, endpoint by endpoint. Returns how many bodies were taken."""
    bodies = 0
    for endpoint_id in _endpoints_waiting():
        while taken := split_endpoint(endpoint_id):
            bodies += taken
    return bodies


@transaction.atomic
def split_endpoint(endpoint_id: int) -> int:
    """Split one batch of an endpoint's bodies; 0 when none waits or somebody else is at it.

    All of a batch commits together: events, lanes and the bodies' state.
    """
    if not _lock(endpoint_id):
        return 0
    raws, sealed = _bodies(endpoint_id)
    if not raws and not sealed:
        return 0
    endpoint = WebhookEndpoint.objects.defer("secrets", "verify_token").get(pk=endpoint_id)
    result = cut(endpoint, raws)
    result.poison.update(sealed)
    assign_lanes(result.events)
    new = put_events(result.events)
    _mark(raws, result)
    wakeup.notify(wakeup.LANES)
    if result.poison:
        log.warning("webhooks_poisoned", endpoint_id=endpoint_id, bodies=len(result.poison))
    log.debug("webhooks_split", endpoint_id=endpoint_id, bodies=len(raws), events=len(result.events), new=new)
    return len(raws) + len(sealed)


def _lock(endpoint_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [ENDPOINT_LOCK, endpoint_id % 2**31])
        return bool(cursor.fetchone()[0])


def _endpoints_waiting() -> list[int]:
    """Endpoints with bodies to split: one look into the index for each, however long the queue is."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE waiting AS (
                (SELECT endpoint_id FROM public.transport_webhookraw WHERE state = 'new' ORDER BY endpoint_id LIMIT 1)
                UNION ALL
                SELECT (SELECT raw.endpoint_id FROM public.transport_webhookraw raw
                        WHERE raw.state = 'new' AND raw.endpoint_id > waiting.endpoint_id
                        ORDER BY raw.endpoint_id LIMIT 1)
                FROM waiting WHERE waiting.endpoint_id IS NOT NULL
            )
            SELECT endpoint_id FROM waiting WHERE endpoint_id IS NOT NULL
            """
        )
        return [endpoint_id for (endpoint_id,) in cursor.fetchall()]


def _bodies(endpoint_id: int) -> tuple[list[RawBody], dict[int, str]]:
    """The oldest bodies, opened, up to a size; and those that do not open."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, body, headers::text FROM (
                SELECT id, body, headers,
                       sum(octet_length(body)) OVER (ORDER BY id) - octet_length(body) AS octets_before
                FROM (
                    SELECT id, body, headers FROM public.transport_webhookraw
                    WHERE endpoint_id = %s AND state = 'new' ORDER BY id LIMIT %s
                ) AS oldest
            ) AS measured
            WHERE octets_before < %s ORDER BY id
            """,
            [endpoint_id, BATCH_BODIES, BATCH_OCTETS],
        )
        rows = cursor.fetchall()
    raws: list[RawBody] = []
    sealed: dict[int, str] = {}
    for pk, body, headers in rows:
        try:
            raws.append(RawBody(pk, decrypt_bytes(body, place=BODY_PLACE), headers_of(headers)))
        except CannotDecrypt as problem:
            sealed[pk] = str(problem)[:300]
    return raws, sealed


def _mark(raws: Sequence[RawBody], result: Cut) -> None:
    split = [raw.id for raw in raws if raw.id not in result.poison]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.transport_webhookraw SET state = 'split' WHERE id = ANY(%s)", [split])
        if result.poison:
            cursor.execute(
                """
                UPDATE public.transport_webhookraw AS raw SET state = 'poison', error = bad.error
                FROM unnest(%s::bigint[], %s::text[]) AS bad (id, error) WHERE raw.id = bad.id
                """,
                [list(result.poison), [text.replace("\x00", "") for text in result.poison.values()]],
            )
