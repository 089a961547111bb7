"""The copy in Redis may vanish at any moment; the row decides."""

import pytest
import redis

from conversations import session
from tests.journeys.chat import Customer


def test_where_a_talk_stands_is_copied_for_half_an_hour(
    thandi: Customer, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        thandi.says("menu")

    copy = session.kept(number_id=thandi.number.pk, identity=thandi.phone)
    assert copy == session.Session(thandi.shop.pk, "menu", "en")
    key = f"session:{thandi.number.pk}:{thandi.phone}"
    assert 0 < session._redis().ttl(key) <= 1800


def test_a_flushed_redis_changes_nothing(thandi: Customer) -> None:
    thandi.says("rye")
    session._redis().delete(f"session:{thandi.number.pk}:{thandi.phone}")

    assert thandi.says("2").startswith("Done! ✓ 2 × Rye loaf.")
    assert session.kept(number_id=thandi.number.pk, identity=thandi.phone) is None


def test_a_dead_redis_changes_nothing(
    thandi: Customer, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    dead = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.05)
    monkeypatch.setattr(session, "_redis", lambda: dead)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert "What would you like to do?" in thandi.says("menu")
    assert session.kept(number_id=thandi.number.pk, identity=thandi.phone) is None
