"""The network that reads: a BERT encoder with two scores for each token, and one for the text as a whole.

Devlin et al., NAACL 2019, section 4.2 and 4.3: "begins here" and "ends here"; the answer of a question that the text does
not answer begins and ends at [CLS]. The third score, of the state of [CLS], says whether the text answers (the joint
encoding of Nogueira & Cho, arXiv:1901.04085). Facts may hang on what the text mentions (K-BERT, Liu et al., AAAI 2020);
their tokens are read but have no scores, so that an answer is always of the text.
The embedding tables are those of the text encoder, unchanged; the layers are the reader's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kbqa.encoders.backbone import batch_trees
from kbqa.encoders.sentence_tree import grow_tree
from kbqa.reading.entity_fusion import Fusion, load_fusion
from kbqa.reading.windows import Window
from retrieval.bert import Bert, padded
from retrieval.errors import ModelError
from retrieval.quantized import computes_whole, load_weights, save_weights

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "LAYERS",
    "SentenceWeights",
    "Settings",
    "SpanModel",
    "load_model",
    "new_weights",
    "read_settings",
    "save_model",
]

Knowledge = Literal["none", "facts", "entities", "candidates"]
KNOWLEDGE: tuple[Knowledge, ...] = ("none", "facts", "entities", "candidates")
LAYERS = "encoder."
"""How the names of the reader's own weights begin, besides those of its head."""
_HEAD = ("head.begins", "head.ends", "head.answers", "head.bias")
_WEIGHTS = "reader.safetensors"
_CONFIG = "config.json"
_NEVER = -1e4
_FUSED_LAYERS = 2  # behind the fusion, which carry what a token knows of its entity to the others
_MOST_ODDS = 20.0  # a passage without a word has none at all


@dataclass(frozen=True, slots=True)
class SentenceWeights:
    """Of the log-odds that a sentence answers: the weighted sum of what speaks for it, and an offset.

    Attributes:
        score: Weight of the score of `SentenceReranker`.
        odds: Weight of the reader's log-odds.
        offset: What is added.
        rank: Weight of 1 / rank of the passage in the search.
    """

    score: float = 10.0
    odds: float = 0.0
    offset: float = -6.9
    rank: float = 0.0

    def log_odds(self, score: float, odds: float, rank: int) -> float:
        """Return the log-odds of a score in [0, 1], the reader's log-odds, and a rank from 1."""
        return self.score * score + self.odds * max(odds, -_MOST_ODDS) + self.rank / rank + self.offset


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
        knowledge: What is read with a text: facts that hang on what it mentions, the vectors of the entities that it
            mentions, those of all candidates that its names may mean, or "none".
        sentence: How sure a single sentence answers; the reader's log-odds do not count unless it says so.
    """

    encoder: str
    length: int = 320
    overlap: int = 96
    answer: int = 40
    null: float = 0.0
    slope: float = 0.5
    offset: float = 0.0
    seed: int = 0
    knowledge: Knowledge = "none"
    sentence: SentenceWeights = SentenceWeights()


@dataclass(frozen=True, slots=True)
class SpanModel:
    """Scores the tokens of windows; for inference and, on tensors that require gradients, for training.

    Attributes:
        bert: The encoder.
        head: (3, hidden) float32, for beginnings, ends, and whether the text answers.
        bias: (3,) float32.
        fusion: Of the tokens with what they name, None where the reader knows no entities.
    """

    bert: Bert
    head: Tensor
    bias: Tensor
    fusion: Fusion | None = None

    @classmethod
    def of(cls, base: Bert, weights: Mapping[str, Tensor], fusion: Fusion | None = None) -> SpanModel:
        """Return the model of a text encoder's tables and a reader's own weights."""
        import torch

        tables = {name: table for name, table in base.weights.items() if not name.startswith(LAYERS)}
        layers = {name: tensor for name, tensor in weights.items() if name.startswith(LAYERS)}
        bert = Bert({**tables, **layers}, base.layers, base.heads, base.epsilon)
        return cls(bert, torch.stack([weights[name] for name in _HEAD[:3]]), weights[_HEAD[3]], fusion)

    def __call__(self, windows: Sequence[Window]) -> tuple[Tensor, Tensor]:
        """Return the scores of some windows, float32.

        Returns:
            (windows, 2, length) of beginnings and ends; what is neither [CLS] nor part of a passage has -10,000.
            And (windows,) log-odds that a window, with the facts that hang on it, answers.
        """
        return self.with_linking(windows)[:2]

    def with_linking(self, windows: Sequence[Window]) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return the scores of some windows, and the loss of choosing what names mean, None where nothing is chosen."""
        import torch

        linking = None
        if self.fusion is None:
            states = self._states(windows)
        else:
            states, linking = self._fused(windows, self.fusion)
        places = torch.arange(states.shape[1])
        firsts = torch.tensor([window.first for window in windows])
        ends = torch.tensor([len(window.tokens) - 1 for window in windows])
        inside = (places >= firsts[:, None]) & (places < ends[:, None])
        scores = (states @ self.head[:2].T + self.bias[:2]).transpose(1, 2)
        scores = scores.masked_fill(~(inside | (places == 0))[:, None, :], _NEVER)
        return scores, states[:, 0] @ self.head[2] + self.bias[2], linking

    def _fused(self, windows: Sequence[Window], fusion: Fusion) -> tuple[Tensor, Tensor | None]:
        """Return the states of tokens that knew their entities in the last layers, and the loss of choosing these."""
        tokens, mask = padded([window.tokens for window in windows])
        fused = max(0, self.bert.layers - _FUSED_LAYERS)
        states = self.bert.transform(self.bert.embed(tokens), mask, layers=range(fused))
        known, linking = fusion(states.float(), windows)
        layers = range(fused, self.bert.layers)
        return self.bert.transform(known.to(states.dtype), mask, layers=layers).float(), linking

    def _states(self, windows: Sequence[Window]) -> Tensor:
        """Return (windows, length, hidden) float32 states of the tokens of windows, without those of facts."""
        import torch

        if all(window.tree is None for window in windows):
            return self.bert(*padded([window.tokens for window in windows])).float()
        trees = [window.tree or grow_tree(window.tokens, length=len(window.tokens)) for window in windows]
        tokens, positions, visible = batch_trees(trees)
        states = self.bert(tokens, visible, positions).float()
        longest = max(len(window.tokens) for window in windows)
        places = torch.zeros(len(windows), longest, dtype=torch.int64)
        for row, tree in enumerate(trees):
            own = [place for place, at in enumerate(tree.trunk) if at >= 0]
            places[row, : len(own)] = torch.tensor(own)
        return states.gather(1, places[..., None].expand(-1, -1, states.shape[-1]))


def new_weights(base: Bert, *, seed: int) -> dict[str, Tensor]:
    """Return what a new reader begins with: the encoder's layers and a random head."""
    import torch

    chance = torch.Generator().manual_seed(seed)
    hidden = base.weights["embeddings.word_embeddings.weight"].shape[1]
    weights = {
        name: tensor.float().clone() for name, tensor in base.weights.items() if name.startswith(LAYERS)
    }
    for name in _HEAD[:3]:
        weights[name] = torch.randn(hidden, generator=chance) * 0.02
    return {**weights, _HEAD[3]: torch.zeros(3)}


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
        told = json.loads(path.read_text(encoding="utf-8"))
        if told.get("knowledge", "none") not in KNOWLEDGE:
            raise ValueError(f"knowledge is {told['knowledge']!r}, none of {', '.join(KNOWLEDGE)}")
        return Settings(**{**told, "sentence": SentenceWeights(**told.get("sentence", {}))})
    except FileNotFoundError:
        raise ModelError(
            f"{folder} holds no reader: {_CONFIG} is missing; train one: kbqa train reader"
        ) from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{path} cannot be read: {error}; train the reader again") from error


def load_model(folder: Path, base: Bert) -> SpanModel:
    """Return the model in a folder.

    Args:
        folder: That `save_model` wrote.
        base: The encoder that it was made of.

    Raises:
        ModelError: If weights are missing, damaged, not finite, or of another shape than the encoder's.
    """
    weights = {
        name: tensor.to(base.precision) if name.startswith(LAYERS) else tensor
        for name, tensor in read_weights(folder, base).items()
    }
    fusion, knowledge = None, read_settings(folder).knowledge
    if knowledge in ("entities", "candidates"):
        dim = base.weights["embeddings.word_embeddings.weight"].shape[1]
        fusion = load_fusion(knowledge, folder, load_weights(folder / _WEIGHTS), dim=dim)
    model = SpanModel.of(base, weights, fusion)
    is_quicker = base.precision.itemsize == 4 and computes_whole()
    return replace(model, bert=model.bert.whole()) if is_quicker else model


def read_weights(folder: Path, base: Bert) -> dict[str, Tensor]:
    """Return a reader's own weights as float32, by name; arguments and errors are those of `load_model`."""
    stored = load_weights(folder / _WEIGHTS)
    shapes = {name: tensor.shape for name, tensor in base.weights.items() if name.startswith(LAYERS)}
    hidden = base.weights["embeddings.word_embeddings.weight"].shape[1:]
    shapes |= dict.fromkeys(_HEAD[:3], hidden)
    weights = {name: _checked(stored, name, shape, folder) for name, shape in shapes.items()}
    return {**weights, _HEAD[3]: _checked(stored, _HEAD[3], (3,), folder)}


def _checked(stored: Mapping[str, Tensor], name: str, shape: Sequence[int], folder: Path) -> Tensor:
    tensor = stored.get(name)
    if tensor is None or tuple(tensor.shape) != tuple(shape):
        found = "missing" if tensor is None else f"of shape {tuple(tensor.shape)}, not {tuple(shape)}"
        raise ModelError(f"the reader in {folder} does not fit the text encoder: {name} is {found}")
    if not tensor.isfinite().all():
        raise ModelError(f"the reader in {folder} is damaged: {name} holds what is no number")
    return tensor.float()
