"""What WhatsApp does to a number of the simulator: its answers change, and the news is posted, signed, to the real webhook."""

import time
from dataclasses import replace
from typing import Any, Final

from conversations.transport.models import StandInThing
from conversations.transport.providers.simulator.graph_numbers import NUMBER, TOKEN
from conversations.transport.providers.simulator.phone import numbers_of, post_account_news
from conversations.transport.providers.simulator.switches import BLOCKED, set_switches, switches_of
from tenants.models import WhatsAppNumber

Json = dict[str, Any]
PORTFOLIO: Final = "5500667788"
# In how many days a ban begins, by its state.
BANS: Final = {"SCHEDULE_FOR_DISABLE": 3, "DISABLE": 0, "REINSTATE": 0}
# What Meta answers to every send of an account that is banned.
BANNED: Final = 131031
MAY_NOT_ANSWER: Final = "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"
MAY_NOT_WRITE_FIRST: Final = "RESTRICTED_BIZ_INITIATED_MESSAGING"
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


def upgrade_throughput(number: WhatsAppNumber) -> None:
    """More messages a second."""
    _change(number, throughput={"level": "HIGH"})
    told = {"event": "THROUGHPUT_UPGRADE", "max_daily_conversations_per_business": "TIER_100K"}
    _tell(number, "phone_number_quality_update", told)


def ban(number: WhatsAppNumber, state: str) -> None:
    """SCHEDULE_FOR_DISABLE, DISABLE or REINSTATE: while it is banned, no number of the account sends anything.

    Refuses: `ValueError`.
    """
    if state not in BANS:
        raise ValueError(state)
    if state == "DISABLE":
        _bar(number, {0, BLOCKED}, BANNED)
    elif state == "REINSTATE":
        _bar(number, {BANNED}, 0)
    day = time.localtime(time.time() + BANS[state] * 86_400)
    info = {"waba_ban_state": state, "waba_ban_date": f"{time.strftime('%B', day)} {day.tm_mday}, {day.tm_year}"}
    post_account_news(number.waba_id, "account_update", {"event": "DISABLED_UPDATE", "ban_info": info})


def restrict(number: WhatsAppNumber, *kinds: str) -> None:
    """What the account may not do for a week, by Meta's names; none lifts everything."""
    if MAY_NOT_ANSWER in kinds:
        _bar(number, {0}, BLOCKED)
    else:
        _bar(number, {BLOCKED}, 0)
    for each in _of_its_account(number):
        kept = switches_of(each.phone_number_id)
        set_switches(each.phone_number_id, replace(kept, only_answers=MAY_NOT_WRITE_FIRST in kinds))
    ends = int(time.time()) + 7 * 86_400
    found = [{"restriction_type": kind, "expiration": ends} for kind in kinds]
    post_account_news(number.waba_id, "account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": found})


def violate(number: WhatsAppNumber, kind: str) -> None:
    """Meta found something against its rules."""
    value = {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": kind}}
    post_account_news(number.waba_id, "account_update", value)


def take_app_away(number: WhatsAppNumber, *, is_back: bool = False) -> None:
    """The business takes our app out of its account, or lets it in again; told under the portfolio's id."""
    info = {"waba_id": number.waba_id, "owner_business_id": PORTFOLIO, "partner_app_id": "6600"}
    value = {"event": "PARTNER_ADDED" if is_back else "PARTNER_REMOVED", "waba_info": info}
    post_account_news(number.waba_id, "account_update", value, entry_id=PORTFOLIO)


def review_account(number: WhatsAppNumber, decision: str) -> None:
    """APPROVED or REJECTED."""
    post_account_news(number.waba_id, "account_review_update", {"decision": decision})


def alert(number: WhatsAppNumber, kind: str, *, words: str) -> None:
    """One of Meta's own notices."""
    info = {"alert_severity": "WARNING", "alert_status": "ACTIVE", "alert_type": kind, "alert_description": words}
    value = {"entity_type": "WABA", "entity_id": number.waba_id, "alert_info": info}
    post_account_news(number.waba_id, "account_alerts", value)


def security(number: WhatsAppNumber, event: str) -> None:
    """PIN_CHANGED or PIN_RESET_REQUEST."""
    _tell(number, "security", {"event": event, "requester": "1234567890"})


def of_the_future(number: WhatsAppNumber) -> None:
    """News of a kind nobody knows yet."""
    value = {"phase": "waxing", "seen_by": [{"who": "everybody"}]}
    post_account_news(number.waba_id, "moon_phase_update", value)


def expire_token(token: str) -> None:
    """The token opens nothing any more; Meta sends no news of that."""
    data = {"is_valid": False, "expires_at": int(time.time()) - 60, "error": {"message": "The token has expired."}}
    StandInThing.objects.update_or_create(kind=TOKEN, key=token, defaults={"owner": "", "data": data})


def _bar(number: WhatsAppNumber, before: set[int], code: int) -> None:
    """Every number of the account that is barred like one of `before` is barred with `code` from now on; 0: not at all."""
    for each in _of_its_account(number):
        kept = switches_of(each.phone_number_id)
        if kept.barred in before:
            set_switches(each.phone_number_id, replace(kept, barred=code))


def _of_its_account(number: WhatsAppNumber) -> list[WhatsAppNumber]:
    return numbers_of(number.waba_id) or [number]


def _change(number: WhatsAppNumber, **fields: Any) -> None:
    thing, _ = StandInThing.objects.get_or_create(
        kind=NUMBER, key=number.phone_number_id, defaults={"owner": number.waba_id}
    )
    thing.data = {**thing.data, **fields}
    thing.save(update_fields=["data"])


def _tell(number: WhatsAppNumber, field: str, value: Json) -> None:
    named = {"display_phone_number": number.phone.removeprefix("+"), **value}
    post_account_news(number.waba_id, field, named)
