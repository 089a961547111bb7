"""Pictures of the demo's products, drawn here: flat, calm, on the tints of the dashboard. The same name, the same picture."""

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO

from shopme.demo.pictures import bakes, breads, cakes, drinks, gelato, saris, things
from shopme.demo.pictures.canvas import Canvas

Painter = Callable[..., None]

PAINTERS: dict[str, Painter] = {
    name: painter
    for room in (breads, bakes, cakes, drinks, saris, things, gelato)
    for name, painter in room.PAINTERS.items()
}


@lru_cache(maxsize=512)
def picture(kind: str, tint: str, *details: str) -> bytes:
    """A square PNG of `kind` (`croissant`, `drape`, `cone`…) on `tint`; `details` are its colours and toppings."""
    canvas = Canvas(tint)
    PAINTERS[kind](canvas, *details)
    out = BytesIO()
    canvas.finished().save(out, "PNG", compress_level=1)
    return out.getvalue()
