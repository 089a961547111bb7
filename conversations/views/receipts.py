"""What became of one message: every receipt WhatsApp gave, when, and how it charges for the message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from conversations.inbox.queries import receipts_of
from conversations.models import Message, MessageStatus
from conversations.transport.providers.registry import sentence_for
from conversations.views.bubbles import TICKS, Tick
from tenants.access import DashboardRequest, dashboard_view

PAGE: Final = "conversations/receipts.html"
_OTHERS: Final = {
    "played": Tick("circle-play", "Listened to", "primary"),
    "deleted": Tick("ban", "Deleted"),
    "warning": Tick("triangle-alert", "A warning", "warn"),
}
_CATEGORIES: Final = {
    "marketing": "Marketing",
    "marketing_lite": "Marketing",
    "utility": "Utility",
    "authentication": "Authentication",
    "authentication_international": "Authentication, international",
    "authentication-international": "Authentication, international",
    "service": "Service",
    "referral_conversion": "From an ad",
}
_FREE: Final = {
    "free_customer_service": "free: the customer wrote within 24 hours",
    "free_entry_point": "free: the customer came from an ad",
    "free_group_customer_service": "free: the group wrote within 24 hours",
}


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One receipt: what it says, when, and for a failure why."""

    tick: Tick
    at: datetime
    reason: str = ""


@dashboard_view()
@require_GET
def receipts_show(request: DashboardRequest, message_id: int) -> HttpResponse:
    """The message's way, oldest first; a dialog over the chat, or a page of its own."""
    message = get_object_or_404(Message.objects.select_related("conversation__customer"), pk=message_id)
    receipts = receipts_of(message_id)
    context = {
        "page": "inbox",
        "message": message,
        "rows": [_row(each) for each in receipts],
        "price": next(filter(None, (price_in_words(each.pricing) for each in receipts)), ""),
    }
    return render(request, f"{PAGE}{'#receipts' if request.htmx else ''}", context)


def price_in_words(pricing: Mapping[str, Any]) -> str:
    """`Utility · charged`; empty when WhatsApp told nothing. Never an amount: no receipt says one."""
    category = str(pricing.get("category", ""))
    kind = str(pricing.get("type", ""))
    charge = "charged" if kind == "regular" else _FREE.get(kind, "")
    if not charge and "billable" in pricing:
        charge = "charged" if pricing["billable"] else "free"
    known = _CATEGORIES.get(category, category.replace("_", " ").capitalize())
    return " · ".join(filter(None, (known, charge)))


def _row(receipt: MessageStatus) -> ReceiptRow:
    name = receipt.status
    tick = TICKS.get(name) or _OTHERS.get(name) or Tick("circle-dot", name.replace("_", " ").capitalize())
    return ReceiptRow(tick, receipt.at, _reason(receipt.error))


def _reason(error: Mapping[str, Any]) -> str:
    code = error.get("code")
    return f"{sentence_for(code)} ({code})" if isinstance(code, int) else str(error.get("text", ""))
