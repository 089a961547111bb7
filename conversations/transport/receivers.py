"""What transport does when it hears of a new number: rows only."""

from typing import Any

from django.dispatch import receiver

from conversations.transport.door import endpoints
from conversations.transport.giving_up import replay
from conversations.transport.health import number_alerts, pace
from conversations.transport.models import NumberHealth, NumberSetup, WebhookEndpoint
from conversations.transport.sending import leftovers
from tenants.models import WhatsAppNumber
from tenants.signals import number_added, number_removed, number_switched_on, token_changed


@receiver(number_added, dispatch_uid="transport.open_address")
def open_address(
    *, number: WhatsAppNumber, app_secret: str, verify_token: str, opaque: str = "", **_ignored: Any
) -> None:
    """Give the number its webhook address, and take up what arrived for it before we knew it."""
    endpoints.ensure_number_endpoint(number=number, app_secret=app_secret, verify_token=verify_token, opaque=opaque)
    replay.take_up_quarantined(phone_number_id=number.phone_number_id)


@receiver(token_changed, dispatch_uid="transport.try_again")
def try_again(*, number: WhatsAppNumber, **_ignored: Any) -> None:
    """Somebody acted: what waits behind a refused sign-in goes out now, and what was said of the old token is over."""
    pace.close_breaker(number_id=number.pk)
    number_alerts.resolve(number_id=number.pk, kinds=(number_alerts.SIGN_IN, number_alerts.SIGN_IN_ENDS))


@receiver(number_switched_on, dispatch_uid="transport.take_up")
def take_up(*, number: WhatsAppNumber, **_ignored: Any) -> None:
    """What arrived while the number was off, or not ready yet, is taken up now."""
    replay.take_up_quarantined(phone_number_id=number.phone_number_id)


@receiver(number_removed, dispatch_uid="transport.close_address")
def close_address(*, number: WhatsAppNumber, **_ignored: Any) -> None:
    """The address opens nothing any more, its secrets are forgotten, and nobody is told about the number again.

    What still waits to leave from it fails with the reason.
    """
    WebhookEndpoint.objects.filter(number_id=number.pk).update(is_active=False, secrets=[], verify_token="")
    number_alerts.resolve_all(number_id=number.pk)
    NumberHealth.objects.filter(pk=number.pk).delete()
    NumberSetup.objects.filter(number_id=number.pk).delete()
    leftovers.fail_what_waits(number_id=number.pk, sentence=leftovers.REMOVED)
