"""How long WhatsApp takes free messages, and how long an ad makes them free of charge: a dated file, read once."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

TABLE: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("windows.json").read_text())

# Meta closes the free window so long after the customer's last message; we stop a little earlier.
WINDOW: Final = timedelta(hours=TABLE["customer_service"]["hours"])
WINDOW_MARGIN: Final = timedelta(minutes=TABLE["ours"]["margin_minutes"])
# An answer within this time after an ad's message makes everything free of charge for so long.
ANSWER_WITHIN: Final = timedelta(hours=TABLE["free_entry_point"]["answer_within_hours"])
AD_WINDOW: Final = timedelta(hours=TABLE["free_entry_point"]["hours"])
