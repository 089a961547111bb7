"""What the settings pages read."""

from dataclasses import dataclass

from django.conf import settings

from conversations.transport.models import NumberHealth, WebhookEndpoint
from tenants.models import Shop, WhatsAppNumber


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A number of the shop, where its provider sends to, and whether sending works."""

    number: WhatsAppNumber
    webhook_url: str
    is_sending: bool
    reason: str


def numbers_of(shop: Shop) -> list[NumberRow]:
    """The shop's own numbers, oldest first. Three queries."""
    numbers = list(WhatsAppNumber.objects.filter(shop=shop).order_by("id"))
    ids = [number.pk for number in numbers]
    endpoints = WebhookEndpoint.objects.filter(number_id__in=ids, is_active=True).values_list("number_id", "opaque")
    opaques = dict(endpoints)
    health = {row.number_id: row for row in NumberHealth.objects.filter(number_id__in=ids)}
    return [
        NumberRow(
            number,
            f"{settings.PLATFORM_URL}/webhooks/whatsapp/{opaques[number.pk]}/" if opaques.get(number.pk) else "",
            number.is_active and (number.pk not in health or health[number.pk].breaker == "closed"),
            health[number.pk].reason if number.pk in health else "",
        )
        for number in numbers
    ]
