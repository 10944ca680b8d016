"""How sure a figure is: bootstrap intervals and paired tests over questions.

A figure here is made of the means of some columns (`kbqa.evaluation.metrics`), one row per question, so that
ratios such as precision of abstention are resampled by question like everything else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["RESAMPLES", "Interval", "bootstrap_means", "interval", "p_value", "swapped_means"]

Array = NDArray[np.float64]

RESAMPLES = 2_000
CONFIDENCE = 0.95
_BLOCK_CELLS = 4_000_000  # of one block of resampling, to bound its memory


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % confidence interval; all three None where the figure is not defined."""

    value: float | None
    low: float | None
    high: float | None

    def to_dict(self) -> dict[str, float | None]:
        """Return it as JSON values, rounded to six places."""
        return {"value": _rounded(self.value), "low": _rounded(self.low), "high": _rounded(self.high)}


def bootstrap_means(rows: Array, *, seed: int, resamples: int = RESAMPLES) -> Array:
    """Return the column means of samples of the questions, drawn with replacement.

    Args:
        rows: (questions, columns), at least one question.
        seed: The same seed gives the same samples.
        resamples: How many samples.

    Returns:
        (resamples, columns).

    >>> bootstrap_means(np.ones((5, 2)), seed=0, resamples=3).tolist()
    [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    """
    generator = np.random.default_rng(seed)
    questions = _questions(rows)
    means = np.empty((resamples, rows.shape[1]))
    for row in range(resamples):
        drawn = generator.integers(questions, size=questions)
        means[row] = np.bincount(drawn, minlength=questions) @ rows / questions
    return means


def interval(value: float, resampled: Array) -> Interval:
    """Return a figure with the percentile interval of its resampled values.

    Args:
        value: The figure on all questions; NaN where it is not defined.
        resampled: (resamples,); samples where it is not defined (NaN) are left out.

    >>> interval(0.5, np.linspace(0, 1, 101)).to_dict()
    {'value': 0.5, 'low': 0.025, 'high': 0.975}
    """
    defined = resampled[~np.isnan(resampled)]
    if np.isnan(value) or not defined.size:
        return Interval(None, None, None)
    outside = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(defined, [outside, 100 - outside])
    return Interval(float(value), float(low), float(high))


def swapped_means(a: Array, b: Array, *, seed: int, resamples: int = RESAMPLES) -> tuple[Array, Array]:
    """Return the column means of two systems whose results were swapped on random questions.

    Args:
        a: (questions, columns) of the one.
        b: (questions, columns) of the other, the same questions in the same order.
        seed: The same seed gives the same swaps.
        resamples: How many times.

    Returns:
        Two arrays (resamples, columns).
    """
    generator = np.random.default_rng(seed)
    questions = _questions(a)
    middle, half = (a + b).mean(axis=0) / 2, (a - b) / (2 * questions)
    block = max(1, _BLOCK_CELLS // questions)
    signs = [
        (generator.integers(2, size=(min(block, resamples - start), questions), dtype=np.int8) * 2.0 - 1)
        @ half
        for start in range(0, resamples, block)
    ]
    moved = np.concatenate(signs)
    return middle + moved, middle - moved


def p_value(difference: float, swapped: Array) -> float:
    """Return the two-sided p value of a difference by approximate randomisation (Noreen 1989).

    It is the share of random swaps that give a difference at least as large as the observed one, both
    counted with the observed one itself, so that it is never 0.

    Args:
        difference: As observed; NaN where it is not defined.
        swapped: (resamples,) differences of the same figure after swaps; see `swapped_means`.

    Returns:
        A value in (0, 1]; 1.0 where the difference is not defined.

    >>> p_value(0.5, np.array([0.1, -0.6, 0.2]))
    0.5
    """
    if np.isnan(difference):
        return 1.0
    least = abs(difference) - 1e-12  # sums in another order differ in the last digits
    return float((1 + np.count_nonzero(np.abs(swapped) >= least)) / (1 + len(swapped)))


def _questions(rows: Array) -> int:
    if not len(rows):
        raise ValueError("there are no questions to sample from")
    return len(rows)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
