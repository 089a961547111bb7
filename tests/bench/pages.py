"""Pages of a shop that has traded for years."""

import json
from typing import Any

from tests.bench.figures import percentiles
from tests.rig.graph import Graph
from tests.rig.stage import BuiltShop, Stage


def pages(stage: Stage, _built: list[BuiltShop], _graph: Graph) -> dict[str, Any]:
    """Server time and weight of each page with 10,000 rows behind it and 5,000 open chats."""
    report = json.loads(stage.run("-m", "tests.bench.crowd").splitlines()[-1])
    return {
        name: percentiles(took) | {"gzipped_kb": round(octets / 1000, 1)} for name, (took, octets) in report.items()
    }
