"""Paths that a graph's schema allows, drawn at random: what questions are made up about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from kbqa.semantics.form import Step
from kbqa.semantics.path_scorer import relation_names
from kbqa.semantics.shape import Shapes
from kbqa.training.examples import Hop
from kg.names import Names
from kg.schema import Schema, Slot
from kg.text import has_cjk
from kg.types import Iri

__all__ = ["SchemaPaths"]

_LENGTHS = (1, 2, 3)
_SHARES = (0.3, 0.34, 0.36)
_TRIES = 20


class SchemaPaths:
    """Draws paths of one graph."""

    def __init__(self, shapes: Shapes, schema: Schema, names: Names) -> None:
        self._shapes = shapes
        self._schema = schema
        self._names = names
        self._steps = sorted(
            (Step(iri, forward) for iri in shapes.profiles for forward in (True, False)),
            key=lambda step: (step.predicate.value, step.forward),
        )
        self._first = [math.sqrt(shapes.profiles[step.predicate].count) for step in self._steps]

    @property
    def relations(self) -> list[str]:
        """What the relations are called, each name once."""
        return list(dict.fromkeys(name for iri in self._shapes.profiles for name in self._called(iri)))

    def draw(self, chance: Random) -> tuple[Step, ...]:
        """Return one to three steps that follow each other; frequent relations and joins come more often."""
        wanted = chance.choices(_LENGTHS, _SHARES)[0]
        path: tuple[Step, ...] = ()
        for _ in range(_TRIES):
            path = self._walk(wanted, chance)
            if len(path) == wanted:
                return path
        return path

    def hops(self, path: Sequence[Step], chance: Random, *, chinese: bool) -> tuple[Hop, ...]:
        """Return a path in words, with a name of each relation; of the language asked for, if there is one."""
        return tuple(self._hop(step, chance, chinese=chinese) for step in path)

    def _walk(self, length: int, chance: Random) -> tuple[Step, ...]:
        path = [chance.choices(self._steps, self._first)[0]]
        while len(path) < length:
            following, weights = self._following(path[-1])
            if not following:
                break
            path.append(chance.choices(following, weights)[0])
        return tuple(path)

    def _following(self, last: Step) -> tuple[list[Step], list[float]]:
        allowed = sorted(
            (step for step in self._shapes.after(last).steps if not self._only_back(last, step)),
            key=lambda step: (step.predicate.value, step.forward),
        )
        return allowed, [math.sqrt(self._joined(last, step)) for step in allowed]

    def _only_back(self, last: Step, step: Step) -> bool:
        """Return whether a step after another can lead nowhere but back."""
        if step.predicate != last.predicate or step.forward == last.forward:
            return False
        profile = self._shapes.profiles[step.predicate]
        return profile.inverse_functional if last.forward else profile.functional

    def _joined(self, last: Step, step: Step) -> float:
        one: Slot = (last.predicate.value, "object" if last.forward else "subject")
        other: Slot = (step.predicate.value, "subject" if step.forward else "object")
        return float(self._schema.joins.get((one, other), 1))

    def _hop(self, step: Step, chance: Random, *, chinese: bool) -> Hop:
        profile = self._shapes.profiles[step.predicate]
        called = self._called(step.predicate)
        fitting = [name for name in called if has_cjk(name) == chinese] or called
        classes = profile.range if step.forward else profile.domain
        known = [Iri(iri) for iri, _ in classes[:1] if not step.forward or profile.kind == "entity"]
        nouns = [name.text for iri in known for name in self._names.of(iri) if has_cjk(name.text) == chinese]
        kind = profile.kind if step.forward else "entity"
        return Hop(chance.choice(fitting), step.forward, kind, chance.choice(nouns).lower() if nouns else "")

    def _called(self, iri: Iri) -> list[str]:
        return relation_names(iri, self._names)
