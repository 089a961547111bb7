from django.apps import AppConfig


class TransportConfig(AppConfig):
    """Webhooks in, messages out; the public schema."""

    name = "conversations.transport"
    label = "transport"

    def ready(self) -> None:
        from conversations.transport import receivers  # noqa: F401, PLC0415 - only once models are loaded
        from conversations.transport.numbers import account_news, account_updates  # noqa: F401, PLC0415
