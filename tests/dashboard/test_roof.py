"""The platform's first page, signing in, health, and what is shown when all fails."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client, RequestFactory

from shopme import views
from shopme.demo.logins import DEMO_DOMAIN, DEMO_PASSWORD
from tenants.models import Membership, Role, Shop, User

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]


@pytest.fixture
def visitor() -> Client:
    return Client(HTTP_HOST="localhost")


def a_demo_login(shop: Shop) -> User:
    user = User.objects.create_user(f"thandi@{DEMO_DOMAIN}", password=DEMO_PASSWORD, name="Thandi Nkosi")
    Membership.objects.create(user=user, shop=shop, role=Role.MANAGER)
    return user


def test_the_first_page_shows_demo_logins_only_in_debug(amber: Shop, visitor: Client, settings: object) -> None:
    a_demo_login(amber)
    assert DEMO_PASSWORD not in visitor.get("/").content.decode()
    settings.DEBUG = True  # type: ignore[attr-defined]
    page = visitor.get("/").content.decode()
    assert f"thandi@{DEMO_DOMAIN}" in page
    assert DEMO_PASSWORD in page
    assert amber.url("/simulator/") in page


def test_a_machine_without_demo_data_shows_no_password(amber: Shop, visitor: Client, settings: object) -> None:
    settings.DEBUG = True  # type: ignore[attr-defined]
    assert DEMO_PASSWORD not in visitor.get("/").content.decode()


@pytest.mark.parametrize("typed", ["amber", "AMBER", "amber.localhost"])
def test_finding_a_shop_leads_to_its_own_sign_in(amber: Shop, visitor: Client, typed: str) -> None:
    answer = visitor.post("/find-workspace/", {"slug": typed})
    assert (answer.status_code, answer.headers["Location"]) == (302, amber.url("/login/"))


def test_an_unknown_shop_is_said_to_be_unknown(visitor: Client, db: None) -> None:
    answer = visitor.post("/find-workspace/", {"slug": "nowhere"})
    assert answer.status_code == 422
    assert "No shop has this address." in answer.content.decode()


def test_one_signs_in_at_the_shop_and_out_again(amber: Shop) -> None:
    user = a_demo_login(amber)
    browser = Client(HTTP_HOST=amber.host)
    page = browser.get("/login/?next=/orders/").content.decode()
    assert "To the dashboard of" in page
    answer = browser.post("/login/?next=/orders/", {"login": user.email, "password": DEMO_PASSWORD, "next": "/orders/"})
    assert answer.headers["Location"] == "/orders/"
    assert "Thandi Nkosi" in browser.get("/orders/").content.decode()
    browser.post("/logout/")
    assert browser.get("/orders/").headers["Location"] == "/login/?next=/orders/"


def test_an_italian_browser_reads_no_half_translated_page(amber: Shop) -> None:
    page = Client(HTTP_HOST=amber.host, HTTP_ACCEPT_LANGUAGE="it").get("/login/").content.decode()
    assert "Indirizzo" not in page
    assert "Email" in page


def test_a_wrong_password_is_refused_in_words(amber: Shop) -> None:
    user = a_demo_login(amber)
    page = Client(HTTP_HOST=amber.host).post("/login/", {"login": user.email, "password": "not it"}).content.decode()
    assert "not correct" in page


def test_a_forgotten_password_is_asked_for_by_mail(amber: Shop) -> None:
    user = a_demo_login(amber)
    browser = Client(HTTP_HOST=amber.host)
    page = browser.post("/password/reset/", {"email": user.email}, follow=True).content.decode()
    assert "Look into your mailbox" in page
    assert "Amber Bakery, on ShopMe" in mail.outbox[0].body
    stranger = browser.post("/password/reset/", {"email": "nobody@amber.example"}, follow=True).content.decode()
    assert "Look into your mailbox" in stranger


@pytest.mark.parametrize(
    "path", ["/2fa/", "/2fa/totp/activate/", "/password/change/", "/logout/", "/signup/", "/password/reset/done/"]
)
def test_every_page_about_signing_in_is_ours(amber: Shop, client_of: ClientOf, path: str) -> None:
    page = client_of(amber).get(path, follow=True).content.decode()
    assert "app.css" in page


def test_machines_are_told_that_the_house_stands(visitor: Client, db: None) -> None:
    assert visitor.get("/health/live").content == b"ok"
    ready = visitor.get("/health/ready")
    assert (ready.status_code, ready.json()["postgres"]) == (200, True)
    metrics = visitor.get("/metrics").content.decode()
    assert "shopme_events_waiting 0.0" in metrics
    assert "shopme_shops_active 2.0" in metrics
    for waits_for_a_person in (
        "events_dead",
        "events_quarantined",
        "webhooks_poison",
        "sends_dead",
        "numbers_stopped",
        "alerts_unread",
    ):
        assert f"shopme_{waits_for_a_person} 0.0" in metrics


def test_the_count_of_waiting_chats_is_empty_when_nobody_waits(amber: Shop, client_of: ClientOf) -> None:
    answer = client_of(amber).get("/shell/inbox-count/")
    assert answer.content.decode().strip() == ""


def test_a_shops_address_that_does_not_exist_is_answered_kindly(amber: Shop, client_of: ClientOf) -> None:
    answer = client_of(amber).get("/nothing-here/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_when_all_fails_the_page_needs_nothing(db: None) -> None:
    answer = views.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()


def test_two_step_sign_in_asks_for_the_code_after_the_password(amber: Shop) -> None:
    from allauth.mfa.totp.internal import auth

    user = a_demo_login(amber)
    browser = Client(HTTP_HOST=amber.host)
    sign_in = {"login": user.email, "password": DEMO_PASSWORD}
    browser.post("/login/", sign_in)
    asked = browser.get("/2fa/totp/activate/", follow=True)
    assert "Is it you?" in asked.content.decode()
    again = browser.post(asked.redirect_chain[-1][0], {"password": DEMO_PASSWORD}, follow=True)
    form = again.context["form"]
    code = auth.format_hotp_value(auth.hotp_value(form.secret, next(auth.yield_hotp_counters_from_time())))
    page = browser.post("/2fa/totp/activate/", {"code": code}, follow=True).content.decode()
    assert "Recovery codes" in page
    later = Client(HTTP_HOST=amber.host)
    assert later.post("/login/", sign_in).headers["Location"] == "/2fa/authenticate/"
    assert later.get("/orders/").status_code == 302
    assert "One more step" in later.get("/2fa/authenticate/").content.decode()
    recovery = browser.get("/2fa/recovery-codes/").context["unused_codes"][0]
    later.post("/2fa/authenticate/", {"code": recovery})
    assert later.get("/orders/").status_code == 200
