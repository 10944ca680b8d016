"""Plans of flags → pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle, islice
from math import cos, pi, sin
from random import Random
from typing import TYPE_CHECKING

from kbqa.training.pictures.flag_plan import FlagPlan, Part
from kbqa.world.flag_emblems import teeth, union_jack
from kbqa.world.flag_shapes import (
    Box,
    Crescent,
    Cross,
    Disc,
    Hoist,
    Horizontal,
    Inset,
    Line,
    Point,
    Polygon,
    Shape,
    Star,
    Vertical,
    flag,
)

if TYPE_CHECKING:
    from PIL.Image import Image

    from kbqa.training.pictures.colors import Color

__all__ = ["draw_flag"]

HEIGHT = 2.0  # of every flag, in its own unit
SIDES = (1.0, 1.33, 1.5, 1.5, 1.5, 1.67, 1.67, 2.0, 2.0)  # width by height
PLACES = {"middle": (0.5, 0.5), "corner": (0.2, 0.27), "left": (0.26, 0.5), "right": (0.74, 0.5)}


def draw_flag(plan: FlagPlan, random: Random, *, height: int = 64) -> Image:
    """Return a picture of a flag; sides, shades and sizes differ from call to call.

    Args:
        plan: What is on it.
        random: Where sides, shades and sizes come from.
        height: Pixels.
    """
    width = HEIGHT * random.choice(SIDES)
    return flag("", (width, HEIGHT), *_shapes(plan, random, width)).render(height=height)


def _shapes(plan: FlagPlan, random: Random, width: float) -> Iterator[Shape | tuple[Shape, ...]]:
    shades: dict[Color, str] = {}

    def shade(color: Color) -> str:  # the same colour looks the same all over a flag
        return shades.setdefault(color, color.shade(random))

    yield from _field(plan, [shade(color) for color in plan.colors], random, width)
    held, ground = None, shade(plan.colors[len(plan.colors) // 2])
    for part in plan.parts:
        edge = shade(part.edge) if part.edge else ""
        if part.kind in _COVERS:
            yield _COVERS[part.kind](part, shade(part.color), edge, random, width)
            held = _inside(part.kind, width)
        else:
            x, y = PLACES[part.place] if part.place != "held" else (0.5, 0.5)
            place, room = ((x * width, y * HEIGHT), _room(part.place, plan, random))
            if part.place == "held" and held:
                place, room = held
            size = room * random.uniform(0.8, 1.1)
            yield from _charge(part, shade(part.color), ground, place, size)
            held = (place, 0.62 * size)
        ground = shade(part.color)


def _field(plan: FlagPlan, shades: list[str], random: Random, width: float) -> Iterator[Shape]:
    weights = [1.0] * len(shades)
    if plan.broad is not None:
        weights[plan.broad] = random.choice((2.0, 2.0, 3.0))
    colors = " ".join(shades)
    match plan.field:
        case "plain" | "horizontal":
            yield Horizontal(colors, tuple(weights))
        case "vertical":
            yield Vertical(colors, tuple(weights))
        case "stripes":
            yield Horizontal(" ".join(islice(cycle(shades), plan.count)))
        case "quarters":
            yield Horizontal(shades[0])
            yield Box(shades[1], width / 2, 0, width / 2, HEIGHT / 2)
            yield Box(shades[1], 0, HEIGHT / 2, width / 2, HEIGHT / 2)
        case "halves":
            yield Horizontal(shades[0])
            yield Polygon(shades[1], ((width, 0), (width, HEIGHT), (0, HEIGHT)))


def _room(place: str, plan: FlagPlan, random: Random) -> float:
    """Return the radius of a charge that lies in a place of the field."""
    if place == "corner":
        return 0.3
    banded = plan.field in ("horizontal", "vertical") and len(plan.colors) > 2
    return random.uniform(0.24, 0.42) if banded else random.uniform(0.38, 0.66)


def _inside(kind: str, width: float) -> tuple[Point, float]:
    """Return the middle and radius of the room that a part has for a charge."""
    return {
        "triangle": ((0.3 * width * 0.93, 1.0), 0.36),
        "hoist": ((0.15 * width, 1.0), 0.34),
        "canton": ((0.2 * width, 0.5), 0.36),
        "panel": ((0.5 * width, 1.0), 0.45),
    }.get(kind, ((0.5 * width, 1.0), 0.4))


def _bars(color: str, edge: str, draw: Callable[[str, float], Shape], size: float) -> tuple[Shape, ...]:
    """Return a bar, over a broader one where it has an edge."""
    under = (draw(edge, 1.7 * size),) if edge else ()
    return (*under, draw(color, size))


def _cross(part: Part, color: str, edge: str, random: Random, width: float) -> tuple[Shape, ...]:
    x = (0.37 if part.kind == "nordic" else 0.5) * width
    return _bars(color, edge, lambda shade, size: Cross(shade, x, 1.0, size), random.uniform(0.22, 0.42))


def _saltire(part: Part, color: str, edge: str, random: Random, width: float) -> tuple[Shape, ...]:
    size = random.uniform(0.2, 0.35)
    down = _bars(color, edge, lambda shade, broad: _line(shade, broad, (0, 0), (width, 2)), size)
    rising = _bars(color, edge, lambda shade, broad: _line(shade, broad, (0, 2), (width, 0)), size)
    return (*down[:-1], *rising[:-1], down[-1], rising[-1])


def _diagonal(part: Part, color: str, edge: str, random: Random, width: float) -> tuple[Shape, ...]:
    ends: tuple[Point, Point] = ((0, 2), (width, 0)) if random.random() < 0.7 else ((0, 0), (width, 2))
    return _bars(color, edge, lambda shade, size: _line(shade, size, *ends), random.uniform(0.35, 0.6))


def _line(color: str, size: float, start: Point, end: Point) -> Line:
    """Return a stroke that runs beyond both ends."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    return Line(color, size, (start[0] - dx / 2, start[1] - dy / 2), (end[0] + dx / 2, end[1] + dy / 2))


def _stripe(part: Part, color: str, edge: str, random: Random, width: float) -> tuple[Shape, ...]:
    return _bars(
        color, edge, lambda shade, size: Box(shade, 0, 1 - size / 2, width, size), random.uniform(0.22, 0.5)
    )


def _triangle(part: Part, color: str, edge: str, random: Random, width: float) -> tuple[Shape, ...]:
    depth = random.uniform(0.36, 0.52) * width
    return (Hoist(edge, 1.15 * depth), Hoist(color, depth)) if edge else (Hoist(color, depth),)


def _hoist(part: Part, color: str, edge: str, random: Random, width: float) -> tuple[Shape, ...]:
    return (Box(color, 0, 0, random.uniform(0.24, 0.36) * width, HEIGHT),)


def _canton(part: Part, color: str, edge: str, random: Random, width: float) -> tuple[Shape, ...]:
    return (Box(color, 0, 0, random.uniform(0.36, 0.46) * width, random.uniform(0.94, 1.1)),)


def _panel(part: Part, color: str, edge: str, random: Random, width: float) -> tuple[Shape, ...]:
    return (Box(color, width / 4, HEIGHT / 4, width / 2, HEIGHT / 2),)


def _teeth(part: Part, color: str, edge: str, random: Random, width: float) -> tuple[Shape, ...]:
    start = random.uniform(0.22, 0.3) * width
    return (teeth(color, size=(width, HEIGHT), valley=start, tip=start + 0.14 * width, count=part.count),)


def _arrow(part: Part, color: str, edge: str, random: Random, width: float) -> tuple[Shape, ...]:
    return (Polygon(color, ((0, 0), (0.93 * width, 1.0), (0, HEIGHT))),)


def _jack(part: Part, color: str, edge: str, random: Random, width: float) -> tuple[Shape, ...]:
    return (Inset(union_jack("#012169", "#C8102E"), 0, 0, width / 2, HEIGHT / 2),)


_COVERS: dict[str, Callable[[Part, str, str, Random, float], tuple[Shape, ...]]] = {
    "nordic": _cross,
    "cross": _cross,
    "saltire": _saltire,
    "diagonal": _diagonal,
    "stripe": _stripe,
    "triangle": _triangle,
    "hoist": _hoist,
    "canton": _canton,
    "panel": _panel,
    "teeth": _teeth,
    "arrow": _arrow,
    "jack": _jack,
}


def _charge(
    part: Part, color: str, ground: str, place: Point, size: float
) -> Iterator[Shape | tuple[Shape, ...]]:
    """Yield the shapes of a charge around a point, at most `size` away from it."""
    x, y = place
    match part.kind:
        case "star":
            yield Star(color, x, y, size, part.points, *(() if part.points == 5 else (0.55,)))
        case "stars" | "row":
            step = 3.0 * size / part.count
            for number in range(part.count):
                yield Star(color, x + (number - (part.count - 1) / 2) * step, y, 0.48 * step)
        case "ring":
            for number in range(part.count):
                turn = 2 * pi * number / part.count
                yield Star(color, x + 0.85 * size * sin(turn), y - 0.85 * size * cos(turn), 0.2 * size)
        case "cluster":
            for dx, dy, radius in ((0, 0.9, 0.22), (-0.7, 0, 0.2), (0.65, -0.2, 0.2), (0, -0.95, 0.22)):
                yield Star(color, x + dx * size, y + dy * size, radius * max(size, 0.45))
        case "crescent" | "crescent and star":
            yield Crescent(color, x - 0.12 * size, y, 0.85 * size, 0.24 * size, 0.68 * size)
            if part.kind != "crescent":
                yield Star(
                    color, x + 0.5 * size, y, 0.36 * size, part.points, *(() if part.points == 5 else (0.5,))
                )
        case "disc":
            yield Disc(color, x, y, size)
        case "sun":
            yield Star(color, x, y, size, 2 * part.count, 0.62)
            yield Disc(color, x, y, 0.7 * size)
        case "diamond":
            yield Polygon(color, ((x, y - size), (x + 0.75 * size, y), (x, y + size), (x - 0.75 * size, y)))
        case "wheel":
            yield _wheel(color, ground, place, size)
        case "hexagram":
            yield tuple(Star(color, x, y, size, 3, 0.5, turn) for turn in (0, 60))
        case "small cross":
            yield Box(color, x - 0.25 * size, y - size * 0.9, 0.5 * size, 1.8 * size)
            yield Box(color, x - size * 0.9, y - 0.25 * size, 1.8 * size, 0.5 * size)


def _wheel(color: str, ground: str, place: Point, size: float) -> tuple[Shape, ...]:
    """Return a rim with twelve spokes."""
    x, y = place
    spokes = (pi * number / 6 for number in range(6))
    return (
        Disc(color, x, y, size),
        Disc(ground, x, y, 0.84 * size),
        *(
            Line(
                color,
                0.07 * size,
                (x - 0.9 * size * sin(turn), y - 0.9 * size * cos(turn)),
                (x + 0.9 * size * sin(turn), y + 0.9 * size * cos(turn)),
            )
            for turn in spokes
        ),
    )
