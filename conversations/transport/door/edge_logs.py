"""Keeps secrets out of access logs: the unguessable part of an address and every query string."""

import logging
import re

_SECRET_PART = re.compile(r"^(/(?:webhooks/[^/]+|pay|apply/status|login/code|accounts/[^/]+/key)/)[^/]+")


def without_secrets(path: str) -> str:
    """`/webhooks/whatsapp/Xy…/?a=b` → `/webhooks/whatsapp/…/`."""
    return _SECRET_PART.sub(r"\1…", path.split("?", 1)[0])


class HideSecrets(logging.Filter):
    """Rewrites the path in uvicorn's access records."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, path, version, status = record.args
            record.args = (client, method, without_secrets(str(path)), version, status)
        return True


def hide_secrets() -> None:
    """Put the filter on uvicorn's access log, once per process."""
    access = logging.getLogger("uvicorn.access")
    if not any(isinstance(existing, HideSecrets) for existing in access.filters):
        access.addFilter(HideSecrets())
