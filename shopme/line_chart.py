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
    step = WIDTH / (len(values) - 1)
    heights = [HEIGHT - HEIGHT * value / top for value in values]
    slopes = _slopes(heights)
    curve = f"M0,{heights[0]:.1f}"
    for index, (y0, y1) in enumerate(pairwise(heights)):
        x0, x1 = step * index, step * (index + 1)
        up, down = y0 + slopes[index] / 3, y1 - slopes[index + 1] / 3
        curve += f"C{x0 + step / 3:.1f},{up:.1f} {x1 - step / 3:.1f},{down:.1f} {x1:.1f},{y1:.1f}"
    return Line(curve, f"{curve}V{HEIGHT}H0Z")


def _slopes(heights: list[float]) -> list[float]:
    """The curve's slope at each day, a day being 1 wide: level at peaks, so it never swings beyond its days."""
    steps = [after - before for before, after in pairwise(heights)]
    inner = [2 * left * right / (left + right) if left * right > 0 else 0.0 for left, right in pairwise(steps)]
    return [steps[0], *inner, steps[-1]]
