"""A code as a picture for print: the QR, the shop's name, what it is for, and its characters to type. Pure."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any, Final
from xml.sax.saxutils import escape

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_Q

# Error correction: Q survives a quarter of damage, H nearly a third (for stickers that get scratched or wet).
LEVELS: Final = {"Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}
# Pixels a module: about 4 cm, 8 cm and 16 cm of print at 300 dots per inch.
SIZES: Final = {"small": 12, "medium": 24, "large": 48}
QUIET: Final = 4
# The words below, in modules: heights of the three lines with the space around them.
_NAME, _LABEL, _CODE, _FOOT = 3.0, 2.4, 2.0, 2.0


@dataclass(frozen=True, slots=True)
class Print:
    """What is printed."""

    address: str
    shop_name: str
    label: str
    code: str
    level: str = "Q"


def matrix_of(address: str, level: str = "Q") -> list[list[bool]]:
    """The modules of the code without its quiet zone."""
    made: Any = qrcode.QRCode(error_correction=LEVELS[level], border=0)
    made.add_data(address)
    made.make(fit=True)
    return [[bool(module) for module in row] for row in made.get_matrix()]


def _lines(what: Print, side: int) -> list[tuple[str, float, float, str]]:
    """Words, middle of the line and height of the letters, in modules; `bold` or `plain`."""
    lines = []
    top = side + 2 * QUIET - 1.0
    for words, height, weight in (
        (what.shop_name, _NAME, "bold"),
        (what.label, _LABEL, "plain"),
        (what.code, _CODE, "mono"),
    ):
        if words:
            lines.append((words, top + height / 2, height * 0.78, weight))
            top += height
    return lines


def _height(what: Print, side: int) -> float:
    words = sum(
        height for words, height in ((what.shop_name, _NAME), (what.label, _LABEL), (what.code, _CODE)) if words
    )
    return side + 2 * QUIET - 1.0 + words + _FOOT


def as_svg(what: Print) -> str:
    """A drawing that stays sharp at any size; it carries no style and no script."""
    matrix = matrix_of(what.address, what.level)
    side = len(matrix)
    wide, high = side + 2 * QUIET, _height(what, side)
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark
    )
    words = "".join(_svg_line(line, wide) for line in _lines(what, side))
    title = escape(" · ".join(part for part in (what.shop_name, what.label, what.code) if part))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high:g}" width="{wide * 8}" height="{high * 8:g}" role="img">'
        f'<title>{title}</title><rect width="{wide}" height="{high:g}" fill="#fff"/>'
        f'<path d="{path}" fill="#000" shape-rendering="crispEdges"/>{words}</svg>'
    )


def _svg_line(line: tuple[str, float, float, str], wide: int) -> str:
    words, middle, size, weight = line
    most = wide - 2
    # Letters are about 0.56 of their height wide; longer words are squeezed into the room there is.
    squeeze = f' textLength="{most}" lengthAdjust="spacingAndGlyphs"' if len(words) * size * 0.56 > most else ""
    family = "ui-monospace, Menlo, Consolas, monospace" if weight == "mono" else "Inter, Helvetica, Arial, sans-serif"
    bold = ' font-weight="700"' if weight == "bold" else ""
    return (
        f'<text x="{wide / 2:g}" y="{middle + size * 0.35:g}" text-anchor="middle" font-size="{size:g}"'
        f' font-family="{family}"{bold}{squeeze}>{escape(words)}</text>'
    )


def as_png(what: Print, *, module: int = SIZES["medium"]) -> bytes:
    """Black on white, `module` pixels a module, at 300 dots per inch."""
    matrix = matrix_of(what.address, what.level)
    side = len(matrix)
    wide, high = (side + 2 * QUIET) * module, round(_height(what, side) * module)
    picture = Image.new("L", (wide, high), 255)
    draw = ImageDraw.Draw(picture)
    for y, row in enumerate(matrix):
        for x, is_dark in enumerate(row):
            if is_dark:
                left, top = (x + QUIET) * module, (y + QUIET) * module
                draw.rectangle((left, top, left + module - 1, top + module - 1), fill=0)
    for words, middle, size, weight in _lines(what, side):
        font = _fitting(words, size * module, wide - 2 * module)
        draw.text(
            (wide / 2, middle * module),
            words,
            font=font,
            anchor="mm",
            fill=0,
            stroke_width=module // 16 if weight == "bold" else 0,
        )
    out = BytesIO()
    picture.save(out, "PNG", dpi=(300, 300), optimize=True)
    return out.getvalue()


def _fitting(words: str, size: float, room: float) -> Any:
    """The font at `size`, smaller when the words would not fit into `room` pixels."""
    font = _font(round(size))
    wide = font.getlength(words)
    return font if wide <= room else _font(max(8, int(size * room / wide)))


@lru_cache(maxsize=64)
def _font(size: int) -> Any:
    return ImageFont.load_default(size)
