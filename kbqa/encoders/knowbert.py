"""Token states and candidate entities of mentions → token states that know them: KnowBERT's attention (KAR).

Peters et al., "Knowledge Enhanced Contextual Word Representations", EMNLP 2019, section 3. Two mistakes of the published
code are not repeated: the projection back is initialised by a true pseudo-inverse, with minus the bias.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["MARGIN", "KnowledgeAttention", "margin_loss"]

MARGIN = 0.2
_HIDDEN = 100
_NEVER = -10_000.0


class KnowledgeAttention(nn.Module):
    """One layer of knowledge attention and recontextualisation, to be put between two layers of an encoder.

    Example:
    >>> layer = KnowledgeAttention(8, 4, heads=2).eval()
    >>> states, spans = torch.randn(1, 5, 8), torch.tensor([[[1, 3]]])
    >>> vectors, priors = torch.randn(1, 1, 2, 4), torch.tensor([[[0.7, 0.3]]])
    >>> known = torch.ones(1, 1, 2, dtype=torch.bool)
    >>> new, scores, weights = layer(states, spans, vectors, priors, known)
    >>> tuple(new.shape), tuple(scores.shape), round(float(weights.detach().sum()), 4) in (0.0, 1.0)
    ((1, 5, 8), (1, 1, 2), True)
    """

    def __init__(
        self,
        dim: int,
        entity_dim: int,
        *,
        heads: int = 4,
        inner: int = 1024,
        threshold: float = 0.0,
        epsilon: float = 1e-12,
    ) -> None:
        """Make a layer of random weights whose projection back undoes the projection.

        Args:
            dim: Components of a token's state.
            entity_dim: Components of an entity's vector, at most `dim`.
            heads: Of its attentions.
            inner: Components inside its feed-forward parts.
            threshold: Score below which a candidate does not count.
            epsilon: Of the layer norms.
        """
        super().__init__()
        self.threshold = threshold
        self.project = nn.Linear(dim, entity_dim)
        self.pool = nn.Linear(entity_dim, 1)
        self.span_norm = nn.LayerNorm(entity_dim, epsilon)
        self.mentions = nn.TransformerEncoderLayer(
            entity_dim, heads, inner, dropout=0.0, activation="gelu", batch_first=True
        )
        self.link = nn.Sequential(nn.Linear(2, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, 1))
        self.nothing = nn.Parameter(torch.randn(entity_dim) * 0.02)
        self.knowing_norm = nn.LayerNorm(entity_dim, epsilon)
        self.attend = nn.MultiheadAttention(entity_dim, heads, batch_first=True)
        self.attend_norm = nn.LayerNorm(entity_dim, epsilon)
        self.feed = nn.Sequential(nn.Linear(entity_dim, inner), nn.GELU(), nn.Linear(inner, entity_dim))
        self.feed_norm = nn.LayerNorm(entity_dim, epsilon)
        self.back = nn.Linear(entity_dim, dim)
        self.output_norm = nn.LayerNorm(dim, epsilon)
        self.reset_back()

    def reset_back(self) -> None:
        """Make the projection back the pseudo-inverse of the projection: projecting what it gives changes nothing."""
        with torch.no_grad():
            inverse = torch.linalg.pinv(self.project.weight)
            self.back.weight.copy_(inverse)
            self.back.bias.copy_(-inverse @ self.project.bias)

    def forward(
        self, states: Tensor, spans: Tensor, vectors: Tensor, priors: Tensor, known: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return new states (batch, length, dim), candidate scores and candidate weights (both (batch, mentions, candidates)).

        Args:
            states: (batch, length, dim) of an encoder's layer.
            spans: (batch, mentions, 2) int64, the first token of each mention and one past its last; rows that are
                filled up have two equal numbers.
            vectors: (batch, mentions, candidates, entity_dim) of the candidate entities.
            priors: (batch, mentions, candidates) in [0, 1].
            known: (batch, mentions, candidates) bool, false where rows are filled up.

        The weights of a mention sum to 1, or to 0 where no candidate reaches the threshold: it then means nothing that is
        known, for which there is a vector of its own. Without any mention the states stay as they are.
        """
        real = spans[..., 0] < spans[..., 1]
        if not bool(real.any()):
            return states, priors.new_full(priors.shape, _NEVER), torch.zeros_like(priors)
        projected = self.project(states)
        pooled = self.span_norm(self._pooled(projected, spans, real))
        # A row without any mention would attend to nothing and become NaN; what it computes is thrown away below.
        hidden = ~real & real.any(1, keepdim=True)
        encoded = self.mentions(pooled, src_key_padding_mask=hidden)
        scores, weights = self._linked(pooled, vectors, priors, known & real[..., None])
        meant = (weights[..., None] * vectors).sum(2)
        unknown = weights.sum(2, keepdim=True) == 0
        knowing = self.knowing_norm(encoded + torch.where(unknown, self.nothing.expand_as(meant), meant))
        attended, _ = self.attend(projected, knowing, knowing, key_padding_mask=hidden, need_weights=False)
        attended = self.attend_norm(projected + attended)
        attended = self.feed_norm(attended + self.feed(attended))
        new = self.output_norm(states + self.back(attended))
        return torch.where(real.any(1)[:, None, None], new, states), scores, weights

    def _pooled(self, projected: Tensor, spans: Tensor, real: Tensor) -> Tensor:
        """Return the mean of each span's tokens, weighted by what a learnt vector finds in them."""
        places = torch.arange(projected.shape[1], device=projected.device)
        inside = (places >= spans[..., :1]) & (places < spans[..., 1:])
        inside = torch.where(real[..., None], inside, places == 0)
        found = self.pool(projected)[..., 0][:, None].expand(inside.shape)
        weights = torch.softmax(found.masked_fill(~inside, _NEVER), dim=-1)
        return weights @ projected

    def _linked(
        self, pooled: Tensor, vectors: Tensor, priors: Tensor, known: Tensor
    ) -> tuple[Tensor, Tensor]:
        alike = (pooled[:, :, None] * vectors).sum(-1) / vectors.shape[-1] ** 0.5
        scores = self.link(torch.stack([priors, alike], -1))[..., 0].masked_fill(~known, _NEVER)
        counted = known & (scores >= self.threshold)
        weights = torch.softmax(scores.masked_fill(~counted, _NEVER), dim=-1)
        return scores, weights * counted


def margin_loss(scores: Tensor, gold: Tensor, known: Tensor) -> Tensor:
    """Return the loss of the linker: mean over candidates of max(0, 0.2 - score) for right and max(0, 0.2 + score) for wrong ones.

    Args:
        scores: (...) of candidates.
        gold: (...) bool, true for the right ones.
        known: (...) bool, false for what fills up.

    >>> scores, gold = torch.tensor([0.5, -0.3, 0.1]), torch.tensor([True, False, False])
    >>> round(float(margin_loss(scores, gold, torch.ones(3, dtype=torch.bool))), 4)
    0.1
    """
    terms = torch.relu(MARGIN + torch.where(gold, -scores, scores))
    return (terms * known).sum() / known.sum().clamp(min=1)
