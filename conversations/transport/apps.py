from django.apps import AppConfig


class TransportConfig(AppConfig):
    name = "conversations.transport"
    label = "transport"
