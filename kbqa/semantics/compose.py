"""How two neighbouring stretches of a question combine into one.

Each rule takes two bodies and gives the meanings that they may have together, each with a change of
score. Word order is used only where it carries meaning, so that the same rules read English and Chinese.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from kbqa.semantics.form import (
    Both,
    Either,
    Except,
    Extreme,
    Follow,
    Form,
    Having,
    HavingCount,
    Holds,
    Lacks,
    Members,
    MostLinks,
    Step,
    Thing,
)
from kbqa.semantics.matcher import Match
from kbqa.semantics.nodes import (
    Body,
    BoundBody,
    CueBody,
    FilterBody,
    JoinBody,
    LinksBody,
    MostBody,
    Node,
    PairBody,
    RankedBody,
    RelationBody,
    SetBody,
    WithoutBody,
)
from kbqa.semantics.shape import Shape, Shapes
from kbqa.types import Cue
from kg.query import Operator
from kg.types import Iri, Literal

__all__ = ["FLOATING", "Composer"]

# Cost of a relation that no word of the question speaks of ("texas city": located in).
FLOATING = 0.45
_BACKWARD = 0.1
_THERE_AND_BACK = 0.2
_APPOSITION = 0.3
_BOUND = 0.1
_BINDING = frozenset({"by", "of", "in", "from", "with", "to", "for", "through", "as"})
_COMMON = 0.03
# English nests to the right, Chinese to the left: "the capital of the largest state", 最大的州的首府.
_BRANCHING = 0.04

Meaning = tuple[Body, float, int]


class Composer:
    """Combines neighbouring stretches of one question."""

    def __init__(
        self,
        shapes: Shapes,
        named_by: Callable[[Sequence[str]], list[Match]],
        *,
        ask: bool,
        inverse: bool,
        right: bool,
    ) -> None:
        """Prepare for one question.

        Args:
            shapes: What forms can be members of.
            named_by: Gives the number and date predicates that some nouns name.
            ask: Whether the question wants yes or no.
            inverse: Whether the words turn relations round ("whose father is").
            right: Whether phrases nest to the right, as in English.
        """
        self._shapes = shapes
        self._named_by = named_by
        self._ask = ask
        self._inverse = inverse
        self._right = right

    def combine(self, left: Node, right: Node, between: str) -> Iterator[Node]:
        """Yield what two neighbours mean together.

        Args:
            left: Ends before `right` starts.
            right: The other.
            between: The words of the question between them, trimmed and lower-cased.
        """
        meanings = [*self._ordered(left.body, right.body)]
        if not between:
            meanings += self._adjacent(left.body, right.body)
        meanings += [*self._either_way(left.body, right.body), *self._either_way(right.body, left.body)]
        against = _BRANCHING * ((left.size if self._right else right.size) - 1)
        if isinstance(left.body, RelationBody) and between.split(" ")[0] in _BINDING:
            against -= _BOUND
        for body, change, floating in meanings:
            yield Node(
                left.start,
                right.end,
                body,
                left.score + right.score + change - against,
                left.tokens | right.tokens,
                min(left.weakest, right.weakest),
                left.floating + right.floating + floating,
                left.size + right.size,
            )

    def floated(self, node: Node) -> Iterator[Node]:
        """Yield what a set may lead to by one relation that no word speaks of."""
        if isinstance(node.body, SetBody):
            for step in _sorted(node.body.shape.steps):
                body = self._follow(node.body, step)
                yield replace(node, body=body, score=node.score - FLOATING, floating=node.floating + 1)

    def _adjacent(self, left: Body, right: Body) -> Iterator[Meaning]:
        """Yield what two stretches mean that no word stands between."""
        match left, right:
            case RelationBody(predicate), RelationBody(other) if predicate == other:
                # "release date", "spoken languages": two words for one relation.
                yield right, 0.0, 0
            case RelationBody(predicate), SetBody(Thing(), shape) if Step(predicate, False) in shape.steps:
                # "the actor Tom Hanks": the word says what he is.
                yield right, -_APPOSITION, 0
            case _:
                return

    def _ordered(self, left: Body, right: Body) -> Iterator[Meaning]:
        match left, right:
            case SetBody(), CueBody(Cue(kind="and" | "or" as word)):
                yield JoinBody(left, word == "or"), 0.0, 0
            case JoinBody(first, either), SetBody():
                yield from self._joined(first, right, either)
            case CueBody(Cue(kind="negation")), RelationBody(predicate):
                yield WithoutBody(None, predicate), 0.1, 0
            case CueBody(Cue(kind="negation")), SetBody() if not isinstance(right.form, Members):
                yield WithoutBody(right.form, None), 0.1, 0
            case SetBody(Thing(), _), SetBody() if self._ask and not isinstance(right.form, Thing):
                if left.shape.fits(right.shape):
                    yield SetBody(Holds(left.form, right.form), _truth()), 0.3, 0
            case SetBody(Thing(), _), FilterBody() if self._ask:
                yield from self._filtered(left, right, holds=True)
            case _:
                return

    def _either_way(self, one: Body, other: Body) -> Iterator[Meaning]:
        match one, other:
            case SetBody(), RelationBody():
                yield from self._related(one, other)
            case SetBody(Members(), _), SetBody() if _restricts(one, other):
                yield from self._restricted(one, other)
            case SetBody(), SetBody() if not isinstance(one.form, Thing) and not isinstance(
                other.form, Members
            ):
                yield from self._belonging(one, other)
            case CueBody(cue), RelationBody(predicate):
                yield from self._cue_relation(cue, predicate)
            case CueBody(cue), SetBody():
                yield from self._cue_set(cue, other)
            case CueBody(cue), PairBody(left, right) if cue.kind in {"superlative", "comparative"}:
                both = SetBody(Either(left.form, right.form), left.shape.narrowed(right.shape))
                yield from self._extremes(cue, both)
            case RankedBody(cue, predicate), SetBody():
                yield from self._extreme(cue, predicate, other, 0.2)
            case RankedBody(cue, predicate), PairBody(left, right):
                both = SetBody(Either(left.form, right.form), left.shape.narrowed(right.shape))
                yield from self._extreme(cue, predicate, both, 0.2)
            case RelationBody(), PairBody():
                yield from self._related_pair(one, other)
            case BoundBody(), RelationBody(predicate):
                yield from self._bound_relation(one, predicate)
            case BoundBody(), SetBody() if one.said:
                yield from self._bound_set(one, other)
            case FilterBody(), SetBody():
                yield from self._filtered(other, one, holds=False)
                if isinstance(other.form, Thing):
                    yield from self._filtered_near(other, one)
            case MostBody(), RelationBody(predicate):
                yield from self._most_relation(one, predicate)
            case MostBody(), SetBody():
                yield from self._most_floating(one, other)
            case LinksBody(), SetBody():
                yield from self._linked(one, other)
            case WithoutBody(), SetBody():
                yield from self._without(one, other)
            case _:
                return

    def _follow(self, source: SetBody, step: Step) -> SetBody:
        return SetBody(Follow(source.form, step), self._shapes.after(step))

    def _related(self, source: SetBody, relation: RelationBody) -> Iterator[Meaning]:
        """Combine "capital of" and "France"; with `again`, "share a director with" and "Inception"."""
        for forward in (True, False):
            step = Step(relation.predicate, forward)
            if step not in source.shape.steps:
                continue
            reached = self._follow(source, step)
            direction = 0.0 if forward is not self._inverse else -_BACKWARD
            if relation.again:
                yield from self._others(source, reached, step, 0.2)
            elif not _turns_back(source.form, step):
                yield reached, direction, 0
            elif reached.shape.kind == self._shapes.profiles[step.predicate].kind == "entity":
                # "films directed by the director of Heat": there and back again, said with two words.
                yield from self._others(source, reached, step, direction - _THERE_AND_BACK)

    def _others(self, source: SetBody, reached: SetBody, step: Step, change: float) -> Iterator[Meaning]:
        """Yield what a relation leads back to, without where it came from."""
        if _turns_back(source.form, step) and isinstance(source.form, Follow):
            yield SetBody(Except(reached.form, source.form.source), reached.shape), change, 0
        else:
            back = self._follow(reached, _turned(step))
            yield SetBody(Except(back.form, source.form), back.shape), change, 0

    def _restricted(self, members: SetBody, other: SetBody) -> Iterator[Meaning]:
        """Combine "rivers" and "what flows through France"."""
        known = other.shape.classes == members.shape.classes and len(other.shape.classes) == 1
        form = other.form if known else Both(members.form, other.form)
        yield SetBody(form, members.shape.narrowed(other.shape)), 0.1, 0

    def _belonging(self, source: SetBody, owner: SetBody) -> Iterator[Meaning]:
        """Combine "cities" and "texas", where the relation between them is left unsaid.

        Where no single relation leads from one to the other, two may: "mountains" and "Asia".
        """
        near = [self._follow(owner, step) for step in _sorted(owner.shape.steps)]
        fitting = [reached for reached in near if _meets(reached.shape, source.shape)]
        floating = 1
        if not fitting and isinstance(owner.form, Thing):
            floating = 2
            far = [self._follow(reached, step) for reached in near for step in _sorted(reached.shape.steps)]
            fitting = [
                reached for reached in far if _meets(reached.shape, source.shape) and not _returns(reached)
            ]
        for reached in fitting:
            step = _last(reached)
            common = self._common(step) if step is not None else 0.0
            form = _narrowed(source.form, reached.form)
            shape = source.shape.narrowed(reached.shape)
            yield SetBody(form, shape), common - floating * FLOATING, floating

    def _common(self, step: Step) -> float:
        """Return a small bonus for relations that hold often: they are what is left unsaid."""
        return _COMMON * math.log10(1 + self._shapes.profiles[step.predicate].count)

    def _joined(self, left: SetBody, right: SetBody, either: bool) -> Iterator[Meaning]:
        if isinstance(right.form, Thing) and left.shape.kind == right.shape.kind:
            yield PairBody(left, right, either), 0.1, 0
        if not isinstance(right.form, Thing | Members) and left.shape.fits(right.shape):
            form = Either(left.form, right.form) if either else Both(left.form, right.form)
            if not isinstance(left.form, Thing):
                yield SetBody(form, left.shape.narrowed(right.shape)), 0.1, 0

    def _related_pair(self, relation: RelationBody, pair: PairBody) -> Iterator[Meaning]:
        for left, change, _ in self._related(pair.left, replace(relation, again=False)):
            for right, _, _ in self._related(pair.right, replace(relation, again=False)):
                same = (
                    isinstance(left, SetBody) and isinstance(right, SetBody) and _last(left) == _last(right)
                )
                if same and isinstance(left, SetBody) and isinstance(right, SetBody):
                    form = Either(left.form, right.form) if pair.either else Both(left.form, right.form)
                    yield SetBody(form, left.shape), change + 0.1, 0
                    if not pair.either:
                        yield SetBody(Either(left.form, right.form), left.shape), change - 0.6, 0

    def _cue_relation(self, cue: Cue, predicate: Iri) -> Iterator[Meaning]:
        profile = self._shapes.profiles[predicate]
        measurable = profile.kind in {"number", "date"}
        match cue.kind:
            case "superlative" | "comparative" if measurable:
                named = {match.predicate: match.score for match in self._named_by(cue.nouns)}
                if cue.kind == "superlative" or not cue.nouns or predicate in named:
                    yield RankedBody(cue, predicate), 0.1, 0
            case "superlative" if not cue.nouns and profile.kind == "entity":
                yield LinksBody(predicate, None, cue), 0.1, 0
            case "same":
                yield RelationBody(predicate, again=True), 0.2, 0
            case _:
                return

    def _cue_set(self, cue: Cue, source: SetBody) -> Iterator[Meaning]:
        match cue.kind:
            case "superlative":
                yield from self._extremes(cue, source)
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

    def _extremes(self, cue: Cue, source: SetBody) -> Iterator[Meaning]:
        for match in self._named_by(cue.nouns):
            yield from self._extreme(cue, match.predicate, source, match.score - 0.7)

    def _extreme(self, cue: Cue, predicate: Iri, source: SetBody, change: float) -> Iterator[Meaning]:
        step = Step(predicate, True)
        if step in source.shape.steps and not isinstance(source.form, Thing):
            yield SetBody(Extreme(source.form, step, cue.largest, cue.rank), source.shape), change, 0

    def _bound_relation(self, bound: BoundBody, predicate: Iri) -> Iterator[Meaning]:
        kind = self._shapes.profiles[predicate].kind
        if kind in {"number", "date"}:
            fitted = _fitted(bound.literal, kind)
            yield FilterBody(predicate, bound.operator, fitted), 0.2, 0
        elif kind == "entity" and bound.said and bound.literal.value.isdigit():
            number = int(bound.literal.value)
            yield LinksBody(predicate, None, None, bound.operator, number), 0.1, 0

    def _bound_set(self, bound: BoundBody, source: SetBody) -> Iterator[Meaning]:
        for match in self._named_by(bound.nouns):
            kind = self._shapes.profiles[match.predicate].kind
            body = FilterBody(match.predicate, bound.operator, _fitted(bound.literal, kind))
            for filtered, change, floating in self._filtered(source, body, holds=False):
                yield filtered, change + match.score - 0.7, floating

    def _filtered(self, source: SetBody, body: FilterBody, *, holds: bool) -> Iterator[Meaning]:
        step = Step(body.predicate, True)
        if step in source.shape.steps and isinstance(source.form, Thing) is holds:
            having = Having(source.form, step, body.operator, body.bound)
            form = Holds(source.form, having) if holds else having
            yield SetBody(form, _truth() if holds else source.shape), 0.1, 0

    def _filtered_near(self, source: SetBody, body: FilterBody) -> Iterator[Meaning]:
        """Combine "released in 1999" and "Keanu Reeves": what the condition is about is left unsaid."""
        for step in _sorted(source.shape.steps):
            reached = self._follow(source, step)
            for filtered, change, _ in self._filtered(reached, body, holds=False):
                yield filtered, change + self._common(step) - FLOATING, 1

    def _most_relation(self, most: MostBody, predicate: Iri) -> Iterator[Meaning]:
        yield LinksBody(predicate, most.target, most.cue), 0.2, 0

    def _most_floating(self, most: MostBody, source: SetBody) -> Iterator[Meaning]:
        """Combine "the state" and "with the most rivers", where the relation between them is left unsaid."""
        if most.target is None or most.shape is None or isinstance(source.form, Thing):
            return
        for step in _sorted(source.shape.steps):
            reached = self._shapes.after(step)
            if reached.kind == "entity" and reached.classes & most.shape.classes:
                links = LinksBody(step.predicate, most.target, most.cue)
                for body, change, floating in self._linked(links, source, step):
                    yield body, change - FLOATING / 2, floating + 1

    def _linked(self, links: LinksBody, source: SetBody, only: Step | None = None) -> Iterator[Meaning]:
        if isinstance(source.form, Thing):
            return
        for step in (Step(links.predicate, True), Step(links.predicate, False)):
            if step not in source.shape.steps or (only is not None and step != only):
                continue
            change = 0.1 if step.forward else 0.1 - _BACKWARD
            form: Form
            if links.cue is not None:
                form = MostLinks(source.form, step, links.target, links.cue.largest, links.cue.rank)
            else:
                form = HavingCount(source.form, step, links.target, links.operator, links.number)
            yield SetBody(form, source.shape), change, 0

    def _without(self, without: WithoutBody, source: SetBody) -> Iterator[Meaning]:
        if isinstance(source.form, Thing):
            return
        if without.excluded is not None:
            yield SetBody(Except(source.form, without.excluded), source.shape), 0.1, 0
        elif without.predicate is not None:
            for step in (Step(without.predicate, True), Step(without.predicate, False)):
                if step in source.shape.steps:
                    change = 0.1 if step.forward else 0.1 - _BACKWARD
                    yield SetBody(Lacks(source.form, step, without.target), source.shape), change, 0


def _truth() -> Shape:
    return Shape("boolean", frozenset(), frozenset())


def _last(body: SetBody) -> Step | None:
    return body.form.step if isinstance(body.form, Follow) else None


def _restricts(members: SetBody, other: SetBody) -> bool:
    return not isinstance(other.form, Thing | Members) and members.shape.fits(other.shape)


def _meets(reached: Shape, source: Shape) -> bool:
    return reached.kind == "entity" and bool(reached.classes & source.classes)


def _returns(reached: SetBody) -> bool:
    """Return whether the last two steps are one relation there and back."""
    form = reached.form
    return (
        isinstance(form, Follow)
        and isinstance(form.source, Follow)
        and form.source.step == _turned(form.step)
    )


def _narrowed(form: Form, by: Form) -> Form:
    """Return the members of a form that are in another; "the largest" is then the largest of these."""
    if isinstance(form, Extreme | MostLinks):
        return replace(form, source=_narrowed(form.source, by))
    return Both(form, by)


def _turns_back(form: Form, step: Step) -> bool:
    return isinstance(form, Follow) and form.step == _turned(step)


def _turned(step: Step) -> Step:
    return replace(step, forward=not step.forward)


def _sorted(steps: frozenset[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: (step.predicate.value, step.forward))


def _fitted(literal: Literal, kind: str) -> Literal:
    """Return a year as the date it stands for where it is compared with dates."""
    if kind == "date" and not literal.is_date and len(literal.value) == 4:
        return Literal(f"{literal.value}-01-01", "http://www.w3.org/2001/XMLSchema#date")
    return literal
