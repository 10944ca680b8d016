"""Metrics over the answers to questions; each says what it counts.

An answer is any hashable value: equal values are the same answer (`kbqa.evaluation.matching` makes them so).
Answers come best first and without repeats, gold answers in any order. Nobody is left out: a question without
an answer has score 0 everywhere, unless there is nothing to find; then to answer nothing is right and scores 1,
and to answer anything scores 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "COLUMNS",
    "DEPTH",
    "METRICS",
    "Metric",
    "abstain_precision",
    "abstain_recall",
    "exact_match",
    "f1",
    "hit_any",
    "hits_at_1",
    "mrr",
    "precision",
    "qald_f1",
    "ratio",
    "recall",
    "recall_at_k",
    "scores",
]

Answers = Sequence[Hashable]
Gold = Collection[Hashable]
Means = NDArray[np.float64]

DEPTH = 10  # the k of recall@k in a report


def hits_at_1(answers: Answers, gold: Gold) -> float:
    """Return 1 if the first answer is right, else 0; later answers do not count.

    >>> hits_at_1(["Paris", "Lyon"], {"Paris"}), hits_at_1(["Lyon", "Paris"], {"Paris"}), hits_at_1([], set())
    (1.0, 0.0, 1.0)
    """
    if not gold or not answers:
        return _nothing_to_find(answers, gold)
    return float(answers[0] in gold)


def hit_any(answers: Answers, gold: Gold) -> float:
    """Return 1 if any answer is right, else 0. Long lists of answers make this easy: it is not Hits@1.

    >>> hit_any(["Lyon", "Paris"], {"Paris"}), hit_any([], {"Paris"})
    (1.0, 0.0)
    """
    if not gold or not answers:
        return _nothing_to_find(answers, gold)
    return float(any(answer in gold for answer in answers))


def precision(answers: Answers, gold: Gold) -> float:
    """Return the share of the answers that is right; 0 without answers, unless there is nothing to find.

    >>> precision(["a", "b"], {"a", "c", "d"}), precision([], {"a"})
    (0.5, 0.0)
    """
    if not gold or not answers:
        return _nothing_to_find(answers, gold)
    return _right(answers, gold) / len(set(answers))


def recall(answers: Answers, gold: Gold) -> float:
    """Return the share of the gold answers that was found.

    >>> recall(["a", "b"], {"a", "c", "d", "e"})
    0.25
    """
    if not gold or not answers:
        return _nothing_to_find(answers, gold)
    return _right(answers, gold) / len(set(gold))


def f1(answers: Answers, gold: Gold) -> float:
    """Return the F1 of the set of answers of one question; its mean over questions is the macro F1.

    >>> f1(["a", "b"], {"a", "c"}), f1([], set()), f1([], {"a"}), f1(["a"], set())
    (0.5, 1.0, 0.0, 0.0)
    """
    return _harmonic(precision(answers, gold), recall(answers, gold))


def exact_match(answers: Answers, gold: Gold) -> float:
    """Return 1 if the answers are the gold answers, all and no other, in any order; else 0.

    >>> exact_match(["b", "a"], {"a", "b"}), exact_match(["a"], {"a", "b"})
    (1.0, 0.0)
    """
    return float(set(answers) == set(gold))


def mrr(answers: Answers, gold: Gold) -> float:
    """Return 1 / the rank of the first right answer, 0 if there is none.

    >>> mrr(["x", "a", "b"], {"a", "b"}), mrr(["x"], {"a"})
    (0.5, 0.0)
    """
    if not gold or not answers:
        return _nothing_to_find(answers, gold)
    return next((1.0 / rank for rank, answer in enumerate(answers, start=1) if answer in gold), 0.0)


def recall_at_k(answers: Answers, gold: Gold, *, k: int = DEPTH) -> float:
    """Return the share of the gold answers among the first k answers; cannot reach 1 with more gold than k.

    Raises:
        ValueError: If k is below 1.

    >>> recall_at_k(["x", "a", "b"], {"a", "b"}, k=2)
    0.5
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    return recall(answers[:k], gold)


def qald_f1(questions: Iterable[tuple[Answers, Gold]]) -> float:
    """Return GERBIL's "Macro F1 QALD" over (answers, gold) of all questions; 0.0 without questions.

    It is the harmonic mean of macro precision and macro recall, where a question without an answer has
    precision 1 and recall 0 (`calculateF1QALD` in GERBIL's FMeasureCalculator). It is no mean of F1 and is
    often higher than precision, recall and macro F1; compare it with nothing but itself.

    >>> round(qald_f1([(["a"], {"a"}), ([], {"b"})]), 4)
    0.6667
    """
    pairs = [(_qald_precision(answers, gold), recall(answers, gold)) for answers, gold in questions]
    if not pairs:
        return 0.0
    return _harmonic(fmean(pair[0] for pair in pairs), fmean(pair[1] for pair in pairs))


def abstain_precision(questions: Iterable[tuple[Answers, Gold]]) -> float | None:
    """Return the share of the unanswered questions that have no answer; None if all were answered.

    >>> abstain_precision([([], set()), ([], {"a"}), (["b"], {"b"})])
    0.5
    """
    return _share([not gold for answers, gold in questions if not answers])


def abstain_recall(questions: Iterable[tuple[Answers, Gold]]) -> float | None:
    """Return the share of the questions without an answer that were not answered; None if there are none.

    >>> abstain_recall([([], set()), (["b"], set()), (["b"], {"b"})])
    0.5
    """
    return _share([not answers for answers, gold in questions if not gold])


def scores(answers: Answers, gold: Gold) -> dict[str, float]:
    """Return what one question adds to each column of `COLUMNS`, in that order.

    >>> scores(["a"], {"a", "b"})["recall"], scores([], {"a"})["qald_precision"]
    (0.5, 1.0)
    """
    return {name: column(answers, gold) for name, column in _PER_QUESTION.items()}


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of a set of questions, computed from the means of some columns.

    Attributes:
        name: As reported.
        columns: The columns it needs.
        combine: Means of these columns, one array each → the metric, one array; NaN where undefined.
    """

    name: str
    columns: tuple[str, ...]
    combine: Callable[..., Means]

    def of(self, means: Mapping[str, Means]) -> Means:
        """Return the metric for the means of all columns."""
        return self.combine(*(means[column] for column in self.columns))


def _nothing_to_find(answers: Answers, gold: Gold) -> float:
    """Return the score where answers or gold answers are missing: 1 if both are."""
    return float(not answers and not gold)


def _right(answers: Answers, gold: Gold) -> int:
    return len(set(answers) & set(gold))


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None


def _qald_precision(answers: Answers, gold: Gold) -> float:
    return precision(answers, gold) if answers else 1.0


def _same(means: Means) -> Means:
    return means


def ratio(part: Means, whole: Means) -> Means:
    """Return one mean by another, NaN where the other is 0: the share among questions of some kind."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _harmonics(a: Means, b: Means) -> Means:
    return np.divide(2 * a * b, a + b, out=np.zeros_like(a), where=a + b > 0)


_PER_QUESTION: Mapping[str, Callable[[Answers, Gold], float]] = {
    "hits@1": hits_at_1,
    "hit_any": hit_any,
    "f1": f1,
    "exact_match": exact_match,
    "mrr": mrr,
    f"recall@{DEPTH}": recall_at_k,
    "qald_precision": _qald_precision,
    "recall": recall,
    "abstained": lambda answers, gold: float(not answers),
    "unanswerable": lambda answers, gold: float(not gold),
    "abstained_rightly": lambda answers, gold: float(not answers and not gold),
    "answered_wrongly": lambda answers, gold: float(bool(answers) and not hits_at_1(answers, gold)),
    "abstained_wrongly": lambda answers, gold: float(bool(gold) and not answers),
}
COLUMNS = tuple(_PER_QUESTION)
METRICS = (
    *(Metric(name, (name,), _same) for name in COLUMNS[:6]),
    Metric("qald_f1", ("qald_precision", "recall"), _harmonics),
    Metric("abstain_precision", ("abstained_rightly", "abstained"), ratio),
    Metric("abstain_recall", ("abstained_rightly", "unanswerable"), ratio),
    Metric("answered_wrongly_rate", ("answered_wrongly",), _same),
    Metric("abstained_wrongly_rate", ("abstained_wrongly",), _same),
)
