"""The few shapes that flags are made of, and the pen that draws them.

Every flag has its own unit, that of its construction sheet: x runs from the
hoist (the side of the pole, at the left) to the fly, y from the top down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import acos, cos, degrees, hypot, pi, radians, sin
from typing import Protocol

from PIL import Image, ImageDraw

__all__ = [
    "EQUILATERAL",
    "PENTAGRAM",
    "Box",
    "Crescent",
    "Cross",
    "Disc",
    "Flag",
    "HalfDisc",
    "Hoist",
    "Horizontal",
    "Inset",
    "Line",
    "Pen",
    "Point",
    "Polygon",
    "Shape",
    "Star",
    "Vertical",
    "flag",
]

Point = tuple[float, float]

EQUILATERAL = 3**0.5 / 2  # height of a triangle whose sides are 1
PENTAGRAM = cos(2 * pi / 5) / cos(
    pi / 5
)  # inner by outer radius of the star whose edges run straight through
OVERSAMPLING = 4  # a picture is drawn this many times larger and shrunk, which smooths its edges


class Pen:
    """Draws in a flag's own units on a picture of any size.

    Args:
        image: The picture, drawn on in place.
        size: Width and height of the flag in its own units; it fills the picture.
    """

    def __init__(self, image: Image.Image, size: Point) -> None:
        self.image = image
        self.width, self.height = size
        self._draw = ImageDraw.Draw(image)
        self._scale = (image.width / self.width, image.height / self.height)

    def pixel(self, point: Point) -> Point:
        """Return where a point of the flag lies on the picture."""
        return point[0] * self._scale[0], point[1] * self._scale[1]

    def polygon(self, color: str, points: Sequence[Point]) -> None:
        """Fill a polygon."""
        self._draw.polygon([self.pixel(point) for point in points], fill=color)

    def box(self, color: str, left: float, top: float, right: float, bottom: float) -> None:
        """Fill a rectangle up to, not including, the pixels where its right and lower neighbours begin."""
        x0, y0 = self.pixel((left, top))
        x1, y1 = self.pixel((right, bottom))
        self._draw.rectangle((round(x0), round(y0), round(x1) - 1, round(y1) - 1), fill=color)

    def disc(self, color: str, center: Point, radius: float) -> None:
        """Fill a circle."""
        x0, y0 = self.pixel((center[0] - radius, center[1] - radius))
        x1, y1 = self.pixel((center[0] + radius, center[1] + radius))
        self._draw.ellipse((x0, y0, x1, y1), fill=color)


class Shape(Protocol):
    """Something that can be drawn on a flag, over what is there already."""

    def draw(self, pen: Pen) -> None:
        """Draw itself."""
        ...


@dataclass(frozen=True, slots=True)
class Horizontal:
    """Bands from top to bottom: colours parted by spaces, and heights (equal where none are given)."""

    colors: str
    heights: tuple[float, ...] = ()

    def draw(self, pen: Pen) -> None:
        """Fill the whole flag."""
        for color, top, bottom in _bands(self.colors, self.heights, pen.height):
            pen.box(color, 0, top, pen.width, bottom)


@dataclass(frozen=True, slots=True)
class Vertical:
    """Bands from hoist to fly: colours parted by spaces, and widths (equal where none are given)."""

    colors: str
    widths: tuple[float, ...] = ()

    def draw(self, pen: Pen) -> None:
        """Fill the whole flag."""
        for color, left, right in _bands(self.colors, self.widths, pen.width):
            pen.box(color, left, 0, right, pen.height)


def _bands(colors: str, weights: tuple[float, ...], length: float) -> list[tuple[str, float, float]]:
    """Return colour, start and end of each band."""
    names = colors.split()
    shares = weights or (1,) * len(names)
    ends = [length * end / sum(shares) for end in accumulate(shares)]
    return list(zip(names, [0.0, *ends[:-1]], ends, strict=True))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, given by its upper hoist corner and its size."""

    color: str
    x: float
    y: float
    width: float
    height: float

    def draw(self, pen: Pen) -> None:
        """Fill it."""
        pen.box(self.color, self.x, self.y, self.x + self.width, self.y + self.height)


@dataclass(frozen=True, slots=True)
class Cross:
    """Two bars that run to the edges and meet around (x, y)."""

    color: str
    x: float
    y: float
    width: float

    def draw(self, pen: Pen) -> None:
        """Fill both bars."""
        half = self.width / 2
        pen.box(self.color, self.x - half, 0, self.x + half, pen.height)
        pen.box(self.color, 0, self.y - half, pen.width, self.y + half)


@dataclass(frozen=True, slots=True)
class Hoist:
    """A triangle on the hoist, as high as the flag, `depth` deep."""

    color: str
    depth: float

    def draw(self, pen: Pen) -> None:
        """Fill it."""
        pen.polygon(self.color, [(0, 0), (self.depth, pen.height / 2), (0, pen.height)])


@dataclass(frozen=True, slots=True)
class Polygon:
    """Any polygon."""

    color: str
    points: tuple[Point, ...]

    def draw(self, pen: Pen) -> None:
        """Fill it."""
        pen.polygon(self.color, self.points)


@dataclass(frozen=True, slots=True)
class Line:
    """A straight stroke with square ends."""

    color: str
    width: float
    start: Point
    end: Point

    def draw(self, pen: Pen) -> None:
        """Fill it."""
        (x0, y0), (x1, y1) = self.start, self.end
        half = self.width / 2 / hypot(x1 - x0, y1 - y0)
        dx, dy = (y0 - y1) * half, (x1 - x0) * half
        pen.polygon(
            self.color, [(x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy)]
        )


@dataclass(frozen=True, slots=True)
class Disc:
    """A full circle."""

    color: str
    x: float
    y: float
    radius: float

    def draw(self, pen: Pen) -> None:
        """Fill it."""
        pen.disc(self.color, (self.x, self.y), self.radius)


@dataclass(frozen=True, slots=True)
class HalfDisc:
    """The half of a circle that begins at `turn` degrees (0 is straight up) and runs on clockwise."""

    color: str
    x: float
    y: float
    radius: float
    turn: float

    def draw(self, pen: Pen) -> None:
        """Fill it."""
        pen.polygon(self.color, _arc(self.x, self.y, self.radius, self.turn, self.turn + 180))


@dataclass(frozen=True, slots=True)
class Star:
    """A star: radius to its points, their number, the inner radius as a share, degrees turned clockwise."""

    color: str
    x: float
    y: float
    radius: float
    points: int = 5
    inner: float = PENTAGRAM
    turn: float = 0

    def draw(self, pen: Pen) -> None:
        """Fill it."""
        pen.polygon(self.color, self.outline())

    def outline(self) -> list[Point]:
        """Return its corners, outer and inner in turn, clockwise from the first point."""
        step = 180 / self.points
        radii = (self.radius, self.radius * self.inner)
        return [
            _on_circle(self.x, self.y, radii[corner % 2], self.turn + corner * step)
            for corner in range(2 * self.points)
        ]


@dataclass(frozen=True, slots=True)
class Crescent:
    """A disc out of which another one bites a piece.

    The bite is `bite_radius` large and `shift` away from the disc's centre,
    towards the fly, or `turn` degrees clockwise from there.
    """

    color: str
    x: float
    y: float
    radius: float
    shift: float
    bite_radius: float
    turn: float = 0

    def draw(self, pen: Pen) -> None:
        """Fill what is left: along the disc from horn to horn, and back along the bite."""
        chord = (self.radius**2 - self.bite_radius**2 + self.shift**2) / (2 * self.shift)
        outer = degrees(acos(chord / self.radius))
        inner = degrees(acos((chord - self.shift) / self.bite_radius))
        east = 90 + self.turn
        bite_x, bite_y = _on_circle(self.x, self.y, self.shift, east)
        moon = _arc(self.x, self.y, self.radius, east + outer, east + 360 - outer)
        bite = _arc(bite_x, bite_y, self.bite_radius, east + 360 - inner, east + inner)
        pen.polygon(self.color, moon + bite)


@dataclass(frozen=True, slots=True)
class Inset:
    """A smaller flag on the flag, such as the Union Jack in a canton: its upper hoist corner and its size."""

    flag: Flag
    x: float
    y: float
    width: float
    height: float

    def draw(self, pen: Pen) -> None:
        """Draw it on a picture of its own, which cuts off what sticks out, and paste that."""
        left, top = pen.pixel((self.x, self.y))
        right, bottom = pen.pixel((self.x + self.width, self.y + self.height))
        image = Image.new("RGB", (round(right - left), round(bottom - top)))
        self.flag.draw(image)
        pen.image.paste(image, (round(left), round(top)))


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag: the country's English name, its width and height, and its shapes from the ground up."""

    name: str
    size: Point
    shapes: tuple[Shape, ...]

    @property
    def file(self) -> str:
        """Name of its picture: "united_kingdom.png"."""
        return self.name.lower().replace(" ", "_").replace("-", "_") + ".png"

    def draw(self, image: Image.Image) -> None:
        """Fill a picture with the flag."""
        pen = Pen(image, self.size)
        for shape in self.shapes:
            shape.draw(pen)

    def render(self, *, height: int) -> Image.Image:
        """Return the flag as a smooth picture.

        Args:
            height: Pixels, at least 1; the width follows from the flag's proportions.

        Returns:
            An RGB picture.

        Example:
        >>> flag("Japan", (3, 2), Horizontal("white"), Disc("#BC002D", 1.5, 1, 0.6)).render(height=20)
        <PIL.Image.Image image mode=RGB size=30x20...>
        """
        width = round(height * self.size[0] / self.size[1])
        image = Image.new("RGB", (width * OVERSAMPLING, height * OVERSAMPLING), "white")
        self.draw(image)
        return image.reduce(OVERSAMPLING)


def flag(name: str, size: Point, *shapes: Shape | tuple[Shape, ...]) -> Flag:
    """Return a flag; shapes may come one by one or in groups, the lowest first."""
    groups = (shape if isinstance(shape, tuple) else (shape,) for shape in shapes)
    return Flag(name, size, tuple(shape for group in groups for shape in group))


def _on_circle(x: float, y: float, radius: float, turn: float) -> Point:
    """Return the point of a circle at `turn` degrees clockwise from the top."""
    return x + radius * sin(radians(turn)), y - radius * cos(radians(turn))


def _arc(x: float, y: float, radius: float, start: float, end: float) -> list[Point]:
    """Return points along a circle, clockwise or back, about two degrees apart."""
    steps = max(1, round(abs(end - start) / 2))
    return [_on_circle(x, y, radius, start + (end - start) * step / steps) for step in range(steps + 1)]
