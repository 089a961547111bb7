"""What people outside rely on: the names in the environment, the locks, the commands."""

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from conversations.transport.edge import MOUNTED

CHECKOUT = Path(__file__).resolve().parents[2]
# Named by the operating contract; nothing reads them yet.
RESERVED = {"AI_BASE_URL", "AI_API_KEY", "AI_MODEL", "STORAGE_URL", "SENTRY_DSN"}
# Read by compose.yaml and by no line of Python.
OF_COMPOSE = {"POSTGRES_PASSWORD", "SITE_ADDRESSES"}


def text_of(path: str) -> str:
    return (CHECKOUT / path).read_text()


def variables_read() -> set[str]:
    read = re.compile(r"""env\.(?:env\.)?\w+\(\s*["']([A-Z0-9_]+)["']""")
    return {name for path in (CHECKOUT / "shopme" / "settings").glob("*.py") for name in read.findall(path.read_text())}


def variables_told() -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z0-9_]+)=", text_of(".env.example"), flags=re.MULTILINE))


def test_every_variable_the_settings_read_is_told_in_the_example_and_no_other() -> None:
    assert variables_told() == variables_read() | RESERVED | OF_COMPOSE


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_a_lock_holds_exact_versions_with_hashes_and_names_no_host(lock: str) -> None:
    packages = re.split(r"^(?=\S)", text_of(lock), flags=re.MULTILINE)[1:]
    assert len(packages) > 60
    for package in packages:
        assert re.match(r"[a-z0-9.-]+(\[[a-z0-9,-]+\])?==\S+ (; .+ )?\\\n", package), package[:80]
        assert "--hash=sha256:" in package
    assert "://" not in text_of(lock)


def test_every_wanted_package_is_locked() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    locked = set(re.findall(r"^([a-z0-9.-]+)", text_of("requirements-dev.txt"), flags=re.MULTILINE))
    assert {re.split(r"[\[=<>~]", name)[0].lower() for name in wanted} <= locked


def test_the_commands_of_the_contract_can_be_run() -> None:
    for command in ("script/server", "script/test", "script/check", "script/bench", "script/bootstrap", ".ci/run"):
        assert os.access(CHECKOUT / command, os.X_OK), command


def test_compose_runs_every_process_with_a_health_check() -> None:
    services = yaml.safe_load(text_of("compose.yaml"))["services"]
    assert set(services) == {"postgres", "redis", "migrate", "web", "edge", "lanes", "worker", "beat", "proxy"}
    for name in set(services) - {"migrate"}:
        assert "healthcheck" in services[name], name
    assert int(services["postgres"]["image"].split(":")[1]) >= 16
    assert int(services["redis"]["image"].split(":")[1]) >= 7


def test_the_proxy_of_compose_sends_to_the_edge_what_only_the_edge_answers_and_is_counted_as_one() -> None:
    compose = yaml.safe_load(text_of("compose.yaml"))
    line = re.search(r"@machines path (.+)", compose["configs"]["caddy"]["content"])
    assert line is not None
    sent = {path.removesuffix("*") for path in line[1].split()}
    assert sent == {"/webhooks/", *MOUNTED}
    assert compose["services"]["web"]["environment"]["TRUSTED_PROXIES"] == "1"
