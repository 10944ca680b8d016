"""How much of a graph a form's query has to read, estimated from the schema before anything is run."""

from __future__ import annotations

from dataclasses import dataclass

from kbqa.semantics.form import (
    Both,
    Counted,
    Either,
    Except,
    Exists,
    Extreme,
    Follow,
    Form,
    Having,
    HavingCount,
    HavingOwn,
    Holds,
    Lacks,
    Members,
    MostLinks,
    Step,
    Thing,
    back,
)
from kbqa.semantics.remember import Remembered
from kg.names import Names
from kg.schema import Schema
from kg.types import Iri, Literal

__all__ = ["Effort"]

# What is reached by a relation is more often a hub than not: it has so many times the mean degree.
_SKEW = 20.0
_REMEMBERED = 1_024  # degrees of named things
_ONCE = 1.02  # mean degree up to which a relation leads to one thing


@dataclass(frozen=True, slots=True)
class _Cost:
    """What a form costs, in triples.

    Attributes:
        members: How many it has.
        listing: What is read to list them.
        fixed: What must be read whatever else is known.
        probing: What is read to tell whether one thing is a member.
    """

    members: float
    listing: float
    fixed: float = 0.0
    probing: float = 1.0


class Effort:
    """Estimates how many triples the query of a form reads.

    The estimate rests on counts of classes and predicates and on the degrees of named things.
    """

    def __init__(self, schema: Schema, names: Names) -> None:
        """Prepare for one graph."""
        self._classes = {found.iri: found.count for found in schema.kinds()}
        self._profiles = {found.iri: found for found in schema.predicates}
        self._names = names
        self._degrees: Remembered[Iri | Literal, int] = Remembered(_REMEMBERED)

    def of(self, form: Form) -> float:
        """Return the number of triples that are read to answer a form, about."""
        cost = self._cost(form)
        return cost.listing + cost.fixed

    def _cost(self, form: Form) -> _Cost:
        match form:
            case Thing():
                return _Cost(1.0, 1.0)
            case Members(cls):
                count = float(self._classes.get(cls, 0))
                return _Cost(count, count)
            case Follow(Thing(term), step):
                reached = min(self._degree(term), self._count(step))
                return _Cost(reached, reached)
            case Follow(source, step) | Having(source, step) | HavingOwn(source, step):
                return self._walked(self._cost(source), step)
            case Both(left, right) | Holds(left, right):
                return _met(self._cost(left), self._cost(right))
            case Either(left, right):
                one, other = self._cost(left), self._cost(right)
                return _Cost(
                    one.members + other.members, one.listing + other.listing, one.fixed + other.fixed
                )
            case Extreme(source, step) | MostLinks(source, step) | HavingCount(source, step):
                walked = self._walked(self._cost(source), step)
                return _Cost(1.0, 1.0, walked.fixed + 2.0 * walked.listing)
            case Except(source) | Lacks(source) | Counted(source) | Exists(source):
                return self._cost(source)
            case _:
                return _Cost(1.0, 1.0)

    def _walked(self, source: _Cost, step: Step) -> _Cost:
        reached = source.members * self._fan_out(step)
        returning = self._fan_out(back(step))
        return _Cost(reached, source.listing + max(source.members, reached), source.fixed, returning)

    def _fan_out(self, step: Step) -> float:
        profile = self._profiles.get(step.predicate)
        if profile is None:
            return 1.0
        mean = profile.count / max(1, profile.subjects if step.forward else profile.objects)
        return mean if mean <= _ONCE else min(mean * _SKEW, profile.count)

    def _count(self, step: Step) -> float:
        profile = self._profiles.get(step.predicate)
        return float(profile.count) if profile is not None else 1.0

    def _degree(self, term: Iri | Literal) -> float:
        degree = self._degrees.get(term)
        if degree is None:
            degree = self._names.degree(term)
            self._degrees.put(term, degree)
        return float(max(1, degree))


def _met(one: _Cost, other: _Cost) -> _Cost:
    """Return the cost of listing the smaller of two sets and looking each of its members up in the other."""
    small, large = sorted((one, other), key=lambda cost: cost.listing)
    probing = min(large.listing, small.members * large.probing)
    return _Cost(min(one.members, other.members), small.listing + probing, one.fixed + other.fixed)
