"""The door to the live stream: a ticket for whoever is signed in."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tenants.access import DashboardRequest, dashboard_view
from tenants.live import live_token


@dashboard_view()
@require_GET
def live_token_show(request: DashboardRequest) -> HttpResponse:
    """A ticket as plain text; the browser opens `/live/?t=<ticket>` with it at once.

    Its signals name chats, orders and customers: it is for whoever may open those pages.
    """
    return HttpResponse(live_token(request.user.pk, request.shop.pk), content_type="text/plain")
