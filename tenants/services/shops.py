"""Closing a shop's doors for a while, and opening them again."""

from django.db import transaction

from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.context import in_public
from tenants.models import Shop, User
from tenants.queries import forget

Status = Shop.Status


class NotPossible(BusinessError):
    """The shop's status does not allow this."""


def suspend_shop(*, shop: Shop, actor: User | None = None, reason: str = "") -> Shop:
    """Stop the shop's pages, tasks and sends; nothing is deleted. Refuses: `NotPossible` unless active."""
    return _move(shop, actor, before=Status.ACTIVE, after=Status.SUSPENDED, detail={"reason": reason})


def resume_shop(*, shop: Shop, actor: User | None = None) -> Shop:
    """Let a suspended shop trade again. Refuses: `NotPossible` unless suspended."""
    return _move(shop, actor, before=Status.SUSPENDED, after=Status.ACTIVE, detail={})


def _move(shop: Shop, actor: User | None, *, before: Shop.Status, after: Shop.Status, detail: dict[str, str]) -> Shop:
    with in_public(), transaction.atomic():
        if not Shop.objects.filter(pk=shop.pk, status=before).update(status=after):
            raise NotPossible(f"{shop.name} is not {before.value}.")
        note(f"shop.{after.value}", shop=shop, actor=actor, subject=shop.slug, detail=detail)
    forget()
    shop.status = after
    return shop
