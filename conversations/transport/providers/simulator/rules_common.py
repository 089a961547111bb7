"""How the stand-in refuses: Meta's error objects and the checks that every kind of message shares."""

from collections.abc import Iterable
from typing import Any

from conversations.transport.providers.meta_cloud.errors import title_of
from conversations.transport.rules import limits

Json = dict[str, Any]


class Refused(ValueError):
    """A message Meta would not take."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


def error_object(code: int, details: str = "", *, subcode: int | None = None) -> Json:
    """Meta's error envelope."""
    error: Json = {
        "message": f"(#{code}) {title_of(code) or 'Error'}",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details or title_of(code)},
        "fbtrace_id": "AStandIn",
    }
    return {"error": {**error, "error_subcode": subcode} if subcode else error}


def length(value: Any, most: int, name: str, *, least: int = 1) -> None:
    """Text of so many characters, counted as we count them: never fewer than Meta does."""
    if not isinstance(value, str) or not least <= limits.length(value) <= most:
        raise Refused(131009, f"{name} must have {least} to {most} characters.")
    if least and not value.strip():
        raise Refused(131009, f"{name} must not be blank.")


def required(part: Json, name: str) -> Json:
    """The object called `name`."""
    value = part.get(name)
    if not isinstance(value, dict):
        raise Refused(131008, f"The parameter {name} is required.")
    return value


def unique(values: list[Any], name: str) -> None:
    if len(set(values)) != len(values):
        raise Refused(131009, f"{name} must be unique.")


def objects(value: Any) -> Iterable[Json]:
    """The objects of a list; nothing where there is no list."""
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def web_address(value: Any, name: str) -> None:
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        raise Refused(131009, f"{name} must be absolute.")


def file(part: Json, kind: str, *, is_captioned: bool = True) -> None:
    """A file by id or link, with only what belongs to its kind."""
    if bool(part.get("id")) == bool(part.get("link")):
        raise Refused(131009, f"{kind} needs an id or an absolute link.")
    if part.get("link"):
        web_address(part["link"], f"{kind}.link")
    if not is_captioned and part.get("caption"):
        raise Refused(100, f"Unexpected key “caption” on param “{kind}”.")
    length(part.get("caption", ""), limits.CAPTION, f"{kind}.caption", least=0)
    if "filename" in part and kind != "document":
        raise Refused(100, f"Unexpected key “filename” on param “{kind}”.")
    if "voice" in part and kind != "audio":
        raise Refused(100, f"Unexpected key “voice” on param “{kind}”.")


def place(part: Json) -> None:
    """Degrees, as text or number, on this earth."""
    for name, most in (("latitude", 90), ("longitude", 180)):
        try:
            degrees = float(part[name])
        except (KeyError, TypeError, ValueError) as problem:
            raise Refused(131008, f"location.{name} is required.") from problem
        if not -most <= degrees <= most:
            raise Refused(131009, f"location.{name} is out of range.")


def product_sections(action: Json) -> None:
    """Sections of products: at most ten, thirty products in all."""
    sections = list(objects(action.get("sections")))
    if not 1 <= len(sections) <= limits.PRODUCT_SECTIONS:
        raise Refused(131009, "sections must have 1 to 10 elements.")
    items = [item for section in sections for item in objects(section.get("product_items"))]
    if not 1 <= len(items) <= limits.PRODUCTS:
        raise Refused(131009, "There must be 1 to 30 products in all.")
    for section in sections:
        length(section.get("title"), limits.PRODUCT_SECTION_TITLE, "section title")
        if not list(objects(section.get("product_items"))):
            raise Refused(131009, "A section needs products.")
    for item in items:
        length(item.get("product_retailer_id"), limits.RETAILER_ID, "product_retailer_id")
