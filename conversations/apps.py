from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """The chat and the inbox."""

    name = "conversations"
    label = "conversations"
