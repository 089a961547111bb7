"""The copy in Redis may vanish at any moment; the row decides."""

from datetime import timedelta

import pytest
import redis
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.directory import names, session
from conversations.transport.types import Sender
from tenants.models import QrCode, Shop, Shopper, WhatsAppNumber
from tests.journeys.conftest import codes, shared, shops  # noqa: F401
from tests.journeys.shared import OnShared

pytestmark = pytest.mark.django_db
THANDI = Sender(phone="+27821234567")


@pytest.fixture
def thandi(shops: dict[str, Shop], shared: WhatsAppNumber, codes: dict[str, QrCode]) -> OnShared:  # noqa: F811
    thandi = OnShared(shared)
    thandi.says(codes["amber"].code)
    return thandi


def _statements(number: WhatsAppNumber, sender: Sender) -> int:
    with CaptureQueriesContext(connection) as asked:
        names.recognise(number, sender, at=timezone.now())
    return len([query for query in asked.captured_queries if "SAVEPOINT" not in query["sql"]])


def test_who_was_here_lately_is_known_by_one_statement(
    thandi: OnShared, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        thandi.says("menu")

    key = f"session:{thandi.number.pk}:{thandi.phone}"
    assert 0 < session._redis().ttl(key) <= 1800
    copy = session.kept(number_id=thandi.number.pk, identity=thandi.phone)
    assert copy == session.Session(thandi.shopper.pk, thandi.shopper.shop_id or 0, "menu", "en")
    assert _statements(thandi.number, THANDI) == 1

    session._redis().delete(key)
    assert _statements(thandi.number, THANDI) == 3
    assert "[≡ Open menu]" in thandi.says("menu")
    assert Shopper.objects.count() == 1


def test_a_copy_that_is_not_true_any_more_is_not_believed(
    thandi: OnShared, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        thandi.says("menu")
    Shopper.objects.update(phone="+27829999999")
    stranger = names.recognise(thandi.number, Sender(phone=THANDI.phone, bsuid="ZA.NEW"), at=timezone.now())
    assert stranger.shop is not None, "the phone is still hers, and she has no other id"
    Shopper.objects.filter(pk=thandi.shopper.pk).update(bsuid="ZA.OLD", in_shop_at=timezone.now() - timedelta(days=1))
    copy = session.Session(thandi.shopper.pk, 0, "", "en")
    session._set(f"session:{thandi.number.pk}:ZA.ELSE", b'{"odd": 1}')
    assert session.kept(number_id=thandi.number.pk, identity="ZA.ELSE") is None
    session._set(f"session:{thandi.number.pk}:ZA.ELSE", session.orjson.dumps(session.asdict(copy)))
    assert names.recognise(thandi.number, Sender(bsuid="ZA.ELSE"), at=timezone.now()).pk != thandi.shopper.pk


def test_a_dead_redis_changes_nothing(
    thandi: OnShared, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    dead = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.05)
    monkeypatch.setattr(session, "_redis", lambda: dead)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert "What would you like to do?" in thandi.says("menu")
    assert session.kept(number_id=thandi.number.pk, identity=thandi.phone) is None
