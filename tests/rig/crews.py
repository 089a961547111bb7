"""Worker processes with handlers of the tests, on the test's database."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import psutil
from django.conf import settings

from tests.transport.sending import until


@contextmanager
def working(
    module: str, handler: str, *, processes: int, environment: Mapping[str, str], threads: int = 4
) -> Iterator[psutil.Popen]:
    """`python -m module handler …` with all its processes; stopped by SIGTERM, and by SIGKILL when that is not heard."""
    database = settings.DATABASES["default"]
    place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    own = {
        "DATABASE_URL": f"postgres://{database['USER']}:{database['PASSWORD']}@{place}",
        "DJANGO_SETTINGS_MODULE": "shopme.settings.test",
    }
    supervisor = psutil.Popen(
        [sys.executable, "-m", module, handler, str(processes), str(threads)],
        env={**os.environ, **own, **environment},
        cwd=settings.BASE_DIR,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: len(supervisor.children()) == processes, 120)
        yield supervisor
    finally:
        with suppress(psutil.NoSuchProcess):
            supervisor.terminate()
        try:
            supervisor.wait(60)
        except psutil.TimeoutExpired:
            supervisor.kill()
            supervisor.wait()
