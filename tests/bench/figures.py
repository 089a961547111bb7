"""Percentiles, the facts of the machine, and the files the results go to."""

import json
import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "benchmarks"


def percentiles(seconds: list[float]) -> dict[str, float]:
    """p50, p95, p99 and the worst, in milliseconds."""
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 2)

    return {"p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99), "worst_ms": round(ordered[-1] * 1000, 2)}


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def yardstick() -> float:
    """Milliseconds of a fixed piece of Python, best of five: how fast this machine happens to be at the moment."""
    return round(min(_yard() for _ in range(5)) * 1000, 1)


def _yard() -> float:
    began, total = time.perf_counter(), 0
    for number in range(2_000_000):
        total += number * number % 7
    return time.perf_counter() - began


def keep(name: str, results: dict[str, Any], *, yardsticks: list[float]) -> None:
    """Print the results and write them to docs/benchmarks/<name>.json, with the yardstick before and after."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    head = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit(), "machine": machine()}
    head["yardstick before and after, ms"] = yardsticks
    (RESULTS / f"{name}.json").write_text(json.dumps({**head, "results": results}, indent=2) + "\n")
    print(f"\n{name} (yardstick {yardsticks[0]} and {yardsticks[1]} ms)")
    for key, value in results.items():
        print(f"  {key:<52} {json.dumps(value) if isinstance(value, dict) else value}")
