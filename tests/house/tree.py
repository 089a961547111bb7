"""The files the house rules speak of."""

import ast
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
ROOMS = ("shopme", "tenants", "catalog", "orders", "conversations", "loyalty", "payments")


def modules() -> list[Path]:
    """Every Python module of the rooms but migrations."""
    found = (path for room in ROOMS for path in (HOUSE / room).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts and "__pycache__" not in path.parts)


def templates() -> list[Path]:
    return sorted((HOUSE / "templates").rglob("*.html"))


def name(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a module with its length in lines, from `def` on, without its docstring."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, _lines(node) - (_lines(node.body[0]) if ast.get_docstring(node) else 0)


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
