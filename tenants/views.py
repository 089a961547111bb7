"""A shop's files on its own host."""

from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from tenants.access import public_view, shop_of
from tenants.storage import content_type_of, is_key_of_shop


@public_view
@require_safe
def file_show(request: HttpRequest, shop_uuid: UUID, name: str) -> FileResponse:
    """One file of the host's shop. Keys are random and never reused, so the answer may be kept for ever."""
    shop = shop_of(request)
    key = f"{shop_uuid}/{name}"
    if shop is None or shop.uuid != shop_uuid or not is_key_of_shop(key, str(shop.uuid)):
        raise Http404("No such file.")
    try:
        file = default_storage.open(key, "rb")
    except FileNotFoundError as problem:
        raise Http404("No such file.") from problem
    response = FileResponse(file, content_type=content_type_of(key))
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
