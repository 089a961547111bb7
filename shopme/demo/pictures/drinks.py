"""Cups, glasses, jars and bags."""

import math
from random import Random

from shopme.demo.pictures.canvas import Canvas, dark, light, mix, oval


def cup(canvas: Canvas, glaze: str = "#4f8a73", drink: str = "#6b3d20", art: str = "#f4dfc0") -> None:
    """A stoneware cup on a saucer; with `art`, a heart of milk."""
    canvas.ellipse(50, 75.5, 36, 7, mix(canvas.ground, "#3b2a1e", 0.2))
    canvas.ellipse(50, 73, 35, 6.8, dark(glaze, 0.18))
    canvas.ellipse(50, 71.6, 35, 6.6, light(glaze, 0.34))
    canvas.ring(77, 50, 9, 9.6, glaze, 4.4)
    canvas.shape([(24, 42), (76, 42), (71, 62), (63, 71), (37, 71), (29, 62)], glaze)
    canvas.shape([(66, 42), (76, 42), (71, 62), (63, 71), (58, 71), (64, 60)], dark(glaze, 0.18))
    canvas.shape([(29, 46), (34, 46), (38, 66), (35, 66), (31, 58)], light(glaze, 0.35))
    canvas.ellipse(50, 42, 26, 8.4, light(glaze, 0.5))
    canvas.ellipse(50, 42.6, 23.4, 6.9, drink)
    if art:
        canvas.ellipse(50, 43, 17, 4.9, art)
        canvas.ellipse(45.6, 41.8, 5.6, 2.4, drink)
        canvas.ellipse(54.4, 41.8, 5.6, 2.4, drink)
        canvas.shape([(40.2, 42.4), (59.8, 42.4), (50, 47.2)], drink)
        canvas.ellipse(50, 42.4, 4, 1.2, art)
    for x in (41, 50, 59):
        canvas.line([(x, 30), (x + 2.4, 26), (x - 2, 21), (x + 0.6, 17)], "#ffffff96", 1.6)


def glass(canvas: Canvas, drink: str = "#8a5530", top: str = "#f3e2c8", garnish: str = "") -> None:
    """A tall glass over ice, with a straw or a slice of fruit."""
    canvas.shadow(50, 81, 18)
    outline = [(31, 26), (69, 26), (64, 80), (36, 80)]
    canvas.shape(outline, "#ffffff78")
    body = [(32.4, 36), (67.6, 36), (63.4, 78.4), (36.6, 78.4)]
    canvas.shape(body, drink)
    with canvas.within(body):
        canvas.shape([(30, 34), (70, 34), (70, 48), (60, 52), (50, 47), (40, 54), (30, 48)], top)
        for x, y, turn in ((43, 46, 12), (56, 52, 40), (45, 60, 60), (57, 66, 20)):
            canvas.shape(oval(x, y, 6, 5.2, turn=turn), "#ffffff46")
            canvas.shape(oval(x - 1, y - 1, 3, 2, turn=turn), "#ffffff50")
    canvas.line([(60, 15), (55, 40)], "#3f7f6a", 2.4, smooth=False)
    canvas.shape([(34.6, 30), (38, 30), (41, 74), (39, 74)], "#ffffff64")
    canvas.ellipse(50, 26, 19, 3.4, "#ffffffaa")
    if garnish:
        canvas.ellipse(68, 28, 8.4, 8.4, dark(garnish, 0.1))
        canvas.ellipse(68, 28, 7, 7, light(garnish, 0.5))
        for step in range(8):
            angle = math.radians(step * 45)
            canvas.line([(68, 28), (68 + 6 * math.cos(angle), 28 + 6 * math.sin(angle))], garnish, 0.9, smooth=False)


def jar(canvas: Canvas, content: str = "#b3324a", label: str = "#fff6e6", lid: str = "#d9a441") -> None:
    """A preserving jar with a label."""
    canvas.shadow(50, 80, 24)
    canvas.box(28, 34, 44, 46, "#ffffffa0", radius=8)
    canvas.box(30, 37, 40, 41.4, content, radius=6.5)
    luck = Random(1)
    for _ in range(30):
        canvas.ellipse(
            luck.uniform(33, 67),
            luck.uniform(40, 76),
            luck.uniform(0.8, 2),
            luck.uniform(0.8, 1.8),
            mix(content, "#fff0d8", luck.uniform(0.05, 0.3)),
        )
    canvas.box(33, 50, 34, 18, label, radius=2)
    canvas.line([(38, 56), (62, 56)], dark(content, 0.2), 1.6, smooth=False)
    canvas.line([(42, 61), (58, 61)], mix(label, content, 0.45), 1.2, smooth=False)
    canvas.box(30, 25, 40, 10, dark(lid, 0.18), radius=2.5)
    canvas.box(30, 24, 40, 8, lid, radius=2.5)
    canvas.box(33, 25.4, 16, 2, light(lid, 0.5), radius=1)
    canvas.box(32, 39, 3, 34, "#ffffff5a", radius=1.5)


def bag(canvas: Canvas, paper: str = "#2f5f50", label: str = "#f6ead2", mark: str = "#c9803f") -> None:
    """A bag of beans with a folded top."""
    canvas.shadow(50, 82, 25)
    canvas.shape([(29, 30), (71, 30), (74, 82), (26, 82)], paper)
    canvas.shape([(60, 30), (71, 30), (74, 82), (62, 82)], dark(paper, 0.22))
    canvas.shape([(29, 30), (33, 30), (31, 82), (26, 82)], light(paper, 0.12))
    canvas.box(28, 20, 44, 11, dark(paper, 0.1), radius=1.5)
    canvas.box(28, 20, 44, 4.4, light(paper, 0.16), radius=1.5)
    canvas.box(35, 43, 30, 28, label, radius=3)
    canvas.shape(oval(50, 53, 7.4, 5.2, turn=-35), mark)
    canvas.line([(45.4, 56), (49.4, 52), (50.6, 54), (54.6, 50)], dark(mark, 0.4), 1.1)
    canvas.line([(40, 63), (60, 63)], mark, 1.3, smooth=False)
    canvas.line([(43, 67), (57, 67)], mix(label, mark, 0.4), 1.1, smooth=False)


PAINTERS = {"cup": cup, "glass": glass, "jar": jar, "bag": bag}
