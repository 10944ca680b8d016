"""Scenes of two or three shapes, with descriptions of where they are to each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from kbqa.training.pictures.colors import Color, pick_colors
from kbqa.world.flag_shapes import Box, Crescent, Disc, Horizontal, Polygon, Shape, Star, flag

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "Scene",
    "Thing",
    "changed_scene",
    "draw_scene",
    "random_scene",
    "scene_in_chinese",
    "scene_in_english",
]

SHAPES = {
    "circle": "圆形",
    "square": "正方形",
    "triangle": "三角形",
    "star": "五角星",
    "diamond": "菱形",
    "crescent": "新月",
}
RELATIONS = {
    "left": ("to the left of", "在{}的左边"),
    "right": ("to the right of", "在{}的右边"),
    "above": ("above", "在{}的上方"),
    "below": ("below", "在{}的下方"),
}
SIZES = {"small": ("小", 0.15), "": ("", 0.22), "large": ("大", 0.29)}
_WHERE = {"left": (-1, 0), "right": (1, 0), "above": (0, -1), "below": (0, 1)}


@dataclass(frozen=True, slots=True)
class Thing:
    """A shape with its colour and its size: "small", "" or "large"."""

    shape: str
    color: Color
    size: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing beside another on a ground."""

    ground: Color
    thing: Thing
    relation: str
    other: Thing


def random_scene(random: Random) -> Scene:
    """Return a made-up scene."""
    ground, one, two = pick_colors(random, 3)
    first, second = (
        Thing(random.choice(list(SHAPES)), color, random.choice(("", "", *SIZES))) for color in (one, two)
    )
    return Scene(ground, first, random.choice(list(RELATIONS)), second)


def changed_scene(random: Random, scene: Scene) -> Scene:
    """Return a scene that differs in one thing: an object, an attribute or the relation."""
    opposite = {"left": "right", "right": "left", "above": "below", "below": "above"}
    one, two = scene.thing, scene.other
    match random.randrange(4):
        case 0:
            return replace(scene, relation=opposite[scene.relation])
        case 1 if one.color != two.color:
            return replace(scene, thing=replace(one, color=two.color), other=replace(two, color=one.color))
        case 2:
            shape = random.choice([shape for shape in SHAPES if shape != one.shape])
            return replace(scene, thing=replace(one, shape=shape))
        case _:
            colors = [color for color in pick_colors(random, 3) if color not in (one.color, two.color)]
            return replace(scene, other=replace(two, color=colors[0]))


def draw_scene(scene: Scene, random: Random, *, height: int = 64) -> Image:
    """Return a picture of a scene; places, shades and sizes differ from call to call."""
    dx, dy = _WHERE[scene.relation]
    x, y = random.uniform(0.4, 0.6), random.uniform(0.4, 0.6)
    near = random.uniform(0.2, 0.26)
    places = ((x + near * dx, y + near * dy), (x - near * dx, y - near * dy))
    shapes = [
        _shape(thing, place, random) for thing, place in zip((scene.thing, scene.other), places, strict=True)
    ]
    return flag("", (1, 1), Horizontal(scene.ground.shade(random)), *shapes).render(height=height)


def scene_in_english(scene: Scene, random: Random) -> str:
    """Return a description, e.g. "a red circle to the left of a small blue star on a white background"."""
    words = [
        f"a {thing.size} {random.choice(thing.color.english)} {thing.shape}".replace("  ", " ")
        for thing in (scene.thing, scene.other)
    ]
    ground = f" on a {scene.ground.english[0]} background" if random.random() < 0.4 else ""
    told = f"{words[0]} {RELATIONS[scene.relation][0]} {words[1]}{ground}"
    return told.replace("a orange", "an orange").replace("a aqua", "an aqua")


def scene_in_chinese(scene: Scene, random: Random) -> str:
    """Return a description, e.g. "红色圆形在蓝色小五角星的左边"."""
    words = [
        f"{random.choice(thing.color.chinese)}色{SIZES[thing.size][0]}{SHAPES[thing.shape]}"
        for thing in (scene.thing, scene.other)
    ]
    ground = f"{scene.ground.chinese[0]}色背景上，" if random.random() < 0.4 else ""
    return ground + words[0] + RELATIONS[scene.relation][1].format(words[1])


def _shape(thing: Thing, place: tuple[float, float], random: Random) -> Shape:
    (x, y), color = place, thing.color.shade(random)
    size = SIZES[thing.size][1] * random.uniform(0.62, 0.75)
    match thing.shape:
        case "circle":
            return Disc(color, x, y, size)
        case "square":
            return Box(color, x - size, y - size, 2 * size, 2 * size)
        case "triangle":
            return Polygon(color, ((x, y - size), (x + size, y + size), (x - size, y + size)))
        case "diamond":
            return Polygon(color, ((x, y - size), (x + size, y), (x, y + size), (x - size, y)))
        case "crescent":
            return Crescent(color, x, y, size, 0.35 * size, 0.85 * size)
        case _:
            return Star(color, x, y, 1.15 * size)
