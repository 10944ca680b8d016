"""Intervals and tests, against figures known from theory."""

from __future__ import annotations

import numpy as np
import pytest

from kbqa.evaluation.significance import bootstrap_means, interval, p_value, swapped_means


def p_of(a: np.ndarray, b: np.ndarray, *, seed: int = 0, resamples: int = 2000) -> float:
    """Return the p value of the difference of two means."""
    first, second = swapped_means(a, b, seed=seed, resamples=resamples)
    return p_value(float((b - a).mean()), (second - first)[:, 0])


def test_the_bootstrap_interval_agrees_with_the_binomial() -> None:
    rows = np.repeat([1.0, 0.0], [300, 700])[:, None]
    found = interval(0.3, bootstrap_means(rows, seed=1)[:, 0])
    spread = 1.96 * (0.3 * 0.7 / 1000) ** 0.5
    assert found.low == pytest.approx(0.3 - spread, abs=0.004)
    assert found.high == pytest.approx(0.3 + spread, abs=0.004)


def test_the_same_seed_gives_the_same_figures() -> None:
    rows = np.random.default_rng(0).random((50, 3))
    assert np.array_equal(
        bootstrap_means(rows, seed=4, resamples=20), bootstrap_means(rows, seed=4, resamples=20)
    )
    assert not np.array_equal(
        bootstrap_means(rows, seed=4, resamples=20), bootstrap_means(rows, seed=5, resamples=20)
    )


def test_columns_of_a_question_stay_together() -> None:
    column = np.random.default_rng(0).random(40)
    means = bootstrap_means(np.column_stack([column, 2 * column]), seed=0, resamples=30)
    assert np.allclose(means[:, 1], 2 * means[:, 0])


def test_no_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="no questions"):
        bootstrap_means(np.empty((0, 2)), seed=0)


def test_an_undefined_value_has_no_interval() -> None:
    assert interval(float("nan"), np.array([0.1, 0.2])).low is None
    assert interval(0.5, np.array([np.nan, np.nan])).value is None
    assert interval(0.5, np.array([np.nan, 0.5])).high == 0.5


def test_equal_systems_are_not_different() -> None:
    rows = np.random.default_rng(0).integers(0, 2, (80, 1)).astype(float)
    assert p_of(rows, rows) == 1.0


def test_the_p_value_agrees_with_the_sign_test() -> None:
    # B is right on 8 questions more and wrong on none: two-sided sign test gives 2 / 2**8
    a = np.zeros((40, 1))
    b = a.copy()
    b[:8] = 1.0
    assert p_of(a, b, resamples=20_000) == pytest.approx(2 / 256, abs=0.002)


def test_a_clear_difference_is_never_quite_certain() -> None:
    a, b = np.zeros((200, 1)), np.ones((200, 1))
    assert p_of(a, b, resamples=999) == pytest.approx(1 / 1000)


def test_no_false_alarms_beyond_the_level() -> None:
    generator = np.random.default_rng(7)
    below = 0
    for trial in range(200):
        a, b = generator.random((2, 60, 1))
        below += p_of(a, b, seed=trial, resamples=199) <= 0.05
    assert 2 <= below <= 20  # 10 expected


def test_swapping_keeps_the_sum() -> None:
    a, b = np.random.default_rng(0).random((2, 30, 2))
    first, second = swapped_means(a, b, seed=0, resamples=50)
    assert np.allclose(first + second, a.mean(axis=0) + b.mean(axis=0))
    assert first.std() > 0


def test_an_undefined_difference_is_no_evidence() -> None:
    assert p_value(float("nan"), np.array([0.0, 1.0])) == 1.0
