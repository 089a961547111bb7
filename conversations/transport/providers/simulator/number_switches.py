"""What WhatsApp does to a number of the simulator: its answers change, and the news is posted, signed, to the real webhook."""

import time
from typing import Any, Final

from conversations.transport.models import StandInThing
from conversations.transport.providers.simulator.graph_numbers import NUMBER, TOKEN
from conversations.transport.providers.simulator.phone import post_account_news
from tenants.models import WhatsAppNumber

Json = dict[str, Any]
QUALITIES: Final = {"GREEN": "UNFLAGGED", "YELLOW": "FLAGGED", "RED": "FLAGGED"}


def set_quality(number: WhatsAppNumber, quality: str) -> None:
    """GREEN, YELLOW or RED. Refuses: `ValueError`."""
    if quality not in QUALITIES:
        raise ValueError(quality)
    _change(number, quality_rating=quality)
    _tell(number, "phone_number_quality_update", {"event": QUALITIES[quality]})


def set_tier(number: WhatsAppNumber, tier: str) -> None:
    """Another limit of the portfolio, e.g. TIER_250."""
    _change(number, whatsapp_business_manager_messaging_limit=tier)
    value = {"max_daily_conversations_per_business": tier, "max_phone_numbers_per_business": 20}
    post_account_news(number.waba_id, "business_capability_update", value)


def set_name_decision(number: WhatsAppNumber, decision: str, *, name: str, reason: str | None = None) -> None:
    """APPROVED, REJECTED, DEFERRED or PENDING for a new name."""
    _change(number, name_status=decision, **({"verified_name": name} if decision == "APPROVED" else {}))
    value = {"decision": decision, "requested_verified_name": name, "rejection_reason": reason}
    _tell(number, "phone_number_name_update", value)


def disconnect(number: WhatsAppNumber, *, reason: str = "ACCOUNT_DISCONNECTED") -> None:
    """The phone app lets the number go."""
    _change(number, status="DISCONNECTED")
    info = {"reason": reason, "initiated_by": "USER"}
    _tell(number, "account_update", {"event": "ACCOUNT_OFFBOARDED", "disconnection_info": info})


def reconnect(number: WhatsAppNumber) -> None:
    """The number is back."""
    _change(number, status="CONNECTED")
    _tell(number, "account_update", {"event": "ACCOUNT_RECONNECTED"})


def expire_token(token: str) -> None:
    """The token opens nothing any more; Meta sends no news of that."""
    data = {"is_valid": False, "expires_at": int(time.time()) - 60, "error": {"message": "The token has expired."}}
    StandInThing.objects.update_or_create(kind=TOKEN, key=token, defaults={"owner": "", "data": data})


def _change(number: WhatsAppNumber, **fields: Any) -> None:
    thing, _ = StandInThing.objects.get_or_create(
        kind=NUMBER, key=number.phone_number_id, defaults={"owner": number.waba_id}
    )
    thing.data = {**thing.data, **fields}
    thing.save(update_fields=["data"])


def _tell(number: WhatsAppNumber, field: str, value: Json) -> None:
    named = {"display_phone_number": number.phone.removeprefix("+"), **value}
    post_account_news(number.waba_id, field, named)
