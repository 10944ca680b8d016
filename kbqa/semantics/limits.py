"""Rules of bounds: what compares with a quantity or a date, and what happened in a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import reduce

from kbqa.semantics.days import ends_of
from kbqa.semantics.form import Either, Form, Having, Holds, Members, Step, Thing
from kbqa.semantics.matcher import Match
from kbqa.semantics.nodes import BoundBody, FilterBody, LinksBody, SetBody
from kbqa.semantics.sets import FLOATING, Meaning, SetRules
from kbqa.semantics.shape import TRUTH, Shape, Shapes
from kbqa.semantics.units import are_alike, converted
from kg.types import Iri, Literal

__all__ = ["TIMES", "BoundRules"]

_YEAR_DIGITS = 4
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")  # that a number of four digits may be
_OTHER_YEAR = 1.2  # against a year for the value of what is no time
_KINDS = 3  # of things that have a property, where no word says which are meant
TIMES = frozenset({"date", "year", "日期", "年份", "时间"})
"""Nouns that any date or year may be meant by."""


class BoundRules:
    """Combines quantities with relations and sets; yields meanings as `SetRules` does."""

    def __init__(
        self,
        shapes: Shapes,
        sets: SetRules,
        named_by: Callable[[Sequence[str]], list[Match]],
        *,
        ask: bool,
        are_asked: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """Prepare for one question.

        Args:
            shapes: What forms can be members of.
            sets: The rules for sets.
            named_by: Gives the number and date predicates that some nouns name.
            ask: Whether the question wants yes or no.
            are_asked: Whether instances of a class may be what it asks for, if it names none: people, by "who".
        """
        self._shapes = shapes
        self._are_asked = are_asked
        self._sets = sets
        self._named_by = named_by
        self._ask = ask

    def bound_relation(self, bound: BoundBody, predicate: Iri) -> Iterator[Meaning]:
        """Combine "more than 1,000,000" and "population", or "more than two" and "languages"."""
        kind = self._shapes.profiles[predicate].kind
        if kind in {"number", "date"}:
            # "hours in 2023" are no 2,023 hours
            year = not bound.said and _YEAR.fullmatch(bound.literal.value) is not None
            against = _OTHER_YEAR * (year and not self._shapes.times.is_time(Step(predicate, True)))
            yield (
                FilterBody(predicate, bound.operator, bound.literal, bound.upper, bound.unit),
                0.2 - against,
                0,
            )
            yield from self._in_time_of(bound, predicate)
        elif (
            kind == "entity" and bound.said and bound.literal.value.isdigit() and not set(bound.nouns) & TIMES
        ):
            number = int(bound.literal.value)
            yield LinksBody(predicate, None, None, bound.operator, number), 0.1, 0

    def bound_set(self, bound: BoundBody, source: SetBody) -> Iterator[Meaning]:
        """Combine "after 1990" and a set by the properties that the bound may speak of."""
        said = [
            match
            for match in self._named_by(bound.nouns)
            if Step(match.predicate, True) in source.shape.steps
        ]
        for match in said:
            for filtered, change, floating in self._bounded(bound, match.predicate, source):
                yield filtered, change + match.score - 0.7, floating
        if not said:
            unsaid = self._measuring(bound, source)
            for predicate in unsaid:
                for filtered, change, _ in self._bounded(bound, predicate, source):
                    yield filtered, change - FLOATING * len(unsaid), int(len(unsaid) > 1)

    def in_time(self, bound: BoundBody, events: SetBody) -> Iterator[Meaning]:
        """Combine "in 2024" and events, or other things, by the dates that are stated of them."""
        if not (bound.literal.is_date or _YEAR.fullmatch(bound.literal.value)) or bound.unit:
            return
        steps = self._shapes.times.first(events.shape)
        for step in steps:
            several = len(steps) > 1
            for filtered, change, _ in self._bounded(bound, step.predicate, events):
                yield filtered, change - FLOATING / 2 * several, int(several)

    def _in_time_of(self, bound: BoundBody, predicate: Iri) -> Iterator[Meaning]:
        """Combine "in 2023" and "hours" to those of what happened then, where one kind of thing only has hours."""
        step = Step(predicate, True)
        if self._shapes.profiles[predicate].kind == "number" and not self._shapes.times.is_time(step):
            for source in self.having_it(predicate):
                if self._shapes.is_event(source.shape):
                    for events, change, floating in self.in_time(bound, source):
                        if isinstance(events, SetBody):
                            yield self._sets.follow(events, step), change - FLOATING / 2, floating

    def _bounded(self, bound: BoundBody, predicate: Iri, source: SetBody) -> Iterator[Meaning]:
        body = FilterBody(predicate, bound.operator, bound.literal, bound.upper, bound.unit)
        yield from self.filtered(source, body, holds=self._ask and isinstance(source.form, Thing))

    def _measuring(self, bound: BoundBody, source: SetBody) -> list[Iri]:
        """Return the properties of a set that a bound may be on where its words name none: dates, or those of its unit."""
        steps = [step for step in self._sets.unsaid(source.shape.steps) if step.forward]
        measured = [
            step for step in steps if self._shapes.profiles[step.predicate].kind in {"number", "date"}
        ]
        years = bound.upper is not None and len(bound.literal.value) == _YEAR_DIGITS
        if bound.literal.is_date or years or set(bound.nouns) & TIMES:
            return [step.predicate for step in measured if self._shapes.times.is_time(step)]
        if bound.unit:
            return [
                step.predicate
                for step in measured
                if are_alike(self._shapes.unit_of(step.predicate), bound.unit)
            ]
        return []

    def filtered(self, source: SetBody, body: FilterBody, *, holds: bool) -> Iterator[Meaning]:
        """Combine a condition and a set; with `holds`, ask whether one thing meets the condition."""
        step = Step(body.predicate, True)
        if step in source.shape.steps and isinstance(source.form, Thing) is holds:
            having = self._meeting(source.form, step, body)
            form = Holds(source.form, having) if holds else having
            yield SetBody(form, TRUTH if holds else source.shape), 0.1, 0

    def both_bounds(self, body: FilterBody, bound: BoundBody) -> Iterator[Meaning]:
        """Combine "founded after 1900" and "before 2000", which "and" stands between."""
        if bound.said and body.also is None:
            second = FilterBody(body.predicate, bound.operator, bound.literal, bound.upper, bound.unit)
            yield replace(body, also=second), 0.1, 0

    def _meeting(self, source: Form, step: Step, body: FilterBody) -> Form:
        """Return the members of a source that meet a condition and what is added to it."""
        having = self._having(source, step, body)
        if body.upper is not None:
            having = self._having(having, step, replace(body, operator="<=", bound=body.upper))
        return having if body.also is None else self._meeting(having, step, body.also)

    def _having(self, source: Form, step: Step, body: FilterBody) -> Form:
        """Return the members of a source that meet a condition; a year stands for all of its days."""
        profile = self._shapes.profiles[step.predicate]
        if not isinstance(body.bound, Literal):
            return Having(source, step, body.operator, body.bound)
        ends = ends_of(body.bound, profile)
        if not ends:
            unit = self._shapes.unit_of(body.predicate) if body.unit else ""
            return Having(source, step, body.operator, converted(body.bound, body.unit, unit))
        first, last = zip(*ends, strict=True)
        if first == last:
            return Having(source, step, body.operator, first[0], first[1:])
        if body.operator == "=":
            return Having(Having(source, step, ">=", first[0], first[1:]), step, "<=", last[0], last[1:])
        bound = last if body.operator in {">", "<="} else first
        return Having(source, step, body.operator, bound[0], bound[1:])

    def implied(self, body: FilterBody) -> Iterator[Meaning]:
        """Yield the things that meet a condition, where no word says what kind of things they are."""
        for source in self.having_it(body.predicate):
            for filtered, change, _ in self.filtered(source, body, holds=False):
                yield filtered, change - FLOATING / 2, 0

    def implied_bound(self, bound: BoundBody) -> Iterator[Meaning]:
        """Yield the things that are "more than 120 cm high", where no word says what kind of things they are."""
        for match in self._named_by(bound.nouns):
            body = FilterBody(match.predicate, bound.operator, bound.literal, bound.upper, bound.unit)
            for filtered, change, floating in self.implied(body):
                yield filtered, change + match.score - 0.7, floating

    def filtered_near(self, source: SetBody, body: FilterBody) -> Iterator[Meaning]:
        """Combine "released in 1999" and "Keanu Reeves": what the condition is about is left unsaid."""
        for step in self._sets.unsaid(source.shape.steps):
            reached = self._sets.follow(source, step)
            for filtered, change, _ in self.filtered(reached, body, holds=False):
                yield filtered, change + self._sets.common(step) - FLOATING, 1

    def having_it(self, predicate: Iri) -> Iterator[SetBody]:
        """Yield the instances of the classes that most subjects of a predicate are of, if they have any."""
        classes = self._shapes.kinds_with(predicate)[:_KINDS]
        classes = [cls for cls in classes if self._are_asked(cls.value)] or classes
        sets = [SetBody(Members(cls), self._shapes.of_members(cls)) for cls in classes]
        if sets:
            yield reduce(_either, sets)


def _either(one: SetBody, other: SetBody) -> SetBody:
    """Return what is in either of two sets."""
    shape = Shape("entity", one.shape.classes | other.shape.classes, one.shape.steps | other.shape.steps)
    return SetBody(Either(one.form, other.form), shape)
