"""The network of the span reader: a BERT encoder with two scores for each token, "begins here" and "ends here".

Devlin et al., NAACL 2019, section 4.2 and 4.3: the answer of a question that the text does not answer begins and ends at [CLS].
The embedding tables are those of the text encoder, unchanged; the layers are the reader's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.reading.windows import Window
from retrieval.bert import Bert, padded
from retrieval.errors import ModelError
from retrieval.quantized import load_weights, save_weights

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["LAYERS", "Settings", "SpanModel", "load_model", "new_weights", "read_settings", "save_model"]

LAYERS = "encoder."
"""How the names of the reader's own weights begin, besides those of its head."""
_HEAD = ("head.begins", "head.ends", "head.bias")
_WEIGHTS = "reader.safetensors"
_CONFIG = "config.json"
_NEVER = -1e4


@dataclass(frozen=True, slots=True)
class Settings:
    """What a reader was trained with.

    Attributes:
        encoder: Name of the text encoder that it was made of.
        length: Tokens of a window at most.
        overlap: Tokens that neighbouring windows share.
        answer: Tokens of an answer at most.
        null: Score that a span must have over "no answer" to be given, where one passage is read alone.
        slope: With `offset`, of the probability that the best span of several passages is right.
        offset: The probability is 1 / (1 + exp(-slope * score - offset)).
        seed: Of the passages that were held out.
    """

    encoder: str
    length: int = 320
    overlap: int = 96
    answer: int = 40
    null: float = 0.0
    slope: float = 0.5
    offset: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SpanModel:
    """Scores the tokens of windows; for inference and, on tensors that require gradients, for training.

    Attributes:
        bert: The encoder.
        head: (2, hidden) float32, for beginnings and ends.
        bias: (2,) float32.
    """

    bert: Bert
    head: Tensor
    bias: Tensor

    @classmethod
    def of(cls, base: Bert, weights: Mapping[str, Tensor]) -> SpanModel:
        """Return the model of a text encoder's tables and a reader's own weights."""
        import torch

        tables = {name: table for name, table in base.weights.items() if not name.startswith(LAYERS)}
        layers = {name: tensor for name, tensor in weights.items() if name.startswith(LAYERS)}
        bert = Bert({**tables, **layers}, base.layers, base.heads, base.epsilon)
        return cls(bert, torch.stack([weights[name] for name in _HEAD[:2]]), weights[_HEAD[2]])

    def __call__(self, windows: Sequence[Window]) -> Tensor:
        """Return (windows, 2, length) float32 scores of beginnings and ends.

        What is neither [CLS] nor part of a passage has -10,000.
        """
        import torch

        tokens, mask = padded([window.tokens for window in windows])
        states = self.bert(tokens, mask).float()
        scores = (states @ self.head.T + self.bias).transpose(1, 2)
        places = torch.arange(tokens.shape[1])
        firsts = torch.tensor([window.first for window in windows])
        ends = torch.tensor([len(window.tokens) - 1 for window in windows])
        inside = (places >= firsts[:, None]) & (places < ends[:, None])
        return scores.masked_fill(~(inside | (places == 0))[:, None, :], _NEVER)


def new_weights(base: Bert, *, seed: int) -> dict[str, Tensor]:
    """Return what a new reader begins with: the encoder's layers and a random head."""
    import torch

    chance = torch.Generator().manual_seed(seed)
    hidden = base.weights["embeddings.word_embeddings.weight"].shape[1]
    weights = {
        name: tensor.float().clone() for name, tensor in base.weights.items() if name.startswith(LAYERS)
    }
    for name in _HEAD[:2]:
        weights[name] = torch.randn(hidden, generator=chance) * 0.02
    return {**weights, _HEAD[2]: torch.zeros(2)}


def save_model(folder: Path, weights: Mapping[str, Tensor], settings: Settings) -> None:
    """Write a reader's folder: matrices as 8-bit integers, the settings as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    save_weights({name: tensor.detach() for name, tensor in weights.items()}, folder / _WEIGHTS)
    (folder / _CONFIG).write_text(json.dumps(asdict(settings), indent=2) + "\n")


def read_settings(folder: Path) -> Settings:
    """Return the settings of a reader's folder.

    Raises:
        ModelError: If it holds no reader or one of another version.
    """
    path = folder / _CONFIG
    try:
        return Settings(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ModelError(
            f"{folder} holds no reader: {_CONFIG} is missing; train one: kbqa train reader"
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"{path} cannot be read: {error}; train the reader again") from error


def load_model(folder: Path, base: Bert) -> SpanModel:
    """Return the model in a folder.

    Args:
        folder: That `save_model` wrote.
        base: The encoder that it was made of.

    Raises:
        ModelError: If weights are missing, damaged, not finite, or of another shape than the encoder's.
    """
    import torch

    stored = load_weights(folder / _WEIGHTS)
    shapes = {name: tensor.shape for name, tensor in base.weights.items() if name.startswith(LAYERS)}
    hidden = base.weights["embeddings.word_embeddings.weight"].shape[1:]
    shapes |= dict.fromkeys(_HEAD[:2], hidden)
    dtype = base.weights[f"{LAYERS}layer.0.attention.self.query.weight"].dtype
    weights = {}
    for name, shape in shapes.items():
        weights[name] = _checked(stored, name, shape, folder).to(
            dtype if name.startswith(LAYERS) else torch.float32
        )
    weights[_HEAD[2]] = _checked(stored, _HEAD[2], (2,), folder).float()
    return SpanModel.of(base, weights)


def _checked(stored: Mapping[str, Tensor], name: str, shape: Sequence[int], folder: Path) -> Tensor:
    tensor = stored.get(name)
    if tensor is None or tuple(tensor.shape) != tuple(shape):
        found = "missing" if tensor is None else f"of shape {tuple(tensor.shape)}, not {tuple(shape)}"
        raise ModelError(f"the reader in {folder} does not fit the text encoder: {name} is {found}")
    if not tensor.isfinite().all():
        raise ModelError(f"the reader in {folder} is damaged: {name} holds what is no number")
    return tensor.float()
