"""A template's message as a phone shows it: the words WhatsApp approved with the values that came, and what can be tapped."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from conversations.templates.spec import filled
from conversations.transport.providers.simulator.template_switches import templates_at_meta
from conversations.transport.rules.template_limits import variables_in

Json = dict[str, Any]
# The first millisecond that no calendar of ours has: the year 10,000.
_LATEST_MS: Final = 253_402_300_800_000
MEDIA: Final = ("image", "video", "document", "location")
# What WhatsApp writes on buttons whose label is its own.
_LABELS: Final = {"COPY_CODE": "Copy offer code", "REQUEST_CONTACT_INFO": "Share phone number", "OTP": "Copy code"}


@dataclass(frozen=True, slots=True)
class Button:
    """One button: `kind` is Meta's in small letters, `value` the payload, address, number, code or token behind it.

    `goods` are the products of a button that shows some, by section.
    """

    place: int
    kind: str
    label: str
    value: str = ""
    goods: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What an offer for a limited time says, and when it ends if that is shown."""

    words: str
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Approved:
    """The parts of the message. `top` is Meta's typed object of a file or place above the words, empty without one;
    `cards` are swiped through below them, each a small message of its own."""

    header: str
    top: Json
    body: str
    footer: str
    buttons: tuple[Button, ...]
    offer: Offer | None = None
    cards: tuple["Approved", ...] = ()


def templates_of(waba_id: str) -> dict[tuple[str, str], Json]:
    """What WhatsApp keeps for the account: Meta's record of each template by its name and language."""
    return {(thing.data["name"], thing.data["language"]): thing.data for thing in templates_at_meta(waba_id)}


def as_shown(sent: Mapping[str, Any], kept: Mapping[tuple[str, str], Json]) -> Approved:
    """The message `sent` (Meta's object `template`); of a template nobody kept, the values alone can be shown."""
    record = kept.get((str(sent.get("name")), str((sent.get("language") or {}).get("code"))), {})
    return _made_of(record.get("components", ()), list(sent.get("components") or ()))


def _made_of(written: Sequence[Json], parts: Sequence[Json]) -> Approved:
    """The parts that were approved (`written`), with the values that came in the `parts` of the message."""
    words = {str(part.get("type", "")).upper(): part for part in written}
    header = words.get("HEADER", {})
    body = str(words.get("BODY", {}).get("text", "")) or _in_a_row(parts)
    return Approved(
        header=filled(str(header.get("text", "")), _values(parts, "header", str(header.get("text", "")))),
        top=_top(parts),
        body=filled(body, _values(parts, "body", body)),
        footer=str(words.get("FOOTER", {}).get("text", "")),
        buttons=tuple(_buttons(words.get("BUTTONS", {}).get("buttons", ()), parts)),
        offer=_offer(words.get("LIMITED_TIME_OFFER", {}), parts),
        cards=tuple(_cards(words.get("CAROUSEL", {}).get("cards", ()), parts)),
    )


def _offer(written: Json, parts: Sequence[Json]) -> Offer | None:
    """The offer of a template that has one; its end comes with the message."""
    about = written.get("limited_time_offer")
    if not isinstance(about, dict):
        return None
    value: Json = next(iter(_of(parts, "limited_time_offer")), {})
    ends = (value.get("limited_time_offer") or {}).get("expiration_time_ms")
    if about.get("has_expiration") is False or not isinstance(ends, int) or not 0 < ends < _LATEST_MS:
        return Offer(str(about.get("text", "")))
    return Offer(str(about.get("text", "")), datetime.fromtimestamp(ends / 1000, UTC))


def _cards(written: Sequence[Json], parts: Sequence[Json]) -> Iterator[Approved]:
    """Every card that was approved; its values come under its place."""
    carousels = (part for part in parts if str(part.get("type")).lower() == "carousel")
    given = {str(card.get("card_index")): card for part in carousels for card in part.get("cards", ())}
    for place, card in enumerate(written):
        yield _made_of(card.get("components", ()), given.get(str(place), {}).get("components", ()))


def _of(parts: Sequence[Json], kind: str) -> list[Json]:
    """The values of every part of this kind."""
    return [value for part in parts if str(part.get("type")).lower() == kind for value in part.get("parameters", ())]


def _said(value: Json) -> str:
    """A value as the phone shows it."""
    inner = value.get(str(value.get("type")), {})
    return str(value.get("text") or (inner.get("fallback_value", "") if isinstance(inner, dict) else ""))


def _values(parts: Sequence[Json], kind: str, text: str) -> dict[str, str]:
    """Values by the name of their variable; those without one fill the variables in their order."""
    given, names = _of(parts, kind), list(dict.fromkeys(variables_in(text)))
    places = {str(value["parameter_name"]): _said(value) for value in given if "parameter_name" in value}
    return places or dict(zip(names, (_said(value) for value in given), strict=False))


def _in_a_row(parts: Sequence[Json]) -> str:
    return " ".join(filter(None, (_said(value) for value in _of(parts, "body"))))


def _top(parts: Sequence[Json]) -> Json:
    value = next(iter(_of(parts, "header")), {})
    kind = str(value.get("type"))
    return {"type": kind, kind: value[kind]} if kind in MEDIA and kind in value else {}


def _buttons(written: Sequence[Json], parts: Sequence[Json]) -> list[Button]:
    """Every button of the template with what the message put behind it."""
    given = {str(part.get("index")): part for part in parts if str(part.get("type")).lower() == "button"}
    return [_button(place, button, given.get(str(place), {})) for place, button in enumerate(written)]


def _button(place: int, written: Json, given: Json) -> Button:
    kind = str(written.get("type", "")).upper()
    value: Json = next(iter(given.get("parameters", ())), {})
    label = str(written.get("text") or _LABELS.get(kind, kind.capitalize()))
    action = value.get("action") or {}
    return Button(place, kind.lower(), label, _behind(kind, written, value, label), tuple(action.get("sections") or ()))


def _behind(kind: str, written: Json, value: Json, label: str) -> str:
    """What a tap on the button opens, copies or sends."""
    address, said = str(written.get("url", "")), _said(value)
    behind = {
        "QUICK_REPLY": value.get("payload") or label,
        "URL": filled(address, dict.fromkeys(variables_in(address), said)),
        "PHONE_NUMBER": written.get("phone_number", ""),
        "COPY_CODE": value.get("coupon_code", ""),
        "OTP": said,
        "FLOW": (value.get("action") or {}).get("flow_token", ""),
    }
    return str(behind.get(kind, ""))
