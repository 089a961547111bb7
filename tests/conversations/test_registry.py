import pytest
from django.utils import timezone

from conversations import registry
from conversations.registry import SignedInTwice, on_choice, on_word, state
from conversations.talk import Move, State, Talk
from conversations.transport.types import Incoming, IncomingKind, Sender


@pytest.fixture(autouse=True)
def _put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATES", "CHOICES", "WORDS", "MEANINGS", "LANGUAGES_OF_WORDS"):
        monkeypatch.setattr(registry, name, dict(getattr(registry, name)))


def _tap(choice_id: str, *, on: str = "wamid.A") -> Incoming:
    sender = Sender(phone="+27821234567")
    return Incoming("wamid.1", sender, timezone.now(), IncomingKind.CHOICE, choice_id=choice_id, context_wamid=on)


def test_two_flows_cannot_claim_the_same_state_tap_or_word() -> None:
    with pytest.raises(SignedInTwice, match="menu"):

        @state
        class Second(State):
            name = "menu"

    with pytest.raises(SignedInTwice, match=r"cart\.add"):
        on_choice("cart.add")(lambda talk: Move(to="menu"))
    with pytest.raises(SignedInTwice, match="means two things"):
        on_word("lunch", en=("menu",))(lambda talk: Move(to="menu"))


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (_tap("checkout.confirm:5200"), _tap("checkout.confirm:5200"), True),
        (_tap("checkout.confirm:5200"), _tap("checkout.confirm:5500"), False),
        (_tap("menu"), _tap("menu", on="wamid.B"), False),
        (_tap("cart.add:5"), _tap("cart.add:5"), False),
        (_tap(""), _tap(""), False),
    ],
)
def test_a_double_tap_is_told_from_two_wishes(first: Incoming, second: Incoming, same: bool) -> None:
    assert registry.is_same_tap(first, second) is same


def test_every_state_a_flow_moves_to_exists() -> None:
    """Flows name states as strings; none of them is a slip of the finger."""
    import ast
    from pathlib import Path

    import conversations

    folder = Path(conversations.__file__).parent
    named = {
        keyword.value.value
        for file in [*folder.glob("*.py"), *(folder / "flows").glob("*.py")]
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Move"
        for keyword in node.keywords
        if keyword.arg == "to" and isinstance(keyword.value, ast.Constant)
    }
    assert named - {""} <= set(registry.STATES)
    assert len(named) > 10


def test_every_button_leads_somewhere() -> None:
    """The front of every id that a flow writes on a button is known."""
    import re
    from pathlib import Path

    import conversations

    folder = Path(conversations.__file__).parent
    written = {
        re.split(r"[:{]", found)[0]
        for file in [*folder.glob("*.py"), *(folder / "flows").glob("*.py")]
        for found in re.findall(r'Choice\(\s*f?"([^"]+)"', file.read_text())
    }
    assert written - {""} <= set(registry.CHOICES)
    assert len(written) > 15


def test_flows_do_not_know_one_another() -> None:
    from pathlib import Path

    import conversations

    flows = Path(conversations.__file__).parent / "flows"
    assert [file.name for file in flows.glob("*.py") if "conversations.flows" in file.read_text()] == []


def test_a_tap_without_its_values_is_not_ours(shop: object) -> None:
    assert registry._read(["12", "3"], (int, int)) == [12, 3]
    assert registry._read(["x"], (int,)) is None
    assert registry._read(["-1"], (int,)) is None
    assert registry._read(["1" * 16], (int,)) is None
    assert Talk.__slots__
