"""Token-wise late interaction, against values worked out by hand."""

from __future__ import annotations

import pytest
import torch

from retrieval.late import token_scores

IMAGE = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
TEXT = torch.tensor([[[1.0, 0.0], [0.6, 0.8], [0.0, -1.0]]])


def scores(image: torch.Tensor, text: torch.Tensor, mask: list[bool]) -> tuple[float, float]:
    by_image, by_text = token_scores(image, text, torch.tensor([mask]))
    return by_image.item(), by_text.item()


def unit(*shape: int, seed: int) -> torch.Tensor:
    made = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(made, dim=-1)


def test_the_formula() -> None:
    assert scores(IMAGE, TEXT, [True] * 3) == pytest.approx((0.9, 0.6))
    assert scores(IMAGE, TEXT, [True, True, False]) == pytest.approx((0.9, 0.9))


def test_what_fills_up_never_counts_even_where_all_cosines_are_negative() -> None:
    text = torch.tensor([[[-1.0, 0.0], [0.0, 0.0]]])
    image = torch.tensor([[[1.0, 0.0]]])
    assert scores(image, text, [True, False]) == pytest.approx((-1.0, -1.0))
    text[0, 1] = torch.tensor([1.0, 0.0])
    assert scores(image, text, [True, False]) == pytest.approx((-1.0, -1.0))


def test_order_does_not_matter_and_one_part_with_one_token_is_a_cosine() -> None:
    image, text, mask = unit(2, 5, 8, seed=1), unit(3, 4, 8, seed=2), torch.ones(3, 4, dtype=torch.bool)
    turned = token_scores(image.flip(1), text.flip(1), mask)
    for one, other in zip(token_scores(image, text, mask), turned, strict=True):
        assert torch.allclose(one, other, atol=1e-6)
    single = token_scores(image[:, :1], text[:, :1], mask[:, :1])
    assert torch.allclose(single[0], image[:, 0] @ text[:, 0].T, atol=1e-6)
    assert torch.allclose(single[0], single[1])


def test_scores_are_bounded_and_another_part_can_only_help_the_text() -> None:
    image, text, mask = unit(2, 5, 8, seed=3), unit(3, 4, 8, seed=4), torch.ones(3, 4, dtype=torch.bool)
    by_image, by_text = token_scores(image, text, mask)
    assert by_image.abs().max() <= 1 and by_text.abs().max() <= 1
    assert (token_scores(image[:, :4], text, mask)[1] <= by_text + 1e-6).all()
