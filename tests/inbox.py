"""The webhook inbox without the edge in front of it: bodies are put there as it would."""

import hashlib

from conversations.transport.models import WebhookEndpoint, WebhookRaw
from shopme.lib.encryption import encrypt_bytes


def platform_endpoint() -> WebhookEndpoint:
    """The row of the platform's own app; its secret and verify token stay in the environment."""
    platform = WebhookEndpoint.Kind.PLATFORM
    return WebhookEndpoint.objects.get_or_create(kind=platform, defaults={"scheme": WebhookEndpoint.Scheme.META})[0]


def keep_body(body: bytes, *, endpoint: WebhookEndpoint | None = None, digest: bytes = b"") -> None:
    """Put a body into the inbox, unless told at the platform's address. A known one changes nothing."""
    row = WebhookRaw(
        endpoint=endpoint or platform_endpoint(),
        body_sha256=digest or hashlib.sha256(body).digest(),
        body=encrypt_bytes(body, place="transport_webhookraw.body"),
    )
    WebhookRaw.objects.bulk_create([row], ignore_conflicts=True)
