"""The encoder while it is being taught: English embeddings held still, everything else learning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retrieval.bert import Bert, padded

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Student"]

TABLE = "embeddings.word_embeddings.weight"


@dataclass(frozen=True, slots=True)
class Student:
    """A BERT encoder whose table of embeddings has a fixed part and a learning part behind it."""

    bert: Bert
    fixed: Tensor
    """(English rows, dim): not trained, so that English stays what it was."""
    learning: Tensor
    """(new rows, dim)."""

    @classmethod
    def start(
        cls, weights: Mapping[str, Tensor], config: Mapping[str, Any], *, kept: Sequence[int], rows: Tensor
    ) -> Student:
        """Return the student as it starts.

        Args:
            weights: The English encoder's tensors.
            config: Its `config.json`.
            kept: Rows of its embeddings that stay, in their new order.
            rows: What the new rows start as.
        """
        import torch

        bert = Bert.from_checkpoint(weights, config, precision=torch.float32)
        fixed = bert.weights[TABLE][list(kept)]
        tuned = {
            name: tensor.clone().requires_grad_() for name, tensor in bert.weights.items() if name != TABLE
        }
        return cls(Bert(tuned, bert.layers, bert.heads, bert.epsilon), fixed, rows.clone().requires_grad_())

    def parameters(self) -> Iterator[Tensor]:
        """Yield what is trained apart from the new rows."""
        yield from self.bert.weights.values()

    def weights(self) -> dict[str, Tensor]:
        """Return a copy of all tensors as a checkpoint holds them."""
        import torch

        table = torch.cat([self.fixed, self.learning.detach()])
        return {TABLE: table} | {name: tensor.detach().clone() for name, tensor in self.bert.weights.items()}

    def encode(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Return unit-length vectors of token ids: (len(ids), dim) float32, ready for a backward pass."""
        import torch

        tokens, mask = padded(ids)
        used, places = torch.unique(tokens, return_inverse=True)
        border = int((used < len(self.fixed)).sum())
        # only the rows of this batch: the whole table would be copied at every step
        table = torch.cat([self.fixed[used[:border]], self.learning[used[border:] - len(self.fixed)]])
        bert = Bert({**self.bert.weights, TABLE: table}, self.bert.layers, self.bert.heads, self.bert.epsilon)
        states = bert(places, mask).float()
        weights = mask[:, :, None].float()
        return torch.nn.functional.normalize((states * weights).sum(1) / weights.sum(1), dim=-1)
