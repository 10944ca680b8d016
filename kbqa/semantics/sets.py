"""Rules that relate, restrict and join sets: "capital of" + "France", "rivers" + "what flows through France"."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from kbqa.semantics.form import Both, Either, Except, Extreme, Follow, Form, Members, MostLinks, Step, Thing
from kbqa.semantics.nodes import Body, PairBody, RelationBody, SetBody
from kbqa.semantics.shape import Shape, Shapes

__all__ = ["BACKWARD", "FLOATING", "Meaning", "SetRules", "in_order"]

# Cost of a relation that no word of the question speaks of ("texas city": located in).
FLOATING = 0.45
# Cost of walking a relation from its objects to its subjects where both ways are possible.
BACKWARD = 0.1
_THERE_AND_BACK = 0.2
_COMMON = 0.03
_TWO_NAMES = 0.2

Meaning = tuple[Body, float, int]


class SetRules:
    """Combines sets with relations and with each other.

    Every rule yields meanings: a body, a change of score, and how many relations it adds of its own.
    """

    def __init__(self, shapes: Shapes, *, inverse: bool) -> None:
        """Prepare for one question; `inverse` if its words turn relations round ("whose father is")."""
        self._shapes = shapes
        self._inverse = inverse

    def follow(self, source: SetBody, step: Step) -> SetBody:
        """Return what a step leads to from a set."""
        return SetBody(Follow(source.form, step), self._shapes.after(step))

    def related(self, source: SetBody, relation: RelationBody) -> Iterator[Meaning]:
        """Combine "capital of" and "France"; with `again`, "share a director with" and "Inception"."""
        match source.form:
            case Except(Members(), Thing()):
                return  # "which countries do not border France": what is negated is the relation
        for forward in (True, False):
            step = Step(relation.predicate, forward)
            if step not in source.shape.steps:
                continue
            reached = self.follow(source, step)
            direction = 0.0 if forward is not self._inverse else -BACKWARD
            if relation.again:
                yield from self._others(source, reached, step, 0.2)
            elif not _turns_back(source.form, step):
                yield reached, direction, 0
            elif reached.shape.kind == self._shapes.profiles[step.predicate].kind == "entity":
                # "films directed by the director of Heat": there and back again, said with two words.
                yield from self._others(source, reached, step, direction - _THERE_AND_BACK)

    def _others(self, source: SetBody, reached: SetBody, step: Step, change: float) -> Iterator[Meaning]:
        """Yield what a relation leads back to, without where it came from."""
        if _turns_back(source.form, step) and isinstance(source.form, Follow):
            yield SetBody(Except(reached.form, source.form.source), reached.shape), change, 0
        else:
            back = self.follow(reached, _turned(step))
            yield SetBody(Except(back.form, source.form), back.shape), change, 0

    def restricted(self, members: SetBody, other: SetBody) -> Iterator[Meaning]:
        """Combine "rivers" and "what flows through France"."""
        known = other.shape.classes == members.shape.classes and len(other.shape.classes) == 1
        form = other.form if known else Both(members.form, other.form)
        yield SetBody(form, members.shape.narrowed(other.shape)), 0.1, 0

    def belonging(self, source: SetBody, owner: SetBody) -> Iterator[Meaning]:
        """Combine "cities" and "texas", where the relation between them is left unsaid.

        Where no single relation leads from one to the other, two may: "mountains" and "Asia".
        """
        named = isinstance(source.form, Thing)
        near = [self.follow(owner, step) for step in in_order(owner.shape.steps)]
        fitting = [reached for reached in near if _meets(reached.shape, source.shape)]
        floating = 1
        if not fitting and isinstance(owner.form, Thing) and not named:
            floating = 2
            far = [self.follow(reached, step) for reached in near for step in in_order(reached.shape.steps)]
            fitting = [
                reached for reached in far if _meets(reached.shape, source.shape) and not _returns(reached)
            ]
        for reached in fitting:
            step = _last(reached)
            common = self.common(step) if step is not None else 0.0
            form = _narrowed(source.form, reached.form)
            shape = source.shape.narrowed(reached.shape)
            against = floating * FLOATING + (_TWO_NAMES if named else 0.0)
            yield SetBody(form, shape), common - against, floating

    def common(self, step: Step) -> float:
        """Return a small bonus for relations that hold often: they are what is left unsaid."""
        return _COMMON * math.log10(1 + self._shapes.profiles[step.predicate].count)

    def joined(self, left: SetBody, right: SetBody, either: bool) -> Iterator[Meaning]:
        """Combine a set, "and" or "or", and another set."""
        if isinstance(right.form, Thing) and left.shape.kind == right.shape.kind:
            yield PairBody(left, right, either), 0.1, 0
        if not isinstance(right.form, Thing | Members) and left.shape.fits(right.shape):
            form = Either(left.form, right.form) if either else Both(left.form, right.form)
            if not isinstance(left.form, Thing):
                yield SetBody(form, left.shape.narrowed(right.shape)), 0.1, 0

    def related_pair(self, relation: RelationBody, pair: PairBody) -> Iterator[Meaning]:
        """Combine a relation and two sets: "border" and "both France and Germany"."""
        for left, change, _ in self.related(pair.left, replace(relation, again=False)):
            for right, _, _ in self.related(pair.right, replace(relation, again=False)):
                same = (
                    isinstance(left, SetBody) and isinstance(right, SetBody) and _last(left) == _last(right)
                )
                if same and isinstance(left, SetBody) and isinstance(right, SetBody):
                    form = Either(left.form, right.form) if pair.either else Both(left.form, right.form)
                    yield SetBody(form, left.shape), change + 0.1, 0
                    if not pair.either:
                        yield SetBody(Either(left.form, right.form), left.shape), change - 0.6, 0


def _last(body: SetBody) -> Step | None:
    return body.form.step if isinstance(body.form, Follow) else None


def _meets(reached: Shape, source: Shape) -> bool:
    return reached.kind == "entity" and bool(reached.classes & source.classes)


def _returns(reached: SetBody) -> bool:
    """Return whether the last two steps are one relation there and back."""
    form = reached.form
    return (
        isinstance(form, Follow)
        and isinstance(form.source, Follow)
        and form.source.step == _turned(form.step)
    )


def _narrowed(form: Form, by: Form) -> Form:
    """Return the members of a form that are in another; "the largest" is then the largest of these."""
    if isinstance(form, Extreme | MostLinks):
        return replace(form, source=_narrowed(form.source, by))
    return Both(form, by)


def _turns_back(form: Form, step: Step) -> bool:
    return isinstance(form, Follow) and form.step == _turned(step)


def _turned(step: Step) -> Step:
    return replace(step, forward=not step.forward)


def in_order(steps: frozenset[Step]) -> list[Step]:
    """Return steps in an order that does not change from run to run."""
    return sorted(steps, key=lambda step: (step.predicate.value, step.forward))
