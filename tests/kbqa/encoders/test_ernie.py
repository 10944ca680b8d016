"""ERNIE's fusion of tokens and entities, against its formulas, and what must not leak or become NaN."""

from __future__ import annotations

import pytest
import torch

from kbqa.encoders.ernie import IGNORED, EntityDenoiser, FusionLayer, align, corrupted

DIM, ENTITY = 12, 6


def layer() -> FusionLayer:
    torch.manual_seed(0)
    return FusionLayer(DIM, ENTITY, heads=3, entity_heads=2, inner=20).eval()


def inputs(batch: int = 2, length: int = 5) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    seen = torch.ones(batch, length, dtype=torch.bool)
    aligned = torch.zeros(batch, length, dtype=torch.bool)
    aligned[0, 1] = aligned[0, 3] = True
    return torch.randn(batch, length, DIM), torch.randn(batch, length, ENTITY), seen, aligned


def test_the_formulas() -> None:
    one = layer()
    tokens, entities, seen, aligned = inputs(batch=1)
    new, told = one(tokens, entities, seen, aligned)
    w = one.token_norm(tokens + one.token_attention(tokens, tokens, tokens)[0])
    e = entities[:, [1, 3]]
    e = one.entity_norm(e + one.entity_attention(e, e, e)[0])
    for place, entity in ((0, None), (1, e[0, 0]), (3, e[0, 1])):
        inner = one.from_tokens(w[0, place]) + (0 if entity is None else one.from_entities(entity))
        h = torch.nn.functional.gelu(inner)
        assert torch.allclose(new[0, place], one.token_output_norm(one.to_tokens(h) + w[0, place]), atol=1e-5)
        if entity is not None:
            assert torch.allclose(
                told[0, place], one.entity_output_norm(one.to_entities(h) + entity), atol=1e-5
            )


def test_what_is_at_tokens_without_an_entity_counts_for_nothing() -> None:
    one = layer()
    tokens, entities, seen, aligned = inputs()
    other = entities.clone()
    other[~aligned] = 99.0
    for a, b in zip(one(tokens, entities, seen, aligned), one(tokens, other, seen, aligned), strict=True):
        assert torch.equal(a, b)
    assert (one(tokens, entities, seen, aligned)[1][~aligned] == 0).all()


def test_a_row_without_entities_is_as_if_alone_and_no_number_is_lost() -> None:
    one = layer()
    tokens, entities, seen, aligned = inputs()
    new, told = one(tokens, entities, seen, aligned)
    assert new.isfinite().all() and told.isfinite().all()
    alone, _ = one(tokens[1:], entities[1:], seen[1:], aligned[1:])
    assert torch.allclose(new[1:], alone, atol=1e-5)


def test_padding_changes_nothing() -> None:
    one = layer()
    tokens, entities, seen, aligned = inputs(batch=1)
    short = one(tokens[:, :4], entities[:, :4], seen[:, :4], aligned[:, :4])
    seen[0, 4] = False
    long = one(tokens, entities, seen, aligned)
    assert torch.allclose(short[0], long[0][:, :4], atol=1e-5)
    assert torch.allclose(short[1], long[1][:, :4], atol=1e-5)


def test_an_entity_changes_the_tokens_of_the_next_layer_only_through_its_own_token() -> None:
    one = layer()
    tokens, entities, seen, aligned = inputs(batch=1)
    other = entities.clone()
    other[0, 1] += 1.0
    changed = (one(tokens, entities, seen, aligned)[0] - one(tokens, other, seen, aligned)[0]).abs().amax(2)[
        0
    ] > 0
    assert changed.tolist() == [
        False,
        True,
        False,
        True,
        False,
    ]  # entities see each other, tokens see them later


def test_alignment_is_to_first_tokens() -> None:
    aligned, numbers = align(5, [(0, 2), (3, 9), (7, 1), (-2, 1)])
    assert aligned.tolist() == [True, False, False, True, False]
    assert numbers.tolist() == [2, 0, 0, 9, 0]
    with pytest.raises(ValueError, match="numbered from 1"):
        align(5, [(0, 0)])


def test_shares_of_corruption() -> None:
    numbers = torch.randint(1, 6, (200, 200), generator=torch.Generator().manual_seed(0))
    numbers[:, ::2] = 0
    shown = corrupted(numbers, 5, chance=torch.Generator().manual_seed(1))
    held = numbers > 0
    assert (shown[~held] == 0).all()
    assert float((shown[held] == 0).float().mean()) == pytest.approx(0.15, abs=0.01)
    assert float(((shown != numbers) & (shown > 0))[held].float().mean()) == pytest.approx(0.05, abs=0.01)
    assert shown.max() <= 5


def test_denoising_is_a_choice_among_the_entities_of_the_batch() -> None:
    torch.manual_seed(0)
    head = EntityDenoiser(DIM, ENTITY)
    tokens, candidates = torch.randn(2, 3, DIM), torch.randn(4, ENTITY)
    labels = torch.tensor([[2, IGNORED, 0], [IGNORED, IGNORED, 3]])
    scores = head(tokens, candidates)
    log = scores.log_softmax(-1)
    wanted = -(log[0, 0, 2] + log[0, 2, 0] + log[1, 2, 3]) / 3
    assert float(head.loss(tokens, candidates, labels).detach()) == pytest.approx(
        float(wanted.detach()), abs=1e-5
    )


def test_a_layer_learns_to_find_entities_again() -> None:
    torch.manual_seed(0)
    one, head = layer().train(), EntityDenoiser(DIM, ENTITY)
    table = torch.nn.functional.normalize(torch.randn(4, ENTITY), dim=1)
    words = torch.randn(4, DIM)
    optimizer = torch.optim.Adam([*one.parameters(), *head.parameters()], lr=0.01)
    seen = torch.ones(8, 3, dtype=torch.bool)
    for _ in range(60):
        named = torch.randint(4, (8, 3))
        aligned = torch.rand(8, 3) < 0.5
        states, _ = one(words[named], table[named], seen, aligned)
        loss = head.loss(states, table, named)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.7  # by chance ln 4 = 1.39
