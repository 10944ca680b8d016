"""Token states and entity vectors → both, fused: the aggregator of ERNIE (THU), and its denoising entity objective.

Zhang et al., "ERNIE: Enhanced Language Representation with Informative Entities", ACL 2019, sections 3.3 and 3.4, with
the sizes of the published code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

__all__ = ["IGNORED", "EntityDenoiser", "FusionLayer", "align", "corrupted"]

IGNORED = -1
"""Label of tokens that no entity is to be predicted for."""
_OTHER, _REMOVED = 0.05, 0.15
"""Shares of aligned tokens whose entity is exchanged, or taken away, in training (published code)."""


class FusionLayer(nn.Module):
    """One aggregator: attention among tokens, attention among entities, and both merged at each mention's first token.

    For a token with an entity h = GELU(W_t w + W_e e + b), for one without h = GELU(W_t w + b); the token becomes
    LN(W'_t h + b_t + w) and the entity LN(W'_e h + b_e + e).

    Example:
    >>> layer = FusionLayer(8, 4, heads=2, entity_heads=2, inner=16).eval()
    >>> tokens, entities = torch.randn(1, 3, 8), torch.randn(1, 3, 4)
    >>> seen, aligned = torch.ones(1, 3, dtype=torch.bool), torch.tensor([[False, True, False]])
    >>> [tuple(state.shape) for state in layer(tokens, entities, seen, aligned)]
    [(1, 3, 8), (1, 3, 4)]
    """

    def __init__(
        self, dim: int, entity_dim: int, *, heads: int, entity_heads: int, inner: int, epsilon: float = 1e-12
    ) -> None:
        """Make a layer of random weights.

        Args:
            dim: Components of a token's state.
            entity_dim: Components of an entity's vector.
            heads: Of attention among tokens.
            entity_heads: Of attention among entities.
            inner: Components of what is merged.
            epsilon: Of the layer norms.
        """
        super().__init__()
        self.token_attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.token_norm = nn.LayerNorm(dim, epsilon)
        self.entity_attention = nn.MultiheadAttention(entity_dim, entity_heads, batch_first=True)
        self.entity_norm = nn.LayerNorm(entity_dim, epsilon)
        self.from_tokens = nn.Linear(dim, inner)
        self.from_entities = nn.Linear(entity_dim, inner, bias=False)
        self.to_tokens = nn.Linear(inner, dim)
        self.to_entities = nn.Linear(inner, entity_dim)
        self.token_output_norm = nn.LayerNorm(dim, epsilon)
        self.entity_output_norm = nn.LayerNorm(entity_dim, epsilon)

    def forward(
        self, tokens: Tensor, entities: Tensor, seen: Tensor, aligned: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return new token states (batch, length, dim) and entity states (batch, length, entity_dim).

        Args:
            tokens: (batch, length, dim).
            entities: (batch, length, entity_dim), at each mention's first token the vector of its entity.
            seen: (batch, length) bool, true for real tokens; each row has one.
            aligned: (batch, length) bool, true where a token has an entity.

        Entity states are zero where there is no entity.
        """
        attended, _ = self.token_attention(tokens, tokens, tokens, key_padding_mask=~seen, need_weights=False)
        tokens = self.token_norm(tokens + attended)
        inner = self.from_tokens(tokens)
        entities = entities * aligned[..., None]
        if bool(aligned.any()):
            # A row without any entity would attend to nothing and become NaN: it attends to what is zero.
            hidden = ~aligned & aligned.any(1, keepdim=True)
            mixed, _ = self.entity_attention(
                entities, entities, entities, key_padding_mask=hidden, need_weights=False
            )
            entities = self.entity_norm(entities + mixed) * aligned[..., None]
            inner = inner + self.from_entities(entities)
        inner = nn.functional.gelu(inner)
        told = self.entity_output_norm(self.to_entities(inner) + entities) * aligned[..., None]
        return self.token_output_norm(self.to_tokens(inner) + tokens), told


class EntityDenoiser(nn.Module):
    """Which of a batch's entities each mention's first token names: the objective of denoising entities (dEA)."""

    def __init__(self, dim: int, entity_dim: int, *, epsilon: float = 1e-12) -> None:
        """Make a head of random weights for states of `dim` and entities of `entity_dim` components."""
        super().__init__()
        self.project = nn.Linear(dim, entity_dim)
        self.norm = nn.LayerNorm(entity_dim, epsilon)

    def forward(self, tokens: Tensor, candidates: Tensor) -> Tensor:
        """Return (batch, length, candidates) scores of token states for the vectors (candidates, entity_dim)."""
        scores: Tensor = self.norm(nn.functional.gelu(self.project(tokens))) @ candidates.T
        return scores

    def loss(self, tokens: Tensor, candidates: Tensor, labels: Tensor) -> Tensor:
        """Return the mean cross-entropy; labels (batch, length) are numbers of candidates, or `IGNORED`."""
        scores = self(tokens, candidates).flatten(0, 1)
        return nn.functional.cross_entropy(scores, labels.flatten(), ignore_index=IGNORED)


def align(
    length: int, mentions: Sequence[tuple[int, int]], *, device: torch.device | None = None
) -> tuple[Tensor, Tensor]:
    """Return which tokens have an entity ((length,) bool) and which (0 where there is none; (length,) int64).

    Only the first token of a mention has one: attention spreads it to the others. Entity k is row k of a table whose row
    0 is zero.

    Args:
        length: Number of tokens.
        mentions: First token and number of the entity (from 1) of each mention; those beyond `length` are passed over.
        device: Where the tensors are.

    >>> aligned, numbers = align(4, [(1, 7)])
    >>> aligned.tolist(), numbers.tolist()
    ([False, True, False, False], [0, 7, 0, 0])
    """
    numbers = torch.zeros(length, dtype=torch.int64, device=device)
    for start, entity in mentions:
        if entity < 1:
            raise ValueError(f"entities are numbered from 1, got {entity}")
        if 0 <= start < length:
            numbers[start] = entity
    return numbers > 0, numbers


def corrupted(numbers: Tensor, entities: int, *, chance: torch.Generator) -> Tensor:
    """Return entity numbers of which some are wrong or gone, as the entities to be found again are shown.

    Of the aligned tokens 5 % get another entity and 15 % none.

    Args:
        numbers: (...) int64, 0 where there is no entity.
        entities: How many there are, numbered from 1; at least 2.
        chance: Source of chance.
    """
    draw = torch.rand(numbers.shape, generator=chance)
    # a step of 1 to entities - 1 around the circle of numbers never ends where it began
    step = torch.randint(1, entities, numbers.shape, generator=chance)
    other = (numbers - 1 + step) % entities + 1
    shown = torch.where(draw < _OTHER, other, numbers)
    shown = torch.where((draw >= _OTHER) & (draw < _OTHER + _REMOVED), 0, shown)
    return torch.where(numbers > 0, shown, 0)
