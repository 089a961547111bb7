"""A drawing board of 100 × 100 units, drawn at twice its size and scaled down, so every edge is smooth."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PIL import Image, ImageColor, ImageDraw

Point = tuple[float, float]

SIZE = 640
UNIT = SIZE * 2 / 100

TINTS = {
    "sage": "#e3ebe0",
    "peach": "#f7e3d5",
    "butter": "#fbf0d6",
    "lilac": "#e8e3f3",
    "sky": "#dee9f4",
    "rose": "#f7e0e5",
    "mint": "#dcefe5",
    "sand": "#f1ebe0",
}


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `other` in it."""
    one, two = ImageColor.getrgb(colour), ImageColor.getrgb(other)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(one[:3], two[:3], strict=True))


def dark(colour: str, share: float = 0.18) -> str:
    """A shade of the same colour, warm rather than black."""
    return mix(colour, "#2a1410", share)


def light(colour: str, share: float = 0.3) -> str:
    return mix(colour, "#fffaf0", share)


def curve(points: Sequence[Point], *, closed: bool = True, steps: int = 14) -> list[Point]:
    """A smooth line through `points` (Catmull-Rom)."""
    count = len(points)
    if not closed:
        points = [points[0], *points, points[-1]]
    drawn: list[Point] = []
    for place in range(count if closed else count - 1):
        a, b, c, d = (points[(place + shift) % len(points)] for shift in ((-1, 0, 1, 2) if closed else (0, 1, 2, 3)))
        drawn += [_between(a, b, c, d, step / steps) for step in range(steps)]
    if not closed:
        drawn.append(points[-1])
    return drawn


def _between(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    return tuple(  # type: ignore[return-value]
        0.5
        * (
            2 * b[axis]
            + (c[axis] - a[axis]) * t
            + (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * t**2
            + (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis]) * t**3
        )
        for axis in (0, 1)
    )


def oval(
    cx: float, cy: float, rx: float, ry: float, *, turn: float = 0, start: float = 0, end: float = 360
) -> list[Point]:
    """Points of an ellipse (or a part of it, in degrees, clockwise from the right), turned by `turn` degrees."""
    turned = math.radians(turn)
    points: list[Point] = []
    for step in range(65):
        angle = math.radians(start + (end - start) * step / 64)
        x, y = rx * math.cos(angle), ry * math.sin(angle)
        points.append(
            (cx + x * math.cos(turned) - y * math.sin(turned), cy + x * math.sin(turned) + y * math.cos(turned))
        )
    return points


def turned(points: Sequence[Point], degrees: float, about: Point) -> list[Point]:
    """`points` turned about a point."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    return [
        (
            about[0] + (x - about[0]) * cos - (y - about[1]) * sin,
            about[1] + (x - about[0]) * sin + (y - about[1]) * cos,
        )
        for x, y in points
    ]


class Canvas:
    """Where a painter draws. Units: 0 to 100, y downwards; alpha as the last two hex digits (`#00000022`)."""

    def __init__(self, tint: str) -> None:
        ground = TINTS[tint]
        self.ground = ground
        self.image = Image.new("RGB", (SIZE * 2, SIZE * 2), ground)
        self.pen = ImageDraw.Draw(self.image, "RGBA")
        self.shape(oval(50, 50, 40, 40), light(ground, 0.45))

    def shape(self, points: Sequence[Point], fill: str) -> None:
        self.pen.polygon([(x * UNIT, y * UNIT) for x, y in points], fill=fill)

    def ellipse(self, cx: float, cy: float, rx: float, ry: float, fill: str, *, turn: float = 0) -> None:
        if turn:
            self.shape(oval(cx, cy, rx, ry, turn=turn), fill)
        else:
            self.pen.ellipse([(cx - rx) * UNIT, (cy - ry) * UNIT, (cx + rx) * UNIT, (cy + ry) * UNIT], fill=fill)

    def box(self, x: float, y: float, width: float, height: float, fill: str, *, radius: float = 0) -> None:
        corners = [x * UNIT, y * UNIT, (x + width) * UNIT, (y + height) * UNIT]
        self.pen.rounded_rectangle(corners, radius * UNIT, fill=fill)

    def blob(self, points: Sequence[Point], fill: str) -> None:
        """A soft closed shape through `points`."""
        self.shape(curve(points), fill)

    def line(self, points: Sequence[Point], fill: str, width: float = 1, *, smooth: bool = True) -> None:
        """A line with round ends and joints."""
        path = curve(points, closed=False) if smooth and len(points) > 2 else list(points)
        pixels = [(x * UNIT, y * UNIT) for x, y in path]
        self.pen.line(pixels, fill=fill, width=round(width * UNIT), joint="curve" if len(pixels) > 2 else None)
        radius = width * UNIT / 2 - 0.5
        for x, y in (pixels[0], pixels[-1]):
            self.pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=fill)

    def ring(
        self, cx: float, cy: float, rx: float, ry: float, fill: str, width: float, *, start: float = 0, end: float = 360
    ) -> None:
        """The outline of an ellipse or a part of it (degrees, clockwise from the right)."""
        rx, ry = rx + width / 2, ry + width / 2
        around = [(cx - rx) * UNIT, (cy - ry) * UNIT, (cx + rx) * UNIT, (cy + ry) * UNIT]
        self.pen.arc(around, start, end, fill=fill, width=round(width * UNIT))

    def shadow(self, cx: float, cy: float, rx: float, ry: float = 3.2) -> None:
        """What lies on a table darkens it a little."""
        self.ellipse(cx, cy, rx, ry, mix(self.ground, "#3b2a1e", 0.16))
        self.ellipse(cx, cy, rx * 0.82, ry * 0.62, mix(self.ground, "#3b2a1e", 0.24))

    @contextmanager
    def within(self, points: Sequence[Point]) -> Iterator[None]:
        """What is drawn inside the block shows only inside this shape."""
        outside, pen = self.image, self.pen
        left, top = (max(0, math.floor(min(p[axis] for p in points) * UNIT) - 1) for axis in (0, 1))
        right, bottom = (min(SIZE * 2, math.ceil(max(p[axis] for p in points) * UNIT) + 1) for axis in (0, 1))
        mask = Image.new("L", (SIZE * 2, SIZE * 2), 0)
        ImageDraw.Draw(mask).polygon([(x * UNIT, y * UNIT) for x, y in points], fill=255)
        self.image = outside.copy()
        self.pen = ImageDraw.Draw(self.image, "RGBA")
        try:
            yield
        finally:
            area = (left, top, right, bottom)
            outside.paste(self.image.crop(area), area, mask.crop(area))
            self.image, self.pen = outside, pen

    def finished(self) -> Image.Image:
        """The picture at its final size."""
        return self.image.resize((SIZE, SIZE), Image.Resampling.BOX)
