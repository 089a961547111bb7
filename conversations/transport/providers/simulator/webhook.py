"""Meta's side of the wire: sign a body with the number's app secret and post it to the number's real webhook."""

import threading
from collections.abc import Callable
from typing import Any, Final

import orjson
import structlog
from django.conf import settings
from django.db import connection

from conversations.transport.door.signatures import sign_meta
from conversations.transport.models import WebhookEndpoint
from conversations.transport.providers.simulator import phones
from conversations.transport.providers.simulator.postman import Postman, senders_of, without_phone
from conversations.transport.providers.simulator.switches import switches_of
from shopme.lib import http
from shopme.lib.errors import BusinessError
from tenants.models import WhatsAppNumber
from tenants.queries import number_by_phone_number_id

log = structlog.get_logger(__name__)
Json = dict[str, Any]


class WebhookRefused(BusinessError):
    """The webhook did not answer 200: Meta would come back later, the simulator tells the person instead."""


def post_to_webhook(number: WhatsAppNumber, body: Json) -> None:
    """Bring `body` to the number's webhook, as badly as its switches say. Refuses: `WebhookRefused`.

    What is to come later comes from a thread of this process; there a refusal is only noted.
    """
    switches = switches_of(number.phone_number_id)
    if switches.hide_phone:
        for digits in senders_of(body):
            phones.remember(number.phone_number_id, digits)
        body = without_phone(body, lambda digits: phones.remember(number.phone_number_id, digits))
    _POSTMAN.carry(number.phone_number_id, body, switches)


def _post_now(phone_number_id: str, body: Json) -> None:
    _post(number_by_phone_number_id(phone_number_id), body)


def _later(seconds: float, act: Callable[[], None]) -> None:
    def run() -> None:
        try:
            act()
        except WebhookRefused as problem:
            log.warning("simulated_webhook_lost", reason=str(problem))
        finally:
            connection.close()

    timer = threading.Timer(seconds, run)
    timer.daemon = True
    timer.start()


_POSTMAN: Final = Postman(post=_post_now, later=_later)


def _post(number: WhatsAppNumber, body: Json) -> None:
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
