"""The pages on which one person seen twice becomes one customer, and two again."""

from collections.abc import Callable

import pytest
from django.test import Client

from loyalty import consent
from loyalty.identity import recognise
from loyalty.models import ConsentEntry, Customer, IdentityDoubt, Merge
from tenants.context import inside
from tenants.models import AuditEntry, Role, Shop
from tests.loyalty.people import local
from tests.trade import a_customer

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
AT = local("2026-11-01 10:00")


def doubtful(shop: Shop) -> tuple[Customer, Customer, IdentityDoubt]:
    """Somebody known by phone, somebody known by id, and a message that named both."""
    with inside(shop):
        for names in ({"phone": "+27821234567"}, {"bsuid": "ZA.1"}, {"phone": "+27821234567", "bsuid": "ZA.1"}):
            known = {"phone": None, "bsuid": None, "parent_bsuid": None, "username": None, **names}
            recognise(scope="w", profile_name="Nomsa" if "bsuid" in names else "Thandi", at=AT, **known)
        doubt = IdentityDoubt.objects.select_related("customer", "other").get()
        return doubt.customer, doubt.other, doubt


def test_the_page_tells_of_the_doubt_and_a_manager_may_decide(amber: Shop, client_of: ClientOf) -> None:
    writer, owner, doubt = doubtful(amber)
    for who, other in ((writer, owner), (owner, writer)):
        page = client_of(amber, Role.MANAGER).get(f"/customers/{who.pk}/").content.decode()
        assert "Perhaps the same person as" in page
        assert f'href="/customers/{who.pk}/merge/?other={other.pk}"' in page
        assert f'action="/customers/doubts/{doubt.pk}/different/"' in page
    page = client_of(amber, Role.AGENT).get(f"/customers/{writer.pk}/").content.decode()
    assert "Perhaps the same person as" in page
    assert "Different people" not in page


def test_both_are_seen_side_by_side_then_merged_then_parted(amber: Shop, client_of: ClientOf) -> None:
    writer, owner, _doubt = doubtful(amber)
    manager = client_of(amber, Role.MANAGER)
    turned = manager.get(f"/customers/{writer.pk}/merge/", {"other": owner.pk, "turned": "1"}).content.decode()
    assert turned.index("Stays") < turned.index("Nomsa", turned.index("Stays")) < turned.index("Becomes part of it")
    assert f'action="/customers/{writer.pk}/merge/{owner.pk}/"' in turned
    assert "+27821234567" in turned

    answer = manager.post(f"/customers/{writer.pk}/merge/{owner.pk}/", follow=True)
    assert answer.redirect_chain == [(f"/customers/{writer.pk}/", 302)]
    assert "They are one customer now." in answer.content.decode()
    assert "Undo merge" in answer.content.decode()
    assert manager.get(f"/customers/{owner.pk}/").headers["Location"] == f"/customers/{writer.pk}/"
    listed = manager.get("/customers/").content.decode()
    assert f'href="/customers/{owner.pk}/"' not in listed

    with inside(amber):
        merge = Merge.objects.get()
    refused = manager.post(f"/customers/merges/{merge.pk}/undo/", {"reason": " "}, follow=True)
    assert "Please say why." in refused.content.decode()
    done = manager.post(f"/customers/merges/{merge.pk}/undo/", {"reason": "Two sisters"}, follow=True)
    assert "They are two customers again." in done.content.decode()
    with inside(amber):
        assert Customer.objects.get(pk=owner.pk).merged_into_id is None
    noted = AuditEntry.objects.filter(shop=amber, actor=manager.user)  # type: ignore[attr-defined]
    assert list(noted.order_by("id").values_list("action", flat=True)) == ["customer.merged", "customer.merge_undone"]


def test_whoever_more_is_known_of_is_proposed_to_stay_from_either_side(amber: Shop, client_of: ClientOf) -> None:
    """The newcomer without phone and orders becomes part of the other one, wherever the question was opened."""
    newcomer, known, _doubt = doubtful(amber)
    manager = client_of(amber, Role.MANAGER)
    for opened, other in ((newcomer, known), (known, newcomer)):
        answer = manager.get(f"/customers/{opened.pk}/merge/", {"other": other.pk})
        assert (answer.context["kept"]["customer"], answer.context["gone"]["customer"]) == (known, newcomer)
        page = answer.content.decode()
        assert f'action="/customers/{known.pk}/merge/{newcomer.pk}/"' in page
        assert f'href="/customers/{opened.pk}/merge/?other={other.pk}&amp;turned=1"' in page


def test_a_yes_of_the_other_one_stands_there_as_theirs_and_the_question_comes_back(
    amber: Shop, client_of: ClientOf
) -> None:
    writer, owner, _doubt = doubtful(amber)
    manager = client_of(amber, Role.MANAGER)
    with inside(amber):
        said = consent.Said(kind="opt_in", source="words", at=AT, key="in:1", words="Yes please")
        consent.record(customer=owner, said=said)
    manager.post(f"/customers/{writer.pk}/merge/{owner.pk}/")
    page = manager.get(f"/customers/{writer.pk}/").content.decode()
    assert "Never asked" not in page
    assert "No answer that counts" in page
    assert "Said as <bdi>Thandi</bdi>, before the two became one." in page
    assert "Perhaps the same person as" not in page
    with inside(amber):
        merge = Merge.objects.get()
    manager.post(f"/customers/merges/{merge.pk}/undo/", {"reason": "Two sisters"})
    page = manager.get(f"/customers/{writer.pk}/").content.decode()
    assert "Never asked" in page
    assert "Said as" not in page
    assert "Perhaps the same person as" in page


def test_different_people_is_noted_once(amber: Shop, client_of: ClientOf) -> None:
    writer, owner, doubt = doubtful(amber)
    manager = client_of(amber, Role.MANAGER)
    first = manager.post(f"/customers/doubts/{doubt.pk}/different/", follow=True)
    assert "Noted: they are different people." in first.content.decode()
    again = manager.post(f"/customers/doubts/{doubt.pk}/different/", follow=True)
    assert "Somebody has answered this already." in again.content.decode()
    with inside(amber):
        assert Customer.objects.get(pk=writer.pk).phone == "+27821234567"
        assert Customer.objects.get(pk=owner.pk).phone is None
    assert AuditEntry.objects.get(action="customer.kept_apart").detail == {"other": owner.pk}


def test_agents_merge_nobody(amber: Shop, client_of: ClientOf) -> None:
    writer, owner, doubt = doubtful(amber)
    agent = client_of(amber, Role.AGENT)
    assert agent.get(f"/customers/{writer.pk}/merge/").status_code == 403
    for path in (f"/customers/{writer.pk}/merge/{owner.pk}/", f"/customers/doubts/{doubt.pk}/different/"):
        assert agent.post(path).status_code == 403
    with inside(amber):
        assert not Merge.objects.exists()
        assert IdentityDoubt.objects.get().state == "open"


def test_the_other_one_is_searched_for_and_odd_words_find_nobody(amber: Shop, client_of: ClientOf) -> None:
    writer, owner, _doubt = doubtful(amber)
    manager = client_of(amber, Role.MANAGER)
    found = manager.get(f"/customers/{writer.pk}/merge/", {"q": "4567"}).content.decode()
    assert f"?other={owner.pk}" in found
    assert "Nobody fits" in manager.get(f"/customers/{writer.pk}/merge/", {"q": "nobody"}).content.decode()
    for odd in ("x", "-1", "9" * 40, str(writer.pk)):
        assert manager.get(f"/customers/{writer.pk}/merge/", {"other": odd}).status_code == 200
    assert f"?other={owner.pk}" in manager.get(f"/customers/{writer.pk}/merge/").content.decode()


def test_the_team_writes_down_a_no_with_its_reason_once(amber: Shop, client_of: ClientOf) -> None:
    with inside(amber):
        thandi = a_customer("Thandi", phone="+27821234567")
    agent = client_of(amber, Role.AGENT)
    wish = {"kind": "opt_out", "reason": "Said so at the counter", "request_id": "tap-1"}
    for _ in range(2):
        agent.post(f"/customers/{thandi.pk}/offers/", wish)
    refused = agent.post(f"/customers/{thandi.pk}/offers/", {**wish, "reason": ""}, follow=True)
    assert "how you know" in refused.content.decode()
    with inside(amber):
        entry = ConsentEntry.objects.get()
        assert (entry.kind, entry.source, entry.reason, entry.actor_id) == (
            "opt_out", "staff", "Said so at the counter", agent.user.pk,  # type: ignore[attr-defined]
        )  # fmt: skip
        assert Customer.objects.get(pk=thandi.pk).marketing_opt_in is False
    page = agent.get(f"/customers/{thandi.pk}/").content.decode()
    assert "Said so at the counter" in page
    assert "No offers" in page
