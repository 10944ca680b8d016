"""The parts that candidate queries are composed of: stretches of the question with a meaning."""

from __future__ import annotations

from dataclasses import dataclass

from kbqa.semantics.form import Form, Step
from kbqa.semantics.shape import Shape
from kbqa.types import Cue, ParsedQuestion
from kg.query import Operator
from kg.types import Iri, Literal

__all__ = [
    "Body",
    "BoundBody",
    "CueBody",
    "EventBody",
    "FilterBody",
    "JoinBody",
    "LateBody",
    "LinksBody",
    "MostBody",
    "Node",
    "NowBody",
    "OperandBody",
    "PairBody",
    "RankedBody",
    "RelationBody",
    "SetBody",
    "ThanBody",
    "WithoutBody",
    "tokens_in",
]


@dataclass(frozen=True, slots=True)
class SetBody:
    """A set of things: "France", "rivers", "the states that border Iowa"."""

    form: Form
    shape: Shape


@dataclass(frozen=True, slots=True)
class RelationBody:
    """A relation that waits for its set: "capital of", "flows through".

    `again` says that the words ask for others with the same value: "share a director with"; `turned` that they name what has
    it, as "narrower" does where a graph says "broader".
    """

    predicate: Iri
    again: bool = False
    turned: bool = False


@dataclass(frozen=True, slots=True)
class CueBody:
    """An operation that waits for what it works on."""

    cue: Cue


@dataclass(frozen=True, slots=True)
class EventBody:
    """Events that a verb speaks of, "borrowed", and the tie that leads to who does it, if that is known.

    `amount` leads to how many things each is of, if that is asked for ("how many bottles were sold"); `lasting` says that
    they are not over: "has borrowed now", `over` that they are: "has returned".
    """

    shape: Shape
    agent: Iri | None
    amount: Step | None = None
    lasting: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class NowBody:
    """Words that ask for what is not over."""


@dataclass(frozen=True, slots=True)
class LateBody:
    """Words that ask for what ended after it was due, or not after that: "late", "on time"."""

    late: bool


@dataclass(frozen=True, slots=True)
class RankedBody:
    """An operation that knows its property: "largest population", "more neighbours", "total area"."""

    cue: Cue
    predicate: Iri


@dataclass(frozen=True, slots=True)
class BoundBody:
    """A comparison with a quantity: "more than 1,000,000" is one. `upper` ends a range ("between 5 and 9")."""

    operator: Operator
    literal: Literal
    nouns: tuple[str, ...]
    said: bool
    upper: Literal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FilterBody:
    """A condition on a property, such as "a population of more than 1,000,000" or "larger than France".

    `also` is another condition on the same property: "after 1900 and before 2000".
    """

    predicate: Iri
    operator: Operator
    bound: Literal | Form
    upper: Literal | None = None
    unit: str = ""
    also: FilterBody | None = None


@dataclass(frozen=True, slots=True)
class ThanBody:
    """What a value or a number of things is compared with: "larger than the population of Italy"."""

    operator: Operator
    other: SetBody


@dataclass(frozen=True, slots=True)
class OperandBody:
    """A calculation with one of its two sides, such as "how much larger is France"."""

    cue: Cue
    side: SetBody


@dataclass(frozen=True, slots=True)
class MostBody:
    """A comparison of counts that waits for its relation, such as "the most rivers"."""

    cue: Cue
    target: Form | None
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class LinksBody:
    """A comparison of counts with its relation, "borders the most states", or of sums of an `amount`: "logged the most hours"."""

    predicate: Iri
    target: Form | None
    cue: Cue | None
    operator: Operator = ">"
    number: int | Form = 0
    amount: Step | None = None


@dataclass(frozen=True, slots=True)
class WithoutBody:
    """A negated condition: what is excluded, or a relation that must be missing.

    `only` says that an excluded thing itself is meant ("except France"), not what it is related to.
    """

    excluded: Form | None
    predicate: Iri | None
    target: Form | None = None
    only: bool = False


@dataclass(frozen=True, slots=True)
class JoinBody:
    """A set and an "and" or "or" that waits for its second set."""

    left: SetBody
    either: bool


@dataclass(frozen=True, slots=True)
class PairBody:
    """Two sets side by side: "France and Germany", "the Rhine or the Danube"."""

    left: SetBody
    right: SetBody
    either: bool


Body = (
    SetBody
    | RelationBody
    | CueBody
    | EventBody
    | NowBody
    | LateBody
    | RankedBody
    | BoundBody
    | FilterBody
    | MostBody
    | LinksBody
    | ThanBody
    | OperandBody
    | WithoutBody
    | JoinBody
    | PairBody
)


@dataclass(frozen=True, slots=True)
class Node:
    """A stretch of the question with what it means.

    Attributes:
        start: First character of the question that it covers.
        end: One past the last.
        body: Its meaning.
        score: Sum of the evidence for it; higher is better.
        tokens: Numbers of the question's tokens that it explains.
        weakest: Score of its weakest piece of evidence, in [0, 1].
        floating: How many relations in it no words of the question speak of.
        size: Number of pieces that it is made of.
    """

    start: int
    end: int
    body: Body
    score: float
    tokens: frozenset[int]
    weakest: float = 1.0
    floating: int = 0
    size: int = 1


def tokens_in(parsed: ParsedQuestion, start: int, end: int) -> frozenset[int]:
    """Return the numbers of the tokens of a question that a stretch touches."""
    return frozenset(
        number for number, token in enumerate(parsed.tokens) if token.start < end and token.end > start
    )
