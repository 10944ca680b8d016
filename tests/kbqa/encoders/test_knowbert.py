"""KnowBERT's knowledge attention: the checks of its formulas, and rows that hold nothing."""

from __future__ import annotations

import pytest
import torch

from kbqa.encoders.knowbert import KnowledgeAttention, margin_loss

DIM, ENTITY = 16, 8


def layer(*, threshold: float = -100.0) -> KnowledgeAttention:
    torch.manual_seed(0)
    return KnowledgeAttention(DIM, ENTITY, heads=2, inner=32, threshold=threshold).eval()


def inputs() -> tuple[torch.Tensor, ...]:
    torch.manual_seed(1)
    states = torch.randn(2, 6, DIM)
    spans = torch.tensor([[[1, 3], [4, 5]], [[0, 1], [0, 0]]])
    vectors = torch.randn(2, 2, 3, ENTITY)
    priors = torch.rand(2, 2, 3)
    known = torch.tensor([[[1, 1, 1], [1, 0, 0]], [[1, 1, 0], [0, 0, 0]]], dtype=torch.bool)
    return states, spans, vectors, priors, known


def test_projecting_back_and_again_changes_nothing() -> None:
    for dim, entity in ((16, 8), (384, 100), (768, 300)):
        one = KnowledgeAttention(dim, entity, heads=2, inner=8)
        vectors = torch.randn(50, entity)
        assert (one.project(one.back(vectors)) - vectors).abs().max() < 1e-3
        double = one.double()
        double.reset_back()
        vectors = torch.randn(50, entity, dtype=torch.float64)
        assert (double.project(double.back(vectors)) - vectors).abs().max() < 1e-6


def test_weights_sum_to_one_or_nothing() -> None:
    states, spans, vectors, priors, known = inputs()
    for threshold in (-100.0, 0.0, 0.1, 100.0):
        new, scores, weights = layer(threshold=threshold)(states, spans, vectors, priors, known)
        sums = weights.sum(2)
        assert torch.logical_or((sums - 1).abs() < 1e-5, sums == 0).all()
        assert (weights[~known] == 0).all()
        assert ((weights > 0) <= (scores >= threshold)).all()
        assert new.isfinite().all()
    assert (weights == 0).all()


def test_with_no_candidate_left_only_the_vector_of_nothing_counts() -> None:
    states, spans, vectors, priors, known = inputs()
    one = layer(threshold=100.0)
    new = one(states, spans, vectors, priors, known)[0]
    other = one(states, spans, vectors + 5, 1 - priors, known)[0]
    assert torch.equal(new, other)
    with torch.no_grad():
        one.nothing += 1
    assert not torch.allclose(one(states, spans, vectors, priors, known)[0], new)


def test_a_higher_prior_weighs_more_where_the_linker_trusts_priors() -> None:
    states, spans, vectors, priors, known = inputs()
    one = layer()
    with torch.no_grad():
        one.link[0].weight[:, 0] = one.link[0].weight[:, 0].abs()
        one.link[2].weight.abs_()
    before = one(states, spans, vectors, priors, known)[2][0, 0, 1]
    for step in (0.1, 0.2, 0.4):
        higher = priors.clone()
        higher[0, 0, 1] += step
        after = one(states, spans, vectors, higher, known)[2][0, 0, 1]
        assert after >= before
        before = after


def test_without_mentions_the_states_are_as_they_were() -> None:
    states, spans, vectors, priors, known = inputs()
    none = torch.zeros_like(spans)
    new, scores, weights = layer()(states, none, vectors, priors, known)
    assert torch.equal(new, states)
    assert (weights == 0).all() and (scores < -9_999).all()
    half = spans.clone()
    half[1] = 0
    new, _, _ = layer()(states, half, vectors, priors, known)
    assert torch.equal(new[1], states[1])
    assert new.isfinite().all()


def test_rows_that_are_filled_up_change_nothing() -> None:
    states, spans, vectors, priors, known = inputs()
    one = layer()
    together = one(states, spans, vectors, priors, known)[0]
    alone = one(states[1:], spans[1:, :1], vectors[1:, :1, :2], priors[1:, :1, :2], known[1:, :1, :2])[0]
    assert torch.allclose(together[1:], alone, atol=1e-5)


def test_the_margin_loss_by_hand() -> None:
    scores = torch.tensor([0.5, -0.3, 0.1, 9.0])
    gold = torch.tensor([True, False, False, False])
    known = torch.tensor([True, True, True, False])
    assert margin_loss(scores, gold, known) == pytest.approx(0.1)
    assert margin_loss(scores, gold, torch.zeros(4, dtype=torch.bool)) == 0.0


def test_the_linker_learns_which_candidate_is_meant() -> None:
    states, spans, vectors, priors, known = inputs()
    gold = torch.zeros_like(known)
    gold[0, 0, 2] = gold[0, 1, 0] = gold[1, 0, 1] = True
    one = layer(threshold=0.0).train()
    optimizer = torch.optim.Adam(one.parameters(), lr=0.01)
    for _ in range(80):
        _, scores, _ = one(states, spans, vectors, priors, known)
        loss = margin_loss(scores, gold, known)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    _, scores, weights = one(states, spans, vectors, priors, known)
    assert ((scores > 0) == gold).all()
    assert torch.allclose(weights.sum(2)[0], torch.ones(2))
