"""The cross-encoder: what may change a chain's score, and what may not."""

from __future__ import annotations

import pytest
import torch

from kbqa.semantics.cross_encoder import CrossEncoder, new_cross_parameters

DIM, STEPS = 24, 3


@pytest.fixture(scope="module")
def cross() -> CrossEncoder:
    made = new_cross_parameters(DIM, STEPS, torch.Generator().manual_seed(0))
    made["score"] = torch.randn(made["score"].shape, generator=torch.Generator().manual_seed(1))
    made["fit"] = torch.randn(made["fit"].shape, generator=torch.Generator().manual_seed(2))
    return CrossEncoder(made)


def drawn(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_padding_and_absent_steps_change_no_score(cross: CrossEncoder) -> None:
    states, chains = drawn(1, 5, DIM, seed=2), drawn(1, 4, STEPS, DIM, seed=3)
    mask = torch.ones(1, 5, dtype=torch.bool)
    taken = torch.tensor([[[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 0]]], dtype=torch.bool)
    scores, fits = cross(states, mask, chains, taken)
    assert scores.shape == fits.shape == (1, 4)
    noise = drawn(1, 4, STEPS, DIM, seed=4) * ~taken[..., None]
    longer = torch.cat([states, drawn(1, 3, DIM, seed=5)], dim=1)
    padded = torch.cat([mask, torch.zeros(1, 3, dtype=torch.bool)], dim=1)
    again = cross(longer, padded, chains + noise, taken)
    assert torch.allclose(again[0], scores, atol=1e-4)
    assert torch.allclose(again[1], fits, atol=1e-4)


def test_each_chain_is_scored_by_itself(cross: CrossEncoder) -> None:
    states, chains = drawn(2, 5, DIM, seed=2), drawn(2, 3, STEPS, DIM, seed=3)
    mask, taken = torch.ones(2, 5, dtype=torch.bool), torch.ones(2, 3, STEPS, dtype=torch.bool)
    together = cross(states, mask, chains, taken)
    alone = cross(states[1:], mask[1:], chains[1:, 2:], taken[1:, 2:])
    for whole, part in zip(together, alone, strict=True):
        assert torch.allclose(whole[1, 2], part[0, 0], atol=1e-4)


def test_order_and_question_count(cross: CrossEncoder) -> None:
    states, chains = drawn(1, 5, DIM, seed=2), drawn(1, 1, STEPS, DIM, seed=3)
    mask, taken = torch.ones(1, 5, dtype=torch.bool), torch.ones(1, 1, STEPS, dtype=torch.bool)
    first = cross(states, mask, chains, taken)
    others = [
        cross(states, mask, chains.flip(2), taken),
        cross(drawn(1, 5, DIM, seed=9), mask, chains, taken),
    ]
    for other in others:
        assert not any(torch.allclose(*pair, atol=1e-3) for pair in zip(first, other, strict=True))


def test_before_training_the_steps_alone_decide() -> None:
    new = CrossEncoder(new_cross_parameters(DIM, STEPS, torch.Generator().manual_seed(0)))
    states, chains = drawn(1, 5, DIM, seed=2), drawn(1, 2, STEPS, DIM, seed=3)
    mask, taken = torch.ones(1, 5, dtype=torch.bool), torch.ones(1, 2, STEPS, dtype=torch.bool)
    scores, fits = new(states, mask, chains, taken)
    assert scores.abs().max() == fits.abs().max() == 0
    blended = new.blended(scores, torch.tensor([[-1.0, -3.0]]))
    assert blended[0, 0] - blended[0, 1] == pytest.approx(2 * float(new.weights["blend"]))
