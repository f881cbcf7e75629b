"""Charts drawn by the server as SVG, each with the same values as a table.

No style attributes and no script, so they pass the content policy, print, and are read aloud: the drawing has
a sentence as its name, the numbers stand in a `<details>` table. Colour never carries meaning alone.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tradedoor.web.formats import number

Points = Sequence[tuple[str, int]]

WIDTH, HEIGHT = 640, 200
LEFT, BOTTOM, TOP = 36, 22, 8
SPARK_WIDTH, SPARK_HEIGHT = 108, 40
FUNNEL_ROW = 34
LABELS = 6
GAP = 0.28


def bar_chart(points: Points, *, title: str, name: str, unit: str) -> SafeString:
    """Counts side by side. `title` asks the question, `name` answers it in a sentence, `unit` heads the table."""
    top = _nice(max((value for _label, value in points), default=0))
    step = (WIDTH - LEFT) / max(len(points), 1)
    bars = format_html_join(
        "",
        '<rect class="chart__bar" x="{}" y="{}" width="{}" height="{}" rx="2"><title>{}</title></rect>',
        (
            (
                _n(LEFT + index * step + step * GAP / 2),
                _n(_y(value, top)),
                _n(step * (1 - GAP)),
                _n(HEIGHT - BOTTOM - _y(value, top)),
                f"{label}: {number(value)}",
            )
            for index, (label, value) in enumerate(points)
        ),
    )
    return _chart(
        _grid(top) + bars + _axis(points, step), points, title=title, name=name, unit=unit, height=HEIGHT
    )


def line_chart(points: Points, *, title: str, name: str, unit: str) -> SafeString:
    """A course over time."""
    top = _nice(max((value for _label, value in points), default=0))
    step = (WIDTH - LEFT) / max(len(points), 1)
    path = [(LEFT + (index + 0.5) * step, _y(value, top)) for index, (_label, value) in enumerate(points)]
    drawing = _line(path, floor_y=HEIGHT - BOTTOM)
    return _chart(
        _grid(top) + drawing + _axis(points, step), points, title=title, name=name, unit=unit, height=HEIGHT
    )


def funnel_chart(points: Points, *, title: str, name: str, unit: str) -> SafeString:
    """Steps of which each is a part of the one before: the count, and the rate of each step."""
    most = max((value for _label, value in points), default=0) or 1
    rates = ["", *(_rate(after, before) for (_a, before), (_b, after) in pairwise(points))][: len(points)]
    rows = format_html_join(
        "",
        '<text class="chart__label" x="0" y="{}">{}</text><rect class="chart__bar" x="150" y="{}" width="{}" '
        'height="20" rx="3"/><text class="chart__value" x="{}" y="{}">{}</text>',
        (
            (
                index * FUNNEL_ROW + 15,
                label,
                index * FUNNEL_ROW,
                _n(max(2, 360 * value / most)),
                _n(158 + max(2, 360 * value / most)),
                index * FUNNEL_ROW + 15,
                f"{number(value)} · {rate}" if rate else number(value),
            )
            for index, ((label, value), rate) in enumerate(zip(points, rates, strict=True))
        ),
    )
    return _chart(
        rows, points, title=title, name=name, unit=unit, height=max(1, len(points)) * FUNNEL_ROW, rates=rates
    )


def spark(values: Sequence[int]) -> SafeString:
    """A small course beside a number that says the same: hidden from screen readers."""
    if not values:
        return mark_safe("")
    most = max(values) or 1
    step = SPARK_WIDTH / max(len(values) - 1, 1)
    path = [
        (index * step, SPARK_HEIGHT - 3 - value / most * (SPARK_HEIGHT - 6))
        for index, value in enumerate(values)
    ]
    return format_html(
        '<svg class="metric__chart spark" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        SPARK_WIDTH,
        SPARK_HEIGHT,
        _line(path, floor_y=SPARK_HEIGHT),
    )


def spark_funnel(values: Sequence[int]) -> SafeString:
    """A small funnel of up to four steps beside a number: hidden from screen readers."""
    most = max(values, default=0) or 1
    bars = format_html_join(
        "",
        '<rect x="0" y="{}" width="{}" height="7" rx="2"/>',
        ((1 + 10 * index, _n(max(2, SPARK_WIDTH * value / most))) for index, value in enumerate(values[:4])),
    )
    return format_html(
        '<svg class="metric__chart funnel" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>',
        SPARK_WIDTH,
        SPARK_HEIGHT,
        bars,
    )


def _chart(  # the parts of one figure
    drawing: SafeString,
    points: Points,
    *,
    title: str,
    name: str,
    unit: str,
    height: int,
    rates: Sequence[str] | None = None,
) -> SafeString:
    shares = rates or [""] * len(points)
    rows = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td class="c-num">{}{}</td></tr>',
        (
            (label, number(value), f" ({share})" if share else "")
            for (label, value), share in zip(points, shares, strict=True)
        ),
    )
    return format_html(
        '<figure class="chart"><figcaption><h3>{}</h3></figcaption>'
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
        '<details><summary>{}</summary><table class="table table--plain"><thead><tr><th scope="col">{}</th>'
        '<th class="c-num" scope="col">{}</th></tr></thead><tbody>{}</tbody></table></details></figure>',
        title,
        WIDTH,
        height,
        name,
        drawing,
        _("View as table"),
        _("Step") if rates else _("Day"),
        unit,
        rows,
    )


def _line(path: Sequence[tuple[float, float]], *, floor_y: float) -> SafeString:
    if not path:
        return mark_safe("")
    line = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in path)
    area = f"{line}L{_n(path[-1][0])} {_n(floor_y)}L{_n(path[0][0])} {_n(floor_y)}Z"
    return format_html('<path class="spark__area" d="{}"/><path class="spark__line" d="{}"/>', area, line)


def _grid(top: int) -> SafeString:
    return format_html_join(
        "",
        '<line class="chart__grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="chart__label chart__label--end" x="{}" y="{}">{}</text>',
        (
            (
                LEFT,
                WIDTH,
                _n(_y(value, top)),
                _n(_y(value, top)),
                LEFT - 6,
                _n(_y(value, top) + 4),
                number(value),
            )
            for value in (0, top // 2, top)
        ),
    )


def _axis(points: Points, step: float) -> SafeString:
    every = max(1, ceil(len(points) / LABELS))
    return format_html_join(
        "",
        '<text class="chart__label chart__label--mid" x="{}" y="{}">{}</text>',
        (
            (_n(LEFT + (index + 0.5) * step), HEIGHT - 4, label)
            for index, (label, _value) in enumerate(points)
            if index % every == 0
        ),
    )


def _y(value: int, top: int) -> float:
    return TOP + (HEIGHT - BOTTOM - TOP) * (1 - value / top)


def _nice(most: int) -> int:
    """The end of the scale: an even round number, at least 2."""
    if most <= 2:  # noqa: PLR2004 - the least the docstring promises
        return 2
    size = 10 ** floor(log10(most))
    return int(next(size * factor for factor in (1, 2, 4, 6, 8, 10, 20) if size * factor >= most))


def _rate(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)}%" if whole else "–"


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
