"""The record of who did what; written in the transaction of the act itself."""

from typing import Any

from tenants.models import AuditEntry, Shop, User


def note(
    action: str, *, shop: Shop | None, actor: User | None, subject: str = "", detail: dict[str, Any] | None = None
) -> AuditEntry:
    """Keep one act, e.g. `note("team.invited", shop=shop, actor=user, subject="lerato@example.com")`.

    Ids and names of settings only: never bodies, tokens or phone numbers.
    """
    return AuditEntry.objects.create(shop=shop, actor=actor, action=action, subject=subject[:200], detail=detail or {})
