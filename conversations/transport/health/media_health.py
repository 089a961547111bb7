"""Whether files of a number may be fetched now. Providers that block a number for failing fetches are asked less often.

The figures are data (`media.json`). A fixed hour with half the allowance never reaches the whole of it in any hour.
"""

from typing import Final

import structlog
from django.db import connection

from conversations.transport.rules import media_rules

log = structlog.get_logger(__name__)
_RESTS: Final = """
SELECT extract(epoch FROM rests_until - now()) FROM public.transport_mediahealth
WHERE number_id = %s AND rests_until > now()
"""
_FAILED: Final = """
INSERT INTO public.transport_mediahealth AS h (number_id, failures) VALUES (%(number)s, 1)
ON CONFLICT (number_id) DO UPDATE SET
  failures = CASE WHEN h.window_at < now() - %(hour)s * interval '1 minute' THEN 1 ELSE h.failures + 1 END,
  window_at = CASE WHEN h.window_at < now() - %(hour)s * interval '1 minute' THEN now() ELSE h.window_at END
RETURNING failures
"""
_REST: Final = """
UPDATE public.transport_mediahealth
SET rests_until = greatest(window_at + %(hour)s * interval '1 minute', now() + %(rest)s * interval '1 minute')
WHERE number_id = %(number)s
"""


def seconds_to_rest(number_id: int) -> float:
    """How long no file of this number is fetched; 0 when it may be."""
    with connection.cursor() as cursor:
        cursor.execute(_RESTS, [number_id])
        row = cursor.fetchone()
    return float(row[0]) if row else 0.0


def note_failed_fetch(*, number_id: int, provider: str) -> None:
    """A fetch failed; after half of what the provider bears, the number's files rest."""
    rule = media_rules.table()["failing_fetches"].get(provider)
    if rule is None:
        return
    values = {"number": number_id, "hour": rule["within_minutes"], "rest": rule["rest_minutes"]}
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, values)
        (failures,) = cursor.fetchone()
        if failures >= rule["most"] // 2:
            cursor.execute(_REST, values)
            log.warning("media_fetches_rest", number_id=number_id, failures=failures)
