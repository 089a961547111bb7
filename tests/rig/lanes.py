"""`python -m tests.rig.lanes --processes 2 --threads 4 --senders 4`: the real workers, with shorter waits.

`RIG_FIGURES` is JSON: by the full name of a module's constant the value it has in this run, so that a fault which lasts
ten minutes in the world lasts seconds here, with the same proportions.
"""

import argparse
import importlib
import json
import os

import django

if __name__ == "__main__":
    django.setup()
    from conversations import lanes
    from conversations.transport.processes.lane_processes import Supervisor

    for name, value in json.loads(os.environ.get("RIG_FIGURES", "{}")).items():
        module, _, constant = name.rpartition(".")
        found = importlib.import_module(module)
        if not hasattr(found, constant):
            raise SystemExit(f"There is no {name}.")
        setattr(found, constant, value)
    parser = argparse.ArgumentParser()
    for option in ("processes", "threads", "senders"):
        parser.add_argument(f"--{option}", type=int, default=4)
    choice = parser.parse_args()
    Supervisor(lanes.handle, processes=choice.processes, threads=choice.threads, senders=choice.senders).run()
