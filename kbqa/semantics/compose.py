"""How two neighbouring stretches of a question combine into one.

Each rule takes two bodies and gives the meanings that they may have together, each with a change of
score. Word order is used only where it carries meaning, so that the same rules read English and Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from kbqa.semantics.degrees import DegreeRules
from kbqa.semantics.events import EventRules
from kbqa.semantics.form import Both, Either, Extreme, Follow, Form, Holds, Members, Step, Thing
from kbqa.semantics.limits import TIMES, BoundRules
from kbqa.semantics.matcher import Match
from kbqa.semantics.nodes import (
    Body,
    BoundBody,
    CueBody,
    EventBody,
    FilterBody,
    JoinBody,
    LateBody,
    LinksBody,
    MostBody,
    Node,
    NowBody,
    OperandBody,
    PairBody,
    RankedBody,
    RelationBody,
    SetBody,
    ThanBody,
    WithoutBody,
)
from kbqa.semantics.quotients import QuotientRules
from kbqa.semantics.sets import FLOATING, Meaning, SetRules, is_definite, may_be, owns, restricts
from kbqa.semantics.shape import TRUTH, Shape, Shapes
from kbqa.semantics.values import ValueRules
from kbqa.types import Cue
from kg.types import Iri

__all__ = ["Composer"]

_BEHIND = re.compile(r"neither|nothing|nobody|no one", re.IGNORECASE)  # negations that follow their verb
_BY = frozenset({"by", "in", "in terms of", "according to", "measured by", "按", "论"})
_AND = frozenset({"and", "but", "and also", "but also", "和", "与", "及", "且", "并", "并且", "而且", "但"})
_CLEAR = 0.8  # how well a relation must be named for its things to be meant where no word says which
_CALCULATED = 0.7  # for all that it is stated of to be added up or averaged
_NOT_BE = 0.5  # against a thing that is negated by a word for verbs
_EXCEPT = re.compile(r"except|excluding|other than|除了|以外", re.IGNORECASE)

_APPOSITION = 0.3
_NO_EVENT = (
    0.2  # against a date that no word says of what: things have several, and are not what happened on one
)
_BOUND = 0.1
_TRAILING = 0.02
_BINDING = frozenset({"by", "of", "in", "from", "with", "to", "for", "through", "as"})
# English nests to the right, Chinese to the left: "the capital of the largest state", 最大的州的首府.
_BRANCHING = 0.04


class Composer:
    """Combines neighbouring stretches of one question."""

    def __init__(
        self,
        shapes: Shapes,
        named_by: Callable[[Sequence[str]], list[Match]],
        *,
        agent_of: Callable[[Shape], Iri | None],
        are_asked: Callable[[str], bool],
        when: bool,
        ask: bool,
        be: bool,
        inverse: bool,
        right: bool,
        possible: bool,
        passive: bool = False,
        in_all: bool = False,
    ) -> None:
        """Prepare for one question.

        Args:
            shapes: What forms can be members of.
            named_by: Gives the number and date predicates that some nouns name.
            agent_of: Gives the relation of events that leads to people, if people are asked for.
            are_asked: Whether instances of a class may be asked for.
            when: Whether the question asks when.
            ask: Whether the question wants yes or no.
            be: Whether it asks what something is: "is", and not "did".
            inverse: Whether the words turn relations round ("whose father is").
            right: Whether phrases nest to the right, as in English.
            possible: Whether nothing is an answer too, as for "how many" and "is there".
            passive: Whether something is done to what is compared, "the most cited paper".
            in_all: Whether it asks how many there are in total.
        """
        self._sets = SetRules(shapes, inverse=inverse, possible=possible, when=when)
        self._bounds = BoundRules(shapes, self._sets, named_by, ask=ask, are_asked=are_asked)
        self._degrees = DegreeRules(shapes, self._sets, self._bounds, named_by, passive=passive)
        self._values = ValueRules(shapes, self._sets, named_by, ask=ask)
        self._quotients = QuotientRules(shapes, self._sets, named_by)
        self._events = EventRules(shapes, self._sets, agent_of, when=when, ask=ask)
        self._ask = ask
        self._in_all = in_all
        self._be = be
        self._right = right

    def combine(self, left: Node, right: Node, between: str) -> Iterator[Node]:
        """Yield what two neighbours mean together.

        Args:
            left: Ends before `right` starts.
            right: The other.
            between: The words of the question between them, trimmed and lower-cased.
        """
        meanings = [*self._ordered(left.body, right.body)]
        if between in _BY:
            meanings += _by(left.body, right.body)
        if between in _AND and isinstance(left.body, FilterBody) and isinstance(right.body, BoundBody):
            meanings += self._bounds.both_bounds(left.body, right.body)
        if not between:
            meanings += self._adjacent(left.body, right.body)
        meanings += [*self._either_way(left.body, right.body), *self._either_way(right.body, left.body)]
        # "… were directed by whom" asks of all that stands before it, also in English.
        trailing = isinstance(left.body, SetBody) and isinstance(right.body, RelationBody)
        nested = left if self._right and not trailing else right
        against = _BRANCHING * (nested.size - 1)
        if isinstance(left.body, RelationBody) and between.split(" ")[0] in _BINDING:
            against -= _BOUND
        if not between and isinstance(left.body, CueBody) and isinstance(right.body, RelationBody):
            against -= _BOUND
        if trailing:
            against -= _TRAILING * (left.size - 1)
        if self._right and not between and isinstance(left.body, LinksBody) and left.body.cue is not None:
            # "the most countries" counts countries, it is not said of them.
            against += _BOUND * 3
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
            for step in self._sets.unsaid(node.body.shape.steps):
                body = self._sets.follow(node.body, step)
                yield replace(node, body=body, score=node.score - FLOATING, floating=node.floating + 1)

    def implied(self, node: Node) -> Iterator[Node]:
        """Yield what a condition alone stands for: "born after 1990" for the people who were."""
        meanings: Iterator[Meaning] = iter(())
        if isinstance(node.body, SetBody):
            meanings = self._events.implied(node.body)
        elif isinstance(node.body, LinksBody):
            meanings = self._degrees.implied_links(node.body, list(self._events.doers(node.body)))
        elif isinstance(node.body, RelationBody) and self._in_all and node.weakest >= _CLEAR:
            meanings = self._degrees.implied_sum(node.body.predicate)
        elif isinstance(node.body, PairBody):
            meanings = self._sets.implied_pair(node.body)
        elif isinstance(node.body, FilterBody):
            meanings = self._bounds.implied(node.body)
        elif isinstance(node.body, BoundBody) and node.body.said and not set(node.body.nouns) & TIMES:
            meanings = self._bounds.implied_bound(node.body)
        elif (
            isinstance(node.body, RankedBody)
            and node.body.cue.kind == "superlative"
            and node.weakest >= _CLEAR
        ):
            meanings = self._degrees.implied_extreme(node.body.cue, node.body.predicate)
        elif (
            isinstance(node.body, RankedBody)
            and node.body.cue.kind == "aggregate"
            and node.weakest >= _CALCULATED
        ):
            meanings = self._of_all(node.body)
        for body, change, floating in meanings:
            yield replace(node, body=body, score=node.score + change, floating=node.floating + floating)

    def _of_all(self, ranked: RankedBody) -> Iterator[Meaning]:
        """Yield what is worked out of all that a number is stated of: "the average price", "total sponsorship money"."""
        for source in self._bounds.having_it(ranked.predicate):
            for body, change, floating in self._values.ranked_set(ranked.cue, ranked.predicate, source):
                yield body, change - FLOATING, floating

    def _adjacent(self, left: Body, right: Body) -> Iterator[Meaning]:
        """Yield what two stretches mean that no word stands between."""
        match left, right:
            case RelationBody(predicate), RelationBody(other) if predicate == other:
                # "release date", "spoken languages": two words for one relation.
                yield right, 0.0, 0
            case RelationBody(predicate), SetBody(Thing(), shape) if Step(predicate, False) in shape.steps:
                # "the actor Tom Hanks": the word says what he is.
                yield right, -_APPOSITION, 0
            case SetBody(Members(), kind), SetBody(Thing(), shape) if kind.classes & shape.classes:
                # "the river Rhine": the word says what it is.
                yield right, -_BOUND, 0
            case _:
                return

    def _ordered(self, left: Body, right: Body) -> Iterator[Meaning]:
        match left, right:
            case SetBody(), CueBody(Cue(kind="and" | "or" as word)):
                yield JoinBody(left, word == "or"), 0.0, 0
            case JoinBody(first, either), SetBody():
                yield from self._sets.joined(first, right, either)
            case CueBody(Cue(kind="negation")), RelationBody(predicate):
                yield WithoutBody(None, predicate), 0.1, 0
            case RelationBody(predicate), CueBody(Cue(kind="negation", text=text)) if _BEHIND.search(text):
                yield WithoutBody(None, predicate), 0.1, 0
            case CueBody(Cue(kind="negation")), SetBody() if not isinstance(right.form, Members):
                only = _EXCEPT.search(left.cue.text) is not None
                if left.cue.text == "不":
                    # It is said of verbs: "不与巴西和秘鲁接壤" leaves Brazil in, and the neighbours of either out.
                    against = _NOT_BE * isinstance(right.form, Thing)
                    yield WithoutBody(_either(right.form), None, only=only), 0.1 - against, 0
                else:
                    yield WithoutBody(right.form, None, only=only), 0.1, 0
            case CueBody(Cue(kind="negation")), SetBody(Members()):
                yield WithoutBody(None, None, right.form), 0.1, 0
            case CueBody(Cue(kind="negation")), EventBody(shape, agent):
                yield WithoutBody(None, None, Members(self._events.cls(shape))), 0.1, 0
                if agent is not None:
                    yield WithoutBody(None, agent), 0.1, 0
            case WithoutBody(None, None, Members()), SetBody(Members(cls)) if self._right:
                yield from self._events.never(left, cls)
            case LinksBody(_, None), SetBody(Members(), _):
                yield replace(left, target=right.form), 0.1, 0
            case SetBody(Thing(), _), SetBody() if self._ask and not isinstance(right.form, Thing):
                # "Is Paris a country?" has an answer, whatever Paris is.
                if may_be(left, right) or (self._be and isinstance(right.form, Members)):
                    yield SetBody(Holds(left.form, right.form), TRUTH), 0.3, 0
            case SetBody(Thing(), _), SetBody(Thing(), _) if self._ask:
                yield from self._sets.linked(left, right)
            case SetBody(), SetBody(Thing(), _) if self._ask and is_definite(left) and may_be(right, left):
                yield SetBody(Holds(right.form, left.form), TRUTH), 0.3, 0
            case SetBody(), SetBody() if self._ask and is_definite(left) and is_definite(right):
                if left.shape.fits(right.shape) and left.shape.kind == "entity":
                    yield SetBody(Holds(left.form, right.form), TRUTH), 0.2, 0
            case SetBody(Thing(), _), FilterBody() if self._ask:
                yield from self._bounds.filtered(left, right, holds=True)
            case SetBody(Thing(), _), LinksBody() if self._ask:
                yield from self._values.counted(left, right)
            case SetBody(), ThanBody():
                yield from self._values.compared(left, right)
            case SetBody(), OperandBody(cue, side):
                yield from self._values.operands(cue, left, side)
            case OperandBody(cue, side), SetBody():
                yield from self._values.operands(cue, side, right)
            case _:
                return

    def _either_way(self, one: Body, other: Body) -> Iterator[Meaning]:
        match one, other:
            case SetBody(), RelationBody():
                yield from self._sets.related(one, other)
            case EventBody() | NowBody() | LateBody(), _:
                yield from self._events.combined(one, other)
            case SetBody(Members(), _), SetBody() if restricts(one, other):
                yield from self._sets.restricted(one, other)
            case SetBody(Thing(Iri()), _), SetBody(Thing(Iri()), _):
                yield from self._sets.belonging(one, other)
                yield from self._events.between(one, other)
            case SetBody(), SetBody() if owns(one, other):
                yield from self._sets.belonging(one, other)
                yield from self._events.narrowed(one, other)
                yield from self._events.of_kind(one, other)
            case CueBody(Cue(kind="quotient") as cue), SetBody():
                yield from self._quotients.of_thing(cue, other)
            case CueBody(Cue(kind="superlative" | "comparative") as cue), CueBody(
                Cue(kind="quotient") as divided
            ):
                # "highest population density", 人口密度最大
                yield CueBody(replace(cue, nouns=divided.nouns, of=divided.of, per=divided.per)), 0.1, 0
            case CueBody(Cue(kind="aggregate" | "arithmetic")), _:
                yield from self._values.calculated(one.cue, other)
            case CueBody(cue), RelationBody(predicate):
                yield from self._degrees.cue_relation(cue, predicate)
            case CueBody(cue), SetBody():
                yield from self._degrees.cue_set(cue, other)
                if cue.per and cue.kind == "superlative":
                    yield from self._quotients.extreme(cue, other)
                if cue.kind == "comparative":
                    yield from self._values.than(cue, other)
            case CueBody(cue), PairBody(left, right) if cue.kind in {"superlative", "comparative"}:
                both = SetBody(Either(left.form, right.form), left.shape.narrowed(right.shape))
                yield from self._degrees.extremes(cue, both)
                if cue.per:
                    yield from self._quotients.extreme(cue, both)
            case RankedBody(Cue(kind="aggregate" | "arithmetic") as cue, predicate), SetBody():
                yield from self._values.ranked_set(cue, predicate, other)
            case RankedBody(Cue(kind="aggregate" | "arithmetic") as cue, predicate), PairBody():
                yield from self._values.ranked_pair(cue, predicate, other)
            case RankedBody(Cue(kind="comparative") as cue, predicate), SetBody(Thing()):
                yield from self._values.ranked_set(cue, predicate, other)
            case RankedBody(cue, predicate), SetBody():
                yield from self._degrees.extreme(cue, predicate, other, 0.2)
                yield from self._events.most_of(cue, predicate, other)
            case RankedBody(cue, predicate), PairBody(left, right):
                both = SetBody(Either(left.form, right.form), left.shape.narrowed(right.shape))
                yield from self._degrees.extreme(cue, predicate, both, 0.2)
            case RelationBody(), PairBody():
                yield from self._sets.related_pair(one, other)
            case RelationBody(predicate), ThanBody():
                yield from self._values.relation_than(predicate, other)
            case RelationBody(predicate), FilterBody(filtered) if predicate == filtered:
                yield other, 0.0, 0
            case SetBody(), PairBody() if other.either and self._ask and not isinstance(one.form, Members):
                yield from self._chosen(one, other)
            case SetBody(Members()), PairBody():
                yield from self._sets.belonging_pair(one, other)
            case WithoutBody(None, predicate, None), PairBody() if predicate is not None:
                for related, change, _ in self._sets.related_pair(
                    RelationBody(predicate), replace(other, either=True)
                ):
                    if isinstance(related, SetBody):
                        yield WithoutBody(related.form, None), change, 0
            case BoundBody(), _:
                yield from self._bounded(one, other)
            case FilterBody(), SetBody():
                yield from self._bounds.filtered(other, one, holds=False)
                if isinstance(other.form, Thing):
                    yield from self._bounds.filtered_near(other, one)
            case MostBody(), RelationBody(predicate):
                yield from self._degrees.most_relation(one, predicate)
            case MostBody(), SetBody():
                yield from self._degrees.most_floating(one, other)
            case LinksBody(), SetBody():
                yield from self._degrees.linked(one, other)
            case WithoutBody(None, predicate, None), SetBody(Thing()) if predicate is not None:
                for related, change, _ in self._sets.related(other, RelationBody(predicate)):
                    if isinstance(related, SetBody):
                        yield WithoutBody(related.form, None), change, 0
            case WithoutBody(), SetBody():
                yield from self._degrees.without(one, other)
            case _:
                return

    def _bounded(self, bound: BoundBody, other: Body) -> Iterator[Meaning]:
        """Yield what a bound and what stands beside it mean."""
        match other:
            case RelationBody(predicate):
                yield from self._bounds.bound_relation(bound, predicate)
            case SetBody() if bound.said:
                yield from self._bounds.bound_set(bound, other)
            case SetBody() if not isinstance(other.form, Thing):
                against = 0.0 if self._events.are(other, whole=True) else _NO_EVENT
                for body, change, floating in self._bounds.in_time(bound, other):
                    yield body, change - against, floating
            case LinksBody() if events := self._events.of_links(other):
                for body, change, floating in self._bounds.in_time(bound, events):
                    if isinstance(body, SetBody):
                        yield replace(other, target=body.form), change, floating
            case _:
                return

    def _chosen(self, source: SetBody, pair: PairBody) -> Iterator[Meaning]:
        """Yield which of two things a set holds: "is the capital of Brazil Rio or Brasília?"."""
        named = isinstance(source.form, Thing)
        steps = self._sets.unsaid(source.shape.steps) if named else []
        floating = 1 if named else 0
        for body in [self._sets.follow(source, step) for step in steps] or [source]:
            if pair.left.shape.fits(body.shape) and pair.right.shape.fits(body.shape):
                either = Either(pair.left.form, pair.right.form)
                yield SetBody(Both(either, body.form), body.shape), 0.3 - floating * FLOATING, floating


def _by(left: Body, right: Body) -> Iterator[Meaning]:
    """Yield what "by area" means after "the smallest countries": what they are the smallest by."""
    match left, right:
        case SetBody(Extreme(_, step)), RelationBody(predicate) if step.predicate == predicate:
            yield left, 0.3, 0
        case _:
            return


def _either(form: Form) -> Form:
    """Return what one of two things leads to, where a form is what both of them lead to by the same step."""
    match form:
        case Both(Follow(Thing(), step), Follow(Thing(), other)) if step == other:
            return Either(form.left, form.right)
        case _:
            return form
