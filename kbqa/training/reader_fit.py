"""What is fitted to a reader's scores on held-out questions: when not to answer, and how sure an answer is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kbqa.evaluation.text_metrics import best, drcd_f1, squad_f1
from kbqa.reading.span import SpanReader
from kbqa.reading.span_model import Settings
from kbqa.training.bilingual_data import seeded
from kbqa.training.reading_examples import SOURCES, ReadingExample, nearest_others
from kbqa.training.reading_variants import rewritten, without_answer
from retrieval.types import TextEncoder

__all__ = ["f1_of", "fit_logistic", "fitted", "scores_by_set"]

_NEWTON_STEPS = 25
_PASSAGES = 5  # that each question is asked of
_HELD_OUT = 800  # questions that are asked, at most


def f1_of(example: ReadingExample, answer: str) -> float:
    """Return F1 of an answer as the example's set defines it."""
    score = drcd_f1 if SOURCES[example.source].language == "zh" else squad_f1
    return best(score, answer, example.answers)


def scores_by_set(reader: SpanReader, examples: Sequence[ReadingExample]) -> dict[str, float]:
    """Return the mean F1 of each set when its questions are read with their passage and something is answered."""
    values: dict[str, list[float]] = {}
    for example in examples:
        spans = reader.read(example.question, [example.text], k=1)
        values.setdefault(example.source, []).append(f1_of(example, spans[0].text if spans else ""))
    return {name: float(np.mean(found)) for name, found in values.items()}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A held-out question with passages near it, of which one may be its own."""

    example: ReadingExample
    texts: tuple[str, ...]
    own: bool


def fitted(
    reader: SpanReader, held_out: Sequence[ReadingExample], encoder: TextEncoder, *, seed: int
) -> Settings:
    """Return a reader's settings with what is fitted on held-out questions.

    Half of the questions, at most 800 of all, are asked of passages near them that do not answer, the others of these
    and their own. When not to answer is fitted on passages read alone: the own one, and one that does not answer.

    Args:
        reader: What is fitted.
        held_out: Questions that it did not learn from.
        encoder: Finds passages near a question, and compares sentences with it.
        seed: Of everything random.
    """
    chance = seeded(seed)
    near = nearest_others(held_out, encoder, k=_PASSAGES - 1)
    chosen = sorted(chance.sample(range(len(held_out)), min(_HELD_OUT, len(held_out))))
    asked = []
    for number, place in enumerate(chosen):
        example, own = held_out[place], bool(number % 2)
        texts = [other.text for other in near[place]] + [example.text] * own
        asked.append(_Asked(example, tuple(texts), own))
    scores, right = [], []
    alone: list[tuple[float, bool]] = []
    for one, place in zip(asked, chosen, strict=True):
        spans = reader.read(one.example.question, one.texts, k=1)
        if spans:
            scores.append([spans[0].score])
            right.append(f1_of(one.example, spans[0].text) >= 0.5 and one.own)
        ways = (rewritten(one.example, chance), without_answer(one.example), *near[place][:1])
        others = [other for other in ways if other is not None and other.text.strip()]
        for read in (one.example, *([chance.choice(others)] if others else [])):
            spans = reader.read(read.question, [read.text], k=1)
            if spans:
                alone.append((spans[0].score, read is one.example))
    slope, offset = fit_logistic(scores, right)
    return replace(
        reader.settings,
        null=_parting(alone),
        slope=round(slope, 4),
        offset=round(offset, 4),
    )


def _parting(scored: Sequence[tuple[float, bool]]) -> float:
    """Return the score that parts answered from unanswered questions with the best mean of both shares."""
    cuts = sorted(score for score, _ in scored)
    yes = np.array([score for score, answered in scored if answered])
    no = np.array([score for score, answered in scored if not answered])
    if not len(yes) or not len(no):
        return 0.0
    return round(max(cuts, key=lambda cut: float((yes >= cut).mean() + (no < cut).mean())), 3)


def fit_logistic(rows: Sequence[Sequence[float]], right: Sequence[bool]) -> tuple[float, ...]:
    """Return the weights of P(right) = 1 / (1 + exp(-weights * row - offset)), and the offset behind them.

    By Newton's method on standardised columns, with a penalty of half the squared weights, so that rows which part
    perfectly give no infinite ones. No weight is negative: each column is a sign of being right, and one that seems to
    be the contrary says nothing.

    >>> rows = [[-2.0], [-1.0], [1.0], [2.0], [0.5], [-0.5]]
    >>> slope, offset = fit_logistic(rows, [False, False, True, True, False, True])
    >>> slope > 0, abs(offset) < 0.1
    (True, True)
    """
    values = np.asarray(rows, dtype=float)
    mean, spread = values.mean(0), values.std(0)
    spread[spread == 0] = 1.0
    scaled, y = (values - mean) / spread, np.asarray(right, dtype=float)
    counted = np.ones(scaled.shape[1], dtype=bool)
    while True:
        found = _newton(np.column_stack([scaled[:, counted], np.ones(len(y))]), y)
        if (found[:-1] >= 0).all():
            break
        counted[np.flatnonzero(counted)[found[:-1] < 0]] = False
    weights = np.zeros(len(counted))
    weights[counted] = found[:-1] / spread[counted]
    return (*map(float, weights), float(found[-1] - weights @ mean))


def _newton(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    w = np.zeros(x.shape[1])
    penalty = np.diag([1.0] * (len(w) - 1) + [1e-3])
    for _ in range(_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -50, 50)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + penalty
        w = w + np.linalg.solve(hessian, x.T @ (y - p) - penalty @ w)
    return w
