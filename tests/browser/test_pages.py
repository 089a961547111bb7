"""Every page, wide and narrow, light and dark: axe, the content security policy, the console and the edges are silent.

The inbox and the simulator are walked in test_inbox_and_simulator.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import SuspiciousOperation
from django.utils import timezone
from playwright.sync_api import Page, expect

from conversations.translations import compile_stale
from conversations.transport.health import number_alerts
from orders.fulfilment import cancel_order, mark_paid
from payments.models import PaymentLink
from payments.services import apply_result
from payments.simulator import press
from shopme.demo.logins import DEMO_DOMAIN
from tenants.context import inside
from tenants.models import Membership, Role, Shop, User
from tenants.queries import forget
from tenants.services.team import password_link
from tests.browser.furnished import Furnished, furnish
from tests.browser.looking import Stop
from tests.conftest import PASSWORD, signed_in_client
from tests.payments.stage import an_attempt, an_order, checkout_of, failure, money, token_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Walk = Callable[..., None]
compile_stale()


@pytest.fixture
def furnished(amber: Shop) -> Furnished:
    return furnish(amber)


def opens(words: str) -> Callable[[Page], None]:
    """Unfold the part whose line says `words`."""
    return lambda page: page.locator("summary", has_text=words).first.click()


def sends(button: str, then_shows: str, **fields: str) -> Callable[[Page], None]:
    """Fill in a form and send it; the answer shows `then_shows`."""

    def act(page: Page) -> None:
        for name, value in fields.items():
            page.locator(f"[name={name}]").fill(value)
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator("body")).to_contain_text(then_shows)

    return act


def test_the_dashboard(furnished: Furnished, walk: Walk) -> None:
    order, product = f"/orders/{furnished.placed.pk}/", f"/products/{furnished.product.pk}/"
    pages = {
        "home": Stop("/"),
        "orders": Stop("/orders/"),
        "orders-found": Stop("/orders/?q=thandi"),
        "order-placed": Stop(order, then=opens("Cancel order")),
        "order-paid": Stop(f"/orders/{furnished.paid.pk}/", then=opens("Give money back")),
        "products": Stop("/products/"),
        "product": Stop(product),
        "product-languages": Stop(product, then=opens("Other languages")),
        "product-new": Stop("/products/new/"),
        "product-refused": Stop("/products/new/", then=sends("Save", "required")),
        "categories": Stop("/products/categories/"),
        "customers": Stop("/customers/"),
        "customer": Stop(f"/customers/{furnished.customer.pk}/"),
        "customer_merge": Stop(f"/customers/{furnished.customer.pk}/merge/?q=a"),
        "settings-profile": Stop("/settings/"),
        "settings-delivery": Stop("/settings/delivery/"),
        "settings-chat": Stop("/settings/chat/"),
        "settings-numbers": Stop("/settings/numbers/"),
        "settings-problems": Stop("/settings/problems/"),
        "settings-problems-found": Stop("/settings/problems/?kind=send&days=7"),
        "settings-problems-none-fits": Stop("/settings/problems/?reason=zeppelin"),
        "settings-problem-event": Stop(f"/settings/problems/event/{furnished.problems['event']}/"),
        "settings-problem-read": Stop(
            f"/settings/problems/event/{furnished.problems['event']}/",
            then=sends("Show the content", "That you read it is on record"),
        ),
        "settings-problem-send": Stop(f"/settings/problems/send/{furnished.problems['send']}/"),
        "settings-team": Stop("/settings/team/"),
        "codes": Stop("/settings/qr-codes/"),
        "settings-phone": Stop("/settings/phone/"),
        "settings-phone-code": Stop(
            "/settings/phone/", then=sends("Show me a code", "It is good for", phone="+27821234567")
        ),
        "payment-accounts": Stop("/settings/payments/"),
        "payment-account-add": Stop(
            "/settings/payments/add/yoco/", then=sends("Go on", "Your Yoco account", password=PASSWORD)
        ),
        "payment-account-refused": Stop(
            "/settings/payments/add/yoco/",
            then=sends("Try and connect", "This is no secret key for live mode", secret_key="sk_test_0a1b2c3d4e5f"),
        ),
        "code": Stop(f"/settings/qr-codes/{furnished.code.pk}/"),
        "codes-new": Stop("/settings/qr-codes/new/"),
        "codes-refused": Stop("/settings/qr-codes/new/", then=sends("Make them", "Say what is printed")),
        "codes-sheet": Stop("/settings/qr-codes/sheet/"),
        "code-opened": Stop(f"/r/{furnished.code.code}"),
        "code-unknown": Stop("/r/nothing", 404),
    }
    walk(furnished.shop, pages)


def test_the_dashboard_with_nothing_to_show(amber: Shop, walk: Walk) -> None:
    paths = (
        "/",
        "/orders/",
        "/orders/?q=nobody",
        "/products/",
        "/customers/",
        "/settings/numbers/",
        "/settings/payments/",
        "/settings/qr-codes/",
        "/settings/problems/",
    )
    walk(amber, {f"empty{path.replace('/', '-').replace('?', '')}": Stop(path) for path in paths})


def test_what_a_paying_customer_sees(amber: Shop, walk: Walk) -> None:
    with inside(amber):
        pages = {**links(), **ways_back(), **hosted_pages()}
    walk(amber, pages, role=None)


def links() -> dict[str, Stop]:
    """Our own page in each of its states."""
    waiting, paid, late, cancelled = (an_order() for _ in range(4))
    replaced, open_token = token_for(waiting), token_for(waiting)
    tokens = {"paid": token_for(paid), "late": token_for(late), "cancelled": token_for(cancelled)}
    mark_paid(order_id=paid.pk, actor_kind="staff")
    cancel_order(order_id=cancelled.pk, actor_kind="customer")
    long_ago = timezone.now() - timedelta(hours=2)
    PaymentLink.objects.filter(order=late).update(created_at=long_ago, expires_at=long_ago + timedelta(hours=1))
    return {
        "pay-open": Stop(f"/pay/{open_token}/"),
        "pay-replaced": Stop(f"/pay/{replaced}/", 410),
        "pay-paid": Stop(f"/pay/{tokens['paid']}/"),
        "pay-late": Stop(f"/pay/{tokens['late']}/", 410),
        "pay-cancelled": Stop(f"/pay/{tokens['cancelled']}/", 410),
        "pay-unknown": Stop("/pay/nobody-knows-this/", 404),
    }


def ways_back() -> dict[str, Stop]:
    """Where a gateway sends the customer back to."""
    waiting, paid, failed, odd = (an_attempt() for _ in range(4))
    apply_result(attempt_id=paid.pk, result=money(paid))
    apply_result(attempt_id=failed.pk, result=failure(failed))
    apply_result(attempt_id=odd.pk, result=money(odd, amount_cents=1, gateway_payment_id="pay_2"))
    attempts = {"waiting": waiting, "paid": paid, "failed": failed, "review": odd}
    return {f"back-{name}": Stop(f"/pay/return/{attempt.public_id}/") for name, attempt in attempts.items()}


def hosted_pages() -> dict[str, Stop]:
    """The page of the company that does not exist."""
    pages = {}
    for button in ("", "decline", "abandon", "pay_notify_late"):
        checkout = checkout_of(an_attempt())
        if button:
            press(checkout_id=checkout.pk, button=button)
        pages[f"hosted-{button or 'open'}"] = Stop(f"/simulator/pay/{checkout.pk}/")
    return pages


def a_member(shop: Shop, email: str) -> User:
    user = User.objects.create_user(email, PASSWORD, name="Zola Khumalo")
    Membership.objects.create(user=user, shop=shop, role=Role.AGENT)
    return user


def test_before_signing_in(amber: Shop, walk: Walk) -> None:
    user = a_member(amber, "zola@amber.example")
    refused = sends("Sign in", "not correct", login="zola@amber.example", password="wrong")
    key = password_link(shop=amber, user=user).partition(amber.host)[2].partition("/")[2]
    pages = {
        "login": Stop("/login/"),
        "login-refused": Stop("/login/", then=refused),
        "forgotten": Stop("/password/reset/"),
        "forgotten-sent": Stop("/password/reset/done/"),
        "new-password": Stop(f"/{key}"),
        "new-password-late": Stop("/password/reset/key/1-nothing/"),
        "new-password-done": Stop("/password/reset/key/done/"),
        "signup": Stop("/signup/"),
        "inactive": Stop("/inactive/"),
    }
    walk(amber, pages, role=None)


def test_one_s_own_account(amber: Shop, walk: Walk) -> None:
    confirms = sends("Go on", "Add your authenticator app", password=PASSWORD)
    pages = {
        "password-change": Stop("/password/change/"),
        "two-step": Stop("/2fa/"),
        "is-it-you": Stop("/2fa/totp/activate/"),
        "two-step-begins": Stop("/2fa/totp/activate/", then=confirms),
    }
    walk(amber, pages)


def test_an_account_with_two_steps(amber: Shop, walk: Walk) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    user = signed_in_client(amber).user  # type: ignore[attr-defined]
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    asks = sends("Sign in", "One more step", login=user.email, password=PASSWORD)
    confirms = sends("Go on", "Switch two-step sign-in off?", password=PASSWORD)
    walk(amber, {"code": Stop("/login/", then=asks)}, role=None)
    pages = {
        "two-step-on": Stop("/2fa/"),
        "two-step-off": Stop("/2fa/totp/deactivate/", then=confirms),
        "recovery-codes": Stop("/2fa/recovery-codes/"),
        "recovery-codes-new": Stop("/2fa/recovery-codes/generate/"),
    }
    walk(amber, pages)


def test_the_platform(amber: Shop, blue: Shop, walk: Walk, settings: object) -> None:
    a_member(amber, f"zola@{DEMO_DOMAIN}")
    settings.DEBUG = True  # type: ignore[attr-defined]
    pages = {
        "first-page": Stop("/"),
        "find-workspace": Stop("/find-workspace/"),
        "find-workspace-refused": Stop("/find-workspace/", then=sends("Go to sign-in", "No shop", slug="nowhere")),
        "platform-login": Stop("/login/"),
    }
    walk(None, pages, role=None)


def test_the_rest_of_signing_in_and_out(furnished: Furnished, walk: Walk) -> None:
    pages = {
        "logout": Stop("/logout/"),
        "reauthenticate": Stop("/reauthenticate/"),
        "password-set": Stop("/password/set/"),
        "products-archived": Stop("/products/?status=archived"),
    }
    walk(furnished.shop, pages)


def test_the_desk_of_the_platform(furnished: Furnished, walk: Walk) -> None:
    walk(None, {"desk-login": Stop("/admin/login/")}, role=None)
    number_alerts.tell_platform(kind="odd_answer", sentence="WhatsApp answered in a way nobody here can read.")
    pages = {
        "desk": Stop("/admin/"),
        "desk-alerts": Stop("/admin/transport/platformalert/"),
        "desk-shared-templates": Stop("/admin/transport/sharedtemplate/"),
        "desk-dead-events": Stop("/admin/transport/deadevent/"),
        "desk-shops": Stop("/admin/tenants/shop/"),
        "desk-numbers": Stop("/admin/tenants/whatsappnumber/"),
    }
    signs_in = sends("Log in", "Recent actions", username="desk@shopme.example", password=PASSWORD)
    User.objects.create_superuser("desk@shopme.example", PASSWORD, name="Desk")
    walk(None, {"desk-signed-in": Stop("/admin/login/", then=signs_in), **pages}, role=None)


def test_the_pages_that_refuse(amber: Shop, blue: Shop, walk: Walk) -> None:
    def spoil(page: Page) -> None:
        page.evaluate("() => { document.querySelector('main [name=csrfmiddlewaretoken]').value = 'x'; }")
        sends("Sign in", "This form is too old", login="a@b.example", password="x")(page)

    walk(amber, {"error-404": Stop("/orders/424242/", 404)})
    walk(amber, {"error-403": Stop("/settings/", 403)}, role=Role.AGENT)
    walk(amber, {"error-csrf": Stop("/login/", then=spoil)}, role=None)
    walk(None, {"error-platform-404": Stop("/nothing/", 404)}, role=None)
    walk(Shop(slug="nowhere"), {"no-shop": Stop("/", 404)}, role=None)
    Shop.objects.filter(pk=blue.pk).update(status=Shop.Status.SUSPENDED)
    forget()
    walk(blue, {"suspended": Stop("/", 503)}, role=None)


@pytest.mark.parametrize(("status", "problem"), [(400, SuspiciousOperation("odd")), (500, ValueError("broken"))])
def test_when_all_fails(
    amber: Shop, walk: Walk, monkeypatch: pytest.MonkeyPatch, status: int, problem: Exception
) -> None:
    def fails(*_: object) -> str:
        raise problem

    monkeypatch.setattr("shopme.views.greeting", fails)
    walk(amber, {f"error-{status}": Stop("/", status)})
