"""Calibration and the choice of a threshold, against cases worked out by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from kbqa.evaluation.calibration import (
    aurc,
    calibration,
    choose_threshold,
    count_at,
    ece,
    ece_equal_width,
    reliability,
)


def test_ece_of_equal_mass_by_hand() -> None:
    confidence = np.array([0.9, 0.1, 0.7, 0.3, 0.5])
    right = np.array([1.0, 0.0, 0.0, 1.0, 1.0])
    # sorted: .1/0 .3/1 .5/1 | .7/0 .9/1 -> means .3 against 2/3, and .8 against 1/2
    assert ece(confidence, right, bins=2) == pytest.approx((3 * (2 / 3 - 0.3) + 2 * 0.3) / 5)
    # one bin for each answer
    assert ece(confidence, right) == pytest.approx((0.1 + 0.1 + 0.7 + 0.7 + 0.5) / 5)


def test_ece_of_equal_width_by_hand() -> None:
    confidence = np.array([0.0, 0.5, 0.51, 1.0])
    right = np.array([0.0, 1.0, 0.0, 1.0])
    # (0, .5] holds 0 and .5, (.5, 1] the others
    assert ece_equal_width(confidence, right, bins=2) == pytest.approx((2 * 0.25 + 2 * abs(0.5 - 0.755)) / 4)


def test_perfect_calibration_has_no_error() -> None:
    confidence = np.repeat([0.25, 0.75], 4)
    right = np.array([1.0, 0, 0, 0, 1, 1, 1, 0])
    assert ece(confidence, right, bins=2) == 0
    assert ece_equal_width(confidence, right) == 0


def test_bins_have_equal_mass() -> None:
    rng = np.random.default_rng(0)
    bins = reliability(rng.random(1_000), np.ones(1_000))
    assert [one.n for one in bins] == [67] * 10 + [66] * 5
    assert [one.confidence for one in bins] == sorted(one.confidence for one in bins)
    assert reliability(np.array([]), np.array([])) == []


def test_area_under_risk_and_coverage_by_hand() -> None:
    # right, wrong, right, wrong: risks 0, 1/2, 1/3, 1/2
    confidence, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 0, 1, 0])
    assert aurc(confidence, right) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert aurc(confidence, np.ones(4)) == 0
    assert aurc(confidence, np.zeros(4)) == 1


def test_equal_confidence_counts_as_the_mean_of_all_orders() -> None:
    right = np.array([1.0, 0.0, 0.0, 1.0, 0.0])
    confidence = np.array([0.9, 0.5, 0.5, 0.5, 0.0])
    apart = []
    for order in permutations([1, 2, 3]):
        moved = confidence.copy()
        moved[list(order)] = [0.53, 0.52, 0.51]
        apart.append(aurc(moved, right))
    assert aurc(confidence, right) == pytest.approx(np.mean(apart))


def test_unanswered_questions_do_not_count_in_the_error_and_come_last_in_the_area() -> None:
    confidence, right = np.array([0.8, 0.0]), np.array([1.0, 0.0])
    found = calibration(confidence, right, np.array([True, False]), resamples=50)
    assert found["ece"].value == pytest.approx(0.2)
    assert found["aurc"].value == pytest.approx((0 + 1 / 2) / 2)
    assert found["aurc"].low <= found["aurc"].value <= found["aurc"].high
    nothing = calibration(np.zeros(2), np.zeros(2), np.zeros(2, dtype=bool), resamples=5)
    assert nothing["ece"].value is None


def test_choice_of_a_threshold_by_hand() -> None:
    confidence = np.array([0.9, 0.8, 0.8, 0.4, 0.3])
    right = np.array([1.0, 1, 0, 1, 0])
    # right - wrong: 1 from 0.9, 1 from 0.8, 2 from 0.4, 1 from 0.3
    best = choose_threshold(confidence, right)
    assert best is not None
    assert (best.threshold, best.right, best.wrong, best.refused) == (0.4, 3, 1, 1)
    sure = choose_threshold(confidence, right, precision=0.75)
    assert sure is not None and sure.threshold == 0.4
    perfect = choose_threshold(confidence, right, precision=1.0)
    assert perfect is not None and (perfect.threshold, perfect.precision) == (0.9, 1.0)
    assert choose_threshold(confidence, np.zeros(5), precision=0.5) is None
    assert choose_threshold(np.array([]), np.array([])) is None


def test_of_equally_good_thresholds_the_lowest_is_taken() -> None:
    best = choose_threshold(np.array([0.9, 0.8, 0.7]), np.array([1.0, 0, 1]))
    assert best is not None and best.threshold == 0.7


def test_counts_at_a_threshold_include_it() -> None:
    found = count_at(0.8, np.array([0.9, 0.8, 0.1]), np.array([1.0, 0, 1]))
    assert (found.right, found.wrong, found.refused, found.precision) == (1, 1, 1, 0.5)
    assert count_at(1.0, np.array([0.5]), np.array([1.0])).precision == 1.0
