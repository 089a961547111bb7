"""`python -m tests.bench [names]`: each benchmark on a database of its own; results to docs/benchmarks/."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.fairness import fairness
from tests.bench.figures import keep, yardstick
from tests.bench.ingest import ingest, steady
from tests.bench.pages import pages
from tests.bench.pricing import pricing
from tests.bench.shops import shops
from tests.bench.turns import backlog, turns
from tests.rig.graph import Graph
from tests.rig.stage import BuiltShop, Stage

Benchmark = Callable[[Stage, list[BuiltShop], Graph], dict[str, Any]]
BENCHMARKS: dict[str, tuple[Benchmark, int]] = {
    "ingest": (ingest, 20),
    "steady": (steady, 20),
    "turns": (turns, 20),
    "backlog": (backlog, 20),
    "fairness": (fairness, 20),
    "shops": (shops, 10),
    "pages": (pages, 1),
    "pricing": (pricing, 1),
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"script/bench knows {', '.join(BENCHMARKS)}; not {', '.join(unknown)}.\n")
        return 2
    for name in names or BENCHMARKS:
        benchmark, shop_count = BENCHMARKS[name]
        before = yardstick()
        keep(name, run(benchmark, shop_count), yardsticks=[before, yardstick()])
    return 0


def run(benchmark: Benchmark, shop_count: int) -> dict[str, Any]:
    """One benchmark on a stage of its own; the end of every log is shown when it breaks."""
    graph = Graph().start()
    with tempfile.TemporaryDirectory() as folder:
        urls = {"database_url": os.environ["DATABASE_URL"], "redis_url": os.environ["REDIS_URL"]}
        stage = Stage(Path(folder), graph_url=graph.url, **urls)
        stage.make_database()
        try:
            return benchmark(stage, stage.build(shops=shop_count), graph)
        except BaseException:
            for name in list(stage.processes):
                sys.stderr.write(f"--- {name}\n{stage.tail(name)}\n")
            raise
        finally:
            stage.stop()
            graph.stop()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
