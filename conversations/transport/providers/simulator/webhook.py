"""Meta's side of the wire: sign a body with the number's app secret and post it to the number's real webhook."""

from typing import Any

import orjson
from django.conf import settings

from conversations.transport.models import WebhookEndpoint
from conversations.transport.signatures import sign_meta
from shopme.lib import http
from shopme.lib.errors import BusinessError
from tenants.models import WhatsAppNumber


class WebhookRefused(BusinessError):
    """The webhook did not answer 200: Meta would come back later, the simulator tells the person instead."""


def post_to_webhook(number: WhatsAppNumber, body: dict[str, Any]) -> None:
    """POST `body` as Meta would, over HTTP. Refuses: `WebhookRefused`."""
    endpoint = WebhookEndpoint.objects.filter(number_id=number.pk, kind="number", is_active=True).first()
    secrets = (endpoint.secrets if endpoint else None) or [settings.WHATSAPP_APP_SECRET]
    path = f"/webhooks/whatsapp/{endpoint.opaque}/" if endpoint else "/webhooks/whatsapp/"
    raw = orjson.dumps(body)
    try:
        answer = http.call(
            "POST",
            f"{settings.PLATFORM_URL}{path}",
            headers={"Content-Type": "application/json", "X-Hub-Signature-256": sign_meta(raw, secrets[0])},
            body=raw,
        )
    except http.CallFailed as problem:
        raise WebhookRefused("ShopMe's webhook did not answer.") from problem
    if answer.status != 200:
        raise WebhookRefused(f"ShopMe's webhook answered {answer.status}.")
