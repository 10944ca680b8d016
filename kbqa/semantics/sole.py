"""Relations that no word speaks of, where no other one could be meant: the only way from a class to a thing."""

from __future__ import annotations

from kbqa.semantics.form import (
    Both,
    Counted,
    Either,
    Follow,
    Form,
    Having,
    HavingCount,
    Lacks,
    Members,
    Step,
    Thing,
)
from kbqa.semantics.shape import Shape, Shapes

__all__ = ["only_ways"]


def only_ways(form: Form, shapes: Shapes) -> int:
    """Return how many steps of a form are the only ones that lead from where they begin to a class that is named.

    "Datasets" and "CSV" may be linked by nothing but formats of distributions: whatever words stand between mean that.

    Args:
        form: What a question may mean.
        shapes: Of the graph.

    Returns:
        0 where no class is named.
    """
    return _count(form, shapes, frozenset(), None) if _has_class(form) else 0


def _has_class(form: Form) -> bool:
    match form:
        case Members():
            return True
        case Both(left, right):
            return _has_class(left) or _has_class(right)
        case Having(source) | HavingCount(source) | Lacks(source) | Counted(source):
            return _has_class(source)
        case _:
            return False


def _count(form: Form, shapes: Shapes, wanted: frozenset[str], onward: Step | None) -> int:
    match form:
        case Both(left, right) | Either(left, right):
            classes = wanted | _classes(left, shapes) | _classes(right, shapes)
            return _count(left, shapes, classes, onward) + _count(right, shapes, classes, onward)
        case Having(source) | HavingCount(source) | Lacks(source) | Counted(source):
            return _count(source, shapes, wanted, onward)
        case Follow(source, step):
            shape = _shape(source, shapes)
            if shape is None:
                return 0
            ways = [one for one in shape.steps if _leads(shapes.after(one), wanted, onward)]
            return int(ways == [step]) + _count(source, shapes, frozenset(), step)
        case _:
            return 0


def _leads(reached: Shape, wanted: frozenset[str], onward: Step | None) -> bool:
    if onward is not None and onward not in reached.steps:
        return False
    return not wanted or not wanted.isdisjoint(reached.classes)


def _classes(form: Form, shapes: Shapes) -> frozenset[str]:
    return shapes.of_members(form.cls).classes if isinstance(form, Members) else frozenset()


def _shape(form: Form, shapes: Shapes) -> Shape | None:
    """Return the shape of what a step begins at, None where nothing is known of it."""
    match form:
        case Thing(term):
            return shapes.of_thing(term)
        case Members(cls):
            return shapes.of_members(cls)
        case Follow(_, step):
            return shapes.after(step)
        case _:
            return None
