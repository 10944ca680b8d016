"""How far the confidence of answers can be trusted, and from which confidence on it pays to answer.

All of it is about the first answer of each question: its confidence and whether it is right. A question that was
not answered has confidence 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kbqa.evaluation.significance import RESAMPLES, Interval, interval

__all__ = [
    "BINS",
    "Bin",
    "Choice",
    "aurc",
    "calibration",
    "choose_threshold",
    "count_at",
    "ece",
    "ece_equal_width",
    "reliability",
]

Array = NDArray[np.float64]

BINS = 15


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence: how many, their mean confidence, and the share that is right."""

    n: int
    confidence: float
    accuracy: float

    def to_dict(self) -> dict[str, float]:
        """Return it as JSON values."""
        return {
            "n": self.n,
            "confidence": round(self.confidence, 6),
            "accuracy": round(self.accuracy, 6),
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """What comes of answering from a confidence on.

    Attributes:
        threshold: Least confidence of an answer that is given.
        right: Answered questions whose first answer is right.
        wrong: The other answered questions.
        refused: Questions that are not answered.
    """

    threshold: float
    right: int
    wrong: int
    refused: int

    @property
    def precision(self) -> float:
        """Share of the answered questions that is right, 1.0 where none is answered."""
        answered = self.right + self.wrong
        return self.right / answered if answered else 1.0


def reliability(confidence: Array, right: Array, *, bins: int = BINS) -> list[Bin]:
    """Return answers in bins of equal size by confidence, the least sure first.

    Args:
        confidence: (answers,) in [0, 1].
        right: (answers,) 1 where the answer is right.
        bins: How many; fewer where there are fewer answers. Sizes differ by at most one.

    Returns:
        No bin where there is no answer.

    >>> [(one.n, one.accuracy) for one in reliability(np.array([0.9, 0.1, 0.2]), np.array([1.0, 0, 0]), bins=2)]
    [(2, 0.0), (1, 1.0)]
    """
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, max(1, min(bins, len(order))))
    return [
        Bin(len(part), float(confidence[part].mean()), float(right[part].mean()))
        for part in parts
        if len(part)
    ]


def ece(confidence: Array, right: Array, *, bins: int = BINS) -> float:
    """Return the expected calibration error in 15 bins of equal mass; NaN without answers.

    Answers are sorted by confidence and cut into bins of the same number. The error is the mean over answers of
    |share right in their bin − mean confidence of their bin| (Naeini 2015, with the bins of Nguyen and O'Connor
    2015). It is 0 where answers of confidence p are right with frequency p.

    >>> round(ece(np.array([0.8, 0.8, 0.6, 0.6]), np.array([1.0, 1, 1, 0]), bins=2), 6)
    0.15
    """
    return _error(reliability(confidence, right, bins=bins))


def ece_equal_width(confidence: Array, right: Array, *, bins: int = BINS) -> float:
    """Return the expected calibration error in 15 bins of equal width (Guo 2017); NaN without answers.

    Bin number i of n holds confidences in (i/n, (i+1)/n], the first one 0 too.

    >>> round(ece_equal_width(np.array([0.8, 0.8, 0.6, 0.6]), np.array([1.0, 1, 1, 0]), bins=10), 6)
    0.15
    """
    places = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    parts = [np.flatnonzero(places == place) for place in range(bins)]
    return _error(
        [
            Bin(len(part), float(confidence[part].mean()), float(right[part].mean()))
            for part in parts
            if len(part)
        ]
    )


def aurc(confidence: Array, right: Array) -> float:
    """Return the area under the risk–coverage curve, 0 at best.

    It is the mean, over k from 1 to all questions, of the share of wrong ones among the k with the highest
    confidence (Geifman and El-Yaniv 2017). Where several have the same confidence, each counts as wrong by the
    share of wrong ones among them, so that their order does not matter.

    Args:
        confidence: (questions,), at least one; 0 for those not answered.
        right: (questions,) 1 where the first answer is right, or where nothing was to be found and nothing was
            answered.

    >>> round(aurc(np.array([0.9, 0.5, 0.1]), np.array([1.0, 0, 1])), 6)
    0.277778
    """
    _, groups = np.unique(-confidence, return_inverse=True)
    counts = np.bincount(groups)
    wrong = np.bincount(groups, weights=1.0 - right) / counts
    spread = np.repeat(wrong, counts)
    return float((np.cumsum(spread) / np.arange(1, len(spread) + 1)).mean())


def calibration(
    confidence: Array, right: Array, answered: NDArray[np.bool_], *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Interval]:
    """Return `ece` and `ece_equal_width` over the answered questions and `aurc` over all.

    `aurc` has a bootstrap interval. The errors have none: every sample of the answers has a larger error than
    the answers themselves, since chance moves each bin away from its confidence, so that percentiles of samples
    would lie beside the figure.

    Args:
        confidence: (questions,), at least one.
        right: (questions,).
        answered: (questions,) whether it was answered.
        seed: Of the bootstrap.
        resamples: Of the bootstrap.
    """
    generator = np.random.default_rng(seed)
    samples = (generator.integers(len(right), size=len(right)) for _ in range(resamples))
    areas = np.array([aurc(confidence[drawn], right[drawn]) for drawn in samples])
    return {
        "ece": _alone(ece(confidence[answered], right[answered])),
        "ece_equal_width": _alone(ece_equal_width(confidence[answered], right[answered])),
        "aurc": interval(aurc(confidence, right), areas),
    }


def count_at(threshold: float, confidence: Array, right: Array) -> Choice:
    """Return what comes of a threshold.

    >>> count_at(0.5, np.array([0.9, 0.5, 0.1]), np.array([1.0, 0, 1]))
    Choice(threshold=0.5, right=1, wrong=1, refused=1)
    """
    given = confidence >= threshold
    hits = int(np.count_nonzero(right[given]))
    total = int(np.count_nonzero(given))
    return Choice(threshold, hits, total - hits, len(right) - total)


def choose_threshold(confidence: Array, right: Array, *, precision: float | None = None) -> Choice | None:
    """Return the threshold that answers most questions rightly less those it answers wrongly.

    Args:
        confidence: (answers,) of the first answers to all answered questions, given with no threshold.
        right: (answers,) 1 where it is right.
        precision: Choose the lowest threshold with at least this share of right answers instead.

    Returns:
        Of thresholds that are equally good the one that answers most; None where no threshold reaches the
        precision, or there is no answer. Only confidences that occur are tried.

    >>> choose_threshold(np.array([0.9, 0.6, 0.5, 0.1]), np.array([1.0, 0, 1, 0]))
    Choice(threshold=0.5, right=2, wrong=1, refused=1)
    >>> choose_threshold(np.array([0.9, 0.6, 0.5]), np.array([1.0, 0, 1]), precision=0.9).threshold
    0.9
    """
    choices = [count_at(float(value), confidence, right) for value in np.unique(confidence)]
    if precision is not None:
        return next((one for one in choices if one.precision >= precision), None)
    return max(choices, key=lambda one: one.right - one.wrong, default=None)


def _alone(value: float) -> Interval:
    return Interval(None if np.isnan(value) else value, None, None)


def _error(bins: Sequence[Bin]) -> float:
    total = sum(one.n for one in bins)
    if not total:
        return float("nan")
    return sum(one.n * abs(one.accuracy - one.confidence) for one in bins) / total
