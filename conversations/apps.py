from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """The chat and the inbox."""

    name = "conversations"
    label = "conversations"

    def ready(self) -> None:
        from conversations import receivers, registry  # noqa: F401, PLC0415 - only once models are loaded
        from conversations.directory.store import DirectoryStore, EveryStore  # noqa: PLC0415
        from conversations.people import address_book, joining, preferences  # noqa: F401, PLC0415 - listen to news of people
        from conversations.store import ChatStore  # noqa: PLC0415
        from conversations.templates import shared_news, webhooks  # noqa: F401, PLC0415 - listen to news of templates
        from conversations.transport.ports import set_store  # noqa: PLC0415

        set_store(EveryStore(ChatStore(), DirectoryStore()))
        registry.load_flows()
