"""A line chart as the points of an SVG: pure figures, drawn by a template, coloured by the theme.

Drawn here and not by a script: it costs the page two kilobytes instead of sixty, works without JavaScript and prints.
"""

from dataclasses import dataclass
from itertools import pairwise

WIDTH = 1000
HEIGHT = 240
GRID_LINES = 4
LABELS = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One series as SVG path data: the curve, and the area under it."""

    curve: str
    area: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """What the template draws. `ticks` go from the top down, in the values' unit; `marks` are empty between labels."""

    now: Line
    before: Line
    ticks: list[int]
    grid: list[int]
    marks: list[str]


def line_chart(now: list[int], before: list[int], labels: list[str]) -> LineChart:
    """Curves of two series of the same length (2 or more), on one scale that begins at nought."""
    top = nice_top(max([*now, *before, 0]))
    every = max(1, -(-len(labels) // LABELS))
    return LineChart(
        now=_line(now, top),
        before=_line(before, top),
        ticks=[top * step // GRID_LINES for step in range(GRID_LINES, -1, -1)],
        grid=[HEIGHT * step // GRID_LINES for step in range(GRID_LINES + 1)],
        marks=[label if index % every == 0 else "" for index, label in enumerate(labels)],
    )


def nice_top(highest: int) -> int:
    """The smallest of 1, 2, 4, 6, 8 times ten to the n that holds `highest`; it divides by four into round figures."""
    size = 100
    while True:
        for step in (1, 2, 4, 6, 8):
            if step * size >= highest:
                return step * size
        size *= 10


def _line(values: list[int], top: int) -> Line:
    points = [
        (round(WIDTH * index / (len(values) - 1), 1), round(HEIGHT - HEIGHT * value / top, 1))
        for index, value in enumerate(values)
    ]
    curve = f"M{points[0][0]},{points[0][1]}"
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = round((x0 + x1) / 2, 1)  # level handles: the curve never swings beyond its days
        curve += f"C{middle},{y0} {middle},{y1} {x1},{y1}"
    return Line(curve, f"{curve}V{HEIGHT}H0Z")
