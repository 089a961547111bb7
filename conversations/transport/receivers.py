"""What transport does when it hears of a new number: rows only."""

from typing import Any

from django.dispatch import receiver

from conversations.transport import endpoints, pace, replay
from tenants.models import WhatsAppNumber
from tenants.signals import number_added, token_changed


@receiver(number_added, dispatch_uid="transport.open_address")
def open_address(
    *, number: WhatsAppNumber, app_secret: str, verify_token: str, opaque: str = "", **_ignored: Any
) -> None:
    """Give the number its webhook address, and take up what arrived for it before we knew it."""
    endpoints.ensure_number_endpoint(number=number, app_secret=app_secret, verify_token=verify_token, opaque=opaque)
    replay.take_up_quarantined(phone_number_id=number.phone_number_id)


@receiver(token_changed, dispatch_uid="transport.try_again")
def try_again(*, number: WhatsAppNumber, **_ignored: Any) -> None:
    """Somebody acted: what waits behind a refused sign-in goes out now."""
    pace.close_breaker(number_id=number.pk)
