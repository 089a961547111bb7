"""Names and codes of WhatsApp's that a rule of ours speaks of by itself: a dated file, read once."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

TABLE: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("names.json").read_text())

# People a day who may be written to first, by the name of the limit; -1: as many as one likes.
PEOPLE_A_DAY: Final[Mapping[str, int]] = TABLE["people_a_day"]
TEMPLATE_PAUSES: Final[Mapping[str, timedelta]] = {
    name: timedelta(hours=hours) for name, hours in TABLE["template_pause_hours"].items()
}
WINDOW_CLOSED: Final[int] = TABLE["codes"]["window_closed"]
OFFERS_STOPPED: Final[int] = TABLE["codes"]["offers_stopped"]
FILE_FROM_CUSTOMER: Final[int] = TABLE["codes"]["file_from_customer"]
FILE_TO_CUSTOMER: Final[int] = TABLE["codes"]["file_to_customer"]
TEMPLATE_PAUSED: Final[int] = TABLE["codes"]["template_paused"]
