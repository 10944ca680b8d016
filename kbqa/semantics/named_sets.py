"""What a question names: things, classes, and those that a thing or a text stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kbqa.semantics.form import Follow, Members, Thing
from kbqa.semantics.linked import sureness
from kbqa.semantics.nodes import Node, SetBody, tokens_in
from kbqa.semantics.shape import Shapes
from kbqa.types import ParsedQuestion
from kg.types import Candidate, Iri, Link

__all__ = ["named_sets"]

_LONGER = 0.15  # for each word of a name but the first
_STOOD_FOR = 0.1  # against what a thing only stands for


def named_sets(
    parsed: ParsedQuestion, links: Sequence[Link], shapes: Shapes, sorts: Sequence[Iri]
) -> Iterator[Node]:
    """Yield the sets that a question names.

    Args:
        parsed: The question.
        links: What its mentions may mean.
        shapes: Of the graph.
        sorts: The relations that are called as what leads to the kind of a thing.
    """
    for link in links:
        start, end = link.mention.start, link.mention.end
        tokens = tokens_in(parsed, start, end)
        for candidate in link.candidates:
            body = _set_of(candidate, shapes)
            if body is not None:
                score = candidate.score * (1.0 + _LONGER * (len(tokens) - 1))
                yield Node(start, end, body, score, tokens, sureness(candidate))
                for other in _stood_for(body, shapes, sorts):
                    yield Node(start, end, other, score - _STOOD_FOR, tokens, sureness(candidate))


def _set_of(candidate: Candidate, shapes: Shapes) -> SetBody | None:
    if candidate.kind == "predicate":
        return None
    term = candidate.term
    if candidate.kind == "class" and isinstance(term, Iri) and shapes.has_members(term):
        return SetBody(Members(term), shapes.of_members(term))
    return SetBody(Thing(term), shapes.of_thing(term))


def _stood_for(body: SetBody, shapes: Shapes, sorts: Sequence[Iri]) -> Iterator[SetBody]:
    """Yield what has a thing for its category, "tents" for the category Tents, or a text for itself alone, as a nickname."""
    if not isinstance(body.form, Thing):
        return
    for step in body.shape.steps:
        profile = shapes.profiles[step.predicate]
        alone = body.shape.kind == "text" and profile.inverse_functional and profile.functional
        if alone or (not step.forward and step.predicate in sorts):
            yield SetBody(Follow(body.form, step), shapes.after(step))
