"""Bodies in Meta's shapes, written for ShopMe with invented people."""

from pathlib import Path


def payload(name: str) -> bytes:
    """The bytes of `<name>.json`."""
    return (Path(__file__).parent / f"{name}.json").read_bytes()
