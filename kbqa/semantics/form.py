"""Logical forms: what a question asks for, as a small tree that stands for a set of things.

    Thing("France")                          {France}
    Members(Country)                         all countries
    Follow(Thing(France), borders→)          what France borders
    Both(Members(Country), …)                countries among these
    Extreme(…, area→, largest)               the largest of these
    Having(…, population→, >, 1000000)       those with more than a million
    MostLinks(…, borders→, …)                the one with most neighbours

The style is that of lambda DCS (Liang, "Lambda Dependency-Based Compositional Semantics", 2013): every
form is a set, so forms nest freely. `kbqa.semantics.compile` turns a form into a query that the store can run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any
from typing import Literal as OneOf

from kg.query import Operator
from kg.types import Iri, Literal

__all__ = [
    "Aggregate",
    "Aggregation",
    "Arithmetic",
    "Both",
    "Calculation",
    "Compares",
    "Counted",
    "Either",
    "Except",
    "Exists",
    "Extreme",
    "Follow",
    "Form",
    "Having",
    "HavingCount",
    "HavingOwn",
    "Holds",
    "Lacks",
    "Members",
    "MostLinks",
    "Step",
    "Thing",
    "back",
    "deepened",
    "goes_back",
    "last_step",
    "relations",
    "things",
]

Aggregation = OneOf["sum", "average"]
Calculation = OneOf["difference", "distance", "ratio", "years"]


@dataclass(frozen=True, slots=True)
class Step:
    """A relation walked from a set to another: from subjects to objects if `forward`, else back.

    With `deep` it is walked any number of times in a row: from a district to its region, its country, and so on.
    """

    predicate: Iri
    forward: bool
    deep: bool = False


def back(step: Step) -> Step:
    """Return a step walked the other way."""
    return Step(step.predicate, not step.forward, step.deep)


@dataclass(frozen=True, slots=True)
class Thing:
    """One entity or value."""

    term: Iri | Literal


@dataclass(frozen=True, slots=True)
class Members:
    """All instances of a class."""

    cls: Iri


@dataclass(frozen=True, slots=True)
class Follow:
    """What a step leads to from any member of the source."""

    source: Form
    step: Step


@dataclass(frozen=True, slots=True)
class Both:
    """What is in both sets."""

    left: Form
    right: Form


@dataclass(frozen=True, slots=True)
class Either:
    """What is in one of the sets or both."""

    left: Form
    right: Form


@dataclass(frozen=True, slots=True)
class Except:
    """What is in the source and not among the excluded."""

    source: Form
    excluded: Form


@dataclass(frozen=True, slots=True)
class Having:
    """Members of the source whose value, a step away, compares with a bound.

    `bound` is a literal, or a form whose single value is compared with ("larger than France"); `others` say the same in
    other datatypes, where values are of several.
    """

    source: Form
    step: Step
    operator: Operator
    bound: Literal | Form
    others: tuple[Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class HavingOwn:
    """Members of the source whose value, a step away, compares with another value of their own: "returned after it was due"."""

    source: Form
    step: Step
    operator: Operator
    other: Step


@dataclass(frozen=True, slots=True)
class HavingCount:
    """Members of the source with as many targets a step away as the comparison says.

    `number` may be a form for a number, as in "more neighbours than France".
    """

    source: Form
    step: Step
    target: Form | None
    operator: Operator
    number: int | Form


@dataclass(frozen=True, slots=True)
class Lacks:
    """Members of the source that have nothing (of the target) a step away."""

    source: Form
    step: Step
    target: Form | None


@dataclass(frozen=True, slots=True)
class Extreme:
    """The members of the source with the largest or smallest value a step away; all of them on a tie.

    `rank` 2 asks for the second largest value, and so on. A `count` above 1 asks for as many members from
    there on ("the five largest"), and no more where some tie at the end. With `per`, the value is divided by the
    one that this step leads to ("population density").
    """

    source: Form
    step: Step
    largest: bool
    rank: int = 1
    count: int = 1
    per: Step | None = None


@dataclass(frozen=True, slots=True)
class MostLinks:
    """The members of the source with the most (or fewest, at least one) targets a step away.

    `rank` and `count` are those of `Extreme`. With `amount` it is the sum of what this step leads to from the targets: who
    has most hours in all time sheets.
    """

    source: Form
    step: Step
    target: Form | None
    largest: bool
    rank: int = 1
    count: int = 1
    amount: Step | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The sum or average of the values that the members of the source have a step away."""

    function: Aggregation
    source: Form
    step: Step


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """What comes of two numbers: left minus right, the distance between them, left divided by right, or full years since.

    Either side is a set of numbers or `Counted`. What is divided by zero has no value.
    """

    function: Calculation
    left: Form
    right: Form


@dataclass(frozen=True, slots=True)
class Counted:
    """How many members the source has. Only at the top of a form, or where a number is compared or worked with."""

    source: Form


@dataclass(frozen=True, slots=True)
class Holds:
    """Whether some member of the left is in the right. Only at the top of a form."""

    left: Form
    right: Form


@dataclass(frozen=True, slots=True)
class Compares:
    """Whether a value of the left compares with one of the right so. Only at the top of a form.

    Either side is a set of numbers or dates, or `Counted`.
    """

    left: Form
    operator: Operator
    right: Form


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether the source has any member. Only at the top of a form."""

    source: Form


Form = (
    Thing
    | Members
    | Follow
    | Both
    | Either
    | Except
    | Having
    | HavingOwn
    | HavingCount
    | Lacks
    | Extreme
    | MostLinks
    | Aggregate
    | Arithmetic
    | Counted
    | Holds
    | Compares
    | Exists
)


def deepened(form: Form, nests: Callable[[Iri], bool]) -> Form:
    """Return a form whose steps by relations that nest are walked any number of times.

    Args:
        form: Any form.
        nests: Tells the relations that lead from parts to wholes of wholes.

    >>> part_of, order = Step(Iri("w:partOf"), False), Thing(Iri("w:Beetles"))
    >>> deepened(Both(Members(Iri("w:Insect")), Follow(order, part_of)), lambda iri: True).right.step.deep
    True
    """

    def deep(part: object) -> object:
        if isinstance(part, Step):
            return replace(part, deep=nests(part.predicate))
        return deepened(part, nests) if isinstance(part, Form) else part

    if isinstance(form, Follow | Both | Either | Except | Having | Counted | Holds | Exists):
        changes: dict[str, Any] = {field.name: deep(getattr(form, field.name)) for field in fields(form)}
        return replace(form, **changes)
    return form


def last_step(form: Form) -> Step | None:
    """Return the step from a named thing that a form ends with, None where it has none."""
    match form:
        case Follow(Thing(), step):
            return step
        case Both(_, right):
            return last_step(right)
        case Either(left, right) if last_step(left) == last_step(right):
            return last_step(left)
        case Except(source):
            return last_step(source)
        case _:
            return None


def goes_back(form: Form) -> bool:
    """Return whether a form walks a relation there and at once back, which leads to what it came from.

    >>> there = Follow(Thing(Iri("w:Oslo")), Step(Iri("w:area"), True))
    >>> goes_back(Counted(Follow(there, Step(Iri("w:area"), False)))), goes_back(there)
    (True, False)
    """
    match form:
        case Follow(Follow(_, step), other) if other == back(step):
            return True
        case Except(source):
            # "Others with the same as Osk" go there and back on purpose.
            return goes_back(source) and not any(things(source))
        case Both(left, right) | Either(left, right) | Holds(left, right):
            return goes_back(left) or goes_back(right)
        case _:
            inner: Form | None = getattr(form, "source", None)
            return inner is not None and goes_back(inner)


def things(form: Form) -> Iterator[Iri | Literal]:
    """Yield the entities and values that a form names, in order."""
    match form:
        case Thing(term):
            yield term
        case Members():
            return
        case (
            HavingOwn(source)
            | Follow(source)
            | Extreme(source)
            | Counted(source)
            | Exists(source)
            | Aggregate(_, source)
        ):
            yield from things(source)
        case Both(left, right) | Either(left, right) | Except(left, right) | Holds(left, right):
            yield from things(left)
            yield from things(right)
        case Arithmetic(_, left, right) | Compares(left, _, right):
            yield from things(left)
            yield from things(right)
        case Having(source, _, _, bound):
            yield from things(source)
            if not isinstance(bound, Literal):
                yield from things(bound)
        case HavingCount(source, _, target) | Lacks(source, _, target) | MostLinks(source, _, target):
            yield from things(source)
            if target is not None:
                yield from things(target)
            if isinstance(form, HavingCount) and not isinstance(form.number, int):
                yield from things(form.number)


def relations(form: Form) -> frozenset[Iri]:
    """Return the predicates that a form follows, compares by or counts, anywhere in it.

    >>> sorted(iri.value for iri in relations(Counted(Follow(Thing(Iri("w:France")), Step(Iri("w:borders"), True)))))
    ['w:borders']
    """
    found: set[Iri] = set()
    for field in fields(form):
        part = getattr(form, field.name)
        if isinstance(part, Step):
            found.add(part.predicate)
        elif isinstance(part, Form):
            found |= relations(part)
    return frozenset(found)
