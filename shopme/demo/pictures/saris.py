"""Cloth: saris on a rod, folded, and lengths of patterned fabric."""

import math
from collections.abc import Callable
from random import Random

from shopme.demo.pictures.canvas import Canvas, curve, dark, light, mix, oval

GOLD = "#d8a93f"
Motif = Callable[[Canvas, float, float, str], None]


def drape(
    canvas: Canvas, body: str = "#8e1f3f", border: str = GOLD, motif: str = "buti", ornament: str = "#f0cf7a"
) -> None:
    """A sari hung over a rod: the patterned body in folds, its end piece (pallu) in front."""
    canvas.shadow(50, 87, 27, 2.6)
    _rod(canvas)
    fall = [(24, 17), (76, 17), (79, 50), (78, 86), (22, 86), (21, 50)]
    canvas.shape(fall, body)
    with canvas.within(fall):
        _pattern(canvas, motif, ornament, (20, 20, 80, 78))
        _hem(canvas, border, y=78.5)
        _folds(canvas, body, (21, 79))
    end = curve([(36, 15.6), (57, 14.6), (77, 15.6), (78, 40), (74, 66), (71, 75), (54, 70.6), (35.6, 67), (37, 40)])
    canvas.shape([(x + 1.2, y + 1.6) for x, y in end], dark(body, 0.5) + "66")
    canvas.shape(end, dark(body, 0.1))
    with canvas.within(end):
        _pallu(canvas, body, border, ornament, motif)
        canvas.shape([(60, 10), (64, 10), (60, 78), (57, 78)], "#ffffff16")
        canvas.shape([(46, 10), (49, 10), (47, 78), (44, 78)], "#00000018")
    _tassels(canvas, border)
    canvas.box(22, 13.6, 56, 4.4, "#ffffff22", radius=2)


def _rod(canvas: Canvas) -> None:
    canvas.line([(10, 16), (90, 16)], "#7a4d2c", 2.4, smooth=False)
    for x in (9, 91):
        canvas.ellipse(x, 16, 2.8, 2.8, GOLD)


def _hem(canvas: Canvas, border: str, *, y: float) -> None:
    """The long border at the foot of the fall."""
    canvas.box(10, y, 80, 8, border)
    canvas.box(10, y - 1.8, 80, 0.8, border)
    for step in range(22):
        x = 20 + step * 3
        canvas.shape([(x - 1.4, y + 4), (x, y + 1.4), (x + 1.4, y + 4), (x, y + 6.6)], dark(border, 0.34))


def _folds(canvas: Canvas, body: str, sides: tuple[float, float]) -> None:
    """Light and shadow of hanging cloth."""
    left, right = sides
    width = right - left
    for place, share in enumerate((0.06, 0.2, 0.33, 0.5, 0.64, 0.8, 0.93)):
        x, lean = left + width * share, (share - 0.5) * 4
        tone = "#00000024" if place % 2 == 0 else "#ffffff1c"
        canvas.shape([(x - 1.4, 16), (x + 1.8, 16), (x + 3 + lean, 88), (x - 2.6 + lean, 88)], tone)


def _pallu(canvas: Canvas, body: str, border: str, ornament: str, motif: str) -> None:
    """The rich end: bands of border, a row of large motifs, the side borders."""
    for y, height in ((40, 1.2), (43, 5.4), (50, 1.2), (62, 6.6), (71, 4)):
        canvas.shape([(30, y), (80, y + 3), (80, y + 3 + height), (30, y + height)], border)
    for step in range(7):
        MOTIFS["paisley" if motif != "paisley" else "flower"](canvas, 40 + step * 6, 56.6 + step * 0.5, ornament)
        canvas.ellipse(39 + step * 6, 46 + step * 0.4, 1.3, 1.3, dark(body, 0.25))
        canvas.ellipse(39 + step * 6, 65.8 + step * 0.4, 1.5, 1.5, dark(body, 0.25))
    _pattern(canvas, motif, ornament, (36, 18, 80, 38))
    for x in (35, 73.4):
        canvas.shape([(x, 10), (x + 4.4, 10), (x + 3.4 if x > 50 else x + 4, 78), (x - 1, 78)], border)


def _tassels(canvas: Canvas, border: str) -> None:
    for step in range(10):
        x = 38 + step * 3.5
        y = 67.4 + step * 0.76
        canvas.line([(x, y), (x, y + 5)], border, 0.8, smooth=False)
        canvas.ellipse(x, y + 5.4, 0.9, 1.3, dark(border, 0.15))


def folded(
    canvas: Canvas,
    colours: str = "#c2415e,#e2a33c,#3f7f6a",
    border: str = GOLD,
    motif: str = "buti",
    ornament: str = "#fff0cf",
) -> None:
    """A pile of folded lengths, the top one showing its pattern."""
    canvas.shadow(50, 80, 38)
    tones = colours.split(",")
    for place, tone in enumerate(reversed(tones[1:])):
        y = 66 - place * 9
        canvas.box(15, y, 70, 11, dark(tone, 0.2), radius=5)
        canvas.box(15, y - 0.6, 70, 9.6, tone, radius=4.6)
        canvas.box(15, y + 5, 70, 1.6, mix(tone, border, 0.7), radius=0.8)
        canvas.ellipse(83.4, y + 4.4, 2.4, 4.4, light(tone, 0.2))
    y = 66 - (len(tones) - 2) * 9
    body = tones[0]
    face = [(22, y - 27), (78, y - 27), (86, y - 3), (86, y + 1), (14, y + 1), (14, y - 3)]
    canvas.box(14, y - 4, 72, 7, dark(body, 0.3), radius=3)
    canvas.shape(face, body)
    with canvas.within(face):
        _pattern(canvas, motif, ornament, (14, y - 26, 88, y - 8))
        canvas.shape([(10, y - 7), (90, y - 7), (90, y - 1), (10, y - 1)], border)
        canvas.shape([(10, y - 9), (90, y - 9), (90, y - 8.2), (10, y - 8.2)], border)
        for step in range(26):
            canvas.ellipse(14 + step * 3, y - 4, 0.9, 0.9, dark(border, 0.34))
        canvas.shape([(52, y - 28), (58, y - 28), (62, y + 2), (54, y + 2)], "#ffffff20")


def stole(
    canvas: Canvas, body: str = "#d9653b", border: str = "#2f4a7a", motif: str = "leheriya", ornament: str = "#fbe7c0"
) -> None:
    """A dupatta over a rod, its two ends side by side."""
    canvas.shadow(50, 88, 24, 2.4)
    _rod(canvas)
    for left, right, foot, tone in ((46, 74, 78, dark(body, 0.16)), (26, 55, 84, body)):
        end = curve(
            [
                (left, 15),
                ((left + right) / 2, 13.4),
                (right, 15),
                (right + 1.4, 48),
                (right + 0.4, foot),
                (left - 0.6, foot),
                (left - 1.4, 48),
            ]
        )
        canvas.shape([(x + 1.2, y + 1) for x, y in end], "#00000022")
        canvas.shape(end, tone)
        with canvas.within(end):
            _pattern(canvas, motif, ornament, (left - 2, 16, right + 2, foot - 10))
            canvas.box(left - 4, foot - 9, 40, 10, border)
            canvas.box(left - 4, foot - 11.4, 40, 1, border)
            for step in range(8):
                canvas.ellipse(left + 2 + step * 4, foot - 4.6, 1.2, 1.2, light(border, 0.5))
            canvas.shape([(left + 6, 12), (left + 9, 12), (left + 7, 90), (left + 3, 90)], "#ffffff1e")
            canvas.shape([(right - 9, 12), (right - 5, 12), (right - 4, 90), (right - 9, 90)], "#00000020")
        for step in range(9):
            x = left + 1 + step * (right - left - 2) / 8
            canvas.line([(x, foot), (x, foot + 4)], border, 0.8, smooth=False)


def blouse(
    canvas: Canvas, body: str = "#2f6f63", border: str = GOLD, motif: str = "buti", ornament: str = "#f0cf7a"
) -> None:
    """A blouse laid flat, with bordered sleeves."""
    canvas.shadow(50, 80, 24, 2.8)
    shape = [
        (36, 25),
        (43, 24),
        (46, 34),
        (54, 34),
        (57, 24),
        (64, 25),
        (84, 38),
        (77, 54),
        (67, 49),
        (69, 79),
        (31, 79),
    ]
    shape += [(33, 49), (23, 54), (16, 38)]
    canvas.shape([(x + 0.8, y + 1.4) for x, y in shape], dark(body, 0.4))
    canvas.shape(shape, body)
    with canvas.within(shape):
        _pattern(canvas, motif, ornament, (14, 28, 86, 70))
        canvas.box(28, 72, 44, 6.4, border)
        canvas.box(28, 70, 44, 0.9, border)
        canvas.shape([(13, 36), (19, 32), (29, 52), (22, 57)], border)
        canvas.shape([(87, 36), (81, 32), (71, 52), (78, 57)], border)
        canvas.line([(50, 36), (50, 72)], dark(body, 0.35), 0.8, smooth=False)
        for y in (42, 50, 58, 66):
            canvas.ellipse(50, y, 1.1, 1.1, border)
        canvas.shape([(34, 40), (38, 40), (40, 80), (36, 80)], "#ffffff1c")
    canvas.line([(43, 24), (45.6, 33.4), (50, 35), (54.4, 33.4), (57, 24)], border, 1.8)


def _pattern(canvas: Canvas, motif: str, colour: str, area: tuple[float, float, float, float]) -> None:
    """`motif` in staggered rows over an area (left, top, right, bottom)."""
    left, top, right, bottom = area
    if motif in LINES:
        LINES[motif](canvas, colour, area)
        return
    draw, gap = MOTIFS[motif], GAPS.get(motif, 8)
    rows = int((bottom - top) / (gap * 0.8)) + 1
    for row in range(rows):
        for column in range(int((right - left) / gap) + 2):
            x = left + column * gap + (gap / 2 if row % 2 else 0)
            draw(canvas, x, top + 2.5 + row * gap * 0.8, colour)


def _buti(canvas: Canvas, x: float, y: float, colour: str) -> None:
    for angle in range(0, 360, 60):
        turn = math.radians(angle)
        canvas.ellipse(x + 1.3 * math.cos(turn), y + 1.3 * math.sin(turn), 0.75, 0.75, colour)


def _paisley(canvas: Canvas, x: float, y: float, colour: str) -> None:
    canvas.blob(
        [
            (x - 1.9, y + 1.6),
            (x - 1.4, y - 0.6),
            (x + 0.6, y - 3),
            (x + 2.3, y - 2.4),
            (x + 1.1, y - 1.4),
            (x + 1.9, y + 1.2),
            (x, y + 3),
        ],
        colour,
    )
    canvas.ellipse(x, y + 1, 0.8, 1, dark(colour, 0.5))


def _flower(canvas: Canvas, x: float, y: float, colour: str) -> None:
    for angle in range(0, 360, 72):
        turn = math.radians(angle - 90)
        canvas.shape(oval(x + 1.7 * math.cos(turn), y + 1.7 * math.sin(turn), 1.5, 1, turn=angle - 90), colour)
    canvas.ellipse(x, y, 0.9, 0.9, dark(colour, 0.45))


def _dot(canvas: Canvas, x: float, y: float, colour: str) -> None:
    canvas.ring(x, y, 1, 1, colour, 0.55)
    canvas.ellipse(x, y, 0.4, 0.4, colour)


def _diamond(canvas: Canvas, x: float, y: float, colour: str) -> None:
    for step in range(4):
        width = 3.6 - step * 0.9
        canvas.shape([(x - width, y), (x, y - 0.55 - step * 0.8), (x + width, y), (x, y + 0.55 + step * 0.8)], colour)
    canvas.shape([(x - 0.9, y), (x, y - 1.1), (x + 0.9, y), (x, y + 1.1)], dark(colour, 0.5))


def _leaf(canvas: Canvas, x: float, y: float, colour: str) -> None:
    canvas.line([(x - 2.6, y + 2.4), (x, y), (x + 2.4, y - 2.8)], colour, 0.5)
    for shift in (-1.2, 0.4, 1.8):
        canvas.shape(oval(x + shift - 1.2, y - shift - 0.6, 1.5, 0.7, turn=10), colour)
        canvas.shape(oval(x + shift + 0.7, y - shift + 1, 1.5, 0.7, turn=78), colour)


def _stripes(canvas: Canvas, colour: str, area: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = area
    for step in range(int((right - left) / 5) + 1):
        x = left + step * 5
        canvas.box(x, top, 1.3 if step % 2 else 0.5, bottom - top, colour)


def _checks(canvas: Canvas, colour: str, area: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = area
    for step in range(int((right - left) / 6) + 1):
        canvas.box(left + step * 6, top, 0.6, bottom - top, colour)
    for step in range(int((bottom - top) / 6) + 1):
        canvas.box(left, top + step * 6, right - left, 0.6, colour)


def _leheriya(canvas: Canvas, colour: str, area: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = area
    for row in range(int((bottom - top) / 4.6) + 1):
        y = top + row * 4.6
        wave = [(left + step * 4, y + (1.6 if step % 2 else -1.6)) for step in range(int((right - left) / 4) + 2)]
        canvas.line(wave, colour, 0.9 if row % 2 else 1.7, smooth=False)


def _stitches(canvas: Canvas, colour: str, area: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = area
    luck = Random(12)
    for _ in range(260):
        x, y = luck.uniform(left, right), luck.uniform(top, bottom)
        canvas.line([(x, y), (x + luck.uniform(0.8, 2), y)], colour, 0.4, smooth=False)


MOTIFS: dict[str, Motif] = {
    "buti": _buti,
    "paisley": _paisley,
    "flower": _flower,
    "dot": _dot,
    "diamond": _diamond,
    "leaf": _leaf,
}
GAPS = {"buti": 8, "paisley": 9, "flower": 9, "dot": 4.6, "diamond": 9.4, "leaf": 9}
LINES: dict[str, Callable[[Canvas, str, tuple[float, float, float, float]], None]] = {
    "stripes": _stripes,
    "checks": _checks,
    "leheriya": _leheriya,
    "stitches": _stitches,
}
PAINTERS = {"drape": drape, "folded": folded, "stole": stole, "blouse": blouse}
