"""Signing in, on the platform's host and on every shop's: allauth's views at our addresses."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import URLPattern, path, re_path

from tenants.access import public_view

# allauth checks for itself who may see which of these; a signed-out browser is sent to /login/.
urlpatterns: list[URLPattern] = [
    path("login/", public_view(account.login), name="account_login"),
    path("logout/", public_view(account.logout), name="account_logout"),
    path("inactive/", public_view(account.account_inactive), name="account_inactive"),
    path("signup/", public_view(account.signup), name="account_signup"),
    path("reauthenticate/", public_view(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", public_view(account.password_change), name="account_change_password"),
    path("password/set/", public_view(account.password_set), name="account_set_password"),
    path("password/reset/", public_view(account.password_reset), name="account_reset_password"),
    path("password/reset/done/", public_view(account.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        public_view(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        public_view(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", public_view(mfa.index), name="mfa_index"),
    path("2fa/authenticate/", public_view(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", public_view(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", public_view(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", public_view(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", public_view(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        public_view(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/download/",
        public_view(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
]
