"""Attaching WhatsApp numbers."""

from typing import Any

import pytest

from tenants.models import Shop, WhatsAppNumber
from tenants.queries import UnknownNumber, number_by_id, number_by_phone_number_id
from tenants.services.numbers import NumberTaken, add_number
from tenants.signals import number_added

pytestmark = pytest.mark.django_db


def add(shop: Shop | None, **changes: Any) -> Any:
    return add_number(
        **{
            "shop": shop,
            "provider": "meta_cloud",
            "phone": "27 82 123 4567",
            "phone_number_id": "1001",
            "waba_id": "2002",
            "token": "EAAG-secret",
            "app_secret": "app-secret",
            **changes,
        }
    )


def test_a_number_is_kept_with_its_token_sealed_and_the_news_is_told(amber: Shop) -> None:
    heard = []

    def hear(**news: Any) -> None:
        heard.append(news)

    number_added.connect(hear)
    try:
        added = add(amber)
    finally:
        number_added.disconnect(hear)
    number = WhatsAppNumber.objects.get(phone_number_id="1001")
    assert (number.phone, number.portfolio, number.kind, number.shop) == ("+27821234567", "2002", "own", amber)
    assert number.access_token == "EAAG-secret"
    news = heard[0]
    assert (news["number"], news["app_secret"], news["verify_token"]) == (number, "app-secret", added.verify_token)
    assert added.webhook_url == f"http://localhost:8000/webhooks/whatsapp/{news['opaque']}/"
    assert len(news["opaque"]) >= 22


def test_the_token_is_not_readable_in_the_database(amber: Shop) -> None:
    from django.db import connection

    add(amber)
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token::text FROM tenants_whatsappnumber WHERE phone_number_id = '1001'")
        assert "EAAG" not in cursor.fetchone()[0]


def test_a_number_without_a_shop_is_the_shared_one() -> None:
    assert add(None, waba_id="").number.kind == "shared"
    assert number_by_phone_number_id("1001").portfolio == "1001"


def test_a_number_is_attached_once(amber: Shop, blue: Shop) -> None:
    add(amber)
    with pytest.raises(NumberTaken):
        add(blue)
    assert number_by_phone_number_id("1001").shop == amber


def test_an_unknown_number_is_refused() -> None:
    with pytest.raises(UnknownNumber):
        number_by_phone_number_id("nobody")
    with pytest.raises(UnknownNumber):
        number_by_id(999_999)
