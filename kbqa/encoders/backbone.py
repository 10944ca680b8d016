"""Names, ids or folders of transformer checkpoints → encoders that take their own positions and visibility.

BERT, RoBERTa, ERNIE, XLM-RoBERTa and MiniLM checkpoints are read by the transformers library, from local files only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kbqa.encoders.hub import hub_folder, load_hub_model
from kbqa.encoders.sentence_tree import SentenceTree
from retrieval.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor, dtype

__all__ = ["Attention", "Backbone", "additive_mask", "batch_trees", "load_backbone"]

Attention = Literal["eager", "sdpa"]
"""How attention is computed: step by step, or by torch's fused kernels; flash attention takes no matrix."""
_KINDS = ("bert", "roberta", "ernie", "xlm-roberta")
_COUNT_FROM_PADDING = ("roberta", "xlm-roberta")


def additive_mask(visible: Tensor, precision: dtype) -> Tensor:
    """Return what is added to the scores of attention: 0 where a token sees another, else the least number there is.

    A boolean or 0/1 matrix is taken for numbers to add by some versions of transformers, silently.

    Args:
        visible: (batch, length, length) bool.
        precision: What the model computes in.

    Returns:
        (batch, 1, length, length). A row that sees nothing would become NaN in half precision, so that every token
        sees itself.
    """
    import torch

    itself = torch.eye(visible.shape[-1], dtype=torch.bool)
    mask = torch.zeros(visible.shape, dtype=precision)
    return mask.masked_fill(~(visible | itself), torch.finfo(precision).min)[:, None]


def batch_trees(trees: Sequence[SentenceTree], *, padding: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Return tokens, soft positions (both (batch, length) int64) and visibility ((batch, length, length) bool).

    Rows are filled up with the padding token, which sees nothing and is seen by nobody.
    """
    import torch

    longest = max(map(len, trees))
    tokens = torch.full((len(trees), longest), padding)
    positions = torch.zeros(len(trees), longest, dtype=torch.int64)
    visible = torch.zeros(len(trees), longest, longest, dtype=torch.bool)
    for row, tree in enumerate(trees):
        size = len(tree)
        tokens[row, :size] = torch.tensor(tree.tokens)
        positions[row, :size] = torch.tensor(tree.positions)
        visible[row, :size, :size] = torch.from_numpy(tree.visible)
    return tokens, positions, visible


@dataclass(frozen=True, slots=True)
class Backbone:
    """A transformer encoder of one checkpoint.

    Attributes:
        model: Of the transformers library, in evaluation mode.
        tokenizer: Of the same checkpoint.
        first: Position of the first token: behind the padding id for RoBERTa and its kin, else 0.
        length: Tokens of a row at most.
        padding: Id that fills short rows.
    """

    model: Any
    tokenizer: Any
    first: int
    length: int
    padding: int

    @property
    def dim(self) -> int:
        """Components of a state."""
        return int(self.model.config.hidden_size)

    @property
    def precision(self) -> dtype:
        """What the layers compute in."""
        found: dtype = self.model.dtype
        return found

    def __call__(self, tokens: Tensor, positions: Tensor, visible: Tensor) -> list[Tensor]:
        """Return the states before the first layer and behind each: (batch, length, dim) tensors.

        Args:
            tokens: (batch, length) int64.
            positions: (batch, length) int64, counted from 0.
            visible: (batch, length, length) bool.
        """
        found = self.model(
            input_ids=tokens,
            position_ids=positions + self.first,
            attention_mask=additive_mask(visible, self.precision),
            output_hidden_states=True,
        )
        return list(found.hidden_states)

    def check(self) -> None:
        """Do nothing if the model keeps to what is visible.

        One token, that a second does not see, is exchanged for another: behind the first layer the second must be
        exactly as before, and a third, which sees the first, must not.

        Raises:
            ModelError: If not; the library then takes the matrix for something else.
        """
        import torch

        words = [token for token in range(5, 60) if token != self.padding][:4]
        visible = torch.ones(1, 4, 4, dtype=torch.bool)
        visible[0, 0, 2] = visible[0, 2, 0] = False
        positions = torch.arange(4)[None]
        with torch.inference_mode():
            before = self(torch.tensor([words]), positions, visible)[1]
            words[2] += 1
            after = self(torch.tensor([words]), positions, visible)[1]
        changed = (before - after).abs().amax(2)[0]
        if changed[0] != 0.0 or changed[1] == 0.0:
            raise ModelError(
                "this version of transformers does not keep tokens apart as it is told to; "
                "install the version of pyproject.toml, or use the other kind of attention"
            )


def load_backbone(name: str, *, attention: Attention = "sdpa") -> Backbone:
    """Return the encoder of a checkpoint, checked to keep to what is visible.

    Args:
        name: A folder in the Hugging Face layout, or the id of a model in the local Hugging Face cache.
        attention: How attention is computed.

    Raises:
        ModelError: If it is missing, damaged, lacks weights, or is of another architecture.
    """
    model, tokenizer = load_hub_model(
        hub_folder(name), "AutoModel", kinds=_KINDS, attn_implementation=attention
    )
    config = model.config
    padding = int(config.pad_token_id or 0)
    first = padding + 1 if config.model_type in _COUNT_FROM_PADDING else 0
    backbone = Backbone(model, tokenizer, first, int(config.max_position_embeddings) - first, padding)
    backbone.check()
    return backbone
