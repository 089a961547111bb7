"""The figures behind the drawn line."""

import pytest

from shopme.line_chart import HEIGHT, line_chart, nice_top


@pytest.mark.parametrize(("highest", "top"), [(0, 100), (99, 100), (101, 200), (130_000, 200_000), (700_000, 800_000)])
def test_the_axis_ends_at_a_round_figure(highest: int, top: int) -> None:
    assert nice_top(highest) == top


def test_the_curve_begins_and_ends_at_its_days_and_never_leaves_the_box() -> None:
    chart = line_chart([0, 400, 0, 0], [0, 0, 0, 0], ["1", "2", "3", "4"])
    heights = [float(point.split(",")[1]) for point in chart.now.curve.replace("M", " ").replace("C", " ").split()]
    assert min(heights) >= 0
    assert max(heights) <= HEIGHT
    assert chart.now.curve.startswith("M0,240.0C")
    assert chart.now.area.endswith("V240H0Z")
    assert chart.ticks == [400, 300, 200, 100, 0]


def test_many_days_carry_few_labels() -> None:
    labels = [str(day) for day in range(90)]
    marks = line_chart([1] * 90, [1] * 90, labels).marks
    assert [mark for mark in marks if mark] == ["0", "13", "26", "39", "52", "65", "78"]
