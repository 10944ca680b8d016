"""What a graph has no relation for, worked out from two that it has: "population density", "GDP per head"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from kbqa.semantics.form import Arithmetic, Extreme, Step, Thing
from kbqa.semantics.matcher import Match
from kbqa.semantics.nodes import SetBody
from kbqa.semantics.sets import Meaning, SetRules
from kbqa.semantics.shape import NUMBER, Shapes
from kbqa.types import Cue

__all__ = ["QuotientRules"]

_FROM_TWO = 0.1  # against a number that is worked out, for a relation of two


class QuotientRules:
    """Combines quotients with sets; yields meanings as `SetRules` does."""

    def __init__(
        self, shapes: Shapes, sets: SetRules, named_by: Callable[[Sequence[str]], list[Match]]
    ) -> None:
        """Prepare for one question.

        Args:
            shapes: What forms can be members of.
            sets: The rules for sets.
            named_by: Gives the number and date predicates that some nouns name.
        """
        self._shapes = shapes
        self._sets = sets
        self._named_by = named_by

    def of_thing(self, cue: Cue, source: SetBody) -> Iterator[Meaning]:
        """Combine "population density" and one thing."""
        if isinstance(source.form, Thing):
            for step, per, score in self._steps(cue, source):
                left, right = (self._sets.follow(source, way).form for way in (step, per))
                yield SetBody(Arithmetic("ratio", left, right), NUMBER), score - 1.0, 0

    def extreme(self, cue: Cue, source: SetBody) -> Iterator[Meaning]:
        """Combine "most densely populated" and a set of more than one thing."""
        if not isinstance(source.form, Thing):
            for step, per, score in self._steps(cue, source):
                form = Extreme(source.form, step, cue.largest, cue.rank, cue.count, per)
                yield SetBody(form, source.shape), score - 0.7 - _FROM_TWO, 0

    def _steps(self, cue: Cue, source: SetBody) -> Iterator[tuple[Step, Step, float]]:
        """Yield what is divided, what it is divided by, and how well both are named."""
        if source.shape.kind != "entity" or self._named_by(cue.nouns):
            return
        for one, other in product(self._best(cue.of, source), self._best(cue.per, source)):
            yield Step(one.predicate, True), Step(other.predicate, True), min(one.score, other.score)

    def _best(self, nouns: Sequence[str], source: SetBody) -> list[Match]:
        """Return the numbers of the members of a set that are named best."""
        found = [
            match
            for match in self._named_by(nouns)
            if Step(match.predicate, True) in source.shape.steps
            and self._shapes.profiles[match.predicate].kind == "number"
        ]
        return [match for match in found if match.score == found[0].score]
