"""Approved templates with their values, in Meta's words."""

from typing import Any

from conversations.transport.providers.meta_cloud.parts import file_of, place_of, product_sections
from conversations.transport.replies import ButtonValue, Location, Media, TemplateMessage, Value

Json = dict[str, Any]


def template_of(template: TemplateMessage) -> Json:
    """The object `template`. Parts that take no values are left out: Meta knows them."""
    components: list[Json] = []
    if template.header is not None:
        components.append({"type": "header", "parameters": [_header(template.header)]})
    if template.body:
        components.append({"type": "body", "parameters": [_value(value) for value in template.body]})
    if template.offer_until_ms:
        offer = {"expiration_time_ms": template.offer_until_ms}
        parameter = {"type": "limited_time_offer", "limited_time_offer": offer}
        components.append({"type": "limited_time_offer", "parameters": [parameter]})
    components += [_button(button) for button in template.buttons]
    written: Json = {"name": template.name, "language": {"code": template.language}}
    return {**written, "components": components} if components else written


def _header(header: Value | Media | Location) -> Json:
    match header:
        case Media():
            return {"type": header.kind, header.kind: file_of(header)}
        case Location():
            return {"type": "location", "location": place_of(header)}
    return _value(header)


def _value(value: Value) -> Json:
    named = {"parameter_name": value.name} if value.name else {}
    if value.kind == "currency":
        amount = {"fallback_value": value.text, "code": value.currency, "amount_1000": value.amount_1000}
        return {"type": "currency", **named, "currency": amount}
    if value.kind == "date_time":
        return {"type": "date_time", **named, "date_time": {"fallback_value": value.text}}
    return {"type": "text", **named, "text": value.text}


def _button(button: ButtonValue) -> Json:
    component = {"type": "button", "sub_type": button.kind, "index": str(button.index)}
    parameter = _button_parameter(button)
    return {**component, "parameters": [parameter]} if parameter else component


def _button_parameter(button: ButtonValue) -> Json:
    match button.kind:
        case "quick_reply":
            return {"type": "payload", "payload": button.value}
        case "url":
            return {"type": "text", "text": button.value}
        case "copy_code":
            return {"type": "coupon_code", "coupon_code": button.value}
        case "flow":
            data = {"flow_action_data": button.data} if button.data else {}
            return {"type": "action", "action": {"flow_token": button.value, **data}}
        case "catalog":
            return {"type": "action", "action": {"thumbnail_product_retailer_id": button.value}} if button.value else {}
        case "mpm":
            sections = product_sections(button.sections)
            return {"type": "action", "action": {"thumbnail_product_retailer_id": button.value, "sections": sections}}
