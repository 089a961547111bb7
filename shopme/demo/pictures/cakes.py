"""Cakes, tarts and puddings."""

import math
from random import Random

from shopme.demo.pictures.canvas import Canvas, dark, light, mix, oval


def plate(canvas: Canvas, cy: float = 70, rx: float = 38) -> None:
    """A white plate, seen a little from above."""
    canvas.shadow(50, cy + 4.6, rx * 0.8, 3.6)
    canvas.ellipse(50, cy + 1.4, rx, rx * 0.235, "#d9d6cd")
    canvas.ellipse(50, cy, rx, rx * 0.23, "#fbfaf6")
    canvas.ellipse(50, cy, rx * 0.72, rx * 0.15, "#efede5")


def slice_of_cake(canvas: Canvas, sponge: str = "#c98b4e", cream: str = "#fff3df", topping: str = "#f6c95c") -> None:
    """A slice of layer cake with cream between and something on top."""
    plate(canvas)
    front = [(22, 44), (80, 50), (80, 70), (22, 66)]
    canvas.shape(front, sponge)
    crumbs = Random(4)
    for _ in range(46):
        canvas.ellipse(crumbs.uniform(24, 79), crumbs.uniform(48, 69), 0.5, 0.4, dark(sponge, 0.2))
    for share in (0.3, 0.64):
        y = 44 + 22 * share
        canvas.shape([(22, y), (80, y + 4.6), (80, y + 8), (22, y + 3.4)], cream)
    canvas.shape([(22, 44), (58, 32), (84, 45), (80, 50)], light(cream, 0.4))
    canvas.shape([(80, 50), (84, 45), (84, 65), (80, 70)], dark(cream, 0.1))
    drip = [
        (22, 43),
        (80, 49),
        (80, 54),
        (74, 52.6),
        (70, 56),
        (65, 51.6),
        (57, 50.6),
        (52, 54.6),
        (47, 49.4),
        (37, 48.4),
        (32, 52),
        (27, 47.4),
        (22, 47),
    ]
    canvas.shape(drip, cream)
    for x, y in ((42, 41.5), (56, 40), (68, 45)):
        canvas.ellipse(x, y + 0.8, 4, 2.9, dark(topping, 0.24))
        canvas.ellipse(x, y, 4, 2.9, topping)
        canvas.ellipse(x - 1.2, y - 0.9, 1.2, 0.7, light(topping, 0.6))


def whole_cake(canvas: Canvas, cover: str = "#5a2d1a", drip: str = "#3a1a0e", berries: str = "#c8394d") -> None:
    """A round cake on a stand."""
    canvas.shadow(50, 80, 24)
    canvas.shape([(46, 70), (54, 70), (58, 80), (42, 80)], "#e6e2d8")
    canvas.ellipse(50, 69.6, 36, 6.6, "#d9d6cd")
    canvas.ellipse(50, 68, 36, 6.4, "#fbfaf6")
    canvas.shape([(22, 42), (78, 42), (78, 65), (22, 65)], cover)
    canvas.ellipse(50, 65, 28, 5.6, cover)
    canvas.shape([(22, 42), (34, 42), (34, 68), (22, 65)], light(cover, 0.14))
    canvas.shape([(64, 42), (78, 42), (78, 65), (64, 68)], dark(cover, 0.22))
    for place, depth in enumerate((5, 11, 6, 13, 8, 5, 12, 7)):
        x = 23.6 + place * 7.5
        canvas.line([(x, 44), (x, 45 + depth)], drip, 4.4, smooth=False)
    canvas.ellipse(50, 42, 28, 8.4, drip)
    canvas.ellipse(48, 40.6, 20, 4.6, light(drip, 0.14))
    for place in range(9):
        angle = math.radians(place * 40)
        x, y = 50 + 19 * math.cos(angle), 39 + 5 * math.sin(angle)
        canvas.ellipse(x, y + 0.8, 4, 3.8, dark(berries, 0.3))
        canvas.ellipse(x, y, 4, 3.8, berries)
        canvas.ellipse(x - 1.2, y - 1.3, 1.1, 0.9, light(berries, 0.6))


def tart(canvas: Canvas, filling: str = "#f7e6b8", dust: str = "#a8652c", crust: str = "#cf9446") -> None:
    """A whole tart in a fluted crust, dusted; one slice is pulled out."""
    plate(canvas, cy=69, rx=40)
    canvas.ellipse(50, 60, 33, 14.6, dark(crust, 0.3))
    for step in range(34):
        angle = math.radians(step * 360 / 34)
        canvas.ellipse(
            50 + 32 * math.cos(angle),
            58 + 13.6 * math.sin(angle),
            2.8,
            3.8,
            mix(crust, "#8a4f1c", 0.18 if step % 2 else 0),
        )
    canvas.ellipse(50, 55, 31.4, 13.2, light(crust, 0.14))
    canvas.ellipse(50, 55, 28.6, 11.6, dark(filling, 0.1))
    canvas.ellipse(50, 54, 28.6, 11.4, filling)
    luck = Random(8)
    for _ in range(150):
        far, angle = math.sqrt(luck.random()), luck.uniform(0, 6.3)
        size = luck.uniform(0.25, 0.7)
        canvas.ellipse(50 + 26 * far * math.cos(angle), 53.6 + 10 * far * math.sin(angle), size, size * 0.7, dust)
    canvas.line([(50, 54), (77, 51)], dark(filling, 0.22), 0.8, smooth=False)
    canvas.line([(50, 54), (66, 63.4)], dark(filling, 0.22), 0.8, smooth=False)


def pudding(canvas: Canvas, sponge: str = "#a85c27", sauce: str = "#f3cf83") -> None:
    """A warm pudding with sauce running down."""
    plate(canvas, cy=70, rx=38)
    canvas.ellipse(50, 68.6, 27, 6, sauce)
    canvas.shape([(29, 66), (33, 40), (67, 40), (71, 66)], sponge)
    canvas.ellipse(50, 66, 21, 5, sponge)
    canvas.shape([(60, 40), (67, 40), (71, 66), (62, 70)], dark(sponge, 0.2))
    canvas.ellipse(50, 40, 17, 5.4, light(sponge, 0.14))
    drip = [
        (33, 40),
        (35, 50),
        (38, 46),
        (42, 57),
        (46, 47),
        (51, 61),
        (55, 48),
        (60, 54),
        (64, 46),
        (67, 40),
        (60, 36),
        (50, 35),
        (40, 36),
    ]
    canvas.blob(drip, sauce)
    canvas.ellipse(45, 39.6, 8, 1.8, light(sauce, 0.6))
    canvas.ellipse(53, 33, 8.4, 6, "#fffaf0")
    canvas.ellipse(51, 31.4, 4, 2.2, "#ffffff")


def cupcake(canvas: Canvas, paper: str = "#8fb8a0", icing: str = "#f4b8c4", topping: str = "#d33f57") -> None:
    """A small cake under a swirl of icing."""
    canvas.shadow(50, 78, 21)
    canvas.shape([(29, 54), (71, 54), (65, 78), (35, 78)], paper)
    for step in range(8):
        x = 31 + step * 5.4
        canvas.line([(x, 55), (x + (50 - x) * 0.28, 77.4)], dark(paper, 0.22), 0.9, smooth=False)
    for y, rx, ry in ((53, 25, 7), (44.5, 20, 6.4), (36.8, 14.6, 5.6), (30, 9, 4.6)):
        canvas.ellipse(50, y + 1.8, rx, ry, dark(icing, 0.14))
        canvas.ellipse(50, y, rx, ry, icing)
        canvas.ellipse(50 - rx * 0.3, y - ry * 0.3, rx * 0.45, ry * 0.34, light(icing, 0.5))
    canvas.ellipse(50, 24.4, 4.6, 4.4, dark(topping, 0.2))
    canvas.ellipse(50, 23.8, 4.4, 4.2, topping)
    canvas.ellipse(48.6, 22.4, 1.2, 1, light(topping, 0.7))


def loaf_cake(canvas: Canvas, sponge: str = "#e0a94f", icing: str = "#fffaf0", zest: str = "#e8b62a") -> None:
    """A drizzled loaf cake, its end cut."""
    plate(canvas, cy=71, rx=41)
    canvas.shape([(18, 48), (72, 44), (82, 50), (82, 68), (28, 72), (18, 66)], dark(sponge, 0.18))
    canvas.blob([(17, 50), (24, 41), (48, 37), (72, 39), (83, 48), (74, 52), (46, 55), (27, 56)], light(sponge, 0.05))
    face = [(18, 50), (22, 45), (28, 52), (29, 72), (18, 67)]
    canvas.shape(face, light(sponge, 0.5))
    canvas.line([(18.4, 50), (22, 45.4), (28, 52), (28.8, 71)], sponge, 1.6)
    canvas.blob(
        [
            (22, 45),
            (34, 39),
            (54, 36.6),
            (72, 39),
            (80, 46),
            (76, 54),
            (72, 48),
            (66, 57),
            (60, 50),
            (52, 60),
            (46, 51),
            (38, 57),
            (33, 51),
        ],
        icing,
    )
    luck = Random(6)
    for _ in range(18):
        x, y = luck.uniform(34, 74), luck.uniform(40, 47)
        canvas.shape(oval(x, y, 2, 0.6, turn=luck.uniform(0, 180)), zest)


PAINTERS = {
    "slice_of_cake": slice_of_cake,
    "whole_cake": whole_cake,
    "tart": tart,
    "pudding": pudding,
    "cupcake": cupcake,
    "loaf_cake": loaf_cake,
}
