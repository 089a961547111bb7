"""Messages with something to tap, in Meta's words."""

from typing import Any

from conversations.transport.providers.meta_cloud.parts import file_of, product_sections
from conversations.transport.replies import (
    AskAddress,
    AskContact,
    AskLocation,
    Buttons,
    CatalogLink,
    Choice,
    Form,
    Link,
    Media,
    Menu,
    Product,
    ProductList,
)

Json = dict[str, Any]
Asking = AskLocation | AskContact | AskAddress
Goods = Product | ProductList | CatalogLink
Interactive = Buttons | Menu | Link | Form | Asking | Goods
# Meta's version of the message that opens a form.
FORM_MESSAGE_VERSION = "3"


def interactive_of(reply: Interactive) -> Json:
    """The object `interactive`."""
    match reply:
        case Buttons():
            action = {"buttons": [{"type": "reply", "reply": {"id": b.id, "title": b.title}} for b in reply.buttons]}
            top = Media("image", url=reply.image_url) if reply.image_url else reply.top
            return _with_frame("button", reply, action, top)
        case Menu():
            sections = [_section(section.title, section.choices) for section in reply.sections]
            return _with_frame("list", reply, {"button": reply.button, "sections": sections}, None)
        case Link():
            parameters = {"display_text": reply.label, "url": reply.url}
            return _with_frame("cta_url", reply, {"name": "cta_url", "parameters": parameters}, reply.top)
        case Form():
            return _with_frame("flow", reply, {"name": "flow", "parameters": _form(reply)}, reply.top)
        case AskLocation() | AskContact() | AskAddress():
            return _asking(reply)
    return _goods(reply)


def _asking(reply: Asking) -> Json:
    match reply:
        case AskLocation():
            return _plain("location_request_message", reply.body, {"name": "send_location"})
        case AskContact():
            return _plain("request_contact_info", reply.body, {"name": "request_contact_info"})
    parameters = {"country": reply.country, **({"values": reply.values} if reply.values else {})}
    return _plain("address_message", reply.body, {"name": "address_message", "parameters": parameters})


def _plain(kind: str, words: str, action: Json) -> Json:
    return {"type": kind, "body": {"text": words}, "action": action}


def _goods(reply: Goods) -> Json:
    """Products of a catalog; one product may stand without words."""
    match reply:
        case Product():
            action: Json = {"catalog_id": reply.catalog_id, "product_retailer_id": reply.retailer_id}
            framed = _with_frame("product", reply, action, None)
            return framed if reply.body else {name: part for name, part in framed.items() if name != "body"}
        case ProductList():
            action = {"catalog_id": reply.catalog_id, "sections": product_sections(reply.sections)}
            return _with_frame("product_list", reply, action, None)
    action = {"name": "catalog_message"}
    if reply.retailer_id:
        action["parameters"] = {"thumbnail_product_retailer_id": reply.retailer_id}
    return _with_frame("catalog_message", reply, action, None)


def _form(form: Form) -> Json:
    """A form that exchanges data is asked by its endpoint; any other opens on a screen of ours."""
    named = {"flow_id": form.form_id} if form.form_id else {"flow_name": form.form_name}
    parameters: Json = {
        "flow_message_version": FORM_MESSAGE_VERSION,
        **named,
        "flow_cta": form.label,
        "mode": "draft" if form.is_draft else "published",
        "flow_token": form.token,
    }
    if form.is_exchange:
        return {**parameters, "flow_action": "data_exchange"}
    data = {"data": form.data} if form.data else {}
    return {**parameters, "flow_action": "navigate", "flow_action_payload": {"screen": form.screen, **data}}


def _section(title: str, choices: tuple[Choice, ...]) -> Json:
    rows = [
        {"id": c.id, "title": c.title, **({"description": c.description} if c.description else {})} for c in choices
    ]
    return {**({"title": title} if title else {}), "rows": rows}


def _with_frame(kind: str, reply: Buttons | Menu | Link | Form | Goods, action: Json, top: Media | None) -> Json:
    """Words, what stands above and below them, and what there is to tap."""
    interactive: Json = {"type": kind, "body": {"text": reply.body}, "action": action}
    header = "" if isinstance(reply, Product | CatalogLink) else reply.header
    if top:
        interactive["header"] = {"type": top.kind, top.kind: file_of(top)}
    elif header:
        interactive["header"] = {"type": "text", "text": header}
    if reply.footer:
        interactive["footer"] = {"text": reply.footer}
    return interactive
