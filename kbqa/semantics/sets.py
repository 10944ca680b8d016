"""Rules that relate, restrict and join sets: "capital of" + "France", "rivers" + "what flows through France"."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from kbqa.semantics.form import (
    Both,
    Either,
    Except,
    Extreme,
    Follow,
    Form,
    Having,
    Holds,
    Members,
    MostLinks,
    Step,
    Thing,
    back,
)
from kbqa.semantics.nodes import Body, PairBody, RelationBody, SetBody
from kbqa.semantics.shape import TRUTH, Shape, Shapes
from kg.types import XSD, Literal

__all__ = [
    "BACKWARD",
    "FALSE",
    "FLOATING",
    "TRUE",
    "Meaning",
    "SetRules",
    "in_order",
    "is_definite",
    "may_be",
    "narrowed_by",
    "owns",
    "restricts",
]

# Cost of a relation that no word of the question speaks of ("texas city": located in).
FLOATING = 0.45
# Cost of walking a relation from its objects to its subjects where both ways are possible.
BACKWARD = 0.1
TRUE, FALSE = (Literal(text, XSD + "boolean") for text in ("true", "false"))
_THERE_AND_BACK = 0.2
_COMMON = 0.03
_TWO_NAMES = 0.2
# "countries border" mostly is the start of "countries that border …", not what any country borders.
_WHOLE_CLASS = 0.5
# A relation that is said twice mostly is said of two things ("borders Peru and borders Chile").
_NESTED_AGAIN = 0.3
# "not with Brazil" mostly negates what is said of Brazil, not Brazil.
_APART = 0.5
_LACKING = 0.2

# A thing of more relations than this is asked for one of them by name: what is left unsaid is a common one.
_MAX_UNSAID = 40

Meaning = tuple[Body, float, int]


class SetRules:
    """Combines sets with relations and with each other.

    Every rule yields meanings: a body, a change of score, and how many relations it adds of its own.
    """

    def __init__(self, shapes: Shapes, *, inverse: bool, possible: bool = False, when: bool = False) -> None:
        """Prepare for one question.

        Args:
            shapes: What forms can be members of.
            inverse: Whether its words turn relations round ("whose father is").
            possible: Whether nothing is an answer too ("is there a …", "how many …"), so that what things of
                a kind can have is asked of one that has none.
            when: Whether it is asked when.
        """
        self._when = when
        self._shapes = shapes
        self._inverse = inverse
        self._possible = possible

    def follow(self, source: SetBody, step: Step) -> SetBody:
        """Return what a step leads to from a set."""
        return SetBody(Follow(source.form, step), self._shapes.after(step))

    def related(self, source: SetBody, relation: RelationBody) -> Iterator[Meaning]:
        """Combine "capital of" and "France"; with `again`, "share a director with" and "Inception"."""
        match source.form:
            case Except(Members(), Thing()):
                return  # "which countries do not border France": what is negated is the relation
        for forward in (False,) if relation.turned else (True, False):
            step = Step(relation.predicate, forward)
            lacking = step not in source.shape.steps
            if lacking and step not in self._possible_steps(source):
                yield from self._through_event(source, step)
                continue
            if self._shapes.profiles[step.predicate].kind == "boolean" and not isinstance(source.form, Thing):
                # "junior members" are those of whom it is true.
                yield SetBody(Having(source.form, step, "=", TRUE), source.shape), 0.1, 0
                continue
            reached = self.follow(source, step)
            backward = not relation.turned and forward is self._inverse
            direction = -BACKWARD * backward - _LACKING * lacking
            if relation.again:
                yield from self._others(source, reached, step, 0.2)
            elif not _turns_back(source.form, step):
                whole = _is_whole(source.form) and reached.shape.kind == "entity"
                apart = _leaves_out(source.form)
                nested = _WHOLE_CLASS * whole + _APART * apart + _NESTED_AGAIN * _walks(source.form, relation)
                yield reached, direction - nested, 0
            elif reached.shape.kind == self._shapes.profiles[step.predicate].kind == "entity":
                # "films directed by the director of Heat": there and back again, said with two words.
                yield from self._others(source, reached, step, direction - _THERE_AND_BACK)

    def _through_event(self, source: SetBody, step: Step) -> Iterator[Meaning]:
        """Combine "bought" and "Heat pump" to who is the customer of its orders: an order stands between them."""
        if not step.forward or not isinstance(source.form, Thing):
            return
        ways = [near for near in self.unsaid(source.shape.steps) if step in self._shapes.after(near).steps]
        events = [
            near
            for near in ways
            if not near.forward and self._shapes.is_event(self._shapes.after(near), near)
        ]
        # The next date of a machine's maintenance plan is the machine's, if nothing else of it has one.
        hung = ways if self._when and len(ways) == 1 and self._shapes.times.is_time(step) else []
        for near in events or hung:
            yield self.follow(self.follow(source, near), step), -FLOATING, 1

    def _possible_steps(self, source: SetBody) -> frozenset[Step]:
        """Return the steps that things of a thing's classes can take, where it matters that it takes none."""
        if not self._possible or not isinstance(source.form, Thing):
            return frozenset()
        return self._shapes.of_kin(source.shape)

    def _others(self, source: SetBody, reached: SetBody, step: Step, change: float) -> Iterator[Meaning]:
        """Yield what a relation leads back to, without where it came from."""
        if _turns_back(source.form, step) and isinstance(source.form, Follow):
            yield SetBody(Except(reached.form, source.form.source), reached.shape), change, 0
        else:
            others = self.follow(reached, back(step))
            yield SetBody(Except(others.form, source.form), others.shape), change, 0

    def restricted(self, members: SetBody, other: SetBody) -> Iterator[Meaning]:
        """Combine "rivers" and "what flows through France"."""
        known = bool(other.shape.classes) and other.shape.classes <= members.shape.classes
        form = other.form if known else Both(members.form, other.form)
        yield SetBody(form, members.shape.narrowed(other.shape)), 0.1, 0

    def belonging(self, source: SetBody, owner: SetBody) -> Iterator[Meaning]:
        """Combine "cities" and "texas", where the relation between them is left unsaid.

        Where no single relation leads from one to the other, two may: "mountains" and "Asia".
        """
        if not source.shape.classes:
            return  # nothing says that what is reached is one of these
        named = isinstance(source.form, Thing)
        near = [self.follow(owner, step) for step in self.unsaid(owner.shape.steps)]
        near = [reached for reached in near if not _returns(reached)]
        fitting = [reached for reached in near if _meets(reached.shape, source.shape)]
        floating = 1
        if not fitting:
            near_by = (self.follow(owner, step) for step in self.unsaid(self._possible_steps(owner)))
            fitting = [reached for reached in near_by if _meets(reached.shape, source.shape)]
        if not fitting and isinstance(owner.form, Thing) and not named:
            # What an event ties is as near as if one relation led there.
            events = [reached for reached in near if self._shapes.is_event(reached.shape)]
            fitting = self._beyond(events, source.shape)
            if not fitting:
                floating = 2
                fitting = self._beyond(near, source.shape)
        for reached in sorted(fitting, key=self._commonness, reverse=True)[:_MAX_UNSAID]:
            common = self._commonness(reached)
            form = narrowed_by(source.form, reached.form)
            shape = source.shape.narrowed(reached.shape)
            against = floating * FLOATING + (_TWO_NAMES if named else 0.0)
            yield SetBody(form, shape), common - against, floating

    def _beyond(self, middle: list[SetBody], wanted: Shape) -> list[SetBody]:
        """Return what one more relation leads to from some sets that may be members of a wanted one."""
        far = [self.follow(one, step) for one in middle for step in self.unsaid(one.shape.steps)]
        return [one for one in far if _meets(one.shape, wanted) and not _returns(one)]

    def linked(self, one: SetBody, other: SetBody) -> Iterator[Meaning]:
        """Combine "is Ada" and "professor" to whether the only relation that may lead from one to the other does."""
        steps = [step for step in self.unsaid(one.shape.steps) if back(step) in other.shape.steps]
        if len(steps) == 1:
            yield SetBody(Holds(other.form, self.follow(one, steps[0]).form), TRUTH), -_TWO_NAMES, 1

    def unsaid(self, steps: frozenset[Step]) -> list[Step]:
        """Return the steps that may be meant where no word names one: of very many only the commonest."""
        if len(steps) > _MAX_UNSAID:
            profiles = self._shapes.profiles
            ranked = sorted(in_order(steps), key=lambda step: -profiles[step.predicate].count)
            steps = frozenset(ranked[:_MAX_UNSAID])
        return in_order(steps)

    def _commonness(self, reached: SetBody) -> float:
        step = _last(reached)
        return self.common(step) if step is not None else 0.0

    def common(self, step: Step) -> float:
        """Return a small bonus for relations that hold often: they are what is left unsaid."""
        return _COMMON * math.log10(1 + self._shapes.profiles[step.predicate].count)

    def joined(self, left: SetBody, right: SetBody, either: bool) -> Iterator[Meaning]:
        """Combine a set, "and" or "or", and another set."""
        numbers = left.shape.kind == right.shape.kind == "number"
        named = isinstance(right.form, Thing) and not isinstance(left.form, Members)
        if numbers or (named and left.shape.kind == right.shape.kind):
            yield PairBody(left, right, either), 0.1, 0
        if not isinstance(right.form, Thing | Members) and left.shape.fits(right.shape):
            form = Either(left.form, right.form) if either else Both(left.form, right.form)
            if not isinstance(left.form, Thing):
                yield SetBody(form, left.shape.narrowed(right.shape)), 0.1, 0

    def belonging_pair(self, members: SetBody, pair: PairBody) -> Iterator[Meaning]:
        """Combine "countries" and "in Europe or Asia", where the relation between them is left unsaid."""
        if pair.left.shape.classes & pair.right.shape.classes & members.shape.classes:
            # "which country, France or Spain": the word says what they are.
            yield pair, 0.1, 0
            return
        for left, change, floating in self.belonging(members, pair.left):
            for right, more, _ in self.belonging(members, pair.right):
                match left, right:
                    case SetBody(Both(_, Follow(_, step) as one)), SetBody(
                        Both(_, Follow(_, other_step) as other)
                    ):
                        if step == other_step:
                            join = Either if pair.either or self._shapes.leads_to_one(back(step)) else Both
                            yield (
                                SetBody(Both(members.form, join(one, other)), left.shape),
                                change + more,
                                2 * floating,
                            )
                    case _:
                        continue

    def implied_pair(self, pair: PairBody) -> Iterator[Meaning]:
        """Yield what has both of two things by one relation that no word names: "come in both black and yellow"."""
        if pair.either or not (isinstance(pair.left.form, Thing) and isinstance(pair.right.form, Thing)):
            return
        for step in self.unsaid(pair.left.shape.steps & pair.right.shape.steps):
            left, right = self.follow(pair.left, step), self.follow(pair.right, step)
            if not step.forward:
                yield SetBody(Both(left.form, right.form), left.shape), -FLOATING, 1

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
        isinstance(form, Follow) and isinstance(form.source, Follow) and form.source.step == back(form.step)
    )


def narrowed_by(form: Form, by: Form) -> Form:
    """Return the members of a form that are in another; "the largest" is then the largest of these."""
    if isinstance(form, Extreme | MostLinks):
        return replace(form, source=narrowed_by(form.source, by))
    return Both(form, by)


def _is_whole(form: Form) -> bool:
    """Return whether a set is all of a class, or all but some."""
    return isinstance(form, Members) or (isinstance(form, Except) and _is_whole(form.source))


def _leaves_out(form: Form) -> bool:
    """Return whether a named thing is left out of a set, or of one that it is part of."""
    match form:
        case Except(source, excluded):
            return isinstance(excluded, Thing) or _leaves_out(source)
        case Both(left, right):
            return _leaves_out(left) or _leaves_out(right)
        case _:
            return False


def _walks(form: Form, relation: RelationBody) -> bool:
    """Return whether a relation leads to a set already, on the way from what the set is about."""
    match form:
        case Follow(source, step) | Having(source, step):
            return step.predicate == relation.predicate or _walks(source, relation)
        case Both(left, right):
            return _walks(left, relation) or _walks(right, relation)
        case Except(source):
            return _walks(source, relation)
        case _:
            return False


def _turns_back(form: Form, step: Step) -> bool:
    return isinstance(form, Follow) and form.step == back(step)


def in_order(steps: frozenset[Step]) -> list[Step]:
    """Return steps in an order that does not change from run to run."""
    return sorted(steps, key=lambda step: (step.predicate.value, step.forward))


def is_definite(body: SetBody) -> bool:
    """Return whether words describe what a set holds: neither a name nor a class alone."""
    match body.form:
        case Thing() | Members() | Both(Thing(), _):
            return False
        case _:
            return body.shape.kind != "boolean"


def may_be(one: SetBody, other: SetBody) -> bool:
    """Return whether a thing may be in a set: one without a class must do something that the members of a class do."""
    if one.shape.classes or not other.shape.classes:
        return one.shape.fits(other.shape)
    return one.shape.kind == other.shape.kind and not one.shape.steps.isdisjoint(other.shape.steps)


def owns(source: SetBody, owner: SetBody) -> bool:
    """Return whether members of one set may belong to another: neither are things named alone, nor all of a class the owner."""
    return not isinstance(source.form, Thing) and not isinstance(owner.form, Members)


def restricts(members: SetBody, other: SetBody) -> bool:
    """Return whether a set may say which members of another are meant."""
    return not isinstance(other.form, Thing | Members) and members.shape.fits(other.shape)
