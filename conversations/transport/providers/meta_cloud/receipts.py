"""What Meta says of a message we sent: one entry of `statuses[]`."""

from functools import partial
from typing import Any, Final

from conversations.transport.providers.meta_cloud import reading
from conversations.transport.providers.meta_cloud.envelope import Change, Found, account_event, each
from conversations.transport.types import EventKind, ParsedEvent, Receipt, ReceiptStatus, Sender

Json = dict[str, Any]
KNOWN: Final = frozenset(ReceiptStatus)
MOST_ERRORS: Final = 5
_PRICED_BY: Final = ("category", "type", "pricing_model")


def read_statuses(found: Found, change: Change) -> int:
    """Every receipt of a change; a status nobody told us about is news about the number. Returns how many."""
    return each(found, f"{change.where}.statuses", change.value.get("statuses"), partial(_event, found, change))


def _event(found: Found, change: Change, status: Json, where: str) -> ParsedEvent:
    name = reading.needed(status, "status", limit=32)
    if name not in KNOWN:
        return account_event(found, change, where, "statuses", status)
    told, names = _receipt(status)
    return ParsedEvent(
        kind=EventKind.STATUS,
        event_key=f"st:{told.wamid}:{name}:{reading.seconds(status)}",
        phone_number_id=change.phone_number_id,
        waba_id=change.waba_id,
        provider_at=told.at,
        data=told.to_json(),
        identities=names,
    )


def _receipt(status: Json) -> tuple[Receipt, tuple[str, ...]]:
    """A receipt of a known status, and by what names its recipient is known. Refuses: `OddItem`."""
    phone = reading.phone(status, "recipient_id")
    bsuid = reading.bsuid(status, "recipient_user_id") or reading.bsuid(status, "recipient_id")
    names = Sender(phone=phone, bsuid=bsuid).identities
    code, words = first_error(status)
    found = Receipt(
        wamid=reading.needed(status, "id", limit=200),
        status=ReceiptStatus(reading.needed(status, "status", limit=32)),
        at=reading.moment(status),
        token=reading.text(status, "biz_opaque_callback_data", limit=512),
        error_code=code,
        error_text=words,
        recipient=next(iter(names), ""),
        pricing=_pricing(status),
    )
    return found, names


def _pricing(status: Json) -> Json:
    """How Meta charges for the message, where it says so; never a rate."""
    told = reading.mapping(status.get("pricing"))
    facts: Json = {name: words for name in _PRICED_BY if (words := reading.text(told, name, limit=40))}
    if isinstance(told.get("billable"), bool):
        facts["billable"] = told["billable"]
    return facts


def first_error(source: Json) -> tuple[int | None, str]:
    """The code of the first error with one, and what all of them say, old shape and new."""
    found = errors(source)
    codes = [int(each["code"]) for each in found if each["code"]]
    words = dict.fromkeys(each["reason"] for each in found if each["reason"])
    return next(iter(codes), None), "; ".join(words)[:300]


def errors(source: Json) -> list[dict[str, str]]:
    """`errors[]` as {code, reason}; details sit in `error_data.details` or, in old payloads, in `details`."""
    found = []
    for error in map(reading.mapping, reading.items(source.get("errors"))[:MOST_ERRORS]):
        data = reading.mapping(error.get("error_data"))
        code = reading.text(error, "code", limit=12)
        words = reading.text(data, "details", limit=300) or reading.text(error, "details", limit=300)
        words = words or reading.text(error, "message", limit=300) or reading.text(error, "title", limit=300)
        is_code = code.isascii() and code.isdigit() and len(code) <= 9
        found.append({"code": code if is_code else "", "reason": words})
    return [each for each in found if each["code"] or each["reason"]]
