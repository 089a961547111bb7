"""Loaves."""

import math
from random import Random

from shopme.demo.pictures.canvas import Canvas, dark, light, mix, oval


def boule(canvas: Canvas, crust: str = "#b9722f", seeds: str = "") -> None:
    """A round loaf with an ear of scoring, floured or seeded."""
    canvas.shadow(50, 74, 33)
    outline = [(17, 60), (20, 46), (32, 35), (50, 31), (68, 35), (80, 46), (83, 60), (76, 71), (50, 75), (24, 71)]
    canvas.blob(outline, dark(crust, 0.22))
    canvas.blob([(x, y - 2.2) for x, y in outline], crust)
    canvas.blob([(26, 47), (38, 37), (54, 34), (66, 38), (58, 42), (40, 45), (28, 54)], light(crust, 0.22))
    cream = mix(crust, "#fff3dc", 0.72)
    for shift, bend in ((-15, -5), (0, 0), (15, 5)):
        x = 50 + shift
        canvas.blob(
            [(x - 6, 63 - abs(shift) * 0.1), (x + bend, 52), (x + 7, 40 + abs(shift) * 0.2), (x + 4 + bend, 54)], cream
        )
        canvas.line([(x - 6, 63), (x + bend - 1.6, 52), (x + 7, 40 + abs(shift) * 0.2)], dark(crust, 0.3), 0.8)
    if seeds:
        _sprinkle(canvas, seeds, (50, 50, 29, 15), count=46)
    else:
        _flour(canvas)


def tin_loaf(canvas: Canvas, crust: str = "#c07f3b", crumb: str = "#f3dfb8", seeds: str = "") -> None:
    """A loaf from a tin with two slices cut off."""
    canvas.shadow(52, 73, 36)
    body = [(30, 72), (28, 50), (27, 42), (34, 35), (56, 32), (78, 35), (86, 43), (84, 52), (83, 72)]
    canvas.shape(body, dark(crust, 0.16))
    canvas.blob([(27, 46), (34, 35), (56, 31), (78, 34), (87, 44), (76, 50), (56, 47), (38, 51)], crust)
    canvas.blob([(38, 40), (56, 35), (74, 38), (56, 41)], light(crust, 0.28))
    if seeds:
        _sprinkle(canvas, seeds, (58, 42, 24, 6), count=34)
    for x, lean in ((30, 0), (17, -3)):
        _slice(canvas, x, lean, crust, crumb)


def _slice(canvas: Canvas, x: float, lean: float, crust: str, crumb: str) -> None:
    face = [
        (x + lean, 72),
        (x - 1, 52),
        (x - 3, 44),
        (x + 4, 37),
        (x + 12, 36),
        (x + 20, 38),
        (x + 25, 45),
        (x + 22, 53),
    ]
    face += [(x + 21 + lean, 72)]
    canvas.shape([(px + 2.4, py) for px, py in face], dark(crust, 0.3))
    canvas.shape(face, crust)
    middle = (x + 11, 56)
    canvas.shape([(middle[0] + (px - middle[0]) * 0.86, middle[1] + (py - middle[1]) * 0.9) for px, py in face], crumb)
    holes = Random(int(x))
    for _ in range(12):
        canvas.ellipse(x + holes.uniform(4, 18), holes.uniform(44, 68), holes.uniform(0.4, 1), 0.6, dark(crumb, 0.14))


def baguette(canvas: Canvas, crust: str = "#c98a43") -> None:
    """Two long loaves, crossed."""
    canvas.shadow(50, 74, 34)
    for turn, lift in ((-34, 0), (24, 3)):
        _stick(canvas, turn, lift, crust)


def _stick(canvas: Canvas, turn: float, lift: float, crust: str) -> None:
    canvas.shape(oval(50, 53 + lift, 40, 8.4, turn=turn), dark(crust, 0.25))
    canvas.shape(oval(50, 51.6 + lift, 40, 7.8, turn=turn), crust)
    canvas.shape(oval(50, 49.6 + lift, 36, 3.4, turn=turn), light(crust, 0.25))
    angle = math.radians(turn)
    for step in range(-3, 4):
        along = step * 10
        x, y = 50 + along * math.cos(angle), 51 + lift + along * math.sin(angle)
        canvas.shape(oval(x, y, 6, 1.9, turn=turn + 32), mix(crust, "#fff3dc", 0.7))
        canvas.shape(oval(x - 0.4, y + 1.2, 5.2, 0.6, turn=turn + 32), dark(crust, 0.28))


def ciabatta(canvas: Canvas, crust: str = "#d9a866") -> None:
    """Two flat, floury loaves, one on the other."""
    canvas.shadow(50, 73, 34)
    for x, y, tone in ((3, 7, dark(crust, 0.08)), (-2, -7, crust)):
        outline = [(19, 58), (22, 50), (38, 46), (60, 47), (78, 50), (82, 58), (76, 65), (50, 67), (25, 65)]
        canvas.blob([(px + x, py + y + 2) for px, py in outline], dark(tone, 0.24))
        canvas.blob([(px + x, py + y) for px, py in outline], tone)
        canvas.blob([(px * 0.72 + 14 + x, py * 0.5 + 26 + y) for px, py in outline], light(tone, 0.45))
    _flour(canvas, y=49)


def braid(canvas: Canvas, dough: str = "#d58b35", glaze: str = "#f4c069") -> None:
    """Plaited dough, shining with syrup: two koeksisters."""
    canvas.shadow(50, 77, 34)
    for x, y, size in ((51, 43, 1.5), (49, 63, 1.75)):
        _plait(canvas, x, y, size, dough, glaze)


def _plait(canvas: Canvas, x: float, y: float, size: float, dough: str, glaze: str) -> None:
    for step in range(-3, 4):
        width = (8.4 - abs(step) * 1.5) * size
        side = 1 if step % 2 else -1
        cx = x + step * 5.2 * size
        canvas.shape(oval(cx, y + 1.4, 5 * size, width, turn=side * 32), dark(dough, 0.3))
        canvas.shape(oval(cx, y, 5 * size, width, turn=side * 32), dough)
        canvas.shape(oval(cx - 0.8, y - 2 * size, 1.5 * size, width * 0.5, turn=side * 32), glaze)


def rusks(canvas: Canvas, dough: str = "#dcae6d") -> None:
    """A small stack of buttermilk rusks."""
    canvas.shadow(50, 76, 34)
    for x, y in ((20, 60), (52, 61), (36, 45), (27, 30)):
        canvas.box(x, y, 29, 14.5, dark(dough, 0.26), radius=3)
        canvas.box(x, y - 1.4, 29, 13.5, dough, radius=3)
        canvas.box(x + 2, y - 0.6, 25, 4.4, light(dough, 0.4), radius=2.2)
        crumbs = Random(int(x * y))
        for _ in range(14):
            canvas.ellipse(x + crumbs.uniform(3, 26), y + crumbs.uniform(4, 10.5), 0.5, 0.5, dark(dough, 0.2))


def _sprinkle(canvas: Canvas, colour: str, area: tuple[float, float, float, float], *, count: int) -> None:
    """Seeds within an ellipse (centre and radii), lying every way."""
    cx, cy, rx, ry = area
    luck = Random(count)
    for _ in range(count):
        angle, far = luck.uniform(0, 360), math.sqrt(luck.random())
        x, y = cx + rx * far * math.cos(angle), cy + ry * far * math.sin(angle)
        turn = luck.uniform(0, 180)
        canvas.shape(oval(x, y + 0.3, 1.5, 0.8, turn=turn), dark(colour, 0.35))
        canvas.shape(oval(x, y, 1.4, 0.7, turn=turn), colour)


def _flour(canvas: Canvas, *, y: float = 42) -> None:
    luck = Random(7)
    for _ in range(70):
        size = luck.uniform(0.2, 0.7)
        canvas.ellipse(luck.gauss(50, 13), luck.gauss(y, 4.5), size, size, "#fffaf0b4")


PAINTERS = {
    "boule": boule,
    "tin_loaf": tin_loaf,
    "baguette": baguette,
    "ciabatta": ciabatta,
    "braid": braid,
    "rusks": rusks,
}
