"""Codes: their characters, how they are read, and that no two are the same."""

import random
from threading import Barrier

import pytest
from django.db import IntegrityError

from tenants import codes
from tenants.codes import ALPHABET, codes_in, new_code, normalised, shown
from tenants.models import AuditEntry, QrCode, Shop
from tenants.services import qr_codes
from tenants.services.qr_codes import BadCodeWish, CodeWish, NoFreeCode, create_codes
from tests.trade import at_once


def test_a_code_has_twelve_characters_that_look_like_nothing_else() -> None:
    made = {new_code() for _ in range(500)}
    assert len(made) == 500
    assert all(len(code) == 12 and set(code) <= set(ALPHABET) for code in made)
    assert not set("01OILZ2S5B8AEU") & set(ALPHABET)


@pytest.mark.parametrize(
    "written",
    ["G4VCKQJYXKPF", "g4vckqjyxkpf", "G4VC-KQJY-XKPF", "g4vc kqjy xkpf", "G4VC – KQJY – XKPF", " g4vc.kqjy_xkpf "],
)
def test_a_code_is_read_in_any_case_and_with_any_gaps(written: str) -> None:
    assert normalised(written) == "G4VCKQJYXKPF"
    assert codes_in(f"Hello! Table 7 · {written}, thank you") == ["G4VCKQJYXKPF"]


@pytest.mark.parametrize("written", ["", "G4VCKQJYXKP", "G4VCKQJYXKPFF", "G4VCKQJYXKP0", "🙂" * 12, "G" * 4000])
def test_what_is_no_code_is_none(written: str) -> None:
    assert normalised(written) == ""
    assert codes_in(written) == []


def test_a_code_is_found_in_an_address_and_several_in_their_order() -> None:
    assert codes_in("see http://shop.example/r/g4vckqjyxkpf?x=1") == ["G4VCKQJYXKPF"]
    assert codes_in("G4VC-KQJY-XKPF or 3467 9CDF GHJK?") == ["G4VCKQJYXKPF", "34679CDFGHJK"]
    assert codes_in("Do you have rye bread, and what does the delivery to 12 Loop Street cost?") == []
    assert shown("G4VCKQJYXKPF") == "G4VC-KQJY-XKPF"


@pytest.mark.django_db
def test_a_row_of_tables_is_made_and_noted(amber: Shop) -> None:
    made = create_codes(shop=amber, wishes=[CodeWish("place", f"Table {number}") for number in range(1, 21)])
    assert len({code.code for code in made}) == 20
    assert [code.label for code in made][:2] == ["Table 1", "Table 2"]
    note = AuditEntry.objects.get(action="qr_code.created")
    assert (note.shop, note.detail) == (amber, {"count": 20})


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wish", [CodeWish("place"), CodeWish("product"), CodeWish("menu", product_id=3), CodeWish("gift", "x")]
)
def test_a_code_for_nothing_is_refused(amber: Shop, wish: CodeWish) -> None:
    with pytest.raises(BadCodeWish):
        create_codes(shop=amber, wishes=[wish])
    assert not QrCode.objects.exists()


@pytest.fixture
def few_codes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Only 40 codes there are in the world, so makers meet all the time."""
    known = [new_code() for _ in range(40)]
    luck = random.Random(7)
    monkeypatch.setattr(codes, "new_code", lambda: luck.choice(known))
    monkeypatch.setattr(qr_codes, "_TRIES", 400)
    return known


@pytest.mark.django_db(transaction=True)
def test_many_makers_never_share_a_code(amber: Shop, blue: Shop, few_codes: list[str]) -> None:
    def make() -> int:
        return sum(len(create_codes(shop=amber, wishes=[CodeWish("menu")])) for _ in range(4))

    made = at_once(amber, [make] * 8)

    assert made == [4] * 8
    assert QrCode.objects.count() == 32 == len(set(QrCode.objects.values_list("code", flat=True)))


@pytest.mark.django_db(transaction=True)
def test_asking_first_and_inserting_then_shares_codes(amber: Shop, few_codes: list[str]) -> None:
    """The negative control: the same makers, who look first and then write. The table has to refuse some of them."""
    looked = Barrier(8)

    def make() -> int:
        taken = set(QrCode.objects.values_list("code", flat=True))
        free = next(code for code in few_codes if code not in taken)
        looked.wait(timeout=20)
        QrCode.objects.create(shop=amber, code=free)
        return 1

    made = at_once(amber, [make] * 8)

    assert sum(isinstance(each, IntegrityError) for each in made) == 7


@pytest.mark.django_db
def test_when_every_code_is_taken_the_maker_is_told(amber: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "new_code", lambda: "G4VCKQJYXKPF")
    create_codes(shop=amber, wishes=[CodeWish("menu")])
    with pytest.raises(NoFreeCode):
        create_codes(shop=amber, wishes=[CodeWish("menu")])
    assert QrCode.objects.count() == 1
