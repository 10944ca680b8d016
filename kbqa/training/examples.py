"""What a matcher learns from: questions with the relations that lead from their entity to the answers."""

from __future__ import annotations

from dataclasses import dataclass

from kbqa.semantics.path_model import MASK
from kbqa.types import Language
from kg.schema import ValueKind

__all__ = ["MASK", "Example", "Hop"]


@dataclass(frozen=True, slots=True)
class Hop:
    """A relation walked from one thing to the next, in words.

    Attributes:
        name: What the graph calls the relation: "directed by", "starred actors", "出生地".
        forward: Whether it is walked from subjects to objects.
        kind: What it leads to; walked backwards that is always "entity".
        noun: What the things that it leads to are called in the singular ("film"), "" where not known.
    """

    name: str
    forward: bool
    kind: ValueKind = "entity"
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and the hops that answer it.

    Attributes:
        question: With `MASK` once, in place of the entity.
        hops: From the entity to the answers, one to three.
        language: Of the question.
        source: Where it comes from: examples of one source share their relations, so wrong relations to
            tell the right ones from are taken from the same source.
    """

    question: str
    hops: tuple[Hop, ...]
    language: Language
    source: str
