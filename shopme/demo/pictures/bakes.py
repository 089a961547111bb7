"""Pastry, pies and what is eaten from the hand."""

import math
from random import Random

from shopme.demo.pictures.canvas import Canvas, dark, light, mix, oval, turned


def croissant(canvas: Canvas, crust: str = "#cf8a3a", topping: str = "") -> None:
    """A crescent of rolled layers; `almond` or `chocolate` on top."""
    canvas.shadow(50, 75, 37)
    for place, (x, y, rx, ry, turn) in enumerate(_segments()):
        tone = mix(crust, "#f0b765", 0.3 if place % 2 else 0)
        canvas.shape(oval(x, y + 1.8, rx, ry, turn=turn), dark(tone, 0.32))
        canvas.shape(oval(x, y, rx, ry, turn=turn), tone)
        canvas.shape(oval(x - 0.6, y - ry * 0.42, rx * 0.5, ry * 0.4, turn=turn), light(tone, 0.4))
    if topping == "almond":
        _flakes(canvas)
    elif topping == "chocolate":
        for shift in range(-26, 30, 8):
            canvas.line(
                [(50 + shift - 3, 44 + abs(shift) * 0.32), (50 + shift + 3, 60 + abs(shift) * 0.12)], "#4a2413", 1.5
            )


def _segments() -> list[tuple[float, float, float, float, float]]:
    """Centre, radii and turn of each roll, outermost first so that the middle lies on top."""
    rolls: list[tuple[float, float, float, float, float]] = []
    for step in (-4, 4, -3, 3, -2, 2, -1, 1, 0):
        angle = math.radians(step * 16)
        x, y = 50 + 38 * math.sin(angle), 86 - 34 * math.cos(angle)
        rolls.append((x, y, 8.8 - abs(step) * 0.5, 16.5 - abs(step) * 2.1, step * 14))
    return rolls


def _flakes(canvas: Canvas) -> None:
    luck = Random(11)
    for _ in range(22):
        x = luck.uniform(26, 74)
        y = 47 + abs(x - 50) * 0.32 + luck.uniform(-4, 9)
        turn = luck.uniform(0, 180)
        canvas.shape(oval(x, y + 0.5, 2.9, 1.5, turn=turn), "#a9713a")
        canvas.shape(oval(x, y, 2.8, 1.4, turn=turn), "#f7e3bd")
    for _ in range(60):
        canvas.ellipse(luck.gauss(50, 15), luck.gauss(54, 5), 0.4, 0.4, "#ffffffc8")


def chocolate_roll(canvas: Canvas, crust: str = "#c98742") -> None:
    """Two pains au chocolat with the chocolate showing at the end."""
    canvas.shadow(50, 75, 36)
    for x, y in ((24, 33), (14, 52)):
        canvas.box(x, y + 2.4, 60, 21, dark(crust, 0.32), radius=9)
        canvas.box(x, y, 60, 21, crust, radius=9)
        canvas.blob(
            [(x + 6, y + 7), (x + 16, y + 2.4), (x + 40, y + 2), (x + 48, y + 5), (x + 28, y + 8)], light(crust, 0.3)
        )
        for step in range(4):
            across = [(x + 8 + step * 11, y + 1), (x + 11.4 + step * 11, y + 11), (x + 8.4 + step * 11, y + 20.4)]
            canvas.line(across, dark(crust, 0.16), 1.1)
        canvas.ellipse(x + 54, y + 11, 7.4, 10.6, light(crust, 0.42))
        canvas.ring(x + 54, y + 11, 6.2, 9, crust, 1)
        canvas.ring(x + 54, y + 11, 3.6, 5.6, mix(crust, "#fff3dc", 0.4), 0.9)
        for height in (7.4, 14.4):
            canvas.ellipse(x + 54, y + height, 2.3, 2.5, "#3d1d0f")


def bun(canvas: Canvas, dough: str = "#d79a53", swirl: str = "#7b4220", icing: str = "#fffaf2") -> None:
    """A rolled bun from above, with icing drizzled over it."""
    canvas.shadow(50, 77, 31)
    canvas.ellipse(50, 58, 31, 24, dark(dough, 0.3))
    canvas.ellipse(50, 53, 31, 24, dough)
    canvas.ellipse(48, 50, 26, 18, light(dough, 0.14))
    spiral = [
        (50 + r * math.cos(a), 52 + r * 0.76 * math.sin(a))
        for a, r in ((step * 0.34, 1.4 + step * 0.49) for step in range(54))
    ]
    canvas.line(spiral, swirl, 2.6)
    if icing:
        zigzag = [(24 + step * 4.4, 40 + (24 if step % 2 else 0) + (step - 6) * 0.5) for step in range(13)]
        inside = oval(50, 53, 29, 22)
        with canvas.within(inside):
            canvas.line(zigzag, dark(icing, 0.16), 3.4)
            canvas.line([(x - 0.3, y - 0.7) for x, y in zigzag], icing, 2.9)


def cookies(canvas: Canvas, dough: str = "#cf9450", chips: str = "#45220f") -> None:
    """Three round biscuits with chunks."""
    canvas.shadow(50, 75, 34)
    luck = Random(5)
    for x, y, size in ((50, 38, 17), (34, 58, 18), (66, 58, 18)):
        canvas.ellipse(x, y + 2.4, size, size * 0.8, dark(dough, 0.3))
        canvas.ellipse(x, y, size, size * 0.8, dough)
        canvas.ellipse(x - 3, y - 3, size * 0.66, size * 0.46, light(dough, 0.16))
        for step in range(8):
            angle, far = step * 0.8 + luck.random(), luck.uniform(0.15, 0.78)
            cx, cy = x + size * far * math.cos(angle), y + size * 0.8 * far * math.sin(angle)
            canvas.shape(oval(cx, cy, 2.3, 1.9, turn=luck.uniform(0, 90)), chips)
            canvas.ellipse(cx - 0.6, cy - 0.6, 0.7, 0.5, light(chips, 0.3))


def pie(canvas: Canvas, crust: str = "#d3953f", filling: str = "#8a5a34") -> None:
    """A hand-sized pie with a lattice lid and a bite of filling shown."""
    canvas.shadow(50, 76, 31)
    canvas.shape([(22, 52), (78, 52), (71, 76), (29, 76)], dark(crust, 0.22))
    for step in range(8):
        x = 24 + step * 6.9
        canvas.line([(x, 55), (x + (50 - x) * 0.22, 75)], dark(crust, 0.36), 0.8, smooth=False)
    canvas.ellipse(50, 52, 30, 14, dark(crust, 0.1))
    canvas.ellipse(50, 50, 30, 13.6, light(crust, 0.12))
    lid = oval(50, 50, 24.5, 10.2)
    canvas.shape(lid, filling)
    with canvas.within(lid):
        for shift in range(-24, 30, 9):
            canvas.line([(50 + shift - 9, 38), (50 + shift + 9, 62)], crust, 3.6, smooth=False)
            canvas.line([(50 + shift + 9, 38), (50 + shift - 9, 62)], light(crust, 0.22), 3.6, smooth=False)
    for step in range(22):
        angle = math.radians(step * 360 / 22)
        canvas.ellipse(50 + 27.4 * math.cos(angle), 50 + 11.9 * math.sin(angle), 2.6, 1.7, light(crust, 0.34))


def quiche(canvas: Canvas, filling: str = "#f2cf6a", bits: str = "#5e8a3f") -> None:
    """A tall slice of savoury tart, its rim to the right."""
    canvas.shadow(50, 75, 35)
    canvas.shape([(15, 53), (80, 55), (80, 73), (17, 68)], dark(filling, 0.08))
    canvas.shape([(16.4, 64.6), (80, 69), (80, 74), (17, 69)], "#b9783a")
    canvas.shape([(15, 53), (70, 36), (82, 43), (80, 55)], filling)
    canvas.line([(71, 36), (81, 43), (82.4, 53)], "#b9783a", 8)
    canvas.shape([(79, 52), (87, 50), (85, 73), (78.6, 74)], "#a76a30")
    canvas.line([(71, 34.6), (81, 41.4), (82.4, 51)], "#d79b52", 6)
    luck = Random(9)
    for _ in range(16):
        x = luck.uniform(34, 72)
        y = 53.6 - (x - 15) * 0.14 + luck.uniform(-3.4, 3.4)
        canvas.shape(oval(x, y, 2.4, 1.1, turn=luck.uniform(0, 180)), bits)
    for _ in range(12):
        canvas.ellipse(luck.uniform(24, 76), luck.uniform(58, 64), 1.6, 1.1, mix(bits, filling, 0.25))
    for x, y in ((42, 50.4), (56, 48), (67, 45)):
        canvas.ellipse(x, y + 0.6, 3.7, 2.3, "#a83a28")
        canvas.ellipse(x, y, 3.6, 2.2, "#d8553b")
        canvas.ellipse(x - 0.9, y - 0.7, 1.1, 0.6, "#f09a80")


def sandwich(canvas: Canvas, bread: str = "#d8a25c", layers: str = "#7fae57,#e8695a,#f6e2a4") -> None:
    """A filled roll, layer by layer."""
    canvas.shadow(50, 75, 35)
    tones = layers.split(",")
    canvas.blob([(18, 66), (24, 62), (76, 62), (82, 66), (79, 74), (50, 76), (21, 74)], dark(bread, 0.14))
    for place, tone in enumerate(reversed(tones)):
        y = 62 - place * 4.6
        wave = [(16 + step * 4, y + (1.4 if step % 2 else -1.2)) for step in range(18)]
        canvas.shape([*wave, (84, y + 5.4), (16, y + 5.4)], dark(tone, 0.14))
        canvas.line(wave, tone, 3.6)
    top = [(16, 51), (20, 41), (34, 33), (50, 31), (66, 33), (80, 41), (84, 51), (66, 53.5), (34, 53.5)]
    canvas.blob(top, bread)
    canvas.blob([(27, 42), (40, 36), (58, 35), (64, 37), (46, 41), (32, 46)], light(bread, 0.36))
    luck = Random(2)
    for _ in range(20):
        x = luck.uniform(28, 72)
        canvas.shape(turned(oval(x, luck.uniform(36, 46), 1.3, 0.7), luck.uniform(0, 180), (x, 41)), "#fff2d2")


PAINTERS = {
    "croissant": croissant,
    "chocolate_roll": chocolate_roll,
    "bun": bun,
    "cookies": cookies,
    "pie": pie,
    "quiche": quiche,
    "sandwich": sandwich,
}
