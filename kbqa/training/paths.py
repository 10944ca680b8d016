"""Find the relations that lead from an entity to the answers of a question."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kbqa.evaluation.matching import Given, match
from kbqa.semantics.compile import to_query
from kbqa.semantics.form import Except, Follow, Form, Step, Thing, back
from kbqa.semantics.shape import Shapes
from kbqa.training.gold import Backwards, Gold
from kbqa.training.links import Links, Things
from kg.errors import QueryError
from kg.query import render
from kg.types import Blank, Graph, Iri, Literal, Term

__all__ = ["LEAST", "MAX_STEPS", "Found", "Path", "PathSearch"]

Path = tuple[Step, ...]

MAX_STEPS = 3
LEAST = 0.5  # F1 below which a path is no path to the answers
_EQUAL = 1e-6
_MAX_PATHS = 32  # equally good ones that are kept
_PATH_LINKS = 20_000  # facts read for one path
_LINKS = 100_000  # facts read for one entity
_CHUNK, _GROWTH = 64, 16  # facts of one node that are read at first, and times as many each time after
_MET = 1_000  # things that are compared with what leads to the answers
_MANY_STEPS = 40  # steps that may join, above which the things themselves are asked for theirs
_ASKED = 8  # of how many things
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Found:
    """Equally good paths, shortest first, and the F1 of what they lead to."""

    paths: tuple[Path, ...]
    f1: float


class PathSearch:
    """Finds paths in one graph, among those that its schema can join.

    Little is read of what does not lead to the answers: paths end in a step that some answer can be reached
    by, are followed no further than they can still be good, and a fixed number of facts is read at most.
    Between the IRIs of one thing they pass without a step.
    """

    def __init__(self, graph: Graph, shapes: Shapes, things: Things) -> None:
        self._graph = graph
        self._links = Links(graph, things)
        self._shapes = shapes

    def find(
        self, entity: Iri | Literal, gold: Gold, *, lengths: Sequence[int] = (1, 2, 3), least: float = LEAST
    ) -> Found | None:
        """Return the paths that lead to the answers best, None where none leads to them well enough.

        A path never leads back to the entity: that is neither gone on from, nor counted as reached, unless it
        is a right answer. Nor does a step back lead to what the step before it came from: those are others.

        Args:
            entity: Where paths begin.
            gold: The right answers.
            lengths: How many steps a path may have.
            least: The F1 that is good enough.
        """
        around = _Surroundings(self._graph, self._links, entity)
        backwards = Backwards(self._graph, self._links, self._shapes, gold)
        best: list[Path] = []
        f1 = least
        for path in self._candidates(around, backwards, lengths):
            reached = around.score(path, gold, least=f1 - _EQUAL)
            if reached > f1 + _EQUAL:
                best, f1 = [path], reached
            elif reached >= f1 - _EQUAL and reached > 0:
                best.append(path)
        return Found(tuple(best[:_MAX_PATHS]), f1) if best else None

    def score(self, entity: Iri | Literal, path: Path, gold: Gold) -> float:
        """Return the F1 of what a path leads to, 0 where too much would have to be read for it."""
        return _Surroundings(self._graph, self._links, entity).score(path, gold, least=0.0)

    def _candidates(
        self, around: _Surroundings, backwards: Backwards, lengths: Sequence[int]
    ) -> Iterator[Path]:
        prefixes: list[Path] = [()]
        for length in range(1, max(lengths, default=0) + 1):
            longer = [(*prefix, step) for prefix in prefixes for step in self._next(around, prefix)]
            if length in lengths:
                ending = (path for path in longer if path[-1] in backwards.ends)
                yield from (path for path in ending if _may_meet(around, backwards, path))
            left = max(lengths) - length
            prefixes = [path for path in longer if self._leads_on(path[-1], backwards.ends, left)]

    def _next(self, around: _Surroundings, prefix: Path) -> list[Step]:
        if not prefix:
            return sorted(self._shapes.of_thing(around.entity).steps, key=_order)
        steps = self._shapes.after(prefix[-1]).steps
        if len(steps) > _MANY_STEPS:
            things = around.first(prefix, _ASKED)
            named = [thing for thing in things if not isinstance(thing, Blank)]
            steps &= {step for thing in named for step in self._shapes.of_thing(thing).steps}
        return sorted(steps, key=_order)

    def _leads_on(self, step: Step, ends: frozenset[Step], left: int) -> bool:
        following = self._shapes.after(step).steps
        return left > 1 or not following.isdisjoint(ends)


def _may_meet(around: _Surroundings, backwards: Backwards, path: Path) -> bool:
    """Return whether a path may lead to one of the sampled answers, by meeting it on its way back."""
    for cut in range(1, len(path)):
        before = backwards.before(path[cut:])
        if before is not None:
            reached = around.first(path[:cut], _MET + 1)
            if len(reached) <= _MET:
                return not before.isdisjoint(reached)
    return True


class _Members(Protocol):
    """What a path leads to, in a fixed order, read no further than it is asked for."""

    def at(self, place: int) -> Term | None:
        """Return the one at a place, None past the end; raises `_Spent` where too much was read."""
        ...


class _Spent(Exception):
    """As much was read for a path as may be."""


class _Surroundings:
    """What can be reached from one entity."""

    def __init__(self, graph: Graph, links: Links, entity: Iri | Literal) -> None:
        self.entity = links.things.one_of(entity)
        self._graph = graph
        self._links = links
        self._allowance = _Allowance()
        self._members: dict[Path, _Members] = {(): _Start(self.entity)}

    def score(self, path: Path, gold: Gold, *, least: float) -> float:
        """Return the F1 of what a path leads to, 0 where that is below a least one or was not found out."""
        before = path[:-2] if len(path) > 2 and path[-1] == back(path[-2]) else None
        left_out = frozenset(self.first(before, _MET)) if before is not None else frozenset()
        self._allowance.begin()
        try:
            return _f1(self._of(path), self.entity, gold, least, left_out)
        except _Spent:
            return 0.0

    def first(self, path: Path, k: int) -> list[Term]:
        """Return the first few that a path leads to; none where too much would have to be read for them."""
        self._allowance.begin()
        members = self._of(path)
        found: list[Term] = []
        try:
            while len(found) < k and (term := members.at(len(found))) is not None:
                found.append(term)
        except _Spent:
            return []
        return found

    def _of(self, path: Path) -> _Members:
        if path not in self._members:
            if self._graph.remote:
                self._members[path] = _Selected(
                    self._graph, self._links.things, self.entity, path, self._allowance
                )
            else:
                source, passed = self._of(path[:-1]), self.entity if len(path) > 1 else None
                self._members[path] = _Linked(self._links, source, path[-1], passed, self._allowance)
        return self._members[path]


@dataclass(slots=True)
class _Allowance:
    """How much may still be read for an entity, and for the path at hand."""

    left: int = _LINKS
    path: int = 0

    def begin(self) -> None:
        self.path = min(_PATH_LINKS, self.left)

    def check(self) -> None:
        if self.path <= 0:
            raise _Spent

    def spend(self, links: int) -> None:
        self.path -= links + 1
        self.left -= links + 1


class _Start:
    """The entity that paths begin with."""

    def __init__(self, entity: Iri | Literal) -> None:
        self._entity = entity

    def at(self, place: int) -> Term | None:
        return self._entity if place == 0 else None


@dataclass(slots=True)
class _Linked:
    """What a step leads to from other members, by look-ups in an embedded graph.

    A look-up that is refused for lack of allowance changes nothing, so that it can be made later.
    """

    links: Links
    source: _Members
    step: Step
    passed: Term | None  # the member of the source that is not gone on from
    allowance: _Allowance
    known: list[Term] = field(default_factory=list)
    seen: set[Term] = field(default_factory=set)
    node: int = 0  # the member of the source whose links are being read
    taken: int = 0  # how many of them were
    size: int = _CHUNK  # how many to have next

    def at(self, place: int) -> Term | None:
        while place >= len(self.known):
            if not self._grow():
                return None
        return self.known[place]

    def _grow(self) -> bool:
        """Read some more links; false where there are none."""
        node = self.source.at(self.node)
        if node is None:
            return False
        if node == self.passed:
            self.node += 1
            return True
        self.allowance.check()
        found = self.links.of(node, self.step, limit=self.size)
        self.allowance.spend(len(found) - self.taken)
        new = [term for term in dict.fromkeys(found[self.taken :]) if term not in self.seen]
        self.known += new
        self.seen.update(new)
        if len(found) < self.size:
            self.node, self.taken, self.size = self.node + 1, 0, _CHUNK
        else:
            self.taken, self.size = len(found), self.size * _GROWTH
        return True


class _Selected:
    """What a path leads to, by one query, for graphs that are far away."""

    def __init__(
        self, graph: Graph, things: Things, entity: Iri | Literal, path: Path, allowance: _Allowance
    ) -> None:
        self._graph = graph
        self._things = things
        self._form = _form(Thing(entity), path)
        self._allowance = allowance
        self._known: list[Term] | None = None

    def at(self, place: int) -> Term | None:
        if self._known is None:
            self._allowance.check()
            self._known = self._ask()
            self._allowance.spend(len(self._known))
        return self._known[place] if place < len(self._known) else None

    def _ask(self) -> list[Term]:
        query = render(to_query(self._form, same=self._things.same.predicates))
        try:
            rows = self._graph.select(query, seconds=_SECONDS)
        except QueryError:
            return []
        return list(dict.fromkeys(self._things.one_of_each(row["x"] for row in rows)))


def _form(start: Thing, path: Path) -> Form:
    form: Form = start
    for step in path:
        form = Follow(form if form == start else Except(form, start), step)
    return form


def _f1(
    members: _Members, entity: Iri | Literal, gold: Gold, least: float, left_out: Container[Term]
) -> float:
    """Return the F1 of members, but for some, against the right answers; stops where it can no longer be the least one."""
    total = len(gold.keys)
    # With all answers and so many wrong ones beside them, F1 is 2·total / (2·total + wrong).
    tolerated = 2 * total * (1 - least) / least if least > 0 else float("inf")
    right: set[str] = set()
    wrong = place = 0
    values: list[Given] = []
    while (term := members.at(place)) is not None:
        place += 1
        if term in left_out:
            continue
        key = None if isinstance(term, Blank) else gold.terms.get(term)
        if key is not None:
            right.add(key)
        elif isinstance(term, Literal):
            values.append(Given(term.value))
        elif term != entity:
            wrong += 1
        if wrong > tolerated or len(values) > 4 * total + tolerated:
            return 0.0
    if values:
        keys, wanted = match(values, gold.answers)
        right |= wanted.intersection(keys)
        wrong += len(wanted.symmetric_difference(keys) - wanted)
    return 2 * len(right) / (len(right) + wrong + total) if right else 0.0


def _order(step: Step) -> tuple[str, bool]:
    return step.predicate.value, not step.forward
