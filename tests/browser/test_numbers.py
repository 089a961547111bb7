"""The pages of numbers: wide and narrow, light and dark; and a number of the simulator from the first form to work."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from conversations.transport.door.endpoints import rotate_secret
from conversations.transport.health import facts, number_alerts, pace
from conversations.transport.models import NumberNews, NumberSetup
from tenants.models import Role, Shop, User, WhatsAppNumber
from tenants.services.numbers import add_number
from tests.browser.conftest import Server
from tests.browser.looking import Stop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def healthy(shop: Shop) -> WhatsAppNumber:
    number = add_number(
        shop=shop,
        provider="meta_cloud",
        phone="+27215550100",
        phone_number_id="440011",
        waba_id="770088",
        token="t",
        app_secret="s",
        display_name="Front of shop",
    ).number
    now = timezone.now()
    facts.learn(
        number_id=number.pk,
        at=now,
        quality="GREEN",
        tier="TIER_2K",
        daily_limit=2000,
        verified_name="Amber Bakery",
        name_status="APPROVED",
        token_expires_at=now + timedelta(days=40),
        is_subscribed=True,
    )
    facts.note_checked(number_id=number.pk, at=now)
    rotate_secret(number=number, secret="the-new-one", actor=User.objects.create_user("rotator@amber.example"))
    return number


def troubled(shop: Shop) -> WhatsAppNumber:
    number = add_number(
        shop=shop,
        provider="dialog360",
        phone="+27215550101",
        phone_number_id="440012",
        token="t",
        display_name="Orders",
    ).number
    sentence = "This number is disconnected. The WhatsApp Business app on the phone was not opened for about two weeks."
    pace.stop(number_id=number.pk, reason=sentence)
    until = (timezone.now() + timedelta(days=6)).isoformat()
    limits = [{"type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "until": until, "remedy": ""}]
    facts.learn(number_id=number.pk, at=timezone.now(), quality="RED", restrictions=limits, is_subscribed=False)
    number_alerts.raise_alert(
        number=number,
        kind="disconnected",
        severity="danger",
        sentence=sentence,
        advice="Connect it again in Meta's WhatsApp Manager or in the WhatsApp Business app, then run its checks here.",
    )
    number_alerts.raise_alert(number=number, kind="name", severity="info", sentence="Meta looks at the new name.")
    number_alerts.raise_alert(number=number, kind="quality", severity="warning", sentence="The quality was low.")
    number_alerts.resolve(number_id=number.pk, kinds="quality")
    NumberNews.objects.create(
        event_id=1, shop_id=shop.pk, number_ids=[number.pk], field="phone_number_name_update", at=timezone.now(),
        value={"decision": "REJECTED", "requested_verified_name": "Best Bread"},
    )  # fmt: skip
    return number


def on_its_way(shop: Shop) -> NumberSetup:
    at = timezone.now().isoformat()
    checks = {
        "token": {"state": "passed", "sentence": "Valid until 31 December 2027.", "advice": "", "at": at},
        "number": {
            "state": "failed",
            "sentence": "The number answers, but its status is pending.",
            "advice": "Register the number in Meta's WhatsApp Manager.",
            "at": at,
        },
    }
    return NumberSetup.objects.create(
        shop_id=shop.pk,
        provider="meta_cloud",
        phone="+27215550102",
        phone_number_id="440013",
        waba_id="770088",
        display_name="Wholesale",
        has_own_app=True,
        checks=checks,
    )


def test_the_pages_of_numbers(amber: Shop, walk: Callable[..., None]) -> None:
    good, bad, setup = healthy(amber), troubled(amber), on_its_way(amber)
    waiting = on_its_way(amber)
    NumberSetup.objects.filter(pk=waiting.pk).update(
        number_id=good.pk,
        checks={
            **{
                name: {"state": "passed", "sentence": "Fine."}
                for name in ("token", "number", "account", "subscription")
            },
            "handshake": {"state": "waiting", "sentence": "Waiting for Meta's call.", "advice": "Save it at Meta."},
        },
    )
    walk(
        amber,
        {
            "numbers": Stop("/settings/numbers/"),
            "number-fine": Stop(f"/settings/numbers/{good.pk}/"),
            "number-remove": Stop(
                f"/settings/numbers/{good.pk}/", then=lambda page: page.get_by_text("Remove this number").click()
            ),
            "number-stopped": Stop(f"/settings/numbers/{bad.pk}/"),
            "number-add": Stop("/settings/numbers/add/"),
            "number-meta": Stop("/settings/numbers/add/meta_cloud/"),
            "number-360dialog": Stop("/settings/numbers/add/dialog360/"),
            "number-simulator": Stop("/settings/numbers/add/simulator/"),
            "number-checks": Stop(f"/settings/numbers/setup/{setup.pk}/"),
            "number-handshake": Stop(f"/settings/numbers/setup/{waiting.pk}/"),
        },
    )


def test_a_number_of_the_simulator_from_the_form_to_work(
    amber: Shop, page_of: Callable[..., Page], server: Server
) -> None:
    page = page_of(amber, Role.ADMIN)
    page.goto(server.url(amber, "/settings/numbers/"))
    page.get_by_role("link", name="Add a number").first.click()
    page.get_by_role("link", name="Simulator").last.click()
    page.locator("[name=phone]").fill("+27 11 555 0100")
    page.get_by_role("button", name="Check this number").click()
    expect(page.locator("[data-state=passed]")).to_have_count(4)
    expect(page.locator("[data-check=account]")).to_contain_text("The number belongs to this account.")
    assert not WhatsAppNumber.objects.get(shop=amber).is_active
    page.get_by_role("button", name="Switch the number on").click()
    expect(page.locator("h2").first).to_contain_text("Amber Bakery")
    assert WhatsAppNumber.objects.get(shop=amber).is_active
