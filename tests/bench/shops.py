"""Opening shops."""

import json
import subprocess
import sys
from typing import Any

from tests.bench.figures import percentiles
from tests.rig.graph import Graph
from tests.rig.stage import CHECKOUT, BuiltShop, Stage

SCRIPT = """
import json, sys, time
import django
django.setup()
from tenants.services.provisioning import create_shop
took = []
for number in range(11):
    started = time.perf_counter()
    create_shop(slug=f"new-{number}", name=f"New {number}", owner_email=f"new-{number}@example.com")
    took.append(time.perf_counter() - started)
json.dump(took, sys.stdout)
"""


def shops(stage: Stage, built: list[BuiltShop], _graph: Graph) -> dict[str, Any]:
    """How long `create_shop` takes with this many shops there; the first of a process reads the migrations and is told apart."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=stage.environment, cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    first, *others = json.loads(done.stdout)
    return {
        "shops before": len(built),
        "the first in a process, seconds": round(first, 3),
        "ten more (wanted: 150 ms)": percentiles(others),
    }
