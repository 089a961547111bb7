"""The simulator as a `Provider`: Meta's own parse, render and client, pointed at our stand-in Graph API."""

from django.conf import settings

from conversations.transport.providers.meta_cloud.provider import MetaCloud


class Simulator(MetaCloud):
    def graph_url(self) -> str:
        return f"{settings.PLATFORM_URL}/simulator/graph"
