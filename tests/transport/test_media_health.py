"""A provider that blocks numbers for failing fetches is never asked that often."""

import pytest
from django.db import connection

from conversations.transport.health import media_health
from conversations.transport.models import MediaHealth

pytestmark = pytest.mark.django_db


def test_half_of_what_360dialog_bears_and_the_number_rests_for_at_least_half_an_hour() -> None:
    for _ in range(9):
        media_health.note_failed_fetch(number_id=7, provider="dialog360")
    assert media_health.seconds_to_rest(7) == 0
    media_health.note_failed_fetch(number_id=7, provider="dialog360")
    assert 30 * 60 <= media_health.seconds_to_rest(7) <= 60 * 60 + 1
    assert media_health.seconds_to_rest(8) == 0


def test_a_new_hour_counts_anew() -> None:
    for _ in range(9):
        media_health.note_failed_fetch(number_id=7, provider="dialog360")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.transport_mediahealth SET window_at = now() - interval '61 minutes'")
    media_health.note_failed_fetch(number_id=7, provider="dialog360")
    assert MediaHealth.objects.get().failures == 1
    assert media_health.seconds_to_rest(7) == 0


def test_meta_blocks_nobody_for_that() -> None:
    for _ in range(30):
        media_health.note_failed_fetch(number_id=7, provider="meta_cloud")
    assert not MediaHealth.objects.exists()
