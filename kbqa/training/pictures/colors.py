"""Colours with their names in both languages, and the shades that a name stands for."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from random import Random

__all__ = ["COLORS", "Color", "pick_colors"]


@dataclass(frozen=True, slots=True)
class Color:
    """A colour that has a name.

    Attributes:
        english: Its names, the usual one first.
        chinese: Its names without 色, the usual one first.
        hue: Range of degrees on the colour circle.
        saturation: Range in [0, 1].
        value: Range in [0, 1].
        weight: How often it is used.
    """

    english: tuple[str, ...]
    chinese: tuple[str, ...]
    hue: tuple[float, float]
    saturation: tuple[float, float]
    value: tuple[float, float]
    weight: float = 1.0

    def shade(self, random: Random) -> str:
        """Return one of its shades as "#rrggbb"."""
        parts = (self.hue, self.saturation, self.value)
        hue, saturation, value = (random.uniform(*part) for part in parts)
        channels = colorsys.hsv_to_rgb(hue % 360 / 360, saturation, value)
        return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)


COLORS = (
    Color(("red",), ("红",), (-10, 8), (0.78, 1.0), (0.72, 0.98), 5),
    Color(("white",), ("白",), (0, 360), (0.0, 0.03), (0.95, 1.0), 5),
    Color(("blue", "dark blue"), ("蓝", "深蓝"), (208, 242), (0.72, 1.0), (0.32, 0.78), 4),
    Color(("light blue", "sky blue"), ("浅蓝", "天蓝"), (190, 212), (0.35, 0.85), (0.78, 0.98), 2),
    Color(("green", "dark green"), ("绿", "深绿"), (115, 165), (0.55, 1.0), (0.28, 0.72), 4),
    Color(("yellow", "gold", "golden"), ("黄", "金黄", "金"), (43, 56), (0.72, 1.0), (0.88, 1.0), 4),
    Color(("black",), ("黑",), (0, 360), (0.0, 0.1), (0.0, 0.13), 3),
    Color(("orange", "saffron"), ("橙",), (20, 33), (0.75, 1.0), (0.88, 1.0), 1.2),
    Color(("maroon", "dark red"), ("褐红", "暗红"), (335, 356), (0.65, 0.95), (0.42, 0.66), 0.6),
    Color(("turquoise", "aquamarine"), ("青蓝", "海蓝"), (172, 193), (0.6, 1.0), (0.48, 0.78), 0.6),
    Color(("purple",), ("紫",), (265, 300), (0.5, 0.95), (0.35, 0.7), 0.4),
    Color(("brown",), ("棕",), (18, 32), (0.5, 0.8), (0.3, 0.55), 0.3),
    Color(("grey", "gray"), ("灰",), (0, 360), (0.0, 0.06), (0.45, 0.7), 0.3),
)


def pick_colors(random: Random, count: int) -> list[Color]:
    """Return different colours, those that flags use most more often.

    >>> len({color.english for color in pick_colors(Random(0), 4)})
    4
    """
    chosen: list[Color] = []
    while len(chosen) < count:
        color = random.choices(COLORS, [one.weight for one in COLORS])[0]
        if color not in chosen:
            chosen.append(color)
    return chosen
