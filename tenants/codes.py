"""The codes printed as QR: which characters they have and how they are read from what people write. Pure.

A code in a text is a hint and never proof of anything: it may be typed, forwarded or guessed by anybody.
"""

import re
import secrets
from typing import Final

# Nothing that looks like something else (0 O, 1 I L, 2 Z, 5 S, 8 B), and no vowels, so that no word is a code.
ALPHABET: Final = "34679CDFGHJKMNPQRTVWXY"
LENGTH: Final = 12
# How far a text is searched, and how many places in it may be the beginning of a code.
LONGEST_TEXT: Final = 1000
MOST_CANDIDATES: Final = 40
# What people put between the groups of a code.
_GAP: Final = r"[ \t\-\u2010-\u2015.·_]{0,3}"
# What may be a code, in letters of either case.
PATTERN: Final = rf"(?=(?<![0-9A-Za-z])([{ALPHABET}](?:{_GAP}[{ALPHABET}]){{{LENGTH - 1}}})(?![0-9A-Za-z]))"
_CODE: Final = re.compile(PATTERN, re.IGNORECASE)
_WRONG: Final = re.compile(r"[^0-9A-Z]")


def new_code() -> str:
    """Twelve random characters: 53 bits. Unique by the constraint of the table, not by luck."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def normalised(code: str) -> str:
    """`"3467-89cd fghj"` → `"346789CDFGHJ"`; empty when it cannot be a code."""
    bare = _WRONG.sub("", code.upper()[:40])
    return bare if len(bare) == LENGTH and all(character in ALPHABET for character in bare) else ""


def shown(code: str) -> str:
    """In three groups, as it is printed."""
    return "-".join(code[place : place + 4] for place in range(0, LENGTH, 4))


def codes_in(text: str) -> list[str]:
    """What may be codes in `text`, in their order; usually none or one."""
    found = [normalised(match[1]) for match in _CODE.finditer(text[:LONGEST_TEXT])]
    return list(dict.fromkeys(code for code in found if code))[:MOST_CANDIDATES]
