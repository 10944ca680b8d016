"""A BERT encoder for inference in plain torch.

It computes what transformers' `BertModel` computes (a test holds them together) and nothing more: no training,
no heads, no caching. It is here because importing the full model code takes longer than answering a question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retrieval.errors import ModelError
from retrieval.quantized import SCALE, Rows, whole

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

    @property
    def precision(self) -> dtype:
        """What states are computed in."""
        return self.weights["encoder.layer.0.attention.self.query.bias"].dtype

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
        batch = _Batch.of(mask, states.dtype)
        flat = batch.without_padding(states.flatten(0, 1))
        for layer in range(self.layers) if layers is None else layers:
            flat = self._layer(f"encoder.layer.{layer}.", flat, batch)
        return batch.with_padding(flat).view(states.shape)

    def embed(self, tokens: Tensor, positions: Tensor | None = None) -> Tensor:
        """Return (batch, length, hidden) states before the first layer; arguments as of a call."""
        words = self.weights["embeddings.word_embeddings.weight"][tokens]
        table = self.weights["embeddings.position_embeddings.weight"]
        placed = table[: tokens.shape[1]] if positions is None else table[positions]
        first_segment = self.weights["embeddings.token_type_embeddings.weight"][0]
        states = self._norm("embeddings.LayerNorm", words + placed + first_segment)
        return states.to(self.precision)

    def _layer(self, prefix: str, states: Tensor, batch: _Batch) -> Tensor:
        """Return the states of real tokens, (tokens, hidden), behind a layer."""
        from torch.nn.functional import gelu

        mixed = self._mixed(f"{prefix}attention.self.", states, batch)
        attended = self._linear(f"{prefix}attention.output.dense", mixed)
        states = self._norm(f"{prefix}attention.output.LayerNorm", attended + states)
        inner = gelu(self._linear(f"{prefix}intermediate.dense", states))
        return self._norm(f"{prefix}output.LayerNorm", self._linear(f"{prefix}output.dense", inner) + states)

    def _mixed(self, prefix: str, states: Tensor, batch: _Batch) -> Tensor:
        """Return what the real tokens see of each other: (tokens, hidden)."""
        from torch.nn.functional import scaled_dot_product_attention

        taken = self._inputs(f"{prefix}query", states)
        query, key, value = (
            batch.with_padding(self._linear(f"{prefix}{name}", taken))
            .view(batch.rows, batch.length, self.heads, -1)
            .transpose(1, 2)
            for name in ("query", "key", "value")
        )
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=batch.bias)
        return batch.without_padding(mixed.transpose(1, 2).flatten(2).flatten(0, 1))

    def _inputs(self, name: str, states: Tensor) -> Tensor | Rows:
        """Return states as the matrix of that name takes them."""
        import torch

        is_whole = self.weights[f"{name}.weight"].dtype == torch.int8
        return Rows.of(states) if is_whole else states

    def _linear(self, name: str, states: Tensor | Rows) -> Tensor:
        from torch.nn.functional import linear

        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        taken = states if isinstance(states, Rows) else self._inputs(name, states)
        if isinstance(taken, Rows):
            return taken.linear(weight, self.weights[f"{name}.weight{SCALE}"], bias)
        mapped = linear(taken, weight, bias)
        if f"{name}.weight{DOWN}" not in self.weights:
            return mapped
        inner = linear(taken, self.weights[f"{name}.weight{DOWN}"])
        return mapped + linear(inner, self.weights[f"{name}.weight{UP}"])

    def _norm(self, name: str, states: Tensor) -> Tensor:
        from torch.nn.functional import layer_norm

        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return layer_norm(states, (states.shape[-1],), weight, bias, self.epsilon)

    def whole(self) -> Bert:
        """Return the same encoder with the matrices of its layers, and what they map, as 8-bit integers.

        Each row of both has its own scale, so that a text's states do not depend on what is encoded with it. For
        encoders whose weights were stored so; not for training.
        """
        kept = dict(self.weights)
        for name in [name for name in kept if name.startswith("encoder.") and kept[name].ndim == 2]:
            kept |= whole(name, kept[name])
        return Bert(kept, self.layers, self.heads, self.epsilon)

    def _names(self) -> set[str]:
        """Return the names of all weights that the encoder reads."""
        tables = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        names = {f"embeddings.{table}.weight" for table in tables}
        modules = ["embeddings.LayerNorm"]
        for layer in range(self.layers):
            modules += [f"encoder.layer.{layer}.{part}" for part in LAYER_PARTS]
        return names | {f"{module}.{part}" for module in modules for part in ("weight", "bias")}


@dataclass(frozen=True, slots=True)
class _Batch:
    """How the real tokens of a batch lie in it.

    Everything but attention is computed for these alone: what fills up short rows takes a third of a batch of sentences.

    Attributes:
        rows: Sequences.
        length: Tokens of the longest.
        real: (tokens,) int64 places of the real tokens, counted through all rows; None if no place is filled up, or
            where each token has its own view of the others.
        bias: (rows, 1, 1 or length, length), added to the scores of attention to hide what is not seen; None if all is
            seen: no mask at all lets torch take its fastest attention kernel.
    """

    rows: int
    length: int
    real: Tensor | None
    bias: Tensor | None

    @classmethod
    def of(cls, mask: Tensor, precision: dtype) -> _Batch:
        """Return the batch of a mask: (rows, length) bool of real tokens, or (rows, length, length) of who sees whom."""
        if bool(mask.all()):
            return cls(mask.shape[0], mask.shape[1], None, None)
        real = mask.flatten().nonzero()[:, 0] if mask.ndim == 2 else None
        hidden = ~mask[:, None, None, :] if mask.ndim == 2 else ~mask[:, None]
        return cls(mask.shape[0], mask.shape[1], real, (hidden * MASKED).to(precision))

    def without_padding(self, states: Tensor) -> Tensor:
        """Return those of the states of all places, (rows * length, hidden), that are of real tokens."""
        return states if self.real is None else states[self.real]

    def with_padding(self, states: Tensor) -> Tensor:
        """Return the states of all places, zero where they are filled up, from those of the real tokens."""
        if self.real is None:
            return states
        spread = states.new_zeros(self.rows * self.length, states.shape[-1])
        return spread.index_copy(0, self.real, states)
