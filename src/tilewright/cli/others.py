"""Other surfaces that the words may mean: a short list, with what to type for each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tilewright.contract.region import read_region

if TYPE_CHECKING:
    from tilewright.contract import Alternative, Surface

MOST_CORNERS = 12
"""Of an outline that is typed: it fits two lines of a terminal."""

Point = tuple[float, float]


def other_surfaces(surface: Surface) -> list[str]:
    """Lines to print where the surface may be the wrong one; none where that is not likely.

    What was taken is number 1, as on the page and in the picture of the outlines; all others are
    told, since the report's note says how many they are.
    """
    if not surface.doubtful or not surface.alternatives:
        return []
    told = [
        f"  {number}. {other.share:.0%} of the photo, {_place(other.outline)}, "
        f"{other.confidence:.2f} sure:\n     --region '{_region(other)}'"
        for number, other in enumerate(surface.alternatives, start=2)
    ]
    return [
        "other surfaces that the words may mean (--outlines shows them); add the line below one to "
        "take that:",
        *told,
    ]


def _place(outline: Sequence[Point]) -> str:
    """Where the middle of an outline is, in words."""
    x, y = (sum(values) / len(outline) for values in zip(*outline, strict=True))
    row = ("upper", "middle", "lower")[min(2, int(3 * y))]
    column = ("left", "center", "right")[min(2, int(3 * x))]
    return f"{row} {column}"


def _region(other: Alternative) -> str:
    """An outline of few corners, as --region takes it; with all of them where few do not do."""
    for points in (_few(other.outline), other.outline):
        text = json.dumps({"polygon": points}, separators=(",", ":"))
        try:
            read_region(text)
        except ValueError:
            continue
        return text
    return json.dumps({"polygon": other.outline})


def _few(outline: Sequence[Point]) -> list[Point]:
    """The outline without the corners that enclose least (Visvalingam and Whyatt 1993)."""
    points = [(round(x, 3), round(y, 3)) for x, y in outline]
    while len(points) > MOST_CORNERS:
        least = min(range(len(points)), key=lambda index: _encloses(points, index))
        del points[least]
    return points


def _encloses(points: Sequence[Point], index: int) -> float:
    """Twice the area of the triangle of a corner and its neighbors."""
    (ax, ay), (bx, by), (cx, cy) = (
        points[index - 1],
        points[index],
        points[(index + 1) % len(points)],
    )
    return abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))
