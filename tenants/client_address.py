"""From which address a request came. The one place that reads it, for the lock-out and every other limit."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest | None) -> str:
    """The address of whoever asks, or of the nearest machine we know when it cannot be trusted further.

    Each of our own proxies (`TRUSTED_PROXIES`) writes the address that spoke to it at the end of X-Forwarded-For. So the
    client is that many places from the end; whatever stands before it, the client may have written itself.
    """
    if request is None:
        return ""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    hops: int = settings.TRUSTED_PROXIES
    said = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    if hops == 0 or len(said) < hops:
        return peer
    return said[-hops] if _is_address(said[-hops]) else peer


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
