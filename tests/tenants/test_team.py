"""Who is in a shop's team, and that it never loses its last Admin."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tenants.models import AuditEntry, Membership, Role, Shop, User
from tenants.queries import membership_of
from tenants.services import team

pytestmark = pytest.mark.django_db


def member(shop: Shop, role: Role, email: str = "") -> Membership:
    user = User.objects.create_user(email or f"{role.value}{Membership.objects.count()}@example.com")
    return Membership.objects.create(user=user, shop=shop, role=role)


def owner_of(shop: Shop) -> Membership:
    return Membership.objects.get(shop=shop, user__email=f"owner@{shop.slug}.example")


def test_somebody_new_is_let_in_without_a_password(amber: Shop) -> None:
    membership = team.invite(
        shop=amber, email=" Lerato@Example.com ", name="Lerato", role=Role.AGENT, actor=owner_of(amber).user
    )
    assert (membership.user.email, membership.role) == ("lerato@example.com", "agent")
    assert not membership.user.has_usable_password()
    assert AuditEntry.objects.get(action="team.invited").subject == "lerato@example.com"


def test_somebody_from_another_shop_keeps_their_account(amber: Shop, blue: Shop) -> None:
    user = owner_of(blue).user
    team.invite(shop=amber, email=user.email, role=Role.STAFF)
    assert dict(user.memberships.values_list("shop__slug", "role")) == {"amber": "staff", "blue": "admin"}


def test_a_member_is_not_let_in_twice_and_one_let_out_comes_back(amber: Shop) -> None:
    first = team.invite(shop=amber, email="a@example.com", role=Role.AGENT)
    with pytest.raises(team.AlreadyMember):
        team.invite(shop=amber, email="A@example.com", role=Role.ADMIN)
    team.deactivate(shop=amber, membership_id=first.pk)
    assert membership_of(first.user, amber) is None
    again = team.invite(shop=amber, email="a@example.com", role=Role.MANAGER)
    assert (again.pk, again.role, again.is_active) == (first.pk, "manager", True)


def test_the_last_admin_stays(amber: Shop) -> None:
    owner = owner_of(amber)
    with pytest.raises(team.LastAdmin):
        team.deactivate(shop=amber, membership_id=owner.pk)
    with pytest.raises(team.LastAdmin):
        team.change_role(shop=amber, membership_id=owner.pk, role=Role.MANAGER)
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == ("admin", True)


def test_an_admin_who_cannot_sign_in_does_not_count(amber: Shop) -> None:
    other = member(amber, Role.ADMIN)
    User.objects.filter(pk=other.user_id).update(is_active=False)
    with pytest.raises(team.LastAdmin):
        team.deactivate(shop=amber, membership_id=owner_of(amber).pk)


@pytest.mark.parametrize(
    ("actor", "wanted", "allowed"),
    [
        (actor, wanted, actor in (Role.ADMIN, Role.MANAGER) and actor.rank >= wanted.rank)
        for actor in Role
        for wanted in Role
    ],
)
def test_nobody_hands_out_more_than_they_hold(amber: Shop, actor: Role, wanted: Role, allowed: bool) -> None:
    person = member(amber, actor)
    victim = member(amber, Role.STAFF)
    if allowed:
        team.invite(shop=amber, email="new@example.com", role=wanted, actor=person.user)
        team.change_role(shop=amber, membership_id=victim.pk, role=wanted, actor=person.user)
        return
    with pytest.raises(team.NotAllowed):
        team.invite(shop=amber, email="new@example.com", role=wanted, actor=person.user)
    with pytest.raises(team.NotAllowed):
        team.change_role(shop=amber, membership_id=victim.pk, role=wanted, actor=person.user)
    assert not User.objects.filter(email="new@example.com").exists()
    victim.refresh_from_db()
    assert victim.role == Role.STAFF


def test_a_manager_does_not_touch_an_admin(amber: Shop) -> None:
    member(amber, Role.ADMIN)
    manager = member(amber, Role.MANAGER)
    with pytest.raises(team.NotAllowed):
        team.deactivate(shop=amber, membership_id=owner_of(amber).pk, actor=manager.user)
    with pytest.raises(team.NotAllowed):
        team.change_role(shop=amber, membership_id=owner_of(amber).pk, role=Role.STAFF, actor=manager.user)
    with pytest.raises(team.NotAllowed):
        team.change_role(shop=amber, membership_id=manager.pk, role=Role.ADMIN, actor=manager.user)


def test_an_admin_of_one_shop_is_nobody_in_another(amber: Shop, blue: Shop) -> None:
    with pytest.raises(team.NotAllowed):
        team.invite(shop=amber, email="x@example.com", role=Role.STAFF, actor=owner_of(blue).user)
    with pytest.raises(team.NotInTeam):
        team.deactivate(shop=amber, membership_id=owner_of(blue).pk, actor=owner_of(amber).user)


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_let_each_other_out_at_once_leave_one() -> None:
    amber = Shop.objects.get(slug="amber")
    for _ in range(10):
        Membership.objects.filter(shop=amber).update(is_active=False)
        pair = [member(amber, Role.ADMIN).pk for _ in range(2)]

        def let_out(membership_id: int) -> str:
            try:
                team.deactivate(shop=amber, membership_id=membership_id)
            except team.LastAdmin:
                return "stays"
            finally:
                connection.close()
            return "out"

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(let_out, pair)) == ["out", "stays"]
