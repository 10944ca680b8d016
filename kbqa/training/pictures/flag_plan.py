"""Made-up flags as plans: what is on them, in which colours and where; changed at one place for a wrong text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from kbqa.training.pictures.colors import COLORS, Color, pick_colors

__all__ = ["CHARGES", "COVERS", "FIELDS", "FlagPlan", "Part", "changed", "random_flag"]

FIELDS = ("plain", "horizontal", "vertical", "stripes", "quarters", "halves")
COVERS = (
    *("nordic", "cross", "saltire", "diagonal", "stripe", "triangle", "hoist", "canton"),
    *("teeth", "arrow", "panel", "jack"),
)
HOLDING = frozenset({"triangle", "hoist", "canton", "panel"})
EDGED = frozenset({"nordic", "cross", "saltire", "diagonal", "stripe", "triangle"})
CHARGES = (
    *("star", "stars", "crescent", "crescent and star", "disc", "sun", "ring", "row"),
    *("diamond", "wheel", "hexagram", "small cross", "cluster"),
)
PLACES = ("middle", "corner", "left", "right")


@dataclass(frozen=True, slots=True)
class Part:
    """Something on the field.

    Attributes:
        kind: One of `COVERS` or `CHARGES`.
        color: Its colour.
        edge: Colour of its edge, None where it has none.
        place: Where a charge is: one of `PLACES`, or "held" by the part or disc before it.
        count: How many there are of stars, points of a sun, teeth.
        points: Of a star.
    """

    kind: str
    color: Color
    edge: Color | None = None
    place: str = "middle"
    count: int = 1
    points: int = 5


@dataclass(frozen=True, slots=True)
class FlagPlan:
    """A flag.

    Attributes:
        field: One of `FIELDS`.
        colors: Of the field, from top to bottom or from hoist to fly.
        count: How many stripes there are.
        broad: Which band is broader than the others, None where they are equal.
        parts: What lies on the field, in the order of drawing.
    """

    field: str
    colors: tuple[Color, ...]
    count: int = 0
    broad: int | None = None
    parts: tuple[Part, ...] = ()


def random_flag(random: Random) -> FlagPlan:
    """Return a made-up flag."""
    field = random.choices(FIELDS, (34, 30, 18, 7, 3, 5))[0]
    colors = pick_colors(random, 6)
    plan = _field(random, field, colors)
    extras = [color for color in colors if color not in plan.colors] + list(plan.colors)
    amount = random.choices((0, 1, 2), (0, 8, 3) if field == "plain" else (5, 6, 1))[0]
    parts: list[Part] = []
    if amount and random.random() < (0.55 if field == "plain" else 0.4):
        parts = _cover(random, field, extras)
        amount -= 1
    holds = bool(parts) and parts[0].kind in HOLDING
    if amount and not any(part.place == "held" for part in parts):
        parts.append(_charge(random, _visible(random, plan, parts), place=_place(random, holds)))
    if parts and parts[-1].kind == "disc" and random.random() < 0.4:
        held = _charge(random, [c for c in colors if c is not parts[-1].color], place="held")
        parts.append(replace(held, kind=random.choice(("star", "crescent and star", "crescent"))))
    return replace(plan, parts=tuple(parts))


def changed(random: Random, plan: FlagPlan) -> FlagPlan:
    """Return a flag that differs in one place, and always in what is said about it.

    A colour is exchanged or two of them swapped, bands are turned, a part becomes another, moves, or goes.
    """
    ways = [_swap_colors, _swap_colors, _new_color, _turn, _change_part, _change_part, _move_part]
    for _ in range(20):
        other = random.choice(ways)(random, plan)
        if other != plan:
            return other
    return _new_color(random, plan)


def _field(random: Random, field: str, colors: list[Color]) -> FlagPlan:
    if field == "plain":
        return FlagPlan(field, (colors[0],))
    if field == "stripes":
        return FlagPlan(field, tuple(colors[:2]), random.choice((5, 7, 9, 11, 13)))
    if field in ("halves", "quarters"):
        return FlagPlan(field, tuple(colors[:2]))
    number = random.choices((2, 3, 4, 5), (22, 66, 6, 6) if field == "horizontal" else (12, 86, 2, 0))[0]
    chosen = colors[:number]
    if number == 5 or (number == 3 and random.random() < 0.3):
        chosen = [*chosen[: (number + 1) // 2], *reversed(chosen[: number // 2])]
    broad = random.randrange(number) if number >= 3 and random.random() < 0.18 else None
    return FlagPlan(field, tuple(chosen), broad=broad)


def _cover(random: Random, field: str, colors: list[Color]) -> list[Part]:
    crosses = tuple(kind for kind in COVERS if kind != "hoist")
    kinds = crosses if field == "plain" else ("triangle", "triangle", "hoist", "canton", "canton", "diagonal")
    kind = random.choice(kinds)
    edge = colors[1] if kind in EDGED and random.random() < 0.4 else None
    cover = Part(kind, colors[0], edge, count=random.choice((3, 5, 7, 9)))
    if kind in HOLDING and random.random() < 0.6:
        return [cover, _charge(random, [c for c in colors if c is not cover.color], place="held")]
    return [cover]


def _charge(random: Random, colors: list[Color], *, place: str) -> Part:
    weights = (26, 12, 8, 12, 14, 8, 4, 3, 2, 2, 2, 3, 4)
    kind = random.choices(CHARGES, weights)[0]
    if place == "held" and kind == "cluster":
        kind = "star"
    count = random.choice((2, 3, 4, 5)) if kind == "stars" else random.choice((4, 5, 6, 8, 10, 12))
    points = random.choices((5, 6, 7, 8, 12), (80, 4, 6, 6, 4))[0]
    return Part(kind, random.choice(colors[:3]), place=place, count=count, points=points)


def _visible(random: Random, plan: FlagPlan, parts: list[Part]) -> list[Color]:
    """Return colours that differ from what a charge will lie on."""
    middle = plan.colors[len(plan.colors) // 2]
    hidden = {middle, *(part.color for part in parts)}
    if plan.field in ("stripes", "quarters", "halves"):
        hidden |= set(plan.colors)
    return [color for color in pick_colors(random, 6) if color not in hidden] or [COLORS[1]]


def _place(random: Random, holds: bool) -> str:
    return random.choices(PLACES, (1, 0, 0, 5) if holds else (70, 18, 6, 6))[0]


def _swap_colors(random: Random, plan: FlagPlan) -> FlagPlan:
    """Swap two colours of the field, or one of them with that of a part."""
    places = list(range(len(plan.colors)))
    if plan.parts and (len(places) < 2 or random.random() < 0.5):
        place, number = random.choice(places), random.randrange(len(plan.parts))
        part = plan.parts[number]
        colors = (*plan.colors[:place], part.color, *plan.colors[place + 1 :])
        return replace(
            plan, colors=colors, parts=_with(plan, number, replace(part, color=plan.colors[place]))
        )
    if len(places) < 2:
        return plan
    one, other = random.sample(places, 2)
    swapped = list(plan.colors)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    return replace(plan, colors=tuple(swapped))


def _new_color(random: Random, plan: FlagPlan) -> FlagPlan:
    color = pick_colors(random, 1)[0]
    if plan.parts and random.random() < 0.5:
        number = random.randrange(len(plan.parts))
        return replace(plan, parts=_with(plan, number, replace(plan.parts[number], color=color)))
    place = random.randrange(len(plan.colors))
    return replace(plan, colors=(*plan.colors[:place], color, *plan.colors[place + 1 :]))


def _turn(random: Random, plan: FlagPlan) -> FlagPlan:
    turned = {"horizontal": "vertical", "vertical": "horizontal"}.get(plan.field)
    return replace(plan, field=turned) if turned and len(plan.colors) < 5 else plan


def _change_part(random: Random, plan: FlagPlan) -> FlagPlan:
    if not plan.parts:
        return plan
    number = random.randrange(len(plan.parts))
    part = plan.parts[number]
    if part.kind in CHARGES:
        kind = random.choice([kind for kind in CHARGES[:9] if kind != part.kind])
        return replace(plan, parts=_with(plan, number, replace(part, kind=kind)))
    if len(plan.parts) == 1 and random.random() < 0.5 and plan.field != "plain":
        return replace(plan, parts=())
    kinds = (
        ("triangle", "hoist", "canton")
        if part.kind in HOLDING
        else ("nordic", "saltire", "diagonal", "stripe")
    )
    kind = random.choice([kind for kind in kinds if kind != part.kind])
    return replace(
        plan, parts=_with(plan, number, replace(part, kind=kind, edge=part.edge if kind in EDGED else None))
    )


def _move_part(random: Random, plan: FlagPlan) -> FlagPlan:
    movable = [
        number for number, part in enumerate(plan.parts) if part.kind in CHARGES and part.place != "held"
    ]
    if not movable:
        return plan
    number = random.choice(movable)
    part = plan.parts[number]
    place = random.choice([place for place in PLACES if place != part.place])
    return replace(plan, parts=_with(plan, number, replace(part, place=place)))


def _with(plan: FlagPlan, number: int, part: Part) -> tuple[Part, ...]:
    return (*plan.parts[:number], part, *plan.parts[number + 1 :])
