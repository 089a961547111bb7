"""Nothing grows past what one reads in one go."""

import pytest

from tests.house import tree

MODULE, FUNCTION, TEMPLATE = 300, 40, 150


def test_modules_have_at_most_300_lines() -> None:
    sizes = {tree.name(path): len(path.read_text().splitlines()) for path in tree.modules()}
    assert {path: lines for path, lines in sizes.items() if lines > MODULE} == {}


def test_functions_have_at_most_40_lines() -> None:
    long = {
        f"{tree.name(path)}:{function}": lines
        for path in tree.modules()
        for function, lines in tree.functions(path)
        if lines > FUNCTION
    }
    assert long == {}


def test_templates_have_at_most_150_lines() -> None:
    sizes = {tree.name(path): len(path.read_text().splitlines()) for path in tree.templates()}
    assert {path: lines for path, lines in sizes.items() if lines > TEMPLATE} == {}


@pytest.mark.parametrize("word", ["utils", "util", "helpers", "helper", "common", "misc"])
def test_no_room_is_named_for_nothing(word: str) -> None:
    assert [tree.name(path) for path in tree.modules() if word in (path.stem, path.parent.name)] == []
