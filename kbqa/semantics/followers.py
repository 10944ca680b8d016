"""Which steps can follow which, as the profile of a graph says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from kbqa.semantics.form import Step
from kg.schema import PredicateProfile, Schema, Side, Slot
from kg.types import Iri

__all__ = ["Followers", "one_step"]


@lru_cache(maxsize=16_384)
def one_step(predicate: Iri, forward: bool) -> Step:
    """Return a step, the same object each time, so that large sets of steps are compared quickly."""
    return Step(predicate, forward)


class Followers:
    """Knows the steps that some of the things a step leads to can take next, as `Schema.can_join` says."""

    def __init__(self, schema: Schema, profiles: Mapping[Iri, PredicateProfile]) -> None:
        self._known = schema.has_joins
        self._joins = schema.joins
        self._profiles = profiles
        self._slots = [slot for iri in profiles for slot in _slots(profiles[iri])]
        self._classes = {slot: _classes(profiles[Iri(slot[0])], slot[1]) for slot in self._slots}
        self._near: defaultdict[Slot | str, set[Slot]] = defaultdict(set)
        if schema.has_joins:
            for one, other in schema.joins:
                self._near[one].add(other)
        else:
            for slot, classes in self._classes.items():
                for name in classes or ("",):
                    self._near[name].add(slot)
        self._everything = frozenset(map(_step, self._slots))

    def share(self, before: Step, after: Step) -> float:
        """Return how many of the things that a step leads to can take another next, in (0, 1]; 1 where not known."""
        reached: Slot = (before.predicate.value, "object" if before.forward else "subject")
        needed: Slot = (after.predicate.value, "subject" if after.forward else "object")
        profile = self._profiles[before.predicate]
        size = profile.objects if before.forward else profile.subjects
        return min(1.0, self._joins.get((reached, needed), size) / max(size, 1))

    def surely(self, before: Step, after: Step) -> bool:
        """Return whether the graph is known to hold something that a step leads to and another leads on from."""
        reached: Slot = (before.predicate.value, "object" if before.forward else "subject")
        needed: Slot = (after.predicate.value, "subject" if after.forward else "object")
        return (reached, needed) in self._joins

    def of(self, step: Step) -> frozenset[Step]:
        """Return the steps that some of the things which a step leads to can take next."""
        slot: Slot = (step.predicate.value, "object" if step.forward else "subject")
        if self._known:
            return frozenset(map(_step, self._near[slot])) & self._everything
        classes = self._classes.get(slot)
        if not classes:
            return self._everything
        return frozenset(_step(other) for name in ("", *classes) for other in self._near[name])


def _step(slot: Slot) -> Step:
    """Return the step that the members of a slot can take."""
    return one_step(Iri(slot[0]), slot[1] == "subject")


def _slots(profile: PredicateProfile) -> tuple[Slot, ...]:
    """Return the sides of a predicate that entities are on."""
    subject: Slot = (profile.iri.value, "subject")
    return (subject, (profile.iri.value, "object")) if profile.kind == "entity" else (subject,)


def _classes(profile: PredicateProfile, side: Side) -> frozenset[str]:
    return frozenset(name for name, _ in (profile.domain if side == "subject" else profile.range))
