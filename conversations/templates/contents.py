"""What a kept template says, whoever keeps it: a shop, or the platform for the shared number."""

from conversations.templates.models import Template
from conversations.transport.models import SharedTemplate
from conversations.transport.providers.registry import template_parts
from conversations.transport.providers.template_parts import TemplateContent

Written = Template | SharedTemplate


def content_of(template: Written) -> TemplateContent:
    """Its words, buttons and examples, as WhatsApp has them."""
    return template_parts().read(template.components)
