"""The edge alone: webhooks and live streams, nothing of Django's pages. For a process of its own in production."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopme.settings.production")

import django

from conversations.transport.door.edge_logs import hide_secrets
from conversations.transport.edge import Edge

django.setup()
hide_secrets()
application = Edge()
