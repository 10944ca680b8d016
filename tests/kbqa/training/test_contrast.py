"""The losses, against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from kbqa.training.contrast import contrastive_loss, two_way_loss

TEMPERATURE = 0.07


def loss(positives: list[float], negatives: list[float], temperature: float = TEMPERATURE) -> float:
    scores = torch.tensor([[*positives, *negatives]], dtype=torch.float64) / temperature
    positive = torch.tensor([[True] * len(positives) + [False] * len(negatives)])
    return contrastive_loss(scores, positive).item()


@pytest.mark.parametrize(("k", "m", "expected"), [(3, 5, 0.980829), (1, 1, 0.693147)])
def test_equal_scores_give_the_logarithm_of_the_share(k: int, m: int, expected: float) -> None:
    assert loss([0.3] * k, [0.3] * m) == pytest.approx(expected, abs=1e-6)


def test_a_positive_lowers_it_and_a_hard_negative_raises_it() -> None:
    assert loss([0.6], [0.5, 0.4]) == pytest.approx(0.26012, abs=1e-5)
    assert loss([0.6, 0.5], [0.5, 0.4]) == pytest.approx(0.21483, abs=1e-5)
    assert loss([0.6], [0.5, 0.4, 0.55]) == pytest.approx(0.58033, abs=1e-5)


def test_a_common_shift_changes_nothing() -> None:
    assert loss([0.6, 0.1], [0.5]) == pytest.approx(loss([0.9, 0.4], [0.8]), abs=1e-9)


def test_with_one_positive_it_is_cross_entropy() -> None:
    scores = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    target = torch.tensor([3, 1, 0, 6, 2])
    positive = torch.nn.functional.one_hot(target, 7).bool()
    expected = torch.nn.functional.cross_entropy(scores, target)
    assert contrastive_loss(scores, positive).item() == pytest.approx(expected.item(), abs=1e-6)


def test_two_ways_of_identical_vectors_give_the_logarithm_of_the_batch() -> None:
    scores = torch.ones(8, 8) / TEMPERATURE
    assert two_way_loss(scores, torch.eye(8, dtype=torch.bool)).item() == pytest.approx(math.log(8), abs=1e-5)


def test_a_wrong_text_is_told_from_and_asks_for_nothing() -> None:
    scores = torch.tensor([[2.0, 0.0, 1.0], [0.0, 2.0, 1.0]])
    right = torch.tensor([[True, False, False], [False, True, False]])
    rows, columns = contrastive_loss(scores, right), contrastive_loss(scores[:, :2].T, right[:, :2].T)
    assert two_way_loss(scores, right).item() == pytest.approx(((rows + columns) / 2).item())
