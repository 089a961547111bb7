"""Named points at which a fault run ends this process as a power cut would. Nothing happens unless the environment asks.

`SHOPME_FAILPOINT=lane_finished` ends the process by SIGKILL at that point, and `SHOPME_FAILPOINT_FOLDER` makes that happen
once for each key: what was hit leaves a file there. For tests only; production sets neither.
"""

import hashlib
import os
import signal
from pathlib import Path
from typing import Final

_POINT: Final = os.environ.get("SHOPME_FAILPOINT", "")


def fail_at(point: str, key: object = "") -> None:
    """End this process when the environment named `point`, once for each `key`."""
    if point == _POINT and _is_first(key):
        os.kill(os.getpid(), signal.SIGKILL)


def _is_first(key: object) -> bool:
    """Whether nobody died here for `key` yet; the file that says so is made in one step."""
    folder = os.environ.get("SHOPME_FAILPOINT_FOLDER", "")
    if not folder:
        return True
    mark = Path(folder) / hashlib.sha256(str(key).encode()).hexdigest()[:32]
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
