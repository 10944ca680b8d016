"""Rules that work with numbers: sums, differences and ratios, and comparisons of one number with another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import get_args

from kbqa.semantics.form import (
    Aggregate,
    Aggregation,
    Arithmetic,
    Calculation,
    Compares,
    Counted,
    Either,
    Follow,
    Form,
    Members,
    Step,
    Thing,
)
from kbqa.semantics.matcher import Match
from kbqa.semantics.nodes import (
    Body,
    FilterBody,
    LinksBody,
    OperandBody,
    PairBody,
    RankedBody,
    RelationBody,
    SetBody,
    ThanBody,
)
from kbqa.semantics.sets import FLOATING, Meaning, SetRules
from kbqa.semantics.shape import NUMBER, TRUTH, Shapes
from kbqa.types import Cue
from kg.query import Operator
from kg.types import Iri, Literal

__all__ = ["ValueRules"]

_AGGREGATIONS: frozenset[str] = frozenset(get_args(Aggregation))
_MEASURES = frozenset({"number", "date"})


class ValueRules:
    """Combines calculations and comparisons with relations and sets; yields meanings as `SetRules` does."""

    def __init__(
        self, shapes: Shapes, sets: SetRules, named_by: Callable[[Sequence[str]], list[Match]], *, ask: bool
    ) -> None:
        """Prepare for one question.

        Args:
            shapes: What forms can be members of.
            sets: The rules for sets.
            named_by: Gives the number and date predicates that some nouns name.
            ask: Whether the question wants yes or no.
        """
        self._shapes = shapes
        self._sets = sets
        self._named_by = named_by
        self._ask = ask

    def calculated(self, cue: Cue, other: Body) -> Iterator[Meaning]:
        """Yield what a calculation and what stands beside it mean."""
        match other:
            case RelationBody(predicate):
                yield from self.cue_relation(cue, predicate)
            case SetBody():
                yield from self.cue_set(cue, other)
            case PairBody():
                yield from self.cue_pair(cue, other)
            case _:
                return

    def cue_relation(self, cue: Cue, predicate: Iri) -> Iterator[Meaning]:
        """Combine a calculation and a relation: "total" and "area", "how many more" and "neighbours"."""
        kind = self._shapes.profiles[predicate].kind
        named = {match.predicate for match in self._named_by(cue.nouns)} if cue.nouns else {predicate}
        if predicate in named and (kind == "number" or (kind == "entity" and cue.kind == "arithmetic")):
            yield RankedBody(cue, predicate), 0.1, 0

    def cue_set(self, cue: Cue, source: SetBody) -> Iterator[Meaning]:
        """Combine a calculation and a set: "total" and "areas of the Alpine countries", "ratio" and one side."""
        if cue.kind == "aggregate":
            measured = _measured(source)
            if measured is not None and not self._is_one(*measured):
                yield self._aggregate(cue, *measured), 0.1, 0
        elif cue.nouns and source.shape.kind == "entity":
            for match in self._named_by(cue.nouns):
                step = Step(match.predicate, True)
                if step in source.shape.steps and self._shapes.profiles[match.predicate].kind == "number":
                    yield OperandBody(cue, self._sets.follow(source, step)), match.score - 0.7, 0
        elif source.shape.kind == "number" or isinstance(source.form, Thing):
            yield OperandBody(cue, source), 0.1, 0

    def cue_pair(self, cue: Cue, pair: PairBody) -> Iterator[Meaning]:
        """Combine a calculation and two values: "difference" and "the area of Peru and the area of Cuba"."""
        if cue.kind == "arithmetic" and pair.left.shape.kind == pair.right.shape.kind == "number":
            yield self._calculated(cue, pair.left.form, pair.right.form), 0.2, 0

    def ranked_set(self, cue: Cue, predicate: Iri, source: SetBody) -> Iterator[Meaning]:
        """Combine "total area" and "the countries", "how many more neighbours" and "Peru"."""
        step = Step(predicate, True)
        if cue.kind == "comparative":
            yield from self._more_than(cue, predicate, source)
        elif cue.kind == "aggregate" and step in source.shape.steps:
            if isinstance(source.form, Thing):
                yield self._sets.follow(source, step), 0.0, 0
            else:
                yield self._aggregate(cue, source.form, step), 0.2, 0
        elif cue.kind == "aggregate" and isinstance(source.form, Thing):
            # "average salary in Engineering": of those who are there, by a relation that no word names
            for way in self._sets.unsaid(source.shape.steps):
                near = self._sets.follow(source, way)
                if step in near.shape.steps and not self._shapes.leads_to_one(way):
                    change = self._sets.common(way) - FLOATING
                    yield self._aggregate(cue, near.form, step), change, 1
        elif cue.kind == "arithmetic":
            for reached, change, _ in self._sets.related(source, RelationBody(predicate)):
                if isinstance(reached, SetBody):
                    yield OperandBody(cue, _number(reached)), change + 0.1, 0

    def ranked_pair(self, cue: Cue, predicate: Iri, pair: PairBody) -> Iterator[Meaning]:
        """Combine "total area" or "difference in area" and "Peru and Cuba"."""
        step = Step(predicate, True)
        if step not in pair.left.shape.steps or step not in pair.right.shape.steps:
            return
        if cue.kind == "aggregate":
            yield self._aggregate(cue, Either(pair.left.form, pair.right.form), step), 0.3, 0
        elif cue.kind == "arithmetic":
            left, right = (self._sets.follow(side, step) for side in (pair.left, pair.right))
            yield self._calculated(cue, _number(left).form, _number(right).form), 0.3, 0

    def operands(self, cue: Cue, left: SetBody, right: SetBody) -> Iterator[Meaning]:
        """Combine the two sides of a calculation; one may leave unsaid what the other says of it."""
        for one, other in self._matched(left, right):
            if one.shape.kind == other.shape.kind == "number":
                yield self._calculated(cue, one.form, other.form), 0.2, 0

    def than(self, cue: Cue, other: SetBody) -> Iterator[Meaning]:
        """Combine "larger than" and "the population of Italy", or 比 and 意大利."""
        if other.shape.kind in _MEASURES or isinstance(other.form, Thing):
            yield ThanBody(">" if cue.largest else "<", other), 0.0, 0

    def relation_than(self, predicate: Iri, than: ThanBody) -> Iterator[Meaning]:
        """Combine "population" and "larger than the population of Italy"."""
        kind = self._shapes.profiles[predicate].kind
        if kind == than.other.shape.kind and kind in _MEASURES:
            yield FilterBody(predicate, than.operator, than.other.form), 0.1, 0

    def compared(self, left: SetBody, than: ThanBody) -> Iterator[Meaning]:
        """Combine "is the population of France" and "larger than Italy's"."""
        if not self._ask or isinstance(left.form, Thing | Members):
            return
        for one, other in self._matched(left, than.other):
            if one.shape.kind == other.shape.kind and one.shape.kind in _MEASURES:
                yield SetBody(Compares(one.form, than.operator, other.form), TRUTH), 0.3, 0

    def counted(self, source: SetBody, links: LinksBody) -> Iterator[Meaning]:
        """Combine "does Germany" and "border more than five countries"."""
        if not self._ask or links.cue is not None or not isinstance(source.form, Thing):
            return
        for reached, change, _ in self._sets.related(source, RelationBody(links.predicate)):
            if isinstance(reached, SetBody) and links.target is None:
                bound = links.number
                number = bound if not isinstance(bound, int) else Thing(_integer(bound))
                form = Compares(Counted(reached.form), links.operator, number)
                yield SetBody(form, TRUTH), change + 0.2, 0

    def _more_than(self, cue: Cue, predicate: Iri, other: SetBody) -> Iterator[Meaning]:
        """Combine "a larger population than" or "more neighbours than" and "France"."""
        if not isinstance(other.form, Thing):
            return
        operator: Operator = ">" if cue.largest else "<"
        for reached, change, _ in self._sets.related(other, RelationBody(predicate)):
            if not isinstance(reached, SetBody):
                continue
            if reached.shape.kind in _MEASURES:
                yield FilterBody(predicate, operator, reached.form), change + 0.1, 0
            else:
                number = Counted(reached.form)
                yield LinksBody(predicate, None, None, operator, number), change + 0.1, 0

    def _matched(self, left: SetBody, right: SetBody) -> Iterator[tuple[SetBody, SetBody]]:
        """Yield two sides as numbers or dates: "Italy" beside "population of France" is its population."""
        if left.shape.kind == right.shape.kind != "entity":
            yield left, right
        elif isinstance(left.form, Follow) and _fits(left, right):
            yield _number(left), _number(self._sets.follow(right, left.form.step))
        elif isinstance(right.form, Follow) and _fits(right, left):
            yield _number(self._sets.follow(left, right.form.step)), _number(right)

    def _is_one(self, source: Form, step: Step) -> bool:
        """Return whether there is one number only, of one thing: it has no average, and is its own sum."""
        return isinstance(source, Thing) and self._shapes.profiles[step.predicate].functional

    def _aggregate(self, cue: Cue, source: Form, step: Step) -> SetBody:
        return SetBody(Aggregate("average" if cue.function == "average" else "sum", source, step), NUMBER)

    def _calculated(self, cue: Cue, left: Form, right: Form) -> SetBody:
        """Return what is worked out; "how much smaller is A than B" is what B has more."""
        one, other = (left, right) if cue.largest else (right, left)
        return SetBody(Arithmetic(_calculation(cue), one, other), NUMBER)


def _calculation(cue: Cue) -> Calculation:
    match cue.function:
        case "distance" | "ratio":
            return cue.function
        case _:
            return "difference"


def _fits(known: SetBody, other: SetBody) -> bool:
    form = known.form
    return isinstance(form, Follow) and isinstance(other.form, Thing) and form.step in other.shape.steps


def _number(body: SetBody) -> SetBody:
    """Return a set of values as it is, and how many members another set has."""
    return body if body.shape.kind in _MEASURES else SetBody(Counted(body.form), NUMBER)


def _measured(body: SetBody) -> tuple[Form, Step] | None:
    """Return what a set of numbers are values of and the step to them, None where they are of several kinds."""
    if body.shape.kind != "number":
        return None
    match body.form:
        case Follow(source, step) if step.forward:
            return source, step
        case Either(Follow(left, step), Follow(right, other)) if step == other and step.forward:
            return Either(left, right), step
        case _:
            return None


def _integer(number: int) -> Literal:
    return Literal(str(number), "http://www.w3.org/2001/XMLSchema#integer")
