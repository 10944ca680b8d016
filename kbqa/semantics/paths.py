"""Chains of relations from a question's entity, found by the learnt matcher.

A beam walks from each linked entity along steps that the schema can join, and, where it has come to few things,
along those that they really take, so that the cost depends on the number of relations and never on how many
neighbours an entity has. A second beam also takes steps that only things like these take. Its chains have no answer,
but where one is what a question asks for, no other chain must pass as sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kbqa.parsing.plain import in_plain_words
from kbqa.semantics.candidates import expected
from kbqa.semantics.form import Except, Follow, Form, Step, Thing, back
from kbqa.semantics.path_model import MASK, MAX_STEPS
from kbqa.semantics.path_scorer import Columns, PathScorer, StepScores
from kbqa.semantics.shape import Shape, Shapes
from kbqa.types import AnswerType, ParsedQuestion
from kg.types import Candidate, Iri, Link, Literal, Mention

__all__ = ["Path", "PathFinder", "masked", "path_form"]

_BEAM = 24
_PRIOR, _RAREST = 0.3, 1e-3
_KIND = 6.0
_MENTIONS = 3
_MEANINGS = 4
_REMEMBERED = 4_096  # steps whose followers are kept
_UNSTATED = (
    2.0  # log-odds against a question about what the graph does not state of a thing, but of things like it
)
_MOST_UNSTATED = 6  # steps that are not stated by which a chain may go on, and chains with such steps


@dataclass(frozen=True, slots=True)
class Path:
    """A chain of relations that may be what a question asks for.

    Attributes:
        topic: Where it starts.
        steps: One to three.
        form: The chain as a logical form.
        shape: What it leads to.
        score: Log-probability that it is meant, among the chains that were looked at.
        linked: How well the topic's name fits, in [0, 1].
        nearest: Cosine of the step that is nearest to what the question asks for there, in [-1, 1].
        fits: Log-odds that it says what the question says, whatever other chains there are.
        stated: Whether the graph may state where it leads; False for a step that only things like these take.
    """

    topic: Iri | Literal
    steps: tuple[Step, ...]
    form: Form
    shape: Shape
    score: float
    linked: float
    nearest: float
    fits: float
    stated: bool = True


@dataclass(frozen=True, slots=True)
class _Chain:
    """Columns of the steps from one meaning of a mention, with the score of the whole."""

    score: float
    columns: tuple[int, ...]
    topic: Candidate
    scores: StepScores
    stated: bool
    fits: float = 0.0


@dataclass(frozen=True, slots=True)
class _Prefix:
    """Columns of steps that a chain may begin with, and whether the graph states each of them."""

    score: float
    columns: tuple[int, ...]
    stated: bool = True


@dataclass(frozen=True, slots=True)
class _Next:
    """Columns of the steps that a chain may go on by, and what each adds to its score; `stated` ones come first."""

    columns: Columns
    adds: NDArray[np.float64]
    stated: int


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
        questions = [masked(parsed, link.mention) for link in topics]
        counts = any(cue.kind == "count" for cue in parsed.cues)
        found: list[_Chain] = []
        unstated: list[_Chain] = []
        for link, scores in zip(topics, self._scorer.score(questions), strict=True):
            for candidate in _meanings(link)[:_MEANINGS]:
                ways = _Ways(self._shapes, self._scorer.columns, self._steps, candidate.term)
                for chains, stated in ((found, True), (unstated, False)):
                    chains += [
                        _Chain(
                            score + self._fits(columns[-1], parsed.expects),
                            columns,
                            candidate,
                            scores,
                            stated,
                        )
                        for score, columns in self._walk(ways, scores, widely=not stated, counts=counts)
                    ]
        likely = _likeliest(found, k) + _likeliest(unstated, _MOST_UNSTATED)
        return [self._path(chain) for chain in self._judged(likely)]

    def relations(self, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Iri]:
        """Return all relations of the graph by how near any of a question's steps comes to them, nearest first."""
        topics = _topics(links)[:_MENTIONS]
        questions = [masked(parsed, link.mention) for link in topics]
        best: dict[Iri, float] = {}
        for scores in self._scorer.score(questions or [parsed.text]):
            for step, near in zip(self._steps, scores.cosines.max(axis=0).tolist(), strict=True):
                best[step.predicate] = max(best.get(step.predicate, -1.0), near)
        return sorted(best, key=lambda iri: (-best[iri], iri.value))

    def _judged(self, chains: Sequence[_Chain]) -> list[_Chain]:
        """Return chains with what the cross-encoder makes of them, the likeliest first.

        It compares the chains from one mention; how likely each mention is to be the start, the steps say. The stated
        chains share the probability, as they do where there are no others.
        """
        groups: dict[int, list[_Chain]] = {}
        for chain in chains:
            groups.setdefault(id(chain.scores), []).append(chain)
        judged = []
        for group in groups.values():
            likely = [chain.score for chain in group]
            scores, fits = self._scorer.judge(group[0].scores, [chain.columns for chain in group], likely)
            start = _whole(group, likely) - _whole(group, scores.tolist())
            judged += [
                replace(chain, score=start + score, fits=fit)
                for chain, score, fit in zip(group, scores.tolist(), fits.tolist(), strict=True)
            ]
        whole = _whole(chains, [chain.score for chain in chains]) if chains else 0.0
        judged.sort(key=lambda chain: (-chain.score, len(chain.columns)))
        return [replace(chain, score=chain.score - whole) for chain in judged]

    def _walk(
        self, ways: _Ways, scores: StepScores, *, widely: bool, counts: bool
    ) -> Iterator[tuple[float, tuple[int, ...]]]:
        """Yield the likeliest chains of each length as columns, with their scores.

        Where a chain so far leads to few things it goes on by the steps that these really take, elsewhere by
        all that the schema allows; `widely` yields those only that take a step which the graph does not state.
        """
        shape = self._shapes.of_thing(ways.topic)
        start = self._columns(shape.steps)
        # What is not stated makes all else unsure; only where things are counted can it be an answer, none.
        kin = self._columns(self._shapes.of_kin(shape) if widely and counts else ())
        beam = [_Prefix(0.0, ())]
        for position in range(MAX_STEPS):
            nexts = [
                self._offered(prefix, ways, start, kin, scores, position, widely=widely) for prefix in beam
            ]
            sums = np.concatenate(
                [prefix.score + next_.adds for prefix, next_ in zip(beam, nexts, strict=True)]
            )
            steps = np.concatenate([next_.columns for next_ in nexts])
            stated = np.concatenate([np.arange(len(next_.columns)) < next_.stated for next_ in nexts])
            before = np.repeat(np.arange(len(beam)), [len(next_.columns) for next_ in nexts])
            best = np.argsort(-sums, kind="stable")[:_BEAM]
            beam = [
                _longer(beam[before[at]], int(steps[at]), float(sums[at]), stated=bool(stated[at]))
                for at in best
            ]
            if not beam:
                return
            stop = scores.stop(position + 1)
            yield from ((one.score + stop, one.columns) for one in beam if not (widely and one.stated))

    def _offered(
        self,
        prefix: _Prefix,
        ways: _Ways,
        start: Columns,
        kin: Columns,
        scores: StepScores,
        position: int,
        *,
        widely: bool,
    ) -> _Next:
        """Return the likeliest steps behind some others, or at the start."""
        if prefix.columns:
            columns, prior = self._after(prefix.columns[-1])
            taken = ways.taken(prefix.columns) if prefix.stated else None
            own = columns if taken is None else columns[taken[columns]]
        else:
            columns, prior = self._alike(start, kin) if widely else (start, np.zeros(len(start)))
            own = start
        best = scores.likeliest(own, position, k=_BEAM)
        stated = len(best)
        if widely and len(own) < len(columns):
            others = np.setdiff1d(columns, own, assume_unique=True)
            best = np.concatenate([best, scores.likeliest(others, position, k=_MOST_UNSTATED)])
        adds = scores.values[position, best] + prior[np.searchsorted(columns, best)]
        adds[stated:] -= _UNSTATED
        return _Next(best, adds, stated)

    def _alike(self, own: Columns, kin: Columns) -> tuple[Columns, NDArray[np.float64]]:
        """Return some steps, and those that things with any of these take too, with what speaks for each.

        Of the others only those of `kin`, the steps of the same classes, if there are any.
        """
        prior = np.full(len(self._steps), -np.inf)
        for column in own:
            step = self._steps[column]
            columns, speaks = self._after(self._scorer.columns[back(step)])
            prior[columns] = np.maximum(prior[columns], speaks)
        if len(kin):
            prior[np.setdiff1d(np.arange(len(prior)), kin)] = -np.inf
        prior[own] = 0.0
        columns = np.flatnonzero(np.isfinite(prior))
        return columns, prior[columns]

    def _fits(self, column: int, expects: AnswerType) -> float:
        """Return what speaks for what a step leads to, or against it, given what is asked for."""
        step = self._steps[column]
        kind = self._shapes.profiles[step.predicate].kind if step.forward else "entity"
        year = expects != "time" or self._shapes.times.may_be_year(step)
        return _KIND * expected(expects, kind, year=year)

    def _columns_after(self, column: int) -> tuple[Columns, NDArray[np.float64]]:
        """Return the steps that can follow another, and what speaks for each before any question."""
        last = self._steps[column]
        columns = self._columns(self._shapes.after(last).steps)
        shares = [max(_RAREST, self._shapes.share(last, self._steps[at])) for at in columns]
        return columns, _PRIOR * np.log(np.array(shares, dtype=np.float64))

    def _columns(self, steps: Iterable[Step]) -> Columns:
        """Return where some steps stand among the scores, in ascending order."""
        columns = self._scorer.columns
        return np.array(sorted(columns[step] for step in steps if step in columns), dtype=np.intp)

    def _path(self, chain: _Chain) -> Path:
        steps = tuple(self._steps[column] for column in chain.columns)
        topic = chain.topic
        nearest = max(float(chain.scores.cosines[at]) for at in enumerate(chain.columns))
        shape = self._shapes.after(steps[-1])
        form = path_form(topic.term, steps)
        return Path(
            topic.term, steps, form, shape, chain.score, topic.score, nearest, chain.fits, chain.stated
        )


class _Ways:
    """What the chains from one thing lead to, and by which steps they really go on; each is looked up once for both beams."""

    def __init__(
        self, shapes: Shapes, columns: Mapping[Step, int], steps: Sequence[Step], topic: Iri | Literal
    ) -> None:
        self.topic = topic
        self._shapes = shapes
        self._columns = columns
        self._steps = steps
        self._reached: dict[tuple[int, ...], tuple[Iri, ...] | None] = {
            (): (topic,) if isinstance(topic, Iri) else None
        }
        self._taken: dict[tuple[int, ...], NDArray[np.bool_] | None] = {}

    def taken(self, chain: tuple[int, ...]) -> NDArray[np.bool_] | None:
        """Return for each column whether a thing that a chain leads to takes it; None where these are many or no IRIs."""
        if chain not in self._taken:
            things = self._things(chain)
            self._taken[chain] = None if things is None else self._by(things)
        return self._taken[chain]

    def _things(self, chain: tuple[int, ...]) -> tuple[Iri, ...] | None:
        if chain not in self._reached:
            before = self._things(chain[:-1])
            step = self._steps[chain[-1]]
            self._reached[chain] = None if before is None else self._shapes.reached(before, step)
        return self._reached[chain]

    def _by(self, things: Sequence[Iri]) -> NDArray[np.bool_]:
        taken = np.zeros(len(self._steps), dtype=bool)
        steps = {step for thing in things for step in self._shapes.of_thing(thing).steps}
        taken[[self._columns[step] for step in steps if step in self._columns]] = True
        return taken


def _longer(prefix: _Prefix, column: int, score: float, *, stated: bool) -> _Prefix:
    return _Prefix(score, (*prefix.columns, column), stated and prefix.stated)


def _whole(chains: Sequence[_Chain], scores: Sequence[float]) -> float:
    """Return the log-probability of all stated chains together; of all chains where none is stated."""
    stated = [score for chain, score in zip(chains, scores, strict=True) if chain.stated]
    return float(np.logaddexp.reduce(stated or list(scores)))


def _likeliest(chains: Sequence[_Chain], k: int) -> list[_Chain]:
    return sorted(chains, key=lambda chain: (-chain.score, len(chain.columns)))[:k]


def path_form(topic: Iri | Literal, steps: Sequence[Step]) -> Form:
    """Return a chain as a logical form; a way back does not lead to what it started from.

    "Films with the same director as this one" are other films.
    """
    before: Form = Thing(topic)
    form: Form = Follow(before, steps[0])
    for last, step in pairwise(steps):
        there = Follow(form, step)
        before, form = form, Except(there, before) if step == back(last) else there
    return form


def masked(parsed: ParsedQuestion, mention: Mention) -> str:
    """Return a question as the matcher reads it: in plain words, with `MASK` in place of a mention.

    >>> from kbqa.parsing.parser import Parser
    >>> from kbqa.types import Question
    >>> masked(Parser().parse(Question("Who wrote Emma, a novel?")), Mention(10, 14, "Emma"))
    'Who wrote [MASK]?'
    """
    text = f"{parsed.text[: mention.start]}{MASK}{parsed.text[mention.end :]}"
    return in_plain_words(text, parsed.language)


def _topics(links: Sequence[Link]) -> list[Link]:
    return [link for link in links if _meanings(link)]


def _meanings(link: Link) -> list[Candidate]:
    return [candidate for candidate in link.candidates if candidate.kind in {"entity", "value"}]
