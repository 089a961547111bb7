"""Visitors of public pages, who chose no language here: their browser says which they read."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

_LONGEST: Final = 500


def language_of(request: HttpRequest, *, otherwise: str = "") -> str:
    """The first language the browser asks for that we speak; else `otherwise`, if we speak that; else English."""
    for wanted, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:_LONGEST]):
        try:
            return get_supported_language_variant(wanted)
        except LookupError:
            continue
    return otherwise if otherwise in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
