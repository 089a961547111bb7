"""What Meta would say to a template message, as far as the message alone tells; the template itself decides the rest."""

import re
from typing import Any, Final

from conversations.transport.providers.simulator.rules_common import (
    Json,
    Refused,
    file,
    length,
    objects,
    place,
    product_sections,
    required,
    unique,
)
from conversations.transport.rules import limits

_NAME: Final = re.compile(r"[a-z0-9_]+")
_MEDIA: Final = ("image", "video", "document")
_BLANKS: Final = re.compile(r"[\n\t]| {5,}")


def template(part: Json) -> None:
    """The name and language, then each component."""
    length(part.get("name"), limits.TEMPLATE_NAME, "template.name")
    if not _NAME.fullmatch(part["name"]):
        raise Refused(132001, "Template name does not exist.")
    length(required(part, "language").get("code"), 10, "template.language.code", least=2)
    components = [_in_small_letters(component) for component in objects(part.get("components"))]
    named = {"parameter_name" in value for value in _values(components)}
    if len(named) > 1:
        raise Refused(132000, "Named and positional parameters are mixed.")
    for component in components:
        kind = component.get("type")
        if kind not in _COMPONENTS:
            raise Refused(100, f"Unexpected component “{kind}”.")
        _COMPONENTS[kind](component)
    kinds = [component["type"] for component in components if component["type"] != "button"]
    unique(kinds, "components")
    unique([str(component.get("index")) for component in components if component["type"] == "button"], "button indexes")


def _in_small_letters(component: Json) -> Json:
    """Meta takes the names of components and buttons in capitals too."""
    names: Json = {name: str(component[name]).lower() for name in ("type", "sub_type") if name in component}
    return {**component, **names}


def _values(components: list[Json]) -> list[Json]:
    return [
        value
        for component in components
        if component.get("type") == "body" or component.get("type") == "header"
        for value in objects(component.get("parameters"))
        if value.get("type") in ("text", "currency", "date_time")
    ]


def _header(component: Json) -> None:
    (value, *more) = list(objects(component.get("parameters"))) or [{}]
    kind = value.get("type")
    if more or kind not in ("text", "location", *_MEDIA):
        raise Refused(132012, f"The header takes one parameter, not {kind}.")
    if kind == "text":
        _text(value)
    elif kind == "location":
        place(required(value, "location"))
    else:
        file(required(value, kind), kind, is_captioned=False)


def _body(component: Json) -> None:
    values = list(objects(component.get("parameters")))
    for value in values:
        kind = value.get("type")
        if kind == "text":
            _text(value)
        elif kind == "currency":
            _currency(required(value, "currency"))
        elif kind == "date_time":
            length(required(value, "date_time").get("fallback_value"), limits.TEMPLATE_BODY, "fallback_value")
        else:
            raise Refused(132012, f"The body takes no parameter of type {kind}.")
    unique([value["parameter_name"] for value in values if "parameter_name" in value], "parameter names")


def _text(value: Json) -> None:
    length(value.get("text"), limits.TEMPLATE_BODY, "parameter text")
    if _BLANKS.search(value["text"]):
        raise Refused(132012, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")


def _currency(amount: Json) -> None:
    length(amount.get("fallback_value"), limits.TEMPLATE_BODY, "fallback_value")
    if not re.fullmatch("[A-Z]{3}", str(amount.get("code"))) or type(amount.get("amount_1000")) is not int:
        raise Refused(132012, "A currency needs its code and amount_1000.")


def _offer(component: Json) -> None:
    (value, *_more) = list(objects(component.get("parameters"))) or [{}]
    ends = required(value, "limited_time_offer").get("expiration_time_ms")
    if type(ends) is not int or ends <= 0:
        raise Refused(132012, "expiration_time_ms must be a moment in milliseconds.")


def _button(component: Json) -> None:
    index, kind = str(component.get("index")), component.get("sub_type")
    if not index.isdigit() or int(index) >= limits.TEMPLATE_BUTTONS:
        raise Refused(131009, "button index must be 0 to 9.")
    if kind not in _PARAMETERS:
        raise Refused(132012, f"sub_type {kind} is unknown.")
    (value, *more) = list(objects(component.get("parameters"))) or [{}]
    if more:
        raise Refused(132000, "A button takes one parameter.")
    _PARAMETERS[kind](value)


def _of(kind: str, name: str, most: int) -> Any:
    def check(value: Json) -> None:
        if value.get("type") != kind:
            raise Refused(132012, f"The button takes a parameter of type {kind}.")
        length(value.get(name), most, name)

    return check


def _coupon(value: Json) -> None:
    _of("coupon_code", "coupon_code", limits.COUPON_CODE)(value)
    if not (value["coupon_code"].isascii() and value["coupon_code"].isalnum()):
        raise Refused(131009, "coupon_code must be alphanumeric.")


def _action(value: Json) -> Json:
    if value.get("type") != "action":
        raise Refused(132012, "The button takes a parameter of type action.")
    return required(value, "action")


def _flow(value: Json) -> None:
    length(_action(value).get("flow_token"), limits.FORM_TOKEN, "flow_token")


def _catalog(value: Json) -> None:
    if value:
        length(_action(value).get("thumbnail_product_retailer_id"), limits.RETAILER_ID, "thumbnail_product_retailer_id")


def _mpm(value: Json) -> None:
    action = _action(value)
    length(action.get("thumbnail_product_retailer_id"), limits.RETAILER_ID, "thumbnail_product_retailer_id")
    product_sections(action)


def _carousel(component: Json) -> None:
    """Cards by their place, each with a header, words and buttons of its own."""
    cards = list(objects(component.get("cards")))
    if not 1 <= len(cards) <= limits.CARDS:
        raise Refused(131009, f"carousel.cards must have 1 to {limits.CARDS} elements.")
    unique([str(card.get("card_index")) for card in cards], "card indexes")
    for card in cards:
        for part in map(_in_small_letters, objects(card.get("components"))):
            if part.get("type") not in _OF_A_CARD:
                raise Refused(100, f"Unexpected component “{part.get('type')}” in a card.")
            _OF_A_CARD[part["type"]](part)


_OF_A_CARD: Final = {"header": _header, "body": _body, "button": _button}
_COMPONENTS: Final = {**_OF_A_CARD, "limited_time_offer": _offer, "carousel": _carousel}
_PARAMETERS: Final = {
    "quick_reply": _of("payload", "payload", limits.TEMPLATE_PAYLOAD),
    "url": _of("text", "text", limits.TEMPLATE_BUTTON_URL),
    "copy_code": _coupon,
    "flow": _flow,
    "catalog": _catalog,
    "mpm": _mpm,
}
