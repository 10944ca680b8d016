"""Candidates that lead to another kind of thing than a question word asks for: people, times, ages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kbqa.semantics.as_asked import lasted
from kbqa.semantics.candidates import Candidate
from kbqa.semantics.event_words import EventWords
from kbqa.semantics.form import Counted, Follow, Form, Thing
from kbqa.semantics.shape import Shapes
from kbqa.types import ParsedQuestion

__all__ = ["behind_others"]

_AGAINST = 2.0
_WHO = re.compile(r"\bwho(?:m|se|['’]s)?\b|谁", re.IGNORECASE)
_HOW_OLD = re.compile(
    r"\bhow old\b|\b(?:what|at (?:what|which)) age\b|多少岁|几岁|多大年[纪龄]", re.IGNORECASE
)


def behind_others(
    candidates: Sequence[Candidate], parsed: ParsedQuestion, shapes: Shapes, words: EventWords
) -> list[Candidate]:
    """Return candidates in order again, those later that lead to another kind of thing than is asked for.

    "Who pays for it?" is not answered by papers where a graph has people and organisations, "when was it written?" by no
    author, and "how old was she?" and "how long did it last?" by no year.

    Args:
        candidates: Best first.
        parsed: The question.
        shapes: Of the graph.
        words: Know what classes of people and times are called.
    """
    who = parsed.expects == "person" and _WHO.search(parsed.text) is not None and words.knows_people
    aged = _HOW_OLD.search(parsed.text) is not None or lasted(parsed)
    if not who and not aged and parsed.expects != "time":
        return list(candidates)

    def is_off(one: Candidate) -> bool:
        things = one.shape.kind == "entity" and not isinstance(one.form, Counted | Thing)
        if aged:
            return things or _is_of_times(one.form, shapes)
        if parsed.expects == "time":
            return things and not _is_of_times(one.form, shapes) and not words.are_times(one.shape.classes)
        return things and bool(one.shape.classes) and not any(map(words.are_agents, one.shape.classes))

    moved = [
        replace(one, score=one.score - _AGAINST, unsaid=one.unsaid + 1, astray=True) if is_off(one) else one
        for one in candidates
    ]
    return sorted(moved, key=lambda one: -one.score)


def _is_of_times(form: Form, shapes: Shapes) -> bool:
    """Return whether a form leads to dates or years, or to what a relation called so leads to."""
    return isinstance(form, Follow) and form.step.forward and shapes.times.is_called_time(form.step)
