"""One process for a small house: the edge answers machines and live streams, Django answers people.

The edge is a raw ASGI application; Django runs as WSGI in eight threads, because its views are synchronous.
"""

import os
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopme.settings.local")

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

from conversations.transport.door.edge_logs import hide_secrets
from conversations.transport.edge import Edge
from shopme.whole_body import WholeBody

hide_secrets()
pages: Any = WSGIMiddleware(cast("Any", get_wsgi_application()), workers=8)
application = Edge(otherwise=WholeBody(pages))
