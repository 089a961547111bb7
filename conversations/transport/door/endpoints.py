"""Opening and changing the addresses that machines call. Secrets are a list: during a rotation the old one still opens."""

from django.conf import settings
from django.db import transaction

from conversations.transport.door.signatures import fingerprint
from conversations.transport.models import WebhookEndpoint
from shopme.lib.errors import BusinessError
from shopme.lib.ids import new_token
from tenants.audit import note
from tenants.models import User, WhatsAppNumber

Kind, Scheme = WebhookEndpoint.Kind, WebhookEndpoint.Scheme
MOST_SECRETS = 4
# The header 360dialog sends our secret in.
D360_HEADER = "X-Hook-Key"


class TooManySecrets(BusinessError):
    """A rotation has an old and a new secret, no third one."""


class LastSecret(BusinessError):
    """Without a secret nobody could prove a call."""


def ensure_number_endpoint(
    *, number: WhatsAppNumber, app_secret: str = "", verify_token: str = "", opaque: str = ""
) -> WebhookEndpoint:
    """The address of one number; asking again adds a new secret or verify token and keeps the address."""
    scheme = Scheme.D360 if number.provider == WhatsAppNumber.Provider.DIALOG360 else Scheme.META
    # 360dialog signs nothing for us: it sends along what only it and we know.
    first_secret = app_secret or (new_token(32) if scheme == Scheme.D360 else "")
    endpoint, is_new = WebhookEndpoint.objects.get_or_create(
        kind=Kind.NUMBER,
        number_id=number.pk,
        defaults={
            "scheme": scheme,
            "shop_id": number.shop_id,
            "opaque": opaque or new_token(18),
            "verify_token": verify_token or new_token(18),
            "secrets": [first_secret] if first_secret else [],
        },
    )
    if not is_new and verify_token:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(verify_token=verify_token)
    if not is_new and app_secret:
        add_secret(endpoint_id=endpoint.pk, secret=app_secret)
    endpoint.refresh_from_db()
    return endpoint


def ensure_payment_endpoint(
    *, shop_id: int, reference: str, opaque: str, secret: str, scheme: str = Scheme.STANDARD
) -> WebhookEndpoint:
    """The address of one payment account; asking again adds a new secret and keeps the address."""
    endpoint, is_new = WebhookEndpoint.objects.get_or_create(
        kind=Kind.PAYMENT,
        shop_id=shop_id,
        reference=reference,
        defaults={"scheme": Scheme(scheme), "opaque": opaque, "secrets": [secret]},
    )
    if not is_new:
        add_secret(endpoint_id=endpoint.pk, secret=secret)
        endpoint.refresh_from_db()
    return endpoint


@transaction.atomic
def add_secret(*, endpoint_id: int, secret: str) -> None:
    """Let `secret` open the endpoint too, newest first. Locks the endpoint."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
    older = [kept for kept in endpoint.secrets if kept != secret]
    endpoint.secrets = [secret, *older][:MOST_SECRETS]
    endpoint.save(update_fields=["secrets"])


@transaction.atomic
def drop_secret(*, endpoint_id: int, secret: str) -> bool:
    """End a rotation: `secret` opens nothing any more; false when it opened nothing before. Locks the endpoint."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
    rest = [kept for kept in endpoint.secrets if kept != secret]
    was_known = len(rest) < len(endpoint.secrets)
    endpoint.secrets = rest
    endpoint.save(update_fields=["secrets"])
    return was_known


def endpoint_of(number: WhatsAppNumber | None) -> WebhookEndpoint | None:
    """The address of a number; None before it has one."""
    return WebhookEndpoint.objects.filter(number_id=number.pk, is_active=True).first() if number else None


@transaction.atomic
def rotate_secret(*, number: WhatsAppNumber, secret: str, actor: User) -> str:
    """Let a second secret open the number's address beside the first; empty: one is made. Returns it, to be used once.

    Refuses: `TooManySecrets`. Locks the endpoint.
    """
    endpoint = WebhookEndpoint.objects.select_for_update().get(number_id=number.pk)
    new = secret.strip() or new_token(32)
    if new not in endpoint.secrets:
        if len(endpoint.secrets) > 1:
            raise TooManySecrets("Two secrets are live already. Drop the old one first.")
        add_secret(endpoint_id=endpoint.pk, secret=new)
    note("number.secret_added", shop=number.shop, actor=actor, subject=f"number {number.pk}")
    return new


@transaction.atomic
def end_secret(*, number: WhatsAppNumber, name: str, actor: User) -> None:
    """The secret with this fingerprint opens nothing any more. Refuses: `LastSecret`. Locks the endpoint."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(number_id=number.pk)
    found = next((secret for secret in endpoint.secrets if fingerprint(secret) == name), None)
    if found is None:
        return
    if len(endpoint.secrets) < 2:
        raise LastSecret("This is the only secret. Add the new one first.")
    drop_secret(endpoint_id=endpoint.pk, secret=found)
    note("number.secret_dropped", shop=number.shop, actor=actor, subject=f"number {number.pk}")


@transaction.atomic
def new_verify_token(*, number: WhatsAppNumber, actor: User) -> str:
    """Another verify token; Meta's next handshake must say it. Returns it, to be shown once."""
    token = new_token(18)
    endpoint = WebhookEndpoint.objects.select_for_update().get(number_id=number.pk)
    endpoint.verify_token, endpoint.shaken_at = token, None
    endpoint.save(update_fields=["verify_token", "shaken_at"])
    note("number.verify_token_changed", shop=number.shop, actor=actor, subject=f"number {number.pk}")
    return token


def is_ours(url: str) -> bool:
    """Whether WhatsApp's calls to this address come to us, at the platform's door or a number's own."""
    front, _, opaque = f"{url.rstrip('/')}/".partition("/webhooks/whatsapp/")
    if front != settings.PLATFORM_URL:
        return False
    doors = WebhookEndpoint.objects.filter(is_active=True, kind__in=(Kind.PLATFORM, Kind.NUMBER))
    return doors.filter(opaque=opaque.rstrip("/") or None).exists()


def webhook_url(endpoint: WebhookEndpoint, *, gateway: str = "whatsapp") -> str:
    """The absolute address machines call, on the platform's host."""
    opaque = f"{endpoint.opaque}/" if endpoint.opaque else ""
    return f"{settings.PLATFORM_URL}/webhooks/{gateway}/{opaque}"
