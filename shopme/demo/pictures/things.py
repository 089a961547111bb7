"""What lies beside the cloth: bangles, earrings, a pouch, a gift box."""

import math

from shopme.demo.pictures.canvas import Canvas, dark, light, mix, oval

GOLD = "#d8a93f"


def bangles(canvas: Canvas, colours: str = "#b3264a,#d8a93f,#2f7a67") -> None:
    """A standing row of bangles."""
    canvas.shadow(50, 79, 33)
    tones = colours.split(",")
    for place in range(9):
        tone = tones[place % len(tones)]
        x = 26 + place * 6
        canvas.ring(x + 0.7, 54.6, 13, 24, dark(tone, 0.4), 3.2)
        canvas.ring(x, 54, 13, 24, tone, 3)
        canvas.ring(x - 0.3, 53.6, 13, 24, light(tone, 0.55), 0.7, start=150, end=250)
        for step in range(7):
            angle = math.radians(110 + step * 23)
            canvas.ellipse(x + 13 * math.cos(angle), 54 + 24 * math.sin(angle), 0.7, 0.8, "#fff3cf")


def earrings(canvas: Canvas, metal: str = GOLD, stone: str = "#b3264a", pearl: str = "#fdf6e6") -> None:
    """A pair of jhumka earrings."""
    canvas.shadow(50, 84, 30, 2.6)
    for x in (32, 68):
        canvas.ellipse(x, 25, 7.4, 7.4, dark(metal, 0.2))
        canvas.ellipse(x, 24.4, 7.2, 7.2, metal)
        for step in range(10):
            angle = math.radians(step * 36)
            canvas.ellipse(x + 6 * math.cos(angle), 24.4 + 6 * math.sin(angle), 1.1, 1.1, light(metal, 0.5))
        canvas.ellipse(x, 24.4, 3.4, 3.4, stone)
        canvas.ellipse(x - 1, 23.2, 1.1, 0.9, light(stone, 0.7))
        canvas.line([(x, 31), (x, 40)], dark(metal, 0.2), 1.5, smooth=False)
        bell = [
            (x - 3, 40),
            (x + 3, 40),
            (x + 8, 45),
            (x + 13.6, 55),
            (x + 15, 61),
            (x - 15, 61),
            (x - 13.6, 55),
            (x - 8, 45),
        ]
        canvas.blob(bell, metal)
        canvas.shape([(x + 3, 41), (x + 9, 46), (x + 14.4, 58), (x + 14.8, 61), (x + 7, 61)], dark(metal, 0.2))
        canvas.blob([(x - 8, 48), (x - 4, 44), (x - 6, 54), (x - 10.4, 57)], light(metal, 0.5))
        for step in range(-2, 3):
            canvas.ellipse(x + step * 5, 53.6 - abs(step) * 0.5, 1.7, 1.9, stone)
        canvas.box(x - 15.4, 59.4, 30.8, 3, dark(metal, 0.14), radius=1.4)
        for step in range(-3, 4):
            canvas.ellipse(x + step * 4.5, 65.6, 2, 2.2, dark(pearl, 0.16))
            canvas.ellipse(x + step * 4.5, 65.2, 1.9, 2, pearl)


def pouch(canvas: Canvas, cloth: str = "#7a2a5a", trim: str = GOLD, ornament: str = "#f0cf7a") -> None:
    """A drawstring potli bag."""
    canvas.shadow(50, 83, 25)
    body = [(38, 38), (62, 38), (74, 54), (78, 70), (66, 81), (50, 83), (34, 81), (22, 70), (26, 54)]
    canvas.blob(body, dark(cloth, 0.3))
    canvas.blob([(x, y - 1.6) for x, y in body], cloth)
    canvas.blob([(31, 56), (37, 45), (41, 46), (36, 60), (32, 72), (28, 68)], light(cloth, 0.22))
    for x in (44, 50, 56):
        canvas.line([(x, 40), (50 + (x - 50) * 1.7, 52)], dark(cloth, 0.34), 0.8)
    ruffle = [
        (33, 34),
        (34, 24),
        (41, 28),
        (46, 22),
        (50, 28),
        (54, 22),
        (59, 28),
        (66, 24),
        (67, 34),
        (60, 39),
        (40, 39),
    ]
    canvas.blob(ruffle, light(cloth, 0.14))
    canvas.line([(36, 38), (50, 40.6), (64, 38)], trim, 2.6)
    for side in (-1, 1):
        canvas.line([(50, 40), (50 + side * 12, 46), (50 + side * 14, 56)], trim, 1.2)
        canvas.ellipse(50 + side * 14, 57.4, 1.8, 2.6, trim)
    for x, y in ((38, 60), (50, 57), (62, 60), (44, 69), (56, 69), (50, 77), (34, 71), (66, 71)):
        for angle in range(0, 360, 60):
            turn = math.radians(angle)
            canvas.ellipse(x + 1.9 * math.cos(turn), y + 1.9 * math.sin(turn), 1, 1, ornament)
        canvas.ellipse(x, y, 0.9, 0.9, dark(ornament, 0.4))


def gift(canvas: Canvas, paper: str = "#2f6f63", ribbon: str = "#e2a33c") -> None:
    """A box with a ribbon."""
    canvas.shadow(50, 81, 32)
    canvas.box(22, 46, 56, 35, paper, radius=2)
    canvas.shape([(62, 46), (76, 46), (78, 48), (78, 79), (76, 81), (62, 81)], dark(paper, 0.2))
    for row in range(4):
        for column in range(7):
            canvas.ellipse(26 + column * 8, 56 + row * 7, 0.9, 0.9, mix(paper, ribbon, 0.5))
    canvas.box(19, 37, 62, 11, light(paper, 0.12), radius=2)
    canvas.box(44, 37, 12, 44, ribbon)
    canvas.box(52, 37, 4, 44, dark(ribbon, 0.16))
    for side in (-1, 1):
        loop = [(50, 36), (50 + side * 8, 24), (50 + side * 20, 20), (50 + side * 23, 28), (50 + side * 14, 35)]
        canvas.blob(loop, ribbon)
        canvas.blob([(50 + (x - 50) * 0.66 + side * 2, 30 + (y - 30) * 0.55) for x, y in loop], dark(ribbon, 0.34))
    canvas.shape(oval(50, 34.6, 5, 4), light(ribbon, 0.2))


PAINTERS = {"bangles": bangles, "earrings": earrings, "pouch": pouch, "gift": gift}
