"""Emblems made of several shapes, each as its flag law builds it."""

from __future__ import annotations

from math import atan2, cos, degrees, radians, sin

from kbqa.world.flag_shapes import (
    Cross,
    Disc,
    Flag,
    HalfDisc,
    Horizontal,
    Line,
    Point,
    Polygon,
    Shape,
    Star,
    flag,
)

__all__ = [
    "bolnisi_cross",
    "chakra",
    "china_stars",
    "pentagram",
    "ringed_star",
    "taegeuk",
    "teeth",
    "triangle_frame",
    "trigram",
    "union_jack",
    "us_stars",
]


def teeth(color: str, *, size: Point, valley: float, tip: float, count: int) -> Polygon:
    """Return a field at the hoist with a zigzag edge: `count` teeth from x = valley to x = tip."""
    step = size[1] / (2 * count)
    edge = [(tip if corner % 2 else valley, corner * step) for corner in range(2 * count + 1)]
    return Polygon(color, ((0, 0), *edge, (0, size[1])))


def triangle_frame(color: str, center: Point, radius: float, width: float, turn: float) -> tuple[Shape, ...]:
    """Return an equilateral triangle drawn with a stroke; `radius` is that of the stroke's middle."""
    outer = Star(color, *center, radius + width, 3, 0.5, turn).outline()[::2]
    inner = Star(color, *center, radius - width, 3, 0.5, turn).outline()[::2]
    return tuple(Polygon(color, (outer[i - 1], outer[i], inner[i], inner[i - 1])) for i in range(3))


def pentagram(color: str, ground: str, center: Point, radius: float, width: float) -> tuple[Shape, ...]:
    """Return a five-pointed star drawn with one stroke; `radius` is that of the stroke's middle."""
    reach = width / 2 / cos(radians(72))
    corners = Star(color, *center, radius).outline()[1::2]
    return (
        Star(color, *center, radius + reach),
        Star(ground, *center, radius - reach),
        *(Line(color, width, corners[i - 1], corners[i]) for i in range(5)),
    )


def ringed_star(color: str, ring: str, center: Point, radius: float, ring_radius: float) -> tuple[Shape, ...]:
    """Return a star on a larger one, its border."""
    return Star(ring, *center, ring_radius), Star(color, *center, radius)


def chakra(color: str, ground: str, center: Point) -> tuple[Shape, ...]:
    """Return the wheel of India: rim, hub and 24 spokes, a little dot between each two at the rim."""
    ends = [Star(color, *center, 17.5, 24, turn=turn).outline()[::2] for turn in (0, 7.5)]
    spokes = (Line(color, 0.8, center, end) for end in ends[0])
    dots = (Disc(color, x, y, 0.875) for x, y in ends[1])
    return Disc(color, *center, 20), Disc(ground, *center, 17.5), *spokes, *dots, Disc(color, *center, 3.5)


def taegeuk(red: str, blue: str, center: Point, radius: float, turn: float) -> tuple[Shape, ...]:
    """Return the disc of two interlocking halves; the line between them is turned clockwise from upright."""
    x, y = center
    half = radius / 2
    dx, dy = half * sin(radians(turn)), -half * cos(radians(turn))
    return (
        HalfDisc(red, x, y, radius, turn),
        HalfDisc(blue, x, y, radius, turn + 180),
        Disc(red, x + dx, y + dy, half),
        Disc(blue, x - dx, y - dy, half),
    )


def trigram(center: Point, turn: float, bars: str) -> tuple[Shape, ...]:
    """Return three bars, the outermost first; "-" is a whole bar and ":" a broken one."""
    across, along = (cos(radians(turn)), sin(radians(turn))), (sin(radians(turn)), -cos(radians(turn)))

    def place(side: float, distance: float) -> Point:
        return (
            center[0] + side * across[0] + distance * along[0],
            center[1] + side * across[1] + distance * along[1],
        )

    pieces = {"-": [(-6.0, 6.0)], ":": [(-6.0, -0.5), (0.5, 6.0)]}
    return tuple(
        Line("black", 2, place(start, distance), place(end, distance))
        for bar, distance in zip(bars, (25, 22, 19), strict=True)
        for start, end in pieces[bar]
    )


def bolnisi_cross(color: str, x: float, y: float) -> tuple[Shape, ...]:
    """Return a small cross whose arms widen outwards."""
    arm = ((-6.8, -19.4), (6.8, -19.4), (5, 0), (6.8, 19.4), (-6.8, 19.4), (-5, 0))
    upright = tuple((x + dx, y + dy) for dx, dy in arm)
    level = tuple((x + dy, y + dx) for dx, dy in arm)
    return Polygon(color, upright), Polygon(color, level)


def union_jack(blue: str, red: str) -> Flag:
    """Return the Union Flag: the diagonal red runs beside the middle of the white, as in a pinwheel."""
    dx, dy = 1 / 5**0.5, 2 / 5**0.5
    arms = (((0, 0), -dx, dy), ((60, 0), -dx, -dy), ((60, 30), dx, -dy), ((0, 30), dx, dy))
    diagonals = (Line(red, 2, (x + a, y + b), (30 + a, 15 + b)) for (x, y), a, b in arms)
    return flag(
        "United Kingdom",
        (60, 30),
        Horizontal(blue),
        Line("white", 6, (-6, -3), (66, 33)),
        Line("white", 6, (-6, 33), (66, -3)),
        tuple(diagonals),
        Cross("white", 30, 15, 10),
        Cross(red, 30, 15, 6),
    )


def us_stars() -> tuple[Shape, ...]:
    """Return the 50 stars: nine rows of six and five in turn, 0.054 and 0.063 of the height apart."""
    cells = ((row, column) for row in range(1, 10) for column in range(1, 12) if (row + column) % 2 == 0)
    return tuple(Star("white", column * 0.063, row * 0.054, 0.0308) for row, column in cells)


def china_stars(color: str) -> tuple[Shape, ...]:
    """Return a large star and four small ones that each turn a point to its centre."""
    small = ((10, 2), (12, 4), (12, 7), (10, 9))
    turned = (Star(color, x, y, 1, turn=degrees(atan2(5 - x, y - 5))) for x, y in small)
    return Star(color, 5, 5, 3), *turned
