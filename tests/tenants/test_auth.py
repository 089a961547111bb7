"""Signing in and out on a shop's host, and links in mails that no header can bend."""

import re

import pytest
from django.core import mail
from django.templatetags.static import static
from django.test import Client, override_settings

from tenants.models import Membership, Role, Shop, User
from tenants.services.team import password_link

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def thandi(amber: Shop) -> User:
    user = User.objects.create_user("thandi@amber.example", PASSWORD, name="Thandi")
    Membership.objects.create(user=user, shop=amber, role=Role.MANAGER)
    return user


def signed_in(shop: Shop, **headers: str) -> Client:
    browser = Client(HTTP_HOST=shop.host, **headers)
    answer = browser.post("/login/", {"login": "thandi@amber.example", "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return browser


def test_signing_in_leads_to_the_shops_first_page(thandi: User, amber: Shop) -> None:
    browser = Client(HTTP_HOST=amber.host)
    answer = browser.post("/login/", {"login": "Thandi@Amber.example", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "bad", ["https://evil.example/", "//evil.example/", "http://blue.localhost:8000/", "javascript:1"]
)
def test_signing_in_never_leads_to_another_site(thandi: User, amber: Shop, bad: str) -> None:
    browser = Client(HTTP_HOST=amber.host)
    answer = browser.post("/login/", {"login": thandi.email, "password": PASSWORD, "next": bad})
    assert answer["Location"] == "/"


def test_signing_in_leads_back_to_the_page_that_was_asked_for(thandi: User, amber: Shop) -> None:
    browser = Client(HTTP_HOST=amber.host)
    answer = browser.post("/login/?next=/orders/", {"login": thandi.email, "password": PASSWORD, "next": "/orders/"})
    assert answer["Location"] == "/orders/"


def test_a_session_opens_the_host_it_began_at_and_no_other(thandi: User, amber: Shop, blue: Shop) -> None:
    Membership.objects.create(user=thandi, shop=blue, role=Role.ADMIN)
    browser = signed_in(amber)
    carried = Client(HTTP_HOST=blue.host)
    carried.cookies = browser.cookies
    answer = carried.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/")
    assert carried.get("/login/").status_code == 200


def test_a_shops_session_opens_nothing_at_the_platforms_desk(amber: Shop, thandi: User) -> None:
    User.objects.filter(pk=thandi.pk).update(is_staff=True)
    browser = signed_in(amber)
    carried = Client(HTTP_HOST="localhost")
    carried.cookies = browser.cookies
    assert carried.get("/admin/")["Location"].startswith("/admin/login/")


def test_the_platforms_desk_opens_to_staff_only(db: None) -> None:
    User.objects.create_superuser("root@platform.example", PASSWORD)
    User.objects.create_user("nosy@platform.example", PASSWORD)
    for email, status in (("root@platform.example", 200), ("nosy@platform.example", 302)):
        browser = Client(HTTP_HOST="localhost")
        browser.post("/admin/login/", {"username": email, "password": PASSWORD})
        assert browser.get("/admin/").status_code == status, email
        assert browser.get("/admin/tenants/shop/").status_code == status, email


def test_the_desks_pages_name_their_icon(db: None) -> None:
    """A browser asks for /favicon.ico otherwise, which is nowhere."""
    browser = Client(HTTP_HOST="localhost")
    pages = [browser.get("/admin/login/")]
    browser.force_login(User.objects.create_superuser("root@platform.example", PASSWORD))
    pages += [browser.get("/admin/"), browser.get("/admin/tenants/shop/")]
    icon = f'<link rel="icon" href="{static("icon.svg")}" type="image/svg+xml">'
    assert [page.content.decode().count(icon) for page in pages] == [1, 1, 1]


def test_signing_out_ends_the_session_on_the_server(thandi: User, amber: Shop) -> None:
    browser = signed_in(amber)
    kept = dict(browser.cookies.items())
    browser.post("/logout/")
    again = Client(HTTP_HOST=amber.host)
    again.cookies.update(kept)
    assert again.get("/").status_code == 302


def test_the_session_gets_a_new_key_when_somebody_signs_in(thandi: User, amber: Shop) -> None:
    browser = Client(HTTP_HOST=amber.host)
    session = browser.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    browser.post("/login/", {"login": thandi.email, "password": PASSWORD})
    assert browser.session.session_key != planted


@pytest.mark.parametrize(("change", "status"), [("deactivated", 302), ("let out", 403), ("new password", 302)])
def test_a_session_dies_at_once_when_its_person_may_no_longer_enter(
    thandi: User, amber: Shop, change: str, status: int
) -> None:
    browser = signed_in(amber)
    assert browser.get("/").status_code == 200
    if change == "deactivated":
        User.objects.filter(pk=thandi.pk).update(is_active=False)
    elif change == "let out":
        Membership.objects.filter(user=thandi).update(is_active=False)
    else:
        thandi.set_password("another password entirely")
        thandi.save()
    answer = browser.get("/")
    assert (answer.status_code, answer.headers.get("Location")) == (
        status,
        "/login/?next=/" if status == 302 else None,
    )


def test_cookies_belong_to_one_host_and_are_closed_to_scripts(thandi: User, amber: Shop) -> None:
    cookie = signed_in(amber).cookies["sessionid"]
    assert (cookie["domain"], bool(cookie["httponly"]), cookie["samesite"]) == ("", True, "Lax")


def test_nobody_signs_up_alone(amber: Shop) -> None:
    people = User.objects.count()
    browser = Client(HTTP_HOST=amber.host)
    browser.post("/signup/", {"email": "x@example.com", "password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.count() == people


@pytest.mark.parametrize(
    "forged",
    [
        {"HTTP_X_FORWARDED_HOST": "evil.example"},
        {"HTTP_FORWARDED": "host=evil.example"},
        {"HTTP_X_HOST": "evil.example"},
        {"HTTP_HOST": "amber.localhost:1337"},
        {"HTTP_HOST": "AMBER.localhost"},
        {"HTTP_ORIGIN": "http://evil.example"},
        {"SERVER_NAME": "evil.example"},
    ],
)
@override_settings(ALLOWED_HOSTS=["*"])
def test_a_reset_link_points_at_the_shops_own_host_whatever_the_headers_say(
    thandi: User, amber: Shop, forged: dict[str, str]
) -> None:
    Client(**{"HTTP_HOST": amber.host, **forged}).post("/password/reset/", {"email": thandi.email})
    text = str(mail.outbox[0].body)
    assert re.findall(r"https?://[^/\s]+", text), text
    assert set(re.findall(r"https?://[^/\s]+", text)) == {"http://amber.localhost:8000"}
    assert "evil" not in text


@override_settings(ALLOWED_HOSTS=["*"])
def test_a_foreign_host_gets_no_mail_sent(thandi: User) -> None:
    answer = Client(HTTP_HOST="evil.example").post("/password/reset/", {"email": thandi.email})
    assert (answer.status_code, len(mail.outbox)) == (404, 0)


def test_asking_for_a_stranger_looks_the_same_and_sends_nothing(thandi: User, amber: Shop) -> None:
    browser = Client(HTTP_HOST=amber.host)
    known = browser.post("/password/reset/", {"email": thandi.email})
    stranger = browser.post("/password/reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known["Location"]) == (stranger.status_code, stranger["Location"])
    assert [message.to for message in mail.outbox] == [[thandi.email]]


def test_a_reset_link_works_once(thandi: User, amber: Shop) -> None:
    path = password_link(shop=amber, user=thandi).removeprefix("http://amber.localhost:8000")
    new = {"password1": "a whole new password", "password2": "a whole new password"}
    browser = Client(HTTP_HOST=amber.host)
    form = browser.get(path, follow=True)
    assert browser.post(form.redirect_chain[-1][0], new).status_code == 302
    other = Client(HTTP_HOST=amber.host)
    again = other.get(path, follow=True)
    assert again.redirect_chain == []
    thandi.refresh_from_db()
    assert thandi.check_password("a whole new password")
