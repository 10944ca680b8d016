"""Paths that a graph's schema allows, drawn at random: what questions are made up about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from random import Random

from kbqa.semantics.form import Step, back
from kbqa.semantics.relation_names import relation_names
from kbqa.semantics.shape import Shapes
from kbqa.training.examples import Hop
from kbqa.training.nouns import Nouns
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

    def __init__(self, shapes: Shapes, schema: Schema, names: Names, *, nouns: Nouns | None = None) -> None:
        """Prepare for one graph.

        Args:
            shapes: Its relations and how they join.
            schema: Its profile.
            names: What its relations and classes are called.
            nouns: What things are called that have no class; None leaves them without a noun.
        """
        self._shapes = shapes
        self._schema = schema
        self._names = names
        self._nouns = nouns
        self._steps = sorted(
            (Step(iri, forward) for iri in shapes.profiles for forward in (True, False)),
            key=lambda step: (step.predicate.value, step.forward),
        )
        self._next: dict[Step, tuple[list[Step], list[float]]] = {}
        self._first = list(
            accumulate(math.sqrt(shapes.profiles[step.predicate].count) for step in self._steps)
        )

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

    def start(self, path: Sequence[Step], chance: Random, *, chinese: bool) -> str:
        """Return a noun for what a path starts from, "" where none is known."""
        first = path[0]
        return self._noun(back(first), chance, chinese=chinese)

    def _walk(self, length: int, chance: Random) -> tuple[Step, ...]:
        path = [chance.choices(self._steps, cum_weights=self._first)[0]]
        while len(path) < length:
            last = path[-1]
            if last not in self._next:
                self._next[last] = self._following(last)
            following, weights = self._next[last]
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
        return step == back(last) and self._shapes.leads_to_one(step)

    def _joined(self, last: Step, step: Step) -> float:
        one: Slot = (last.predicate.value, "object" if last.forward else "subject")
        other: Slot = (step.predicate.value, "subject" if step.forward else "object")
        return float(self._schema.joins.get((one, other), 1))

    def _hop(self, step: Step, chance: Random, *, chinese: bool) -> Hop:
        called = self._called(step.predicate)
        fitting = [name for name in called if has_cjk(name) == chinese] or called
        kind = self._shapes.profiles[step.predicate].kind if step.forward else "entity"
        return Hop(chance.choice(fitting), step.forward, kind, self._noun(step, chance, chinese=chinese))

    def _noun(self, step: Step, chance: Random, *, chinese: bool) -> str:
        """Return a noun for what a step leads to: its class's, or else a guess."""
        profile = self._shapes.profiles[step.predicate]
        if step.forward and profile.kind != "entity":
            return ""
        classes = profile.range if step.forward else profile.domain
        known = [Iri(iri) for iri, _ in classes[:1]]
        nouns = [name.text for iri in known for name in self._names.of(iri) if has_cjk(name.text) == chinese]
        if nouns:
            return chance.choice(nouns).lower()
        if self._nouns is None:
            return ""
        slot: Slot = (profile.iri.value, "object" if step.forward else "subject")
        return self._nouns.draw(slot, chance, chinese=chinese)

    def _called(self, iri: Iri) -> list[str]:
        return relation_names(iri, self._names)
