"""Bodies in Meta's shapes, written for ShopMe with invented people.

`recorded/` holds one body per type; the files beside it hold several of a family each.
"""

import re
from datetime import datetime
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
# Where the recorded bodies play: their number and account, and the moment from which their clocks count.
PHONE_NUMBER_ID: Final = "440011223344556"
WABA_ID: Final = "770088990011"
PHONE: Final = "27110001000"
MOMENT: Final = 1790000000

_TIMES = re.compile(rb"17\d{8}")


def payload(name: str) -> bytes:
    """The bytes of `<name>.json`."""
    return (HERE / f"{name}.json").read_bytes()


def recorded_names() -> list[str]:
    """Every recorded body, by the name of its file."""
    return sorted(path.stem for path in (HERE / "recorded").glob("*.json"))


def recorded(
    name: str,
    *,
    phone_number_id: str = PHONE_NUMBER_ID,
    waba_id: str = WABA_ID,
    phone: str = PHONE,
    at: datetime | None = None,
) -> bytes:
    """A recorded body as it would come for this number; with `at`, its times are moved so that it was sent just then."""
    body = payload(f"recorded/{name}")
    for ours, theirs in ((PHONE_NUMBER_ID, phone_number_id), (WABA_ID, waba_id), (PHONE, phone.removeprefix("+"))):
        body = body.replace(ours.encode(), theirs.encode())
    return body if at is None else _TIMES.sub(lambda found: _moved(found.group(), at), body)


def _moved(written: bytes, at: datetime) -> bytes:
    return str(int(written) - MOMENT + int(at.timestamp())).encode()
