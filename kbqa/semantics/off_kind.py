"""Candidates that lead to another kind of thing than a question word asks for: people, times, ages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kbqa.semantics.as_asked import lasted
from kbqa.semantics.asked import counted_words
from kbqa.semantics.candidates import Candidate
from kbqa.semantics.event_words import EventWords
from kbqa.semantics.form import Counted, Follow, Form, Thing, relations
from kbqa.semantics.form import things as things_of
from kbqa.semantics.nodes import tokens_in
from kbqa.semantics.shape import Shapes
from kbqa.types import ParsedQuestion
from kg.types import Link

__all__ = ["behind_others"]

_AGAINST = 2.0
_BOTH = 2  # things that are named, one for each side
_WHO = re.compile(r"\bwho(?:m|se|['’]s)?\b|谁", re.IGNORECASE)
_HOW_MUCH_OF = re.compile(r"\bhow much of (?:the|our|its|their|this|that)\b", re.IGNORECASE)
_HOW_OLD = re.compile(
    r"\bhow old\b|\b(?:what|at (?:what|which)) age\b|多少岁|几岁|多大年[纪龄]", re.IGNORECASE
)


def behind_others(
    candidates: Sequence[Candidate],
    parsed: ParsedQuestion,
    links: Sequence[Link],
    shapes: Shapes,
    words: EventWords,
) -> list[Candidate]:
    """Return candidates in order again, those later that lead to another kind of thing than is asked for.

    "Who pays for it?" is not answered by papers where a graph has people and organisations, "when was it written?" by no
    author, "how old was she?" and "how long did it last?" by no year, "how many people" by no number of texts, and "how
    much of it" not by all of it. What teams do at home is not said of those that are away.

    Args:
        candidates: Best first.
        parsed: The question.
        links: What it mentions.
        shapes: Of the graph.
        words: Know what classes of people and times are called.
    """
    who = parsed.expects == "person" and _WHO.search(parsed.text) is not None and words.knows_people
    aged = _HOW_OLD.search(parsed.text) is not None or lasted(parsed)
    part = _HOW_MUCH_OF.search(parsed.text) is not None
    said = {token.lemma for token in parsed.tokens}
    counts_things = _counts_things(parsed, links)

    def is_off(one: Candidate) -> bool:
        counted = isinstance(one.form, Counted)
        things = one.shape.kind == "entity" and not isinstance(one.form, Counted | Thing)
        if counted and not one.said and shapes.has_one(one.form):
            return one.shape.kind == "text"
        if counted and counts_things and one.shape.kind == "text":
            return True
        if part and one.unsaid:
            return True
        if len(set(things_of(one.form))) < _BOTH and words.opposed(relations(one.form), said):
            return True
        if aged:
            return things or _is_of_times(one.form, shapes)
        if parsed.expects == "time":
            return things and not _is_of_times(one.form, shapes) and not words.are_times(one.shape.classes)
        classes = one.shape.classes
        # A compressor is no person, though it is called as those are who do something.
        return who and things and 2 * sum(map(words.are_agents, classes)) < len(classes)

    moved = [
        replace(one, score=one.score - _AGAINST, unsaid=one.unsaid + 1, astray=True) if is_off(one) else one
        for one in candidates
    ]
    return sorted(moved, key=lambda one: -one.score)


def _counts_things(parsed: ParsedQuestion, links: Sequence[Link]) -> bool:
    """Return whether a question counts what it names a class for: "how many people"."""
    counted = counted_words(parsed)
    return any(
        link.candidates[0].kind == "class"
        and counted & tokens_in(parsed, link.mention.start, link.mention.end)
        for link in links
    )


def _is_of_times(form: Form, shapes: Shapes) -> bool:
    """Return whether a form leads to dates or years, or to what a relation called so leads to."""
    return isinstance(form, Follow) and form.step.forward and shapes.times.is_called_time(form.step)
