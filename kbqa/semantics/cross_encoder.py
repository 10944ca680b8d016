"""A second look at likely chains: a small cross-encoder that reads the question and a whole chain together.

The steps of a chain are first scored one by one (`kbqa.semantics.path_model`). What that cannot see is whether
the chain as a whole says what the question says: that a word is left over, that a relation is walked there and
back for no reason, that two steps have changed places. Here the tokens of the question, as the encoder left
them, and the steps of a chain are one sequence of a transformer (the joint encoding of Nogueira & Cho,
arXiv:1901.04085), so that each token sees the steps and each step the tokens. The encoder's pass is made once
for a question; what is added for each chain are two narrow layers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.bert import Bert

if TYPE_CHECKING:
    from torch import Generator, Tensor

__all__ = ["CrossEncoder", "new_cross_parameters"]

_WIDTH, _LAYERS, _HEADS, _INNER = 128, 2, 4, 256
_EPSILON = 1e-6
_MATRICES = {
    "attention.self.query": (_WIDTH, _WIDTH),
    "attention.self.key": (_WIDTH, _WIDTH),
    "attention.self.value": (_WIDTH, _WIDTH),
    "attention.output.dense": (_WIDTH, _WIDTH),
    "intermediate.dense": (_INNER, _WIDTH),
    "output.dense": (_WIDTH, _INNER),
}
_NORMS = ("attention.output.LayerNorm", "output.LayerNorm")
_FIRST_BLEND = 0.7  # weight of the step scores before training


def new_cross_parameters(dim: int, steps: int, chance: Generator) -> dict[str, Tensor]:
    """Return the parameters before any training, by name.

    Args:
        dim: Of the encoder's token states and of the vectors of steps.
        steps: The most steps of a chain.
        chance: Of the random numbers; matrices are drawn as in BERT, with standard deviation 0.02 for their
            usual width of 768, more for a narrower one.
    """
    import torch

    def drawn(rows: int, columns: int) -> Tensor:
        return torch.randn(rows, columns, generator=chance) / math.sqrt(columns)

    made = {"project": drawn(_WIDTH, dim), "shift": torch.zeros(_WIDTH)}
    made["place"] = 0.5 * torch.randn(steps + 2, _WIDTH, generator=chance)
    for layer in range(_LAYERS):
        prefix = f"encoder.layer.{layer}."
        for part, shape in _MATRICES.items():
            made[f"{prefix}{part}.weight"] = drawn(*shape)
            made[f"{prefix}{part}.bias"] = torch.zeros(shape[0])
        for part in _NORMS:
            made[f"{prefix}{part}.weight"] = torch.ones(_WIDTH)
            made[f"{prefix}{part}.bias"] = torch.zeros(_WIDTH)
    made["score"] = torch.zeros(_WIDTH)
    made["fit"] = torch.zeros(_WIDTH)
    made["fit_bias"] = torch.tensor(0.0)
    made["blend"] = torch.tensor(_FIRST_BLEND)
    return made


@dataclass(frozen=True, slots=True)
class CrossEncoder:
    """Scores chains for the question whose token states it is given.

    Attributes:
        weights: Parameters by name, as `new_cross_parameters` makes them.
    """

    weights: Mapping[str, Tensor]

    def __call__(self, states: Tensor, mask: Tensor, chains: Tensor, taken: Tensor) -> tuple[Tensor, Tensor]:
        """Return a score and the log-odds that it fits for each chain: (batch, chains) float32 both.

        The score says which of several chains fits best, though none may; the log-odds say whether the chain,
        looked at alone, says what the question says.

        Args:
            states: (batch, length, dim) float32 token states of the questions.
            mask: (batch, length) bool, True where a token is real.
            chains: (batch, chains, steps, dim) float32 unit vectors of the steps.
            taken: (batch, chains, steps) bool, True where a chain has a step.
        """
        import torch

        batch, count, steps, _ = chains.shape
        asked = self._projected(states)[:, None].expand(batch, count, -1, -1)
        walked = self._projected(chains) + self.weights["place"][:steps]
        first = self.weights["place"][-1].expand(batch, count, 1, -1)
        sequence = torch.cat([first, walked, asked + self.weights["place"][-2]], dim=2)
        real = torch.cat(
            [taken.new_ones(batch, count, 1), taken, mask[:, None].expand(batch, count, -1)], dim=2
        )
        layers = Bert(self.weights, _LAYERS, _HEADS, _EPSILON)
        seen = layers.transform(sequence.flatten(0, 1), real.flatten(0, 1))
        scores = seen[:, 0] @ self.weights["score"]
        fits = seen[:, 0] @ self.weights["fit"] + self.weights["fit_bias"]
        return scores.view(batch, count), fits.view(batch, count)

    def blended(self, scores: Tensor, steps: Tensor) -> Tensor:
        """Return the scores of chains with those of their steps added, in the proportion that was learnt."""
        return scores + self.weights["blend"].clamp(min=0.0) * steps

    def _projected(self, vectors: Tensor) -> Tensor:
        """Return vectors of the encoder's width, brought to one length, in the width of this one."""
        from torch.nn.functional import layer_norm, linear

        level = layer_norm(vectors, (vectors.shape[-1],))
        return linear(level, self.weights["project"], self.weights["shift"])
