"""`manage.py work_lanes --processes 2 --threads 4`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from conversations import lanes
from conversations.transport.processes.lane_processes import Supervisor


class Command(BaseCommand):
    help = "Split what came in, answer it lane by lane, send what is due, and sweep; until SIGTERM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--processes", type=int, default=2, help="working processes (2)")
        parser.add_argument("--threads", type=int, default=4, help="lanes at a time in each process (4)")
        parser.add_argument("--senders", type=int, default=8, help="messages sent at a time by each process (8)")

    def handle(self, *args: Any, **options: Any) -> None:
        Supervisor(
            lanes.handle,
            processes=max(1, options["processes"]),
            threads=max(1, options["threads"]),
            senders=max(0, options["senders"]),
        ).run()
