"""A BERT encoder for inference in plain torch.

It computes what transformers' `BertModel` computes (a test holds them together) and nothing more: no training,
no heads, no caching. It is here because importing the full model code takes longer than answering a question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retrieval.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torch import Tensor, dtype

__all__ = ["DOWN", "UP", "Bert", "batches_by_length", "is_plain_bert", "padded"]

LAYER_PARTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "attention.output.LayerNorm",
    "intermediate.dense",
    "output.dense",
    "output.LayerNorm",
)
DOWN, UP = ".down", ".up"
MASKED = -1e9  # finite, so that a row of padding alone does not become NaN


def is_plain_bert(config: Mapping[str, Any]) -> bool:
    """Return whether a model's `config.json` describes the architecture that `Bert` computes.

    >>> is_plain_bert({"model_type": "bert", "hidden_act": "gelu"})
    True
    >>> is_plain_bert({"model_type": "xlm-roberta", "hidden_act": "gelu"})
    False
    """
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act", "gelu") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder", False)
    )


def padded(ids: Sequence[Sequence[int]], *, padding: int = 0) -> tuple[Tensor, Tensor]:
    """Return token ids as one (batch, length) int64 tensor, and the (batch, length) mask of the real ones."""
    import torch

    longest = max(len(row) for row in ids)
    tokens = torch.tensor([[*row, *[padding] * (longest - len(row))] for row in ids])
    lengths = torch.tensor([len(row) for row in ids])
    return tokens, torch.arange(longest) < lengths[:, None]


def batches_by_length(lengths: Sequence[int], *, tokens: int) -> Iterator[list[int]]:
    """Yield rows grouped by length, longest first, each group of at most so many tokens with its padding.

    >>> list(batches_by_length([3, 2000, 4, 3000], tokens=1024))
    [[3], [1], [2, 0]]
    """
    rows: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if rows and lengths[rows[0]] * (len(rows) + 1) > tokens:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


@dataclass(frozen=True, slots=True)
class Bert:
    """Weights of a BERT encoder by their name in the checkpoint, without the prefix "bert.".

    A matrix "NAME" may have a low-rank change (LoRA, Hu et al., ICLR 2022) in "NAME.down" (rank, inputs) and
    "NAME.up" (outputs, rank); it computes what the matrix plus their product would.

    The embedding tables are float32 (they are only looked up, so converting them would cost start-up time and
    gain nothing); the layers are of the dtype that the batch is computed in.
    """

    weights: Mapping[str, Tensor]
    layers: int
    heads: int
    epsilon: float

    @classmethod
    def from_checkpoint(
        cls, weights: Mapping[str, Tensor], config: Mapping[str, Any], *, precision: dtype
    ) -> Bert:
        """Return the encoder of a checkpoint.

        Args:
            weights: Tensors by name, as in `model.safetensors`.
            config: Content of `config.json`.
            precision: What the layers compute in: float32 or bfloat16.

        Raises:
            ModelError: If a weight is missing.
        """
        bare = {name.removeprefix("bert."): tensor for name, tensor in weights.items()}
        kept = {
            name: tensor.to(precision) if name.startswith("encoder.") else tensor.float()
            for name, tensor in bare.items()
            if name.startswith(("encoder.", "embeddings.")) and tensor.is_floating_point()
        }
        bert = cls(
            kept,
            layers=int(config["num_hidden_layers"]),
            heads=int(config["num_attention_heads"]),
            epsilon=float(config.get("layer_norm_eps", 1e-12)),
        )
        missing = sorted(bert._names() - kept.keys())
        if missing:
            raise ModelError(f"the BERT checkpoint lacks {len(missing)} weights, among them {missing[0]}")
        return bert

    def __call__(self, tokens: Tensor, mask: Tensor, positions: Tensor | None = None) -> Tensor:
        """Encode a batch.

        Args:
            tokens: (batch, length) int64 token ids.
            mask: (batch, length) bool, True where a token is real; or (batch, length, length) bool, True where one
                token sees another.
            positions: (batch, length) int64, of the tokens; counted from 0 in their order if not given.

        Returns:
            (batch, length, hidden) in the layers' dtype; rows of padding hold nothing meaningful.
        """
        return self.transform(self.embed(tokens, positions), mask)

    def transform(self, states: Tensor, mask: Tensor, *, layers: range | None = None) -> Tensor:
        """Pass states through the layers.

        Args:
            states: (batch, length, hidden) in the layers' dtype.
            mask: (batch, length) bool, True where a state is real; or (batch, length, length) bool, True where one
                sees another.
            layers: Numbers of the layers; all of them if not given.
        """
        # no mask at all lets torch take its fastest attention kernel
        hidden = ~mask[:, None, None, :] if mask.ndim == 2 else ~mask[:, None]
        bias = (hidden * MASKED).to(states.dtype) if bool(hidden.any()) else None
        for layer in range(self.layers) if layers is None else layers:
            states = self._layer(f"encoder.layer.{layer}.", states, bias)
        return states

    def embed(self, tokens: Tensor, positions: Tensor | None = None) -> Tensor:
        """Return (batch, length, hidden) states before the first layer; arguments as of a call."""
        words = self.weights["embeddings.word_embeddings.weight"][tokens]
        table = self.weights["embeddings.position_embeddings.weight"]
        placed = table[: tokens.shape[1]] if positions is None else table[positions]
        first_segment = self.weights["embeddings.token_type_embeddings.weight"][0]
        states = self._norm("embeddings.LayerNorm", words + placed + first_segment)
        return states.to(self.weights["encoder.layer.0.attention.self.query.weight"].dtype)

    def _layer(self, prefix: str, states: Tensor, bias: Tensor | None) -> Tensor:
        from torch.nn.functional import gelu, scaled_dot_product_attention

        batch, length, hidden = states.shape
        query, key, value = (
            self._linear(f"{prefix}attention.self.{name}", states)
            .view(batch, length, self.heads, hidden // self.heads)
            .transpose(1, 2)
            for name in ("query", "key", "value")
        )
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=bias)
        mixed = mixed.transpose(1, 2).reshape(batch, length, hidden)
        attended = self._linear(f"{prefix}attention.output.dense", mixed)
        states = self._norm(f"{prefix}attention.output.LayerNorm", attended + states)
        inner = gelu(self._linear(f"{prefix}intermediate.dense", states))
        return self._norm(f"{prefix}output.LayerNorm", self._linear(f"{prefix}output.dense", inner) + states)

    def _linear(self, name: str, states: Tensor) -> Tensor:
        from torch.nn.functional import linear

        mapped = linear(states, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])
        if f"{name}.weight{DOWN}" not in self.weights:
            return mapped
        inner = linear(states, self.weights[f"{name}.weight{DOWN}"])
        return mapped + linear(inner, self.weights[f"{name}.weight{UP}"])

    def _norm(self, name: str, states: Tensor) -> Tensor:
        from torch.nn.functional import layer_norm

        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return layer_norm(states, (states.shape[-1],), weight, bias, self.epsilon)

    def _names(self) -> set[str]:
        """Return the names of all weights that the encoder reads."""
        tables = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        names = {f"embeddings.{table}.weight" for table in tables}
        modules = ["embeddings.LayerNorm"]
        for layer in range(self.layers):
            modules += [f"encoder.layer.{layer}.{part}" for part in LAYER_PARTS]
        return names | {f"{module}.{part}" for module in modules for part in ("weight", "bias")}
