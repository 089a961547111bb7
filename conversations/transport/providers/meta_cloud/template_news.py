"""Meta's news of a template: four fields whose values name it alike."""

from typing import Any

from conversations.transport.providers.account_reader import TemplateNews
from conversations.transport.providers.meta_cloud.reading import mapping, text

Json = dict[str, Any]


def read_template(value: Json) -> TemplateNews:
    """Everything that any of the fields may tell."""
    return TemplateNews(
        provider_id=text(value, "message_template_id", limit=64),
        name=text(value, "message_template_name", limit=512),
        language=text(value, "message_template_language", limit=15),
        event=text(value, "event", limit=40),
        title=text(mapping(value.get("other_info")), "title", limit=80),
        reason=text(value, "reason", limit=60),
        words=_words(value),
        quality=text(value, "new_quality_score", limit=20),
        category=text(value, "new_category", limit=30),
        correct_category=text(value, "correct_category", limit=30),
        header=text(value, "message_template_title"),
        body=text(value, "message_template_element"),
        footer=text(value, "message_template_footer"),
    )


def _words(value: Json) -> str:
    """Meta's own explanation, where there is one."""
    rejection, info = mapping(value.get("rejection_info")), mapping(value.get("other_info"))
    off_on = text(mapping(value.get("disable_info")), "disable_date", limit=40)
    said = [text(rejection, "reason"), text(rejection, "recommendation"), text(info, "description")]
    if off_on:
        said.append(f"Switched off on {off_on}.")
    return " ".join(words.strip() for words in said if words.strip())[:1000]
