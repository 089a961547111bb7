"""Kept bodies into events in lanes, in the order they arrived: one splitter an endpoint at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from django.db import connection, transaction

from conversations.transport import wakeup
from conversations.transport.models import WebhookEndpoint
from conversations.transport.splitting.aliases import assign_lanes
from conversations.transport.splitting.inbox import UNSTORABLE, NewEvent, put_events, put_events_alone
from conversations.transport.splitting.routing import Cut, RawBody, cut, headers_of
from shopme.lib import hot
from shopme.lib.encryption import CannotDecrypt, decrypt_bytes
from shopme.lib.failpoints import fail_at
from tenants.queries import Remembered

BODY_PLACE = "transport_webhookraw.body"
BATCH_BODIES = 500
BATCH_OCTETS = 8 * 1024 * 1024
ENDPOINT_LOCK = 7002

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many bodies were taken, for how many seconds the oldest had waited, and whether more may wait behind them."""

    bodies: int = 0
    late: float = 0.0
    has_more: bool = False


def split_waiting(*, looks_again: bool = True) -> Taken:
    """Split everything that waits, endpoint by endpoint.

    Without `looks_again` an endpoint is left after a batch that was not full: for a caller who is woken by each body.
    """
    bodies, late = 0, 0.0
    for endpoint_id in _endpoints_waiting():
        while taken := split_endpoint(endpoint_id):
            bodies, late = bodies + taken.bodies, max(late, taken.late)
            if not (taken.has_more or looks_again):
                break
    return Taken(bodies, late)


def split_endpoint(endpoint_id: int) -> Taken | None:
    """Split one batch of an endpoint's bodies; None when none waits or somebody else is at it.

    All of a batch commits together: events, lanes and the bodies' state. If the database refuses the data of one
    event, the batch is split again with each event put by itself.
    """
    try:
        return _split(endpoint_id, put_events)
    except UNSTORABLE:
        return _split(endpoint_id, put_events_alone)


@transaction.atomic
def _split(endpoint_id: int, put: Callable[[Sequence[NewEvent]], int]) -> Taken | None:
    if not _lock(endpoint_id):
        return None
    raws, sealed, taken = _bodies(endpoint_id)
    if not taken.bodies:
        return None
    result = cut(_endpoint(endpoint_id), raws)
    result.poison.update(sealed)
    assign_lanes(result.events)
    new = put(result.events)
    _mark(raws, result)
    fail_at("bodies_split", raws[0].id if raws else "")
    wakeup.notify(wakeup.LANES)
    if result.poison:
        log.warning("webhooks_poisoned", endpoint_id=endpoint_id, bodies=len(result.poison))
    log.debug("webhooks_split", endpoint_id=endpoint_id, bodies=len(raws), events=len(result.events), new=new)
    return taken


_endpoints: Remembered[int, WebhookEndpoint] = Remembered()


def _endpoint(endpoint_id: int) -> WebhookEndpoint:
    """Kind, shop and reference of an endpoint: they never change."""
    return _endpoints.get(
        endpoint_id, lambda: WebhookEndpoint.objects.defer("secrets", "verify_token").get(pk=endpoint_id)
    )


def _lock(endpoint_id: int) -> bool:
    return bool(hot.rows("SELECT pg_try_advisory_xact_lock(%s, %s)", [ENDPOINT_LOCK, endpoint_id % 2**31])[0][0])


def _endpoints_waiting() -> list[int]:
    """Endpoints with bodies to split: one look into the index for each, however long the queue is."""
    found = hot.rows(
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
    return [endpoint_id for (endpoint_id,) in found]


def _bodies(endpoint_id: int) -> tuple[list[RawBody], dict[int, str], Taken]:
    """The oldest bodies, opened, up to a size; those that do not open; and how much that was."""
    rows = hot.rows(
        """
        SELECT id, body, headers::text, extract(epoch FROM clock_timestamp() - received_at)::float FROM (
            SELECT id, body, headers, received_at,
                   sum(octet_length(body)) OVER (ORDER BY id) - octet_length(body) AS octets_before
            FROM (
                SELECT id, body, headers, received_at FROM public.transport_webhookraw
                WHERE endpoint_id = %s AND state = 'new' ORDER BY id LIMIT %s
            ) AS oldest
        ) AS measured
        WHERE octets_before < %s ORDER BY id
        """,
        [endpoint_id, BATCH_BODIES, BATCH_OCTETS],
    )
    raws: list[RawBody] = []
    sealed: dict[int, str] = {}
    for pk, body, headers, _late in rows:
        try:
            raws.append(RawBody(pk, decrypt_bytes(body, place=BODY_PLACE), headers_of(headers)))
        except CannotDecrypt as problem:
            sealed[pk] = str(problem)[:300]
    is_full = len(rows) >= BATCH_BODIES or sum(len(row[1]) for row in rows) >= BATCH_OCTETS
    return raws, sealed, Taken(len(rows), max((row[3] for row in rows), default=0.0), is_full)


def _mark(raws: Sequence[RawBody], result: Cut) -> None:
    split = [raw.id for raw in raws if raw.id not in result.poison]
    hot.rows("UPDATE public.transport_webhookraw SET state = 'split' WHERE id = ANY(%s)", [split])
    if result.poison:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE public.transport_webhookraw AS raw SET state = 'poison', error = bad.error
                FROM unnest(%s::bigint[], %s::text[]) AS bad (id, error) WHERE raw.id = bad.id
                """,
                [list(result.poison), [text.replace("\x00", "") for text in result.poison.values()]],
            )
