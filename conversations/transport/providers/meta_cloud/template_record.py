"""Meta's record of a template in its list, and a wish as Meta wants it."""

from typing import Any

from conversations.transport.providers.meta_cloud.reading import mapping, text
from conversations.transport.providers.meta_cloud.template_parts import with_handle
from conversations.transport.providers.template_desk import TemplateRecord, TemplateWish
from conversations.transport.rules.template_limits import normal_language

Json = dict[str, Any]


def read_record(record: Json) -> TemplateRecord | None:
    """One entry of the list; None when it has no id, name, language or components."""
    provider_id, name = str(record.get("id") or ""), str(record.get("name") or "")
    language = normal_language(str(record.get("language") or ""))
    parts = record.get("components")
    if not (provider_id and name and language) or not isinstance(parts, list):
        return None
    ttl = record.get("message_send_ttl_seconds")
    return TemplateRecord(
        provider_id=provider_id[:64],
        name=name[:512],
        language=language[:15],
        status=str(record.get("status") or ""),
        category=str(record.get("category") or ""),
        correct_category=str(record.get("correct_category") or ""),
        quality=str(mapping(record.get("quality_score")).get("score") or ""),
        reason=text(record, "rejected_reason", limit=60),
        ttl_seconds=ttl if type(ttl) is int else None,
        parts=[part for part in parts if isinstance(part, dict)],
    )


def written_new(wish: TemplateWish) -> Json:
    """The body that asks for a new template."""
    named = {"parameter_format": "NAMED" if wish.is_named else "POSITIONAL"}
    return {"name": wish.name, "language": wish.language, **named, **written_change(wish)}


def written_change(wish: TemplateWish) -> Json:
    """The body that asks for other words, category or time to live; what is not wished for stays."""
    body: Json = {"components": with_handle(wish.parts, wish.handle) if wish.handle else wish.parts}
    if wish.category:
        body["category"] = wish.category
    if wish.ttl_seconds is not None:
        body["message_send_ttl_seconds"] = wish.ttl_seconds
    return body
