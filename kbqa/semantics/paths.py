"""Chains of relations from a question's entity, found by the learnt matcher.

A beam walks from each linked entity along steps that the schema can join, so that the cost depends on the
number of relations and never on how many neighbours an entity has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kbqa.semantics.candidates import expected
from kbqa.semantics.form import Except, Follow, Form, Step, Thing
from kbqa.semantics.path_model import MASK, MAX_STEPS
from kbqa.semantics.path_scorer import Columns, PathScorer, StepScores
from kbqa.semantics.shape import Shape, Shapes
from kbqa.types import AnswerType, ParsedQuestion
from kg.types import Candidate, Iri, Link, Literal

__all__ = ["Path", "PathFinder", "path_form"]

_BEAM = 24
_PRIOR, _RAREST = 0.3, 1e-3
_KIND = 6.0
_MENTIONS = 3
_MEANINGS = 4
_NOTHING = -1
_NO_PRIOR = np.zeros(0)
_REMEMBERED = 4_096  # steps whose followers are kept


@dataclass(frozen=True, slots=True)
class Path:
    """A chain of relations that may be what a question asks for.

    Attributes:
        topic: Where it starts.
        steps: One to three.
        form: The chain as a logical form.
        shape: What it leads to.
        score: Log-probability that it is meant, given that `topic` is.
        linked: How well the topic's name fits, in [0, 1].
        nearest: Cosine of the step that is nearest to what the question asks for there, in [-1, 1].
    """

    topic: Iri | Literal
    steps: tuple[Step, ...]
    form: Form
    shape: Shape
    score: float
    linked: float
    nearest: float


@dataclass(frozen=True, slots=True)
class _Chain:
    """Columns of the steps from one meaning of a mention, with the score of the whole."""

    score: float
    columns: tuple[int, ...]
    topic: Candidate
    scores: StepScores


class PathFinder:
    """Finds the likeliest chains of one graph."""

    def __init__(self, shapes: Shapes, scorer: PathScorer) -> None:
        self._shapes = shapes
        self._scorer = scorer
        self._steps = list(scorer.columns)
        self._after = lru_cache(maxsize=_REMEMBERED)(self._columns_after)

    def find(self, parsed: ParsedQuestion, links: Sequence[Link], *, k: int) -> list[Path]:
        """Return at most `k` chains, the likeliest first; none where no entity or value was linked."""
        topics = _topics(links)[:_MENTIONS]
        questions = [masked(parsed.text, link.mention.start, link.mention.end) for link in topics]
        found: list[_Chain] = []
        for link, scores in zip(topics, self._scorer.score(questions), strict=True):
            for candidate in _meanings(link)[:_MEANINGS]:
                start = self._columns(self._shapes.of_thing(candidate.term).steps)
                chains = self._walk(start, scores)
                found += [
                    _Chain(score + self._fits(columns[-1], parsed.expects), columns, candidate, scores)
                    for score, columns in chains
                ]
        found.sort(key=lambda chain: (-chain.score, len(chain.columns)))
        return [self._path(chain) for chain in found[:k]]

    def _walk(self, start: Columns, scores: StepScores) -> Iterator[tuple[float, tuple[int, ...]]]:
        """Yield the likeliest chains of each length as columns, with their scores."""
        beam: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
        for position in range(MAX_STEPS):
            ends = dict.fromkeys(columns[-1] if columns else _NOTHING for _, columns in beam)
            offered = {last: self._offered(last, start, scores, position) for last in ends}
            nexts = [offered[columns[-1] if columns else _NOTHING] for _, columns in beam]
            sums = np.concatenate([score + more for (score, _), (_, more) in zip(beam, nexts, strict=True)])
            steps = np.concatenate([columns for columns, _ in nexts])
            before = np.repeat(np.arange(len(beam)), [len(columns) for columns, _ in nexts])
            best = np.argsort(-sums, kind="stable")[:_BEAM]
            beam = [(float(sums[at]), (*beam[before[at]][1], int(steps[at]))) for at in best]
            if not beam:
                return
            stop = scores.stop(position + 1)
            yield from ((score + stop, columns) for score, columns in beam)

    def _offered(
        self, last: int, start: Columns, scores: StepScores, position: int
    ) -> tuple[Columns, NDArray[np.float64]]:
        """Return the likeliest steps behind another one, or at the start, and what they add to a score."""
        columns, prior = (start, _NO_PRIOR) if last == _NOTHING else self._after(last)
        best = scores.likeliest(columns, position, k=_BEAM)
        added = scores.values[position, best].astype(np.float64)
        return best, added if last == _NOTHING else added + prior[np.searchsorted(columns, best)]

    def _fits(self, column: int, expects: AnswerType) -> float:
        """Return what speaks for what a step leads to, or against it, given what is asked for."""
        step = self._steps[column]
        kind = self._shapes.profiles[step.predicate].kind if step.forward else "entity"
        return _KIND * expected(expects, kind)

    def _columns_after(self, column: int) -> tuple[Columns, NDArray[np.float64]]:
        """Return the steps that can follow another, and what speaks for each before any question."""
        last = self._steps[column]
        columns = self._columns(self._shapes.after(last).steps)
        shares = [max(_RAREST, self._shapes.share(last, self._steps[at])) for at in columns]
        return columns, _PRIOR * np.log(np.array(shares, dtype=np.float64))

    def _columns(self, steps: Set[Step]) -> Columns:
        """Return where some steps stand among the scores, in ascending order."""
        columns = self._scorer.columns
        return np.array(sorted(columns[step] for step in steps if step in columns), dtype=np.intp)

    def _path(self, chain: _Chain) -> Path:
        steps = tuple(self._steps[column] for column in chain.columns)
        topic = chain.topic
        nearest = max(float(chain.scores.cosines[at]) for at in enumerate(chain.columns))
        shape = self._shapes.after(steps[-1])
        form = path_form(topic.term, steps)
        return Path(topic.term, steps, form, shape, chain.score, topic.score, nearest)


def path_form(topic: Iri | Literal, steps: Sequence[Step]) -> Form:
    """Return a chain as a logical form; a way back does not lead to the topic itself.

    "Films with the same director as this one" are other films.
    """
    form: Form = Thing(topic)
    for position, step in enumerate(steps):
        form = Follow(form, step)
        if position == 1 and step == Step(steps[0].predicate, not steps[0].forward):
            form = Except(form, Thing(topic))
    return form


def masked(text: str, start: int, end: int) -> str:
    """Return a question with a mention replaced by `MASK`.

    >>> masked("Who wrote Emma?", 10, 14)
    'Who wrote [MASK]?'
    """
    return f"{text[:start]}{MASK}{text[end:]}"


def _topics(links: Sequence[Link]) -> list[Link]:
    return [link for link in links if _meanings(link)]


def _meanings(link: Link) -> list[Candidate]:
    return [candidate for candidate in link.candidates if candidate.kind in {"entity", "value"}]
