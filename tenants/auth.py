"""Signing in: allauth does the work, this says who may try, where links point and where one lands."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from tenants import lockout
from tenants.access import PLATFORM, SESSION_SHOP, shop_of
from tenants.client_address import client_ip
from tenants.models import User


class LockoutBackend(AuthenticationBackend):  # type: ignore[misc]
    """Checks a password after a try was counted, and forgives the count when it was right."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """The person, or None. A person or address with too many tries is refused unread."""
        email = str(credentials.get("email") or credentials.get("username") or "")
        if not email or not credentials.get("password"):
            return None
        ip = client_ip(request)
        try:
            lockout.note_try(email=email, ip=ip)
        except lockout.TooManyTries as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            lockout.forget_pair(email=email, ip=ip)
        return user


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth, bound to the host's shop."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are invited by a shop or by the platform; nobody signs up alone."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        email = str(credentials.get("email") or credentials.get("username") or "")
        if lockout.is_locked(email=email, ip=client_ip(request)):
            raise self.validation_error("too_many_login_attempts")

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin a session that opens this host only."""
        super().login(request, user)
        shop = shop_of(request)
        request.session[SESSION_SHOP] = shop.pk if shop else PLATFORM

    def set_password(self, user: User, password: str) -> None:
        """A new password ends the person's other sessions and their lock-out."""
        super().set_password(user, password)
        lockout.forget_person(email=user.email)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return "/"

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return settings.LOGIN_URL

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of the same host."""
        return bool(url) and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of the reset e-mail, built from our own tables and never from the request's headers."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return absolute_url(self.request, path)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mails name the shop and its address from our own tables."""
        super().send_mail(
            template_prefix,
            email,
            {**context, "shop": shop_of(self.request), "site_url": absolute_url(self.request, "/")},
        )


def absolute_url(request: HttpRequest, path: str) -> str:
    """`path` on the host's shop, or on the platform, as our own tables and settings know it."""
    shop = shop_of(request)
    return shop.url(path) if shop else f"{settings.PLATFORM_URL}{path}"
