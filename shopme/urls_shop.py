"""Addresses on a shop's host."""

from django.urls import URLPattern, URLResolver, include, path

from shopme import views
from shopme.qr_codes.opening import code_open
from tenants.views_live import live_token_show

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.shop_home, name="home"),
    path("shell/inbox-count/", views.shell_inbox_count, name="shell_inbox_count"),
    path("live/token/", live_token_show, name="live_token"),
    path("orders/", include("orders.urls")),
    path("products/", include("catalog.urls")),
    path("customers/", include("shopme.customers.urls")),
    path("settings/qr-codes/", include("shopme.qr_codes.urls")),
    path("settings/problems/", include("shopme.problems.urls")),
    path("settings/numbers/", include("shopme.numbers.urls")),
    path("settings/", include("shopme.shop_settings.urls")),
    path("r/<str:code>", code_open, name="code_open"),
    path("", include("conversations.urls")),
    path("", include("payments.urls")),
    path("", include("shopme.urls_account")),
    path("", include("tenants.urls")),
]
handler400 = "shopme.views.bad_request"
handler403 = "shopme.views.permission_denied"
handler404 = "shopme.views.page_not_found"
handler500 = "shopme.views.server_error"
