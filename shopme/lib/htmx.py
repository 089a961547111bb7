"""One view for the page and for its part."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def render_part(
    request: HttpRequest,
    part: str,
    context: dict[str, Any],
    *,
    page: Any = None,
    status: int = 200,
    events: dict[str, Any] | None = None,
) -> HttpResponse:
    """Answer a tap: htmx gets `part` (`template.html#part-name`); a plain browser is sent to `page`.

    `status` 422 for a refused form is answered as the whole page to a plain browser. `events` become `HX-Trigger`.
    """
    if not getattr(request, "htmx", False):
        if status == 200 and page is not None:
            return redirect(page)
        return render(request, part.partition("#")[0], context, status=status)
    response = render(request, part, context, status=status)
    if events:
        response["HX-Trigger"] = json.dumps(events)
    return response
