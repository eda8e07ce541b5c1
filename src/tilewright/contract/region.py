"""The part of a photo that the caller drew: a polygon around the surface, or its four corners."""

import json
import math
from collections.abc import Sequence
from itertools import combinations
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from tilewright.contract.faults import show

MOST_POINTS = 500
"""Of a polygon: more than any hand draws, and its sides are compared in 40 ms."""

SMALLEST_SHARE = 0.0005
"""Of the photo's area. 24 x 24 pixels, the smallest surface taken, are 0.0007 of 1024 x 768."""

FORMS = '{"polygon": [[x, y], ...]} or {"corners": [[x, y], [x, y], [x, y], [x, y]]}'

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Point = tuple[Fraction, Fraction]
"""x and y in fractions of the photo's width and height; 0, 0 is its top left corner."""


class Region(BaseModel):
    """Either a polygon around the surface, or the corners of a rectangle that lies in it.

    Points go around, either way; nothing crosses itself. What is taken is inside and nothing else.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"maxProperties": 1})

    polygon: Annotated[tuple[Point, ...], Field(min_length=3, max_length=MOST_POINTS)] | None = None
    corners: Annotated[tuple[Point, ...], Field(min_length=4, max_length=4)] | None = None

    @property
    def points(self) -> tuple[Point, ...]:
        """The outline, whichever of both it is."""
        return self.polygon or self.corners or ()


def read_region(value: object) -> Region:
    """A region as it comes in JSON, or as the text of that JSON (forms and shells know only text).

    Raises `ValueError` with a sentence that says what is wrong and what is taken.
    """
    if isinstance(value, Region):
        return value
    if isinstance(value, str):
        value = _parsed(value)
    match value:
        case {"polygon": points, **rest} if not _given(rest):
            return Region(polygon=_outline(points, "polygon", 3, MOST_POINTS))
        case {"corners": points, **rest} if not _given(rest):
            corners = _outline(points, "corners", 4, 4)
            if not _convex(corners):
                raise ValueError("corners must be those of a rectangle in perspective: none inward")
            return Region(corners=corners)
    raise ValueError(f"must be {FORMS}, not {show(value)}")


def _given(rest: dict[object, Any]) -> bool:
    """Whether anything else is said; a form of the two that is null says nothing."""
    return any(name not in Region.model_fields or value is not None for name, value in rest.items())


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"must be {FORMS}, not {show(text)}") from None


def _outline(points: object, name: str, fewest: int, most: int) -> tuple[Point, ...]:
    """Checked points, clockwise as the photo is seen."""
    if not isinstance(points, list | tuple):
        raise ValueError(f"{name} must be a list of points [x, y], not {show(points)}")
    if not fewest <= len(points) <= most:
        wanted = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        raise ValueError(f"{name} must have {wanted} points, not {len(points)}")
    outline = [_point(point, name) for point in points]
    area = _area(outline)
    if _crosses_itself(outline):
        raise ValueError(f"{name} must not cross itself: give its points in order, going around")
    if abs(area) < SMALLEST_SHARE:
        raise ValueError(
            f"{name} holds {abs(area):.3%} of the photo; at least {SMALLEST_SHARE:.2%} are needed"
        )
    return tuple(outline if area > 0 else [outline[0], *outline[:0:-1]])


def _point(point: object, name: str) -> Point:
    if not isinstance(point, list | tuple) or len(point) != 2 or not all(map(_number, point)):
        raise ValueError(f"{name} holds {show(point)}, which is no point [x, y]")
    if not all(0 <= part <= 1 for part in point):
        raise ValueError(
            f"{name} holds {show(point)}, which is outside the photo: x and y are fractions of it, "
            "from 0 to 1"
        )
    return float(point[0]), float(point[1])


def _number(part: object) -> bool:
    return isinstance(part, int | float) and not isinstance(part, bool)


def _area(outline: Sequence[Point]) -> float:
    """In shares of the photo; positive where it goes clockwise, with y downwards (shoelace)."""
    return math.fsum(_turn((0, 0), one, other) for one, other in _sides(outline)) / 2


def _sides(outline: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(zip(outline, [*outline[1:], outline[0]], strict=True))


def _turn(start: Point, one: Point, other: Point) -> float:
    """Twice the area of a triangle; its sign tells to which side the way bends."""
    return (one[0] - start[0]) * (other[1] - start[1]) - (one[1] - start[1]) * (other[0] - start[0])


def _crosses_itself(outline: Sequence[Point]) -> bool:
    """Whether two sides cross. Sides that touch do not, so a lasso may come back to its start."""
    return any(
        _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0
        for (a, b), (c, d) in combinations(_sides(outline), 2)
    )


def _convex(outline: Sequence[Point]) -> bool:
    """Whether a clockwise outline bends to the same side at each corner."""
    ahead = [*outline[1:], *outline[:1]]
    after = [*outline[2:], *outline[:2]]
    return all(_turn(*three) > 0 for three in zip(outline, ahead, after, strict=True))
