"""Gelato in cups, cones and tubs, and its cold relatives."""

import math
from random import Random

from shopme.demo.pictures.canvas import Canvas, curve, dark, light, mix, oval

FLAVOURS = {
    "pistacchio": ("#b9c77a", "#6f8a3a"),
    "nocciola": ("#c99a68", "#7a4a25"),
    "stracciatella": ("#fbf3e4", "#46241a"),
    "fiordilatte": ("#fdf8ee", ""),
    "crema": ("#f7dd92", ""),
    "cioccolato": ("#5b3020", "#7d4a33"),
    "amarena": ("#f9ece4", "#8a1737"),
    "fragola": ("#ef7f8d", "#d3475e"),
    "limone": ("#fbf0a0", "#e2c93a"),
    "mango": ("#f8b548", ""),
    "caffe": ("#b98a60", "#5a3420"),
    "fichi": ("#f3e6da", "#7d3f63"),
    "lampone": ("#d9415f", "#a3233f"),
    "menta": ("#bfe3cf", "#3f2a20"),
    "mirtillo": ("#8f78b8", "#4c3a78"),
    "cocco": ("#fdfaf3", "#d9cdb8"),
}


def scoop(canvas: Canvas, x: float, y: float, size: float, flavour: str) -> None:
    """One ball with its ruffled foot and what is mixed in."""
    tone, bits = FLAVOURS[flavour]
    edge = [(x + size * 1.08 * math.cos(a), y + size * 0.62 + size * 0.2 * math.sin(a)) for a in _steps(12)]
    for place, (px, py) in enumerate(edge):
        canvas.ellipse(px, py, size * 0.26, size * 0.2, dark(tone, 0.16 if place % 2 else 0.1))
    shade = mix(tone, "#8a6a4a", 0.26)
    canvas.ellipse(x, y, size, size * 0.98, shade)
    canvas.ellipse(x - size * 0.08, y - size * 0.06, size * 0.92, size * 0.92, mix(tone, shade, 0.4))
    canvas.ellipse(x - size * 0.14, y - size * 0.13, size * 0.82, size * 0.8, tone)
    canvas.shape(oval(x - size * 0.42, y - size * 0.48, size * 0.3, size * 0.15, turn=-38), light(tone, 0.7))
    if bits:
        _mixed_in(canvas, x, y, size, flavour, bits)


def _steps(count: int) -> list[float]:
    return [math.pi * step / (count - 1) for step in range(count)]


def _mixed_in(canvas: Canvas, x: float, y: float, size: float, flavour: str, bits: str) -> None:
    luck = Random(flavour)
    if flavour in {"amarena", "fichi", "caffe"}:
        for shift in (-0.38, 0.05, 0.46):
            swirl = [
                (x - size * 0.7, y + size * shift),
                (x - size * 0.2, y + size * (shift - 0.17)),
                (x + size * 0.2, y + size * (shift + 0.1)),
                (x + size * 0.68, y + size * (shift - 0.1)),
            ]
            canvas.line(swirl, bits, size * 0.085)
        return
    for _ in range(17):
        angle, far = luck.uniform(0, 6.3), math.sqrt(luck.random()) * 0.78
        px, py = x + size * far * math.cos(angle), y + size * far * math.sin(angle)
        if flavour in {"stracciatella", "menta", "cioccolato"}:
            canvas.shape(oval(px, py, size * 0.13, size * 0.035, turn=luck.uniform(0, 180)), bits)
        else:
            canvas.ellipse(px, py, size * 0.055, size * 0.045, bits)


def cup(
    canvas: Canvas, flavours: str = "pistacchio,nocciola,fragola", paper: str = "#2f7f6a", topping: str = "wafer"
) -> None:
    """A paper cup with one to three balls."""
    canvas.shadow(50, 82, 21)
    names = flavours.split(",")
    if topping == "wafer":
        _wafer(canvas)
    for name, (x, y, size) in zip(names, _places(len(names)), strict=True):
        scoop(canvas, x, y, size, name)
    if topping == "cherry":
        _cherry(canvas, 50, 24 if len(names) > 2 else 33)
    canvas.shape([(25, 56), (75, 56), (68, 82), (32, 82)], paper)
    canvas.shape([(63, 56), (75, 56), (68, 82), (60, 82)], dark(paper, 0.18))
    canvas.ellipse(50, 82, 18, 2.4, dark(paper, 0.12))
    for step in range(6):
        x = 30 + step * 8
        canvas.ellipse(50 + (x - 50) * 0.95, 69, 1.5, 1.5, light(paper, 0.75))
    canvas.box(23, 53.6, 54, 4.6, light(paper, 0.72), radius=2.2)


def _places(count: int) -> list[tuple[float, float, float]]:
    places: dict[int, list[tuple[float, float, float]]] = {
        1: [(50, 44, 18)],
        2: [(38, 45, 15.5), (62, 45, 15.5)],
        3: [(50, 36, 14.5), (35.6, 47, 14.5), (64.4, 47, 14.5)],
    }
    return places[count]


def cone(canvas: Canvas, flavours: str = "crema,cioccolato", wafer: str = "#d79a4c", sauce: str = "") -> None:
    """A cone with one or two balls."""
    canvas.ellipse(50, 91, 9, 1.8, mix(canvas.ground, "#3b2a1e", 0.2))
    names = flavours.split(",")
    point = [(33, 50), (67, 50), (52, 90), (48, 90)]
    canvas.shape(point, wafer)
    with canvas.within(point):
        for step in range(-6, 12):
            canvas.line([(20 + step * 6, 48), (40 + step * 6, 92)], dark(wafer, 0.26), 0.9, smooth=False)
            canvas.line([(80 - step * 6, 48), (60 - step * 6, 92)], dark(wafer, 0.26), 0.9, smooth=False)
        canvas.shape([(58, 48), (70, 48), (54, 92), (50, 92)], "#00000020")
    canvas.box(31, 48, 38, 6, light(wafer, 0.2), radius=3)
    tops = [(50, 38.6, 17)] if len(names) == 1 else [(50, 41, 15.6), (50, 23.4, 14.4)]
    for name, (x, y, size) in zip(names, tops, strict=True):
        scoop(canvas, x, y, size, name)
    if sauce:
        x, y, size = tops[-1]
        drip = [
            (x - size * 0.86, y - size * 0.2),
            (x - size * 0.5, y - size * 0.84),
            (x, y - size * 1.04),
            (x + size * 0.5, y - size * 0.84),
            (x + size * 0.88, y - size * 0.2),
        ]
        drip += [
            (x + size * 0.6, y + size * 0.1),
            (x + size * 0.4, y - size * 0.2),
            (x + size * 0.12, y + size * 0.3),
            (x - size * 0.14, y - size * 0.14),
            (x - size * 0.46, y + size * 0.22),
            (x - size * 0.62, y - size * 0.1),
        ]
        canvas.blob(drip, sauce)
        canvas.shape(oval(x - size * 0.34, y - size * 0.66, size * 0.22, size * 0.09, turn=-30), light(sauce, 0.5))


def tub(canvas: Canvas, flavours: str = "pistacchio,stracciatella,fragola", lid: str = "#f6ead2") -> None:
    """An open box to take home, the lid leaning behind it."""
    canvas.shadow(50, 79, 37)
    canvas.box(57, 22, 30, 30, dark(lid, 0.16), radius=6)
    canvas.box(56, 21, 30, 30, lid, radius=6)
    canvas.ring(71, 36, 8, 8, mix(lid, "#2f7f6a", 0.6), 1.6)
    names = flavours.split(",")
    top = [(16, 50), (84, 50), (80, 60), (20, 60)]
    canvas.shape(top, "#efe9dc")
    width = 62 / len(names)
    for place, name in enumerate(names):
        tone, bits = FLAVOURS[name]
        left = 19 + place * width
        wave = [
            (left, 56),
            (left + width * 0.18, 45),
            (left + width * 0.5, 39),
            (left + width * 0.82, 44.6),
            (left + width, 56),
        ]
        canvas.shape([*curve(wave, closed=False), (left + width, 62), (left, 62)], tone)
        canvas.line(
            [(left + width * 0.26, 47), (left + width * 0.46, 42.4), (left + width * 0.66, 43.4)], light(tone, 0.6), 1.6
        )
        canvas.line(
            [(left + width * 0.2, 55), (left + width * 0.55, 51.6), (left + width * 0.84, 54)], dark(tone, 0.16), 1
        )
        for step in range(5 if bits else 0):
            canvas.ellipse(left + width * (0.2 + step * 0.15), 51 + (step % 3) * 2, 1, 0.7, bits)
    canvas.shape([(15, 57), (85, 57), (79, 79), (21, 79)], "#2f7f6a")
    canvas.shape([(70, 57), (85, 57), (79, 79), (68, 79)], dark("#2f7f6a", 0.2))
    canvas.box(13.4, 55, 73.2, 4, "#dff0e6", radius=2)
    canvas.box(36, 63, 28, 11, "#f6ead2", radius=2.4)
    canvas.line([(41, 67), (59, 67)], "#2f7f6a", 1.3, smooth=False)
    canvas.line([(44, 70.4), (56, 70.4)], "#c9803f", 1.1, smooth=False)


def stick(canvas: Canvas, cover: str = "#5b3020", bitten: str = "#fdf8ee", crumbs: str = "#d8b07a") -> None:
    """A covered bar on a stick with one bite gone."""
    canvas.shadow(50, 90, 13, 2.2)
    canvas.box(45.6, 66, 8.8, 23, "#c99a5c", radius=4)
    canvas.box(51.4, 66, 3, 23, "#ad7f43", radius=1.5)
    canvas.shape([(x + 1.2, y + 1.4) for x, y in _bar(0)], dark(cover, 0.34))
    canvas.shape(_bar(2.4), bitten)
    bar = _bar(0)
    canvas.shape(bar, cover)
    with canvas.within(bar):
        canvas.box(33, 21, 5.4, 40, light(cover, 0.3), radius=2.6)
        luck = Random(13)
        for _ in range(34):
            canvas.shape(oval(luck.uniform(33, 68), luck.uniform(24, 70), 1.3, 0.9, turn=luck.uniform(0, 180)), crumbs)


def _bar(back: float) -> list[tuple[float, float]]:
    """The outline of the bar, its bite `back` units smaller."""
    bite = [(55, 14), (57, 20), (54, 24), (59.6, 27.4), (59.6, 32), (65, 33.4), (67, 38), (71, 40)]
    return [
        *oval(47, 32, 19, 19, start=180, end=288),
        *((x + back, y - back) for x, y in bite),
        *oval(52, 54, 19, 19, start=0, end=90),
        *oval(47, 54, 19, 19, start=90, end=180),
    ]


def granita(canvas: Canvas, ice: str = "#fbf0a0", garnish: str = "#e2c93a") -> None:
    """Crushed ice in a glass, with fruit and a spoon."""
    canvas.shadow(50, 83, 17)
    canvas.line([(66, 14), (56, 48)], "#b9bdb8", 2.2, smooth=False)
    luck = Random(21)
    heap = curve([(30, 42), (34, 30), (44, 23), (56, 23), (66, 30), (70, 42), (50, 47)])
    canvas.shape(heap, ice)
    with canvas.within(heap):
        for _ in range(70):
            x, y, size = luck.uniform(30, 70), luck.uniform(22, 46), luck.uniform(1, 2.4)
            canvas.shape(
                oval(x, y, size, size * 0.7, turn=luck.uniform(0, 90)),
                light(ice, 0.6) if luck.random() < 0.6 else dark(ice, 0.1),
            )
    body = [(29, 40), (71, 40), (63, 76), (37, 76)]
    canvas.shape(body, mix(ice, "#ffffff", 0.12))
    with canvas.within(body):
        for _ in range(60):
            x, y, size = luck.uniform(30, 70), luck.uniform(40, 76), luck.uniform(1, 2.2)
            canvas.shape(oval(x, y, size, size * 0.7, turn=luck.uniform(0, 90)), "#ffffff8c")
        canvas.shape([(60, 38), (72, 38), (64, 78), (57, 78)], dark(ice, 0.3) + "46")
    canvas.shape([(33, 42), (37, 42), (41, 74), (39, 74)], "#ffffffa0")
    canvas.ellipse(50, 79, 16, 3.8, "#ffffffc8")
    canvas.box(45, 75, 10, 4, "#ffffffb4")
    canvas.ellipse(35, 28, 8, 8, garnish)
    canvas.ellipse(35, 28, 6.6, 6.6, light(garnish, 0.6))
    for step in range(8):
        angle = math.radians(step * 45 + 10)
        canvas.line([(35, 28), (35 + 5.8 * math.cos(angle), 28 + 5.8 * math.sin(angle))], garnish, 0.8, smooth=False)


def affogato(canvas: Canvas, flavour: str = "fiordilatte", coffee: str = "#4a2815") -> None:
    """A ball of gelato drowning in coffee."""
    canvas.shadow(50, 82, 21)
    body = [(26, 46), (74, 46), (66, 80), (34, 80)]
    canvas.shape(body, "#ffffff96")
    inner = [(27.4, 52), (72.6, 52), (65, 78.4), (35, 78.4)]
    canvas.shape(inner, coffee)
    canvas.shape([(60, 52), (72.6, 52), (65, 78.4), (58, 78.4)], dark(coffee, 0.3))
    scoop(canvas, 50, 39, 18, flavour)
    canvas.blob(
        [(30, 52), (36, 48), (42, 53), (47, 58), (52, 52), (58, 60), (63, 51), (70, 52), (60, 57), (44, 58)],
        light(coffee, 0.12),
    )
    canvas.line([(40, 28), (52, 34), (47, 42), (57, 47)], coffee, 2.2)
    canvas.shape([(30, 50), (33.6, 50), (38.6, 77), (36.6, 77)], "#ffffff5a")
    for x, y in ((60, 24), (66, 29)):
        canvas.shape(oval(x, y, 3.2, 2.1, turn=-30), coffee)
        canvas.line([(x - 2, y + 1), (x + 2, y - 1)], light(coffee, 0.4), 0.5, smooth=False)


def brioche(canvas: Canvas, flavours: str = "pistacchio,fiordilatte", dough: str = "#d18b3c") -> None:
    """A soft bun filled with gelato, its top beside."""
    canvas.shadow(50, 77, 35)
    for name, (x, y) in zip(flavours.split(","), ((39, 48), (61, 48)), strict=True):
        scoop(canvas, x, y, 16, name)
    canvas.blob([(17, 60), (24, 55), (76, 55), (83, 60), (80, 72), (66, 77), (34, 77), (20, 72)], dough)
    canvas.blob([(20, 68), (50, 74), (80, 68), (70, 76), (50, 78), (30, 76)], dark(dough, 0.2))
    canvas.blob([(24, 60), (40, 57), (62, 58), (44, 62), (28, 65)], light(dough, 0.4))
    lid = [(34, 32), (40, 21), (52, 17), (65, 21), (71, 32), (60, 36), (44, 36)]
    canvas.blob([(x, y + 1.4) for x, y in lid], dark(dough, 0.24))
    canvas.blob(lid, dough)
    canvas.blob([(42, 26), (48, 21), (56, 20.4), (50, 26), (45, 30)], light(dough, 0.4))
    canvas.ellipse(53, 15.4, 5.4, 4.6, light(dough, 0.12))


def _wafer(canvas: Canvas) -> None:
    canvas.shape([(63, 12), (72, 15), (62, 44), (53, 41)], "#b97a33")
    canvas.shape([(62, 12), (70, 14.6), (60.4, 43), (52.4, 40.4)], "#e0ab5f")
    for step in range(4):
        canvas.line(
            [(60.6 - step * 2.4, 18.4 + step * 6.4), (68 - step * 2.4, 21 + step * 6.4)], "#b97a33", 0.8, smooth=False
        )


def _cherry(canvas: Canvas, x: float, y: float) -> None:
    canvas.line([(x, y - 3), (x + 3, y - 9), (x + 8, y - 12)], "#5e7d3a", 1)
    canvas.ellipse(x, y, 4.8, 4.6, "#8a1737")
    canvas.ellipse(x - 0.4, y - 0.5, 4.2, 4, "#b3264a")
    canvas.ellipse(x - 1.6, y - 1.6, 1.2, 0.9, "#f09aae")


PAINTERS = {
    "gelato_cup": cup,
    "cone": cone,
    "tub": tub,
    "stick": stick,
    "granita": granita,
    "affogato": affogato,
    "brioche": brioche,
}
