"""Logical forms → queries that a store can run, and queries for what proves their answers."""

from __future__ import annotations

from collections.abc import Sequence

from kbqa.semantics.form import (
    Aggregate,
    Arithmetic,
    Both,
    Calculation,
    Compares,
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
)
from kbqa.semantics.untyped import relation_to
from kg.query import Aggregate as Total
from kg.query import (
    Below,
    Comparison,
    Count,
    Element,
    Exclusion,
    First,
    Group,
    Kind,
    Measured,
    Node,
    Operator,
    Pattern,
    Query,
    Same,
    SubQuery,
    Union,
    Values,
    Var,
)
from kg.query import Calculation as Computed
from kg.taxonomy import Taxonomy
from kg.types import XSD, Iri, Literal

__all__ = ["ANSWER", "MAX_ROWS", "ends", "proof_query", "to_query"]

ANSWER = Var("x")
MAX_ROWS = 5_000
_ZERO = Literal("0", XSD + "integer")
_PLAIN = Taxonomy()


def to_query(form: Form, *, same: Sequence[Iri] = (), taxonomy: Taxonomy = _PLAIN) -> Query:
    """Return the query whose rows, in variable `x` (`n` for counts), are the members of a form.

    Args:
        form: What to ask for.
        same: Predicates that link IRIs of one thing: steps start from any IRI of a thing, sets meet where
            they hold one thing under two, and a thing is counted once.
        taxonomy: How the graph says what things are: classes with others below them have the members of these, too.

    Example:
    >>> from kg.query import render
    >>> w = "https://example.org/"
    >>> neighbours = Follow(Thing(Iri(w + "France")), Step(Iri(w + "borders"), True))
    >>> print(render(to_query(Counted(neighbours)), prefixes={"w": w}, declare=False))
    SELECT DISTINCT (COUNT(DISTINCT ?x) AS ?n) WHERE { w:France w:borders ?x }
    """
    writer = _Compiler(same, taxonomy)
    match form:
        case Counted(source):
            return Query((Count(ANSWER, Var("n")),), writer.once_each(source, ANSWER))
        case Holds(left, right):
            return Query((), (*writer.elements(left, ANSWER), *writer.within(right, ANSWER)))
        case Compares(left, operator, right):
            return Query((), writer.compared(left, operator, right))
        case Exists(source):
            return Query((), writer.elements(source, ANSWER))
        case _:
            return Query((ANSWER,), writer.elements(form, ANSWER), limit=MAX_ROWS)


def proof_query(
    form: Form, *, limit: int, same: Sequence[Iri] = (), taxonomy: Taxonomy = _PLAIN
) -> tuple[Query, tuple[Pattern | Same | Below, ...]]:
    """Return a query for the variables of a form's triple patterns, and the patterns with the links and ways between.

    Each row, put into the patterns, gives triples that prove an answer. Patterns inside sub-queries,
    unions and exclusions take no part: they say what was compared, not what holds of the answer. The links
    that were counted do, and what lies between the two nodes of a `Below`.
    """
    compiler = _Compiler(same, taxonomy)
    elements = tuple(part for element in _proving(form, compiler) for part in compiler.spelt_out(element))
    patterns = tuple(element for element in elements if isinstance(element, Pattern | Same | Below))
    nodes = [node for pattern in patterns for node in ends(pattern)]
    variables = dict.fromkeys(node for node in nodes if isinstance(node, Var))
    return Query(tuple(variables) or (ANSWER,), elements, limit=limit), patterns


def ends(pattern: Pattern | Same | Below) -> tuple[Node, Node]:
    """Return the two nodes that a pattern links."""
    match pattern:
        case Below(node, _, end):
            return node, end
        case Pattern(subject, _, object_):
            return subject, object_
        case Same(left, right):
            return left, right


def _proving(form: Form, compiler: _Compiler) -> tuple[Element, ...]:
    match form:
        case Counted(source) | Exists(source):
            return _proving(source, compiler)
        case Holds(left, right):
            return (*compiler.elements(left, ANSWER), *compiler.within(right, ANSWER))
        case MostLinks(_, step, target, amount=Step() as amount):
            return (*compiler.elements(form, ANSWER), *compiler.amounts(step, target, amount, ANSWER))
        case HavingCount(_, step, target) | MostLinks(_, step, target):
            return (*compiler.elements(form, ANSWER), *compiler.links(step, target, ANSWER))
        case Aggregate(_, source, step):
            return (*compiler.elements(source, ANSWER), *compiler.links(step, None, ANSWER))
        case Arithmetic(_, left, right) | Compares(left, _, right):
            return (*_proving_value(left, compiler), *_proving_value(right, compiler))
        case _:
            return compiler.elements(form, ANSWER)


def _proving_value(form: Form, compiler: _Compiler) -> tuple[Element, ...]:
    match form:
        case Counted(source):
            return compiler.elements(source, compiler.fresh())
        case Aggregate(_, source, step):
            member = compiler.fresh()
            return (*compiler.elements(source, member), *compiler.links(step, None, member))
        case _:
            return compiler.elements(form, compiler.fresh())


class _Compiler:
    """Writes the elements of a form and hands out fresh variables."""

    def __init__(self, same: Sequence[Iri], taxonomy: Taxonomy) -> None:
        self._made = 0
        self._taxonomy = taxonomy
        self._same = tuple(same)

    def fresh(self) -> Var:
        """Return a variable that nothing else uses."""
        self._made += 1
        return Var(f"y{self._made}")

    def elements(self, form: Form, var: Var) -> tuple[Element, ...]:
        match form:
            case Thing(term):
                return (Values(var, (term,)),)
            case Members(cls) if cls.value in self._taxonomy.below:
                return (Kind(var, self._taxonomy.typing, self._taxonomy.subclass, cls),)
            case Members(cls) if (relation := relation_to(cls)) is not None:
                return (Pattern(self.fresh(), relation, var),)
            case Members(cls):
                return (Pattern(var, self._taxonomy.typing, cls),)
            case Follow(Thing(term), step):
                return self._walk(term, step, var)
            case Follow(source, step):
                inner = self.fresh()
                return (*self.elements(source, inner), *self._walk(inner, step, var))
            case Both(left, right):
                return (*self.elements(left, var), *self.within(right, var))
            case Either(left, right):
                return (Union((Group(self.elements(left, var)), Group(self.elements(right, var)))),)
            case Except(source, Thing(term)) if not self._same or isinstance(term, Literal):
                return (*self.elements(source, var), Comparison(var, "!=", term))
            case Except(source, Thing(term)):
                return (*self.elements(source, var), Exclusion((Same(term, var, self._same),)))
            case Except(source, excluded):
                return (*self.elements(source, var), Exclusion(self.within(excluded, var)))
            case Having():
                return self._having(form, var)
            case HavingOwn(source, step, operator, other):
                value, bound = self.fresh(), self.fresh()
                walked = (*self._walk(var, step, value), *self._walk(var, other, bound))
                return (*self.elements(source, var), *walked, Comparison(value, operator, bound))
            case Lacks(source, step, target):
                missing = self.links(step, target, var)
                return (*self.elements(source, var), Exclusion(missing))
            case HavingCount(source, step, target, operator, number):
                counts, total = self._counts(source, step, target, var)
                if isinstance(number, int):
                    return (counts, Comparison(total, operator, Literal(str(number), XSD + "integer")))
                bound = self.fresh()
                return (*self._value(number, bound), counts, Comparison(total, operator, bound))
            case Extreme():
                return self._extreme(form, var)
            case MostLinks():
                return self._most_links(form, var)
            case Aggregate():
                return (self._aggregate(form, var),)
            case Arithmetic(function, left, right):
                return self._calculated(function, left, right, var)
            case Counted() | Holds() | Compares() | Exists():
                raise ValueError(f"{type(form).__name__} stands only at the top of a form")

    def spelt_out(self, element: Element) -> tuple[Element, ...]:
        """Return an element as patterns that name all that it goes through: the class that something is said to be of."""
        match element:
            case Kind(node, typing, subclass, cls):
                own = self.fresh()
                return (Pattern(node, typing, own), Below(own, subclass, cls))
            case Pattern(node, Iri() as predicate, end, True):
                next_ = self.fresh()
                return (Pattern(node, predicate, next_), Below(next_, predicate, end))
            case _:
                return (element,)

    def compared(self, left: Form, operator: Operator, right: Form) -> tuple[Element, ...]:
        """Return what says that a value of one form compares with a value of another."""
        one, other = self.fresh(), self.fresh()
        return (*self._value(left, one), *self._value(right, other), Comparison(one, operator, other))

    def within(self, form: Form, var: Var) -> tuple[Element, ...]:
        """Return what says that a variable of other elements is in the set of a form, too."""
        equal, other = self._equal(var)
        return (*equal, *self.elements(form, other))

    def once_each(self, form: Form, var: Var) -> tuple[Element, ...]:
        """Return the elements of a form for counting: a thing of several IRIs is there under one of them."""
        if not self._same:
            return self.elements(form, var)
        inner = self.fresh()
        return (*self.elements(form, inner), *self._first(inner, var))

    def links(self, step: Step, target: Form | None, var: Var) -> tuple[Element, ...]:
        """Return what says that a variable has something (of the target) a step away."""
        linked = self.fresh()
        return (*self._walk(var, step, linked), *self._target(target, linked))

    def amounts(self, step: Step, target: Form | None, amount: Step, var: Var) -> tuple[Element, ...]:
        """Return what says that a variable has something (of the target) a step away that amounts to something."""
        linked = self.fresh()
        reached = (*self._walk(var, step, linked), *self._target(target, linked))
        return (*reached, *self._walk(linked, amount, self.fresh()))

    def _having(self, form: Having, var: Var) -> tuple[Element, ...]:
        value = self.fresh()
        reached = (*self.elements(form.source, var), *self._walk(var, form.step, value))
        if isinstance(form.bound, Literal):
            return (*reached, Comparison(value, form.operator, form.bound, form.others))
        bound = self.fresh()
        return (*self.elements(form.bound, bound), *reached, Comparison(value, form.operator, bound))

    def _extreme(self, form: Extreme, var: Var) -> tuple[Element, ...]:
        inner, best, value = self.fresh(), self.fresh(), self.fresh()
        where = (*self.elements(form.source, inner), *self._measure(form, inner, best), Measured(best))
        if form.count > 1:
            listed = (*self.elements(form.source, var), *self._measure(form, var, best))
            top = Query(
                (var, best), (*listed, Measured(best)), (), best, form.largest, form.count, form.rank - 1
            )
            # Said again outside, for the proof.
            return (SubQuery(top), *listed)
        top = Query((best,), where, (), best, form.largest, 1, form.rank - 1)
        # Compared as values, not as terms: 5 and 5.0 tie.
        reached = (*self.elements(form.source, var), *self._measure(form, var, value))
        return (SubQuery(top), *reached, Comparison(value, "=", best))

    def _measure(self, form: Extreme, member: Var, value: Var) -> tuple[Element, ...]:
        """Return what says by which value a member is ordered."""
        if form.per is None:
            return self._walk(member, form.step, value)
        one, other = self.fresh(), self.fresh()
        walked = (*self._walk(member, form.step, one), *self._walk(member, form.per, other))
        return (*walked, Comparison(other, "!=", _ZERO), Computed(value, one, "/", other))

    def _most_links(self, form: MostLinks, var: Var) -> tuple[Element, ...]:
        counts, total = self._totals(form, var)
        if form.count > 1:
            top = Query((var, total), (counts,), (), total, form.largest, form.count, form.rank - 1)
            return (SubQuery(top),)
        inner_counts, best = self._totals(form, self.fresh())
        top = Query((best,), (inner_counts,), (), best, form.largest, 1, form.rank - 1)
        return (SubQuery(top), counts, Comparison(total, "=", best))

    def _totals(self, form: MostLinks, var: Var) -> tuple[SubQuery, Var]:
        """Return what gives each member the number of its targets, or the sum of what these amount to."""
        if form.amount is None:
            return self._counts(form.source, form.step, form.target, var)
        linked, value, total = self.fresh(), self.fresh(), self.fresh()
        reached = (*self._walk(var, form.step, linked), *self._target(form.target, linked))
        where = (*self.once_each(form.source, var), *reached, *self._walk(linked, form.amount, value))
        # Each target once for each of its values, by however many ways it is reached.
        values = Query((var, linked, value), (*where, Measured(value, dates=False)))
        return SubQuery(Query((var, Total("SUM", value, total)), (SubQuery(values),), (var,))), total

    def _aggregate(self, form: Aggregate, var: Var) -> SubQuery:
        member, value = self.fresh(), self.fresh()
        # Each member once for each of its values: two members with one value count twice.
        where = (*self.once_each(form.source, member), *self._walk(member, form.step, value))
        values = Query((member, value), (*where, Measured(value, dates=False)))
        return SubQuery(
            Query((Total("SUM" if form.function == "sum" else "AVG", value, var),), (SubQuery(values),))
        )

    def _calculated(self, function: Calculation, left: Form, right: Form, var: Var) -> tuple[Element, ...]:
        one, other = self.fresh(), self.fresh()
        values = (*self._value(left, one), *self._value(right, other))
        if function == "years":
            return (*self._of_one(left, right, one, other), Computed(var, one, "years", other))
        if function == "ratio":
            return (*values, Comparison(other, "!=", _ZERO), Computed(var, one, "/", other))
        return (*values, Computed(var, one, "-", other, absolute=function == "distance"))

    def _of_one(self, left: Form, right: Form, one: Var, other: Var) -> tuple[Element, ...]:
        """Return the elements of two values, of the same thing where both are of the same things."""
        match left, right:
            case Follow(source, step), Follow(same, last) if source == same and not isinstance(source, Thing):
                thing = self.fresh()
                walked = (*self._walk(thing, step, one), *self._walk(thing, last, other))
                return (*self.elements(source, thing), *walked)
            case _:
                return (*self._value(left, one), *self._value(right, other))

    def _value(self, form: Form, var: Var) -> tuple[Element, ...]:
        """Return the elements of a number that is compared or worked with: a value, or a count of a set."""
        if not isinstance(form, Counted):
            return self.elements(form, var)
        counted = self.fresh()
        return (SubQuery(Query((Count(counted, var),), self.once_each(form.source, counted))),)

    def _counts(self, source: Form, step: Step, target: Form | None, var: Var) -> tuple[SubQuery, Var]:
        linked, total = self.fresh(), self.fresh()
        inner = self.fresh() if self._same else linked
        where = (*self.once_each(source, var), *self._walk(var, step, inner), *self._target(target, inner))
        counted = (*where, *self._first(inner, linked)) if self._same else where
        return SubQuery(Query((var, Count(linked, total)), counted, (var,))), total

    def _target(self, target: Form | None, var: Var) -> tuple[Element, ...]:
        return () if target is None else self.within(target, var)

    def _walk(self, near: Var | Iri | Literal, step: Step, far: Var) -> tuple[Element, ...]:
        """Return what leads a step away, from any IRI of the thing that is near."""
        if not self._same or isinstance(near, Literal):
            return (_pattern(near, step, far),)
        start = self.fresh()
        return (Same(near, start, self._same), _pattern(start, step, far))

    def _equal(self, var: Var) -> tuple[tuple[Element, ...], Var]:
        """Return a variable for any IRI of the thing that a variable is, and what says so."""
        if not self._same:
            return (), var
        other = self.fresh()
        return (Same(var, other, self._same),), other

    def _first(self, var: Var, first: Var) -> tuple[Element, ...]:
        """Return what says that a variable is the one IRI that stands for the thing of another."""
        return (Same(var, first, self._same), First(first, self.fresh(), self._same))


def _pattern(near: Var | Iri | Literal, step: Step, far: Var) -> Pattern:
    ends = (near, far) if step.forward else (far, near)
    return Pattern(ends[0], step.predicate, ends[1], step.deep)
