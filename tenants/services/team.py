"""Letting people into a shop and out of it. A shop always keeps an Admin."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction
from django.urls import reverse

from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.models import Membership, Role, Shop, User


class LastAdmin(BusinessError):
    """The change would leave the shop without an Admin."""


class AlreadyMember(BusinessError):
    """The person is already in the team."""


class NotAllowed(BusinessError):
    """The actor's own role does not reach that far."""


class NotInTeam(BusinessError):
    """The membership is not of this shop."""


@transaction.atomic
def invite(*, shop: Shop, email: str, name: str = "", role: Role, actor: User | None = None) -> Membership:
    """Let a person in as `role`; someone who was let out before comes back.

    The team is locked, so nobody hands out more than they hold at that moment. Refuses: `AlreadyMember`, `NotAllowed`.
    """
    _lock_team(shop)
    _must_reach(shop, actor, role)
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        user = User.objects.create_user(email, name=name)
    membership, is_new = Membership.objects.get_or_create(user=user, shop=shop, defaults={"role": role, "name": name})
    if not is_new:
        if membership.is_active:
            raise AlreadyMember(f"{user.email} is already in the team.")
        membership.role, membership.is_active, membership.name = role, True, name or membership.name
        membership.save(update_fields=["role", "is_active", "name"])
    note("team.invited", shop=shop, actor=actor, subject=user.email, detail={"role": role.value})
    return membership


@transaction.atomic
def change_role(*, shop: Shop, membership_id: int, role: Role, actor: User | None = None) -> Membership:
    """Give a member another role. Refuses: `LastAdmin`, `NotAllowed`, `NotInTeam`."""
    membership = _locked_member(shop, membership_id)
    _must_reach(shop, actor, max(role, Role(membership.role), key=lambda each: each.rank))
    if role != Role.ADMIN:
        _must_not_be_last_admin(shop, membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    detail = {"from": before, "to": role.value}
    note("team.role_changed", shop=shop, actor=actor, subject=membership.user.email, detail=detail)
    return membership


@transaction.atomic
def deactivate(*, shop: Shop, membership_id: int, actor: User | None = None) -> Membership:
    """Let a member out; their next request is refused. Refuses: `LastAdmin`, `NotAllowed`, `NotInTeam`."""
    membership = _locked_member(shop, membership_id)
    _must_reach(shop, actor, Role(membership.role))
    _must_not_be_last_admin(shop, membership)
    membership.is_active = False
    membership.save(update_fields=["is_active"])
    note("team.deactivated", shop=shop, actor=actor, subject=membership.user.email)
    return membership


def password_link(*, shop: Shop, user: User) -> str:
    """A one-time address on the shop's host where `user` chooses a password; good for 30 minutes."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
        urlconf="shopme.urls_shop",
    )
    return shop.url(path)


def _lock_team(shop: Shop) -> None:
    """One change of a shop's team at a time."""
    Shop.objects.select_for_update().get(pk=shop.pk)


def _locked_member(shop: Shop, membership_id: int) -> Membership:
    _lock_team(shop)
    membership = Membership.objects.select_related("user").filter(pk=membership_id, shop=shop).first()
    if membership is None:
        raise NotInTeam("This person is not in the team.")
    return membership


def _must_reach(shop: Shop, actor: User | None, role: Role) -> None:
    """An actor changes only people up to their own rank, and only Admins and Managers do; None is the platform."""
    if actor is None:
        return
    own = Membership.objects.filter(shop=shop, user=actor, is_active=True).first()
    if own is None or own.rank < max(role.rank, Role.MANAGER.rank):
        raise NotAllowed("Your own role does not reach that far.")


def _must_not_be_last_admin(shop: Shop, membership: Membership) -> None:
    if membership.role != Role.ADMIN or not membership.is_active:
        return
    others = Membership.objects.filter(shop=shop, role=Role.ADMIN, is_active=True, user__is_active=True)
    if not others.exclude(pk=membership.pk).exists():
        raise LastAdmin("A shop keeps at least one Admin. Make somebody else Admin first.")
