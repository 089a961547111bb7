from django.apps import AppConfig


class TransportConfig(AppConfig):
    """Webhooks in, messages out; the public schema."""

    name = "conversations.transport"
    label = "transport"

    def ready(self) -> None:
        from conversations.transport import (  # noqa: PLC0415 - only once models are loaded
            account_news,  # noqa: F401
            account_updates,  # noqa: F401
            receivers,  # noqa: F401
        )
