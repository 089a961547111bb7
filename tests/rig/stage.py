"""A database of its own and the processes of ShopMe on it, to be started, watched and killed by name."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from shopme.engines.processes import free_port
from tests.rig import meta

CHECKOUT = Path(__file__).resolve().parents[2]


class Stage:
    """Everything of one run. `folder` takes the logs."""

    def __init__(self, folder: Path, *, database_url: str, redis_url: str, graph_url: str) -> None:
        self.folder = folder
        self.server_url = database_url
        self.database = f"rig_{secrets.token_hex(4)}"
        self.database_url = urlunsplit(urlsplit(database_url)._replace(path=f"/{self.database}"))
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": redis_url,
            "WHATSAPP_GRAPH_URL": graph_url,
            "WHATSAPP_APP_SECRET": meta.APP_SECRET,
            "WHATSAPP_VERIFY_TOKEN": meta.VERIFY_TOKEN,
            "PLATFORM_URL": f"http://localhost:{self.port}",
            "DJANGO_SETTINGS_MODULE": "shopme.settings.local",
            "DEBUG": "false",
            "EMAIL_URL": "dummymail://",
            "PYTHONUNBUFFERED": "1",
        }

    def make_database(self) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.database)))

    def build(self, *, shops: int, products: int = 12) -> list["BuiltShop"]:
        """Migrate, open `shops` shops with a number and `products` products each."""
        words = ("-m", "tests.rig.world", "--shops", str(shops), "--products", str(products))
        return [BuiltShop(**built) for built in json.loads(self.run(*words).splitlines()[-1])]

    def run(self, *command: str) -> str:
        """Run one Python command of ShopMe to its end; what it printed. Raises with its errors when it fails."""
        done = subprocess.run(
            [sys.executable, *command], env=self.environment, cwd=CHECKOUT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
        return done.stdout

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        """Start one process of ShopMe in a process group of its own."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command], env=self.environment, cwd=CHECKOUT, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        return self.processes[name]

    def start_edge(self, application: str = "shopme.asgi_edge:application") -> None:
        """The edge on `port`; returns when it takes connections."""
        options = ["--port", str(self.port), "--log-level", "warning", "--no-access-log", "--backlog", "2048"]
        self.start("edge", "-m", "uvicorn", application, "--host", "127.0.0.1", *options)
        wait_for_port(self.port)

    def start_lanes(self, *, processes: int = 2, threads: int = 4, name: str = "lanes") -> None:
        self.start(name, "manage.py", "work_lanes", "--processes", str(processes), "--threads", str(threads))

    def start_workers(
        self,
        *,
        processes: int = 2,
        threads: int = 4,
        senders: int = 4,
        name: str = "lanes",
        figures: Mapping[str, object] | None = None,
        **environment: str,
    ) -> None:
        """The same with other `figures` (see `tests.rig.lanes`) and more in their environment."""
        kept, self.environment = self.environment, self.environment | environment
        self.environment["RIG_FIGURES"] = json.dumps(figures or {})
        options = ["--processes", str(processes), "--threads", str(threads), "--senders", str(senders)]
        try:
            self.start(name, "-m", "tests.rig.lanes", *options)
        finally:
            self.environment = kept

    def mail(self, shop: "BuiltShop", **options: object) -> None:
        """Queue messages of a shop: see `tests.rig.mailing`."""
        words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        self.run("-m", "tests.rig.mailing", "--line", shop.line.phone_number_id, *words)

    def execute(self, statement: str) -> None:
        """Change something in the run's database."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement)

    def start_celery(self) -> None:
        queues = "inbound,outbound,points,notifications,expiry,analytics,broadcasts"
        celery = ("-m", "celery", "--app", "shopme")
        self.start("worker", *celery, "worker", "--pool", "threads", "--concurrency", "4", "--queues", queues)
        self.start("beat", *celery, "beat", "--schedule", str(self.folder / "beat"), "--pidfile=")

    def kill(self, name: str) -> None:
        """kill -9 for a process and every child of it, with no chance to say good-bye."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes.pop(name).wait()

    def stop(self) -> None:
        """End what still runs and drop the database."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.database)))

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Rows of a query on the run's database."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query).fetchall()

    def tail(self, name: str) -> str:
        """The end of a process's log, for the message of a failed test."""
        log = self.folder / f"{name}.log"
        return log.read_text()[-3000:] if log.exists() else ""


@contextlib.contextmanager
def staged(folder: Path, *, graph_url: str, database_url: str = "", redis_url: str = "") -> Iterator[Stage]:
    """A database and processes of their own, on the engines of the test run or on others; gone afterwards."""
    stage = Stage(
        folder,
        database_url=database_url or os.environ["DATABASE_URL"],
        redis_url=redis_url or os.environ["REDIS_URL"],
        graph_url=graph_url,
    )
    stage.make_database()
    try:
        yield stage
    finally:
        stage.stop()


class BuiltShop:
    """One shop of the world."""

    def __init__(self, *, schema: str, line: dict[str, str], variants: list[int], prices: list[int]) -> None:
        self.schema, self.line = schema, meta.Line(**line)
        self.variants, self.prices = variants, prices


def wait_for_port(port: int, *, seconds: float = 30) -> None:
    """Return when somebody listens there; raises after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
