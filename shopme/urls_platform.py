"""Addresses on the platform's bare host."""

from django.urls import URLPattern, URLResolver, include, path

from shopme import health, views
from shopme.qr_codes.opening import code_open
from tenants.admin import desk

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.platform_home, name="home"),
    path("find-workspace/", views.find_workspace, name="find_workspace"),
    path("r/<str:code>", code_open, name="code_open"),
    path("health/live", health.health_live),
    path("health/ready", health.health_ready),
    path("metrics", health.metrics),
    path("", include("shopme.urls_account")),
    path("admin/", desk.urls),
]
handler400 = "shopme.views.bad_request"
handler403 = "shopme.views.permission_denied"
handler404 = "shopme.views.page_not_found"
handler500 = "shopme.views.server_error"
