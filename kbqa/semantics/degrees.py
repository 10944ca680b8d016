"""Rules of degree: superlatives, comparisons, counts and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from kbqa.semantics.form import (
    Aggregate,
    Except,
    Extreme,
    Follow,
    Form,
    Having,
    HavingCount,
    Lacks,
    Members,
    MostLinks,
    Step,
    Thing,
    back,
    last_step,
)
from kbqa.semantics.limits import TIMES, BoundRules
from kbqa.semantics.matcher import Match
from kbqa.semantics.nodes import (
    FilterBody,
    LinksBody,
    MostBody,
    RankedBody,
    RelationBody,
    SetBody,
    WithoutBody,
)
from kbqa.semantics.sets import BACKWARD, FALSE, FLOATING, Meaning, SetRules
from kbqa.semantics.shape import NUMBER, Shapes
from kbqa.types import Cue
from kg.query import Operator
from kg.types import Iri

__all__ = ["DegreeRules"]

_VAGUE = frozenset({"area", "elevation", "面积", "海拔"})
_SIZES = frozenset({"area", "面积"})
_LASTING = frozenset({"duration", "时长"})
_ONLY_DATE = 0.2


class DegreeRules:
    """Combines operations with relations and sets; yields meanings as `SetRules` does."""

    def __init__(
        self,
        shapes: Shapes,
        sets: SetRules,
        bounds: BoundRules,
        named_by: Callable[[Sequence[str]], list[Match]],
        *,
        passive: bool = False,
    ) -> None:
        """Prepare for one question.

        Args:
            shapes: What forms can be members of.
            sets: The rules for sets.
            bounds: The rules for bounds.
            named_by: Gives the number and date predicates that some nouns name.
            passive: Whether the question says that something is done to what it compares: "the most cited paper".
        """
        self._passive = passive
        self._shapes = shapes
        self._sets = sets
        self._bounds = bounds
        self._named_by = named_by

    def cue_relation(self, cue: Cue, predicate: Iri) -> Iterator[Meaning]:
        """Combine an operation and a relation: "largest" and "population", "most" and "neighbours"."""
        profile = self._shapes.profiles[predicate]
        measurable = profile.kind in {"number", "date"}
        if profile.kind == "date" and cue.kind in {"superlative", "comparative"} and cue.nouns:
            cue = _of_dates(cue)
        match cue.kind:
            case "superlative" | "comparative" if measurable:
                named = {match.predicate: match.score for match in self._named_by(cue.nouns)}
                if cue.kind == "superlative" or predicate in named or _is_vague(cue):
                    yield RankedBody(cue, predicate), 0.1, 0
            case "superlative" if not cue.nouns and profile.kind == "entity":
                yield LinksBody(predicate, None, cue), 0.1, 0
            case "comparative" if not cue.nouns and profile.kind == "entity":
                yield RankedBody(cue, predicate), 0.1, 0
            case "same":
                yield RelationBody(predicate, again=True), 0.2, 0
            case _:
                return

    def cue_set(self, cue: Cue, source: SetBody) -> Iterator[Meaning]:
        """Combine an operation and a set: "largest" and "country", "larger than" and "France"."""
        match cue.kind:
            case "superlative":
                yield from self.extremes(cue, source)
                if not cue.nouns and source.shape.kind == "entity":
                    target = None if isinstance(source.form, Thing) else source.form
                    if target is not None:
                        yield MostBody(cue, target, source.shape), 0.1, 0
            case "comparative" if isinstance(source.form, Thing):
                operator: Operator = ">" if cue.largest else "<"
                for match in self._named_by(cue.nouns):
                    step = Step(match.predicate, True)
                    if step in source.shape.steps:
                        bound = Follow(source.form, step)
                        yield FilterBody(match.predicate, operator, bound), match.score - 0.3, 0
            case _:
                return

    def extremes(self, cue: Cue, source: SetBody) -> Iterator[Meaning]:
        """Combine a superlative and a set by the properties that the superlative may speak of."""
        named = [
            match for match in self._named_by(cue.nouns) if Step(match.predicate, True) in source.shape.steps
        ]
        if self._shapes.is_event(source.shape) and set(cue.nouns) & TIMES:
            # "the last fault" is that which happened last
            begun = {step.predicate for step in self._shapes.times.first(source.shape)}
            named = [match for match in named if match.predicate in begun] or named
        for match in named:
            yield from self.extreme(cue, match.predicate, source, match.score - 0.7)
        # The oldest branch is the one that opened first, if that is the only date which is stated of branches.
        dates = self._shapes.times.dates(source.shape) if not named and set(cue.nouns) & TIMES else []
        if self._shapes.is_event(source.shape):
            dates = [date for date in self._shapes.times.first(source.shape) if date in dates]
        if len(dates) == 1:
            yield from self.extreme(cue, dates[0].predicate, source, -_ONLY_DATE)
        numbers = self._numbers(source) if not named and cue.nouns and cue.nouns[0] in _SIZES else []
        if len(numbers) == 1:
            # The biggest grant is that of the largest amount, if no other number is stated of grants.
            yield from self.extreme(cue, numbers[0].predicate, source, -_ONLY_DATE)

    def _numbers(self, source: SetBody) -> list[Step]:
        """Return the steps from some things to numbers that are no years."""
        steps = (step for step in source.shape.steps if step.forward)
        return [
            step
            for step in steps
            if self._shapes.after(step).kind == "number" and not self._shapes.times.is_time(step)
        ]

    def extreme(self, cue: Cue, predicate: Iri, source: SetBody, change: float) -> Iterator[Meaning]:
        """Combine a superlative, its property and a set of more than one thing."""
        step = Step(predicate, True)
        if step in source.shape.steps and not isinstance(source.form, Thing):
            form = Extreme(source.form, step, cue.largest, cue.rank, cue.count)
            yield SetBody(form, source.shape), change, 0

    def implied_extreme(self, cue: Cue, predicate: Iri) -> Iterator[Meaning]:
        """Yield the things with the most of something, where no word says what kind of things they are."""
        for source in self._bounds.having_it(predicate):
            yield from self.extreme(cue, predicate, source, 0.2 - FLOATING / 2)

    def implied_links(self, links: LinksBody, doers: Sequence[SetBody]) -> Iterator[Meaning]:
        """Yield those that a comparison of counts picks, where no word says of what kind they are.

        Args:
            links: The comparison: "with more than one nationality", "taken out the most books".
            doers: Those who may have done what it counts.
        """
        if not doers and links.cue is None:
            for source in self._bounds.having_it(links.predicate):
                for body, change, floating in self.linked(links, source):
                    yield body, change - FLOATING / 2, floating
        for source in doers:
            yield from self.linked(links, source)

    def implied_sum(self, predicate: Iri) -> Iterator[Meaning]:
        """Yield the sum of all that is stated of something: "how many beds are there in total"."""
        if self._shapes.profiles[predicate].kind == "number":
            for source in self._bounds.having_it(predicate):
                form = Aggregate("sum", source.form, Step(predicate, True))
                yield SetBody(form, NUMBER), -FLOATING / 2, 0

    def most_relation(self, most: MostBody, predicate: Iri) -> Iterator[Meaning]:
        """Combine "most states" and "borders"."""
        yield LinksBody(predicate, most.target, most.cue), 0.2, 0

    def most_floating(self, most: MostBody, source: SetBody) -> Iterator[Meaning]:
        """Combine "the state" and "with the most rivers", where the relation between them is left unsaid."""
        if most.target is None or most.shape is None or isinstance(source.form, Thing):
            return
        for step in self._sets.unsaid(source.shape.steps):
            reached = self._shapes.after(step)
            if self._shapes.leads_to_one(step):
                continue  # nothing has more of them
            if reached.kind == "entity" and reached.classes & most.shape.classes:
                links = LinksBody(step.predicate, most.target, most.cue)
                for body, change, floating in self.linked(links, source, step):
                    yield body, change - FLOATING / 2, floating + 1

    def linked(self, links: LinksBody, source: SetBody, only: Step | None = None) -> Iterator[Meaning]:
        """Combine a comparison of counts and a set; `only` fixes the step that is counted."""
        if isinstance(source.form, Thing):
            return
        for step in (Step(links.predicate, True), Step(links.predicate, False)):
            if step not in source.shape.steps or (only is not None and step != only):
                continue
            change = self._of_direction(step, source)
            form: Form
            if links.cue is not None:
                cue = links.cue
                form = MostLinks(
                    source.form, step, links.target, cue.largest, cue.rank, cue.count, links.amount
                )
            else:
                form = HavingCount(source.form, step, links.target, links.operator, links.number)
            yield SetBody(form, source.shape), change, 0

    def without(self, without: WithoutBody, source: SetBody) -> Iterator[Meaning]:
        """Combine a set and what its members must not be or have."""
        if isinstance(source.form, Thing):
            return
        if self._are_others(without.excluded, source):
            return  # crops are no substances that could be left out
        if isinstance(without.excluded, Thing) and self._is_apart(without.excluded, source):
            # "employees who are not in Engineering": no employee is a department
            owner = SetBody(without.excluded, self._shapes.of_thing(without.excluded.term))
            for reached, change, floating in self._sets.belonging(source, owner):
                if isinstance(reached, SetBody):
                    yield SetBody(Except(source.form, reached.form), source.shape), change + 0.1, floating
        elif without.excluded is not None:
            yield SetBody(Except(source.form, without.excluded), source.shape), 0.1, 0
            step = last_step(source.form)
            if isinstance(without.excluded, Thing) and step is not None and not without.only:
                yield from self._without_related(without.excluded, step, source)
        elif without.predicate is None and isinstance(without.target, Members):
            excluded = self._shapes.of_members(without.target.cls).classes
            if source.shape.classes > excluded:
                # "pests that are not insects"
                yield SetBody(Except(source.form, without.target), source.shape), 0.1, 0
            yield from self._without_any(without.target, source)
        elif without.predicate is not None:
            for step in (Step(without.predicate, True), Step(without.predicate, False)):
                if step in source.shape.steps and self._shapes.profiles[step.predicate].kind == "boolean":
                    yield SetBody(Having(source.form, step, "=", FALSE), source.shape), 0.1, 0
                elif step in source.shape.steps:
                    change = self._of_direction(step, source)
                    yield SetBody(Lacks(source.form, step, without.target), source.shape), change, 0

    def _of_direction(self, step: Step, source: SetBody) -> float:
        """Return what speaks for a step from a set that is compared by it: "the most cited paper" cites no most papers."""
        turned = self._passive and back(step) in source.shape.steps
        return 0.1 if step.forward is not turned else 0.1 - BACKWARD * (1 + turned)

    def _without_any(self, target: Members, source: SetBody) -> Iterator[Meaning]:
        """Combine "students" and "without a scholarship", where the relation between them is left unsaid."""
        steps = [
            step
            for step in self._sets.unsaid(source.shape.steps)
            if not self._shapes.of_members(target.cls).classes.isdisjoint(self._shapes.after(step).classes)
        ]
        for step in steps:
            floating = len(steps) > 1
            yield SetBody(Lacks(source.form, step, target), source.shape), -FLOATING * floating, int(floating)

    def _are_others(self, excluded: Form | None, source: SetBody) -> bool:
        """Return whether what a relation leads to is of other classes than the members of a set."""
        match excluded:
            case Follow(_, step):
                classes = self._shapes.after(step).classes
                return (
                    bool(classes) and bool(source.shape.classes) and classes.isdisjoint(source.shape.classes)
                )
            case _:
                return False

    def _is_apart(self, excluded: Thing, source: SetBody) -> bool:
        """Return whether a thing has other classes than the members of a class, or none and does nothing as they do."""
        shape = self._shapes.of_thing(excluded.term)
        if not shape.classes:
            return bool(source.shape.classes) and shape.steps.isdisjoint(source.shape.steps)
        return isinstance(source.form, Members) and shape.classes.isdisjoint(source.shape.classes)

    def _without_related(self, excluded: Thing, step: Step, source: SetBody) -> Iterator[Meaning]:
        """Combine "border Brazil" and "but not Argentina", where the relation is meant again."""
        if step in self._shapes.of_thing(excluded.term).steps:
            form = Except(Except(source.form, excluded), Follow(excluded, step))
            yield SetBody(form, source.shape), 0.2, 0


def _is_vague(cue: Cue) -> bool:
    """Return whether a degree may be of anything: "more", "bigger", "higher", and not "older" or "cheaper"."""
    return not cue.nouns or cue.nouns[0] in _VAGUE


def _of_dates(cue: Cue) -> Cue:
    """Return what a degree means where dates are compared: what lasts longest began first."""
    return replace(cue, largest=not cue.largest) if set(cue.nouns) & _LASTING else cue
