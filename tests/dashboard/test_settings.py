"""The settings pages."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client

from conversations.chat_settings import chat_settings
from orders.queries import delivery_terms
from tenants.context import inside
from tenants.models import AuditEntry, Membership, Role, Shop, User
from tenants.services.numbers import add_number

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
PROFILE = {
    "name": "Amber & Daughters",
    "description": "Bread",
    "category": "Bakery",
    "town": "Cape Town",
    "is_listed": "on",
    "phone": "021 555 0100",
    "time_zone": "Africa/Cairo",
    "language": "en",
    "languages": ["it"],
}


def member_of(shop: Shop, email: str) -> Membership:
    return Membership.objects.get(shop=shop, user__email=email)


@pytest.mark.parametrize("path", ["", "delivery/", "chat/", "numbers/", "team/", "phone/"])
def test_agents_do_not_change_the_shop(amber: Shop, client_of: ClientOf, path: str) -> None:
    assert client_of(amber, Role.AGENT).get(f"/settings/{path}").status_code == 403
    assert client_of(amber, Role.MANAGER).get(f"/settings/{path}").status_code == 200


def test_the_profile_is_saved_and_noted(amber: Shop, client_of: ClientOf) -> None:
    answer = client_of(amber, Role.MANAGER).post("/settings/", PROFILE)
    assert answer.headers["Location"] == "/settings/"
    amber.refresh_from_db()
    assert (amber.name, amber.phone, amber.time_zone) == ("Amber & Daughters", "+27215550100", "Africa/Cairo")
    assert amber.languages == ["en", "it"]
    entry = AuditEntry.objects.get(shop=amber, action="shop.profile_saved")
    assert entry.detail == {"changed": ["category", "description", "name", "phone", "time_zone", "town"]}
    assert (amber.category, amber.town, amber.is_listed) == ("Bakery", "Cape Town", True)


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("phone", "call me"), ("time_zone", "Mars/Crater"), ("language", "xx")]
)
def test_odd_profiles_are_refused(amber: Shop, client_of: ClientOf, field: str, value: str) -> None:
    answer = client_of(amber).post("/settings/", {**PROFILE, field: value})
    assert answer.status_code == 422
    amber.refresh_from_db()
    assert amber.name == "Amber Bakery"


def test_delivery_terms_are_saved_in_minor_units(amber: Shop, client_of: ClientOf) -> None:
    wish = {
        "delivery_enabled": "on",
        "delivery_fee_cents": "35,50",
        "free_delivery_over_cents": "400",
        "minimum_cents": "0",
        "hold_minutes": "45",
        "collection_point": "https://www.openstreetmap.org/?mlat=-33.9249&mlon=18.4241#map=16/-33.9249/18.4241",
    }
    client_of(amber).post("/settings/delivery/", wish)
    with inside(amber):
        terms = delivery_terms()
    assert terms.collection_point == (-33.9249, 18.4241)
    assert 'value="-33.9249, 18.4241"' in client_of(amber).get("/settings/delivery/").content.decode()
    assert (terms.delivery_fee_cents, terms.free_delivery_over_cents, terms.hold_minutes) == (35_50, 400_00, 45)
    assert (terms.delivery_enabled, terms.collection_enabled) == (True, False)
    del wish["delivery_enabled"]
    refused = client_of(amber).post("/settings/delivery/", wish)
    assert refused.status_code == 422
    assert "at least one way" in refused.content.decode()
    for nowhere in ("12 Loop Street", "95, 18"):
        refused = client_of(amber).post("/settings/delivery/", {**wish, "collection_point": nowhere})
        assert "This names no place." in refused.content.decode()


def test_the_chat_is_told_who_answers_first(amber: Shop, client_of: ClientOf) -> None:
    client_of(amber).post("/settings/chat/", {"welcome_text": "Hello from Amber", "takeover_minutes": "10"})
    with inside(amber):
        chat = chat_settings()
    assert (chat.bot_enabled, chat.welcome_text, chat.takeover_minutes) == (False, "Hello from Amber", 10)
    assert not chat.shows_read


def test_numbers_show_their_webhook_address_and_no_secret(amber: Shop, client_of: ClientOf) -> None:
    added = add_number(
        shop=amber, provider="meta_cloud", phone="+27215550100", phone_number_id="pn-7", token="EAA-canary-token"
    )
    assert "+27 21 555 0100" in client_of(amber, Role.MANAGER).get("/settings/numbers/").content.decode()
    page = client_of(amber, Role.ADMIN).get(f"/settings/numbers/{added.number.pk}/").content.decode()
    assert added.webhook_url in page
    assert "EAA-canary-token" not in page
    assert added.verify_token not in page


def test_somebody_new_gets_a_link_by_mail_and_signs_in(amber: Shop, client_of: ClientOf) -> None:
    wish = {"name": "Zoë", "email": "zoe@amber.example", "role": "agent"}
    page = client_of(amber, Role.MANAGER).post("/settings/team/", wish, follow=True).content.decode()
    assert "A link is on its way to zoe@amber.example." in page
    assert member_of(amber, "zoe@amber.example").role == Role.AGENT
    (letter,) = mail.outbox
    link = next(word for word in letter.body.split() if word.startswith("http"))
    assert link not in page
    assert link.startswith("http://amber.localhost")
    browser = Client(HTTP_HOST=amber.host)
    form = browser.get("/" + link.split("/", 3)[3], follow=True)
    words = {"password1": "seven quiet otters", "password2": "seven quiet otters"}
    browser.post(form.redirect_chain[-1][0], words)
    browser.post("/login/", {"login": "zoe@amber.example", "password": "seven quiet otters"})
    assert browser.get("/").status_code == 200


def test_nobodys_mailbox_is_flooded_with_links(amber: Shop, client_of: ClientOf) -> None:
    manager = client_of(amber, Role.MANAGER)
    user = User.objects.create_user("zoe@amber.example", name="Zoë")
    member = Membership.objects.create(user=user, shop=amber, role=Role.AGENT)
    pages = [manager.post(f"/settings/team/{member.pk}/link/", follow=True).content.decode() for _ in range(4)]
    assert len(mail.outbox) == 3
    assert "A link is on its way" in pages[2]
    assert "got several links already" in pages[3]


def test_a_name_another_shop_wrote_is_not_shown(amber: Shop, blue: Shop, client_of: ClientOf) -> None:
    user = User.objects.create_user("vidya@blue.example", name="Vidya Deshpande")
    Membership.objects.create(user=user, shop=blue, role=Role.AGENT, name="Vidya Deshpande")
    manager = client_of(amber, Role.MANAGER)
    wish = {"name": "Whoever", "email": "vidya@blue.example", "role": "agent"}
    page = manager.post("/settings/team/", wish, follow=True).content.decode()
    page += manager.post("/settings/team/", wish).content.decode()
    assert "Whoever" in page
    assert "Deshpande" not in page


def test_nobody_hands_out_more_than_they_hold(amber: Shop, client_of: ClientOf) -> None:
    wish = {"name": "Eve", "email": "eve@amber.example", "role": "admin"}
    assert client_of(amber, Role.MANAGER).post("/settings/team/", wish).status_code == 422
    assert not User.objects.filter(email="eve@amber.example").exists()


def test_the_last_admin_stays(amber: Shop, client_of: ClientOf) -> None:
    Membership.objects.filter(shop=amber).delete()
    client = client_of(amber, Role.ADMIN)
    own = member_of(amber, client.user.email)  # type: ignore[attr-defined]
    for path, wish in (("role", {"role": "agent"}), ("deactivate", {})):
        answer = client.post(f"/settings/team/{own.pk}/{path}/", wish)
        assert answer.status_code == 422
        assert "at least one Admin" in answer.content.decode()
    own.refresh_from_db()
    assert (own.role, own.is_active) == (Role.ADMIN, True)


def test_another_shops_member_cannot_be_touched(amber: Shop, blue: Shop, client_of: ClientOf) -> None:
    stranger = member_of(blue, "owner@blue.example")
    client_of(amber).post(f"/settings/team/{stranger.pk}/deactivate/")
    assert client_of(amber).post(f"/settings/team/{stranger.pk}/link/").status_code == 404
    stranger.refresh_from_db()
    assert stranger.is_active
    assert mail.outbox == []


def test_the_phone_that_was_typed_stands_in_its_field_beside_the_code(amber: Shop, client_of: ClientOf) -> None:
    browser = client_of(amber, Role.MANAGER)
    for answer in (
        browser.post("/settings/phone/register/", {"phone": "+27821234567"}),
        browser.get("/settings/phone/"),
    ):
        assert answer.context["phone_form"]["phone"].value() == "+27 82 123 4567"
        assert 'value="+27 82 123 4567"' in answer.content.decode()
