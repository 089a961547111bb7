"""What the platform itself heard on its shared number is forgotten in time; where people have been is not."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from conversations.transport.processes import sweeper
from tenants.models import DirectoryMessage, DirectoryPhoto, QrCode, Shop, Shopper, ShopperName, WhatsAppNumber
from tenants.services import shoppers
from tests.journeys.conftest import codes, shared, shops  # noqa: F401
from tests.journeys.shared import OnShared

pytestmark = pytest.mark.django_db


def test_old_talk_with_the_platform_is_forgotten_and_nothing_else(
    shops: dict[str, Shop],  # noqa: F811
    codes: dict[str, QrCode],  # noqa: F811
    shared: WhatsAppNumber,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shoppers, "_ROWS", 2)
    thandi, now = OnShared(shared), timezone.now()
    for words in ("favourites", "find bread", "shops", codes["amber"].code):
        thandi.says(words)
    old = now - timedelta(days=settings.DIRECTORY_KEPT_DAYS, minutes=1)
    DirectoryMessage.objects.update(created_at=old)
    thandi.says("favourites")
    for wamid, at in (("old", old), ("new", now)):
        DirectoryPhoto.objects.create(
            shopper=thandi.shopper, lane="l", wamid=wamid, media_id="m", state="told", created_at=at
        )
        ShopperName.objects.create(shopper=thandi.shopper, number=shared, value=f"ZA.{wamid}", retired_at=at)
    Shopper.objects.update(parked=[{"text": "my address"}], parked_since=now - timedelta(days=2))

    assert sweeper.scrub() == 6 + 1 + 1 + 1

    assert list(DirectoryMessage.objects.order_by("id").values_list("direction", flat=True)) == ["in", "out"]
    assert DirectoryPhoto.objects.get().wamid == "new"
    assert set(ShopperName.objects.values_list("value", flat=True)) == {thandi.phone, "ZA.new"}
    assert (thandi.shopper.parked, thandi.shopper.parked_since) == ([], None)
    assert thandi.shopper.visits.get().shop == shops["amber"]
    assert sweeper.scrub() == 0
