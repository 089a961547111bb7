"""Ways of writing that have hurt elsewhere and do not come in here."""

import ast
import re
from pathlib import Path

import pytest

from tests.house import tree

ENTERING = {"inside", "in_public", "tenant_context", "schema_context"}
MODEL_SIGNALS = {"pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed", "pre_init", "post_init"}


def called(node: ast.expr) -> str:
    """The last name of `a.b(...)` or `a.b`."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def found(path: Path, wanted: type[ast.AST]) -> list[ast.AST]:
    return [node for node in ast.walk(tree.parsed(path)) if isinstance(node, wanted)]


def test_a_shop_is_never_entered_by_a_decorator() -> None:
    wrong = [
        f"{tree.name(path)}:{node.lineno}"
        for path in tree.modules()
        for node in found(path, ast.FunctionDef)
        for decorator in node.decorator_list
        if called(decorator) in ENTERING
    ]
    assert wrong == []


def test_a_shop_itself_is_never_a_context_manager() -> None:
    """`with shop:` keeps the way back in a list that all threads share."""
    wrong = [
        f"{tree.name(path)}:{node.lineno}"
        for path in tree.modules()
        for node in found(path, ast.With)
        for item in node.items
        if re.search(r"(^|_)(shop|tenant)$", called(item.context_expr))
    ]
    assert wrong == []


@pytest.mark.parametrize("method", ["activate", "deactivate", "set_tenant", "set_schema", "set_schema_to_public"])
def test_only_the_tenants_room_moves_the_connection(method: str) -> None:
    wrong = [
        f"{tree.name(path)}:{node.lineno}"
        for path in tree.modules()
        if "tenants" not in path.parts
        for node in found(path, ast.Call)
        if called(node) == method and "connection" in ast.unparse(node.func)
    ]
    assert wrong == []


# Keys and names of Meta's template JSON.
TEMPLATE_JSON = {
    "FOOTER", "BUTTONS", "header_handle", "header_text_named_params", "body_text_named_params", "body_text", "param_name",
    "parameter_format", "message_send_ttl_seconds", "rejected_reason", "quality_score", "hsm_id",
}  # fmt: skip


def test_only_providers_and_the_simulator_know_metas_json_of_templates() -> None:
    wrong = [
        f"{tree.name(path)}:{node.lineno}"
        for path in tree.modules()
        if path.parts[-2] != "simulated" and "providers" not in path.parts and "demo" not in path.parts
        for node in found(path, ast.Constant)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in TEMPLATE_JSON
    ]
    assert wrong == []


def test_nobody_listens_to_models() -> None:
    wrong = [
        f"{tree.name(path)}: {alias.name}"
        for path in tree.modules()
        for node in found(path, ast.ImportFrom)
        if (node.module or "").startswith("django.db.models")
        for alias in node.names
        if alias.name in MODEL_SIGNALS
    ]
    assert wrong == []


def test_no_failure_is_swallowed_unseen() -> None:
    wrong = [
        f"{tree.name(path)}:{node.lineno}"
        for path in tree.modules()
        for node in found(path, ast.ExceptHandler)
        if node.type is None or all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert wrong == []


def test_no_raw_rollback_or_session_lock_reaches_a_pooled_connection() -> None:
    """A raw ROLLBACK takes the search path with it unseen; a session lock outlives its borrower."""
    wrong = [
        f"{tree.name(path)}:{node.lineno}"
        for path in tree.modules()
        for node in found(path, ast.Constant)
        if isinstance(node.value, str)
        and re.match(r"\s*(ROLLBACK\b(?! TO)|SELECT pg_(try_)?advisory_lock(_shared)?\()", node.value)
        and tree.name(path) not in OWN_CONNECTION
    ]
    assert wrong == []


# They take a connection of their own for it and close it.
OWN_CONNECTION = {"tenants/migrate.py"}


def test_no_task_of_a_shop_does_without_the_tenant_base() -> None:
    """A task that names a shop enters it by its base class, or not at all."""
    wrong = []
    for path in tree.modules():
        for node in found(path, ast.FunctionDef):
            tasks = [each for each in node.decorator_list if called(each) in ("shared_task", "task")]
            takes_shop = any(argument.arg == "shop_id" for argument in [*node.args.args, *node.args.kwonlyargs])
            if tasks and takes_shop and not any("TenantTask" in ast.unparse(task) for task in tasks):
                wrong.append(f"{tree.name(path)}:{node.name}")
    assert wrong == []


def test_the_code_says_nothing_about_work_left_to_do() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert [tree.name(path) for path in tree.modules() if words.search(path.read_text())] == []
