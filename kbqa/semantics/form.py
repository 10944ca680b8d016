"""Logical forms: what a question asks for, as a small tree that stands for a set of things.

    Thing("France")                          {France}
    Members(Country)                         all countries
    Follow(Thing(France), borders→)          what France borders
    Both(Members(Country), …)                countries among these
    Extreme(…, area→, largest)               the largest of these
    Having(…, population→, >, 1000000)       those with more than a million
    MostLinks(…, borders→, …)                the one with most neighbours

The style is that of lambda DCS (Liang, "Lambda Dependency-Based Compositional Semantics", 2013): every
form is a set, so forms nest freely. `to_query` turns a form into a query that the store can run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg.query import (
    Comparison,
    Count,
    Element,
    Exclusion,
    Group,
    Operator,
    Pattern,
    Query,
    SubQuery,
    Union,
    Values,
    Var,
)
from kg.types import RDF_TYPE, Iri, Literal

__all__ = [
    "Both",
    "Counted",
    "Either",
    "Except",
    "Exists",
    "Extreme",
    "Follow",
    "Form",
    "Having",
    "HavingCount",
    "Holds",
    "Lacks",
    "Members",
    "MostLinks",
    "Step",
    "Thing",
    "proof_query",
    "things",
    "to_query",
]

ANSWER = Var("x")
MAX_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Step:
    """A relation walked from a set to another: from subjects to objects if `forward`, else back."""

    predicate: Iri
    forward: bool


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

    `bound` is a literal, or a form whose single value is compared with ("larger than France").
    """

    source: Form
    step: Step
    operator: Operator
    bound: Literal | Form


@dataclass(frozen=True, slots=True)
class HavingCount:
    """Members of the source with as many targets a step away as the comparison says."""

    source: Form
    step: Step
    target: Form | None
    operator: Operator
    number: int


@dataclass(frozen=True, slots=True)
class Lacks:
    """Members of the source that have nothing (of the target) a step away."""

    source: Form
    step: Step
    target: Form | None


@dataclass(frozen=True, slots=True)
class Extreme:
    """The members of the source with the largest or smallest value a step away; all of them on a tie.

    `rank` 2 asks for the second largest value, and so on.
    """

    source: Form
    step: Step
    largest: bool
    rank: int = 1


@dataclass(frozen=True, slots=True)
class MostLinks:
    """The members of the source with the most (or fewest, at least one) targets a step away."""

    source: Form
    step: Step
    target: Form | None
    largest: bool
    rank: int = 1


@dataclass(frozen=True, slots=True)
class Counted:
    """How many members the source has. Only at the top of a form."""

    source: Form


@dataclass(frozen=True, slots=True)
class Holds:
    """Whether some member of the left is in the right. Only at the top of a form."""

    left: Form
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
    | HavingCount
    | Lacks
    | Extreme
    | MostLinks
    | Counted
    | Holds
    | Exists
)


def to_query(form: Form) -> Query:
    """Return the query whose rows, in variable `x` (`n` for counts), are the members of a form.

    Example:
    >>> from kg.query import render
    >>> w = "https://example.org/"
    >>> neighbours = Follow(Thing(Iri(w + "France")), Step(Iri(w + "borders"), True))
    >>> print(render(to_query(Counted(neighbours)), prefixes={"w": w}, declare=False))
    SELECT DISTINCT (COUNT(DISTINCT ?x) AS ?n) WHERE { w:France w:borders ?x }
    """
    writer = _Compiler()
    match form:
        case Counted(source):
            return Query((Count(ANSWER, Var("n")),), writer.elements(source, ANSWER))
        case Holds(left, right):
            return Query((), (*writer.elements(left, ANSWER), *writer.elements(right, ANSWER)))
        case Exists(source):
            return Query((), writer.elements(source, ANSWER))
        case _:
            return Query((ANSWER,), writer.elements(form, ANSWER), limit=MAX_ROWS)


def proof_query(form: Form, *, limit: int) -> tuple[Query, tuple[Pattern, ...]]:
    """Return a query for the variables of a form's triple patterns, and the patterns.

    Each row, put into the patterns, gives triples that prove an answer. Patterns inside sub-queries,
    unions and exclusions take no part: they say what was compared, not what holds of the answer. The links
    that were counted do.
    """
    elements = _proving(form, _Compiler())
    patterns = tuple(element for element in elements if isinstance(element, Pattern))
    nodes = [node for pattern in patterns for node in (pattern.subject, pattern.object)]
    variables = dict.fromkeys(node for node in nodes if isinstance(node, Var))
    return Query(tuple(variables) or (ANSWER,), elements, limit=limit), patterns


def _proving(form: Form, compiler: _Compiler) -> tuple[Element, ...]:
    match form:
        case Counted(source) | Exists(source):
            return _proving(source, compiler)
        case Holds(left, right):
            return (*compiler.elements(left, ANSWER), *compiler.elements(right, ANSWER))
        case HavingCount(_, step, target) | MostLinks(_, step, target):
            return (*compiler.elements(form, ANSWER), *compiler.links(step, target, ANSWER))
        case _:
            return compiler.elements(form, ANSWER)


def things(form: Form) -> Iterator[Iri | Literal]:
    """Yield the entities and values that a form names, in order."""
    match form:
        case Thing(term):
            yield term
        case Members():
            return
        case Follow(source) | Extreme(source) | Counted(source) | Exists(source):
            yield from things(source)
        case Both(left, right) | Either(left, right) | Except(left, right) | Holds(left, right):
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


class _Compiler:
    """Writes the elements of a form and hands out fresh variables."""

    def __init__(self) -> None:
        self._made = 0

    def _fresh(self) -> Var:
        self._made += 1
        return Var(f"y{self._made}")

    def elements(self, form: Form, var: Var) -> tuple[Element, ...]:
        match form:
            case Thing(term):
                return (Values(var, (term,)),)
            case Members(cls):
                return (Pattern(var, RDF_TYPE, cls),)
            case Follow(Thing(term), step):
                return (_pattern(term, step, var),)
            case Follow(source, step):
                inner = self._fresh()
                return (*self.elements(source, inner), _pattern(inner, step, var))
            case Both(left, right):
                return (*self.elements(left, var), *self.elements(right, var))
            case Either(left, right):
                return (Union((Group(self.elements(left, var)), Group(self.elements(right, var)))),)
            case Except(source, Thing(term)):
                return (*self.elements(source, var), Comparison(var, "!=", term))
            case Except(source, excluded):
                return (*self.elements(source, var), Exclusion(self.elements(excluded, var)))
            case Having():
                return self._having(form, var)
            case Lacks(source, step, target):
                inner = self._fresh()
                missing = (_pattern(var, step, inner), *self._target(target, inner))
                return (*self.elements(source, var), Exclusion(missing))
            case HavingCount(source, step, target, operator, number):
                bound = Literal(str(number), "http://www.w3.org/2001/XMLSchema#integer")
                counts, total = self._counts(source, step, target, var)
                return (counts, Comparison(total, operator, bound))
            case Extreme():
                return self._extreme(form, var)
            case MostLinks(source, step, target, largest, rank):
                counts, total = self._counts(source, step, target, var)
                inner_counts, best = self._counts(source, step, target, self._fresh())
                top = Query((best,), (inner_counts,), (), best, largest, 1, rank - 1)
                return (SubQuery(top), counts, Comparison(total, "=", best))
            case Counted() | Holds() | Exists():
                raise ValueError(f"{type(form).__name__} stands only at the top of a form")

    def _having(self, form: Having, var: Var) -> tuple[Element, ...]:
        value = self._fresh()
        reached = (*self.elements(form.source, var), _pattern(var, form.step, value))
        if isinstance(form.bound, Literal):
            return (*reached, Comparison(value, form.operator, form.bound))
        bound = self._fresh()
        return (*self.elements(form.bound, bound), *reached, Comparison(value, form.operator, bound))

    def _extreme(self, form: Extreme, var: Var) -> tuple[Element, ...]:
        inner, best, value = self._fresh(), self._fresh(), self._fresh()
        where = (*self.elements(form.source, inner), _pattern(inner, form.step, best))
        top = Query((best,), where, (), best, form.largest, 1, form.rank - 1)
        # Compared as values, not as terms: 5 and 5.0 tie.
        reached = (*self.elements(form.source, var), _pattern(var, form.step, value))
        return (SubQuery(top), *reached, Comparison(value, "=", best))

    def _counts(self, source: Form, step: Step, target: Form | None, var: Var) -> tuple[SubQuery, Var]:
        linked, total = self._fresh(), self._fresh()
        where = (*self.elements(source, var), _pattern(var, step, linked), *self._target(target, linked))
        return SubQuery(Query((var, Count(linked, total)), where, (var,))), total

    def links(self, step: Step, target: Form | None, var: Var) -> tuple[Element, ...]:
        linked = self._fresh()
        return (_pattern(var, step, linked), *self._target(target, linked))

    def _target(self, target: Form | None, var: Var) -> tuple[Element, ...]:
        return () if target is None else self.elements(target, var)


def _pattern(near: Var | Iri | Literal, step: Step, far: Var) -> Pattern:
    return Pattern(near, step.predicate, far) if step.forward else Pattern(far, step.predicate, near)
