"""The learnt half of matching: which relations lead from a question's entity to its answers, step by step.

A question whose entity is masked goes through the text encoder with low-rank changes to its weights (LoRA, Hu
et al., ICLR 2022). For each of up to three steps one learnt query attends to the tokens, and the mean of what
it looks at is compared, as a cosine, with the vectors of relation names. Those come from the unchanged encoder
through one projection for each direction of walking, so that a graph's relations are encoded once, and a
question costs one pass however many relations there are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.parsing.plain import MASK
from kbqa.semantics.cross_encoder import CrossEncoder, new_cross_parameters
from retrieval.bert import DOWN, UP, Bert
from retrieval.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "MASK",
    "MAX_STEPS",
    "PathModel",
    "Settings",
    "changed",
    "check_fit",
    "delta_names",
    "load_parameters",
    "merged",
    "new_parameters",
    "read_settings",
    "save_parameters",
]

MAX_STEPS = 3
_WEIGHTS = "matcher.safetensors"
_CONFIG = "config.json"
RANK = 16
_FIRST_SCALE = 16.0
_PARTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_HEADS = (
    "attend",
    "project",
    "shift",
    "forward",
    "backward",
    "forward_shift",
    "backward_shift",
    "stop",
    "scale",
)
_CROSS = "cross."


def delta_names(layers: int) -> list[str]:
    """Return the names of the matrices that low-rank changes are learnt for.

    >>> delta_names(1)[0]
    'encoder.layer.0.attention.self.query.weight'
    """
    return [f"encoder.layer.{layer}.{part}.weight" for layer in range(layers) for part in _PARTS]


def new_parameters(bert: Bert, *, seed: int = 0) -> dict[str, Tensor]:
    """Return the parameters before any training: no change to the encoder, heads that compare means.

    Args:
        bert: The encoder they belong to.
        seed: Of the small random numbers that tell the steps apart.
    """
    import torch

    chance = torch.Generator().manual_seed(seed)
    dim = bert.weights["embeddings.word_embeddings.weight"].shape[1]
    made: dict[str, Tensor] = {}
    for name in delta_names(bert.layers):
        out, inside = bert.weights[name].shape
        made[name + DOWN] = torch.randn(RANK, inside, generator=chance) / math.sqrt(inside)
        made[name + UP] = torch.zeros(out, RANK)
    made["attend"] = 0.02 * torch.randn(MAX_STEPS, dim, generator=chance)
    made["shift"] = torch.zeros(MAX_STEPS, dim)
    for name in ("project", "forward", "backward"):
        made[name] = torch.eye(dim)
    for name in ("forward_shift", "backward_shift"):
        made[name] = 0.02 * torch.randn(dim, generator=chance)
    made["stop"] = 0.1 * torch.randn(dim, generator=chance)
    made["scale"] = torch.tensor(math.log(_FIRST_SCALE))
    cross = new_cross_parameters(dim, MAX_STEPS, chance)
    return made | {f"{_CROSS}{name}": tensor for name, tensor in cross.items()}


def changed(bert: Bert, parameters: Mapping[str, Tensor]) -> Bert:
    """Return the encoder with the low-rank changes beside its matrices, for training."""
    deltas = {name: tensor for name, tensor in parameters.items() if name.endswith((DOWN, UP))}
    return Bert({**bert.weights, **deltas}, bert.layers, bert.heads, bert.epsilon)


def merged(bert: Bert, parameters: Mapping[str, Tensor]) -> Bert:
    """Return the encoder with the low-rank changes added to its matrices, for questions."""
    sums = {
        name: _sum(bert.weights[name], parameters[name + UP], parameters[name + DOWN])
        for name in delta_names(bert.layers)
    }
    return Bert({**bert.weights, **sums}, bert.layers, bert.heads, bert.epsilon)


def _sum(matrix: Tensor, up: Tensor, down: Tensor) -> Tensor:
    return (matrix.float() + up @ down).to(matrix.dtype)


@dataclass(frozen=True, slots=True)
class PathModel:
    """Turns masked questions and relation names into vectors whose cosines say what fits.

    Attributes:
        bert: The encoder with the changes merged in.
        heads: The parameters that compare, by name.
        cross: Looks at whole chains.
    """

    bert: Bert
    heads: Mapping[str, Tensor]
    cross: CrossEncoder

    @classmethod
    def of(cls, bert: Bert, parameters: Mapping[str, Tensor], *, training: bool = False) -> PathModel:
        """Return the model of an unchanged encoder and parameters; in training gradients flow to these."""
        base = changed(bert, parameters) if training else merged(bert, parameters)
        cross = {
            name.removeprefix(_CROSS): tensor
            for name, tensor in parameters.items()
            if name.startswith(_CROSS)
        }
        return cls(base, {name: parameters[name] for name in _HEADS}, CrossEncoder(cross))

    def read(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Return the token states of questions: (batch, length, dim) float32.

        Args:
            tokens: (batch, length) int64 token ids.
            mask: (batch, length) bool, True where a token is real.
        """
        return self.bert(tokens, mask).float()

    def steps(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return one unit vector for each step of each question: (batch, MAX_STEPS, dim) float32.

        Args:
            states: (batch, length, dim) float32, as `read` gives them.
            mask: (batch, length) bool, True where a token is real.
        """
        import torch

        looks = states @ self.heads["attend"].T
        weights = looks.masked_fill(~mask[:, :, None], -1e9).softmax(1)
        seen = weights.transpose(1, 2) @ states
        return torch.nn.functional.normalize(seen @ self.heads["project"] + self.heads["shift"], dim=-1)

    def relations(self, vectors: Tensor, *, forward: bool) -> Tensor:
        """Return unit vectors of relations walked in one direction: (n, dim) float32.

        Args:
            vectors: (n, dim), the unchanged encoder's vectors of their names.
            forward: From subjects to objects, or back.
        """
        import torch

        way = "forward" if forward else "backward"
        turned = vectors @ self.heads[way] + self.heads[f"{way}_shift"]
        return torch.nn.functional.normalize(turned, dim=-1)

    def stop(self) -> Tensor:
        """Return the unit vector that stands for "no more relation": (1, dim) float32."""
        import torch

        return torch.nn.functional.normalize(self.heads["stop"], dim=-1)[None]

    def scale(self) -> Tensor:
        """Return what cosines are multiplied with before the softmax."""
        return self.heads["scale"].clamp(max=math.log(50.0)).exp()


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file beside a matcher's weights says.

    Attributes:
        encoder: Name of the text encoder whose weights the changes belong to, with its hash.
        trained_on: In words, for people.
        weight: How much the model counts beside the evidence of words, chosen on development questions.
        longer: What each step adds to the log-likelihood of a chain, chosen on development questions. Made-up
            questions with several relations say more than real ones: a model that knows only these takes a
            short question for one with few steps.
    """

    encoder: str
    trained_on: str
    weight: float = 1.0
    longer: float = 0.0


def save_parameters(folder: Path, parameters: Mapping[str, Tensor], settings: Settings) -> None:
    """Write a matcher's folder: `matcher.safetensors` in float16 and `config.json`.

    Each file is written under another name first, so that a folder never holds half of one.
    """
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    halves = {name: tensor.detach().half().contiguous() for name, tensor in parameters.items()}
    unfinished = folder / "matcher.unfinished"
    save_file(halves, unfinished)
    unfinished.replace(folder / _WEIGHTS)
    text = json.dumps(asdict(settings), indent=2, ensure_ascii=False) + "\n"
    (folder / "config.unfinished").write_text(text, encoding="utf-8")
    (folder / "config.unfinished").replace(folder / _CONFIG)


def read_settings(folder: Path) -> Settings:
    """Return the settings of a matcher's folder.

    Raises:
        ModelError: If the file is missing or damaged.
    """
    try:
        settings = Settings(**json.loads((folder / _CONFIG).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise _unreadable(folder, str(error)) from error
    if not isinstance(settings.encoder, str) or not isinstance(settings.trained_on, str):
        raise _unreadable(folder, f"{_CONFIG} names no encoder")
    return settings


def load_parameters(folder: Path) -> tuple[dict[str, Tensor], Settings]:
    """Return the float32 parameters and settings of a matcher's folder.

    Raises:
        ModelError: If a file is missing, damaged, or does not fit this version.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    settings = read_settings(folder)
    try:
        stored = load_file(folder / _WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise _unreadable(folder, str(error)) from error
    missing = [name for name in _HEADS if name not in stored]
    if missing:
        raise _unreadable(folder, f"it lacks {', '.join(missing)}")
    return {name: tensor.float() for name, tensor in stored.items()}, settings


def check_fit(folder: Path, parameters: Mapping[str, Tensor], bert: Bert) -> None:
    """Check that the parameters of a folder are those that an encoder needs.

    Raises:
        ModelError: If one is missing, too much, or of another size.
    """
    wanted, found = (
        {name: tuple(tensor.shape) for name, tensor in named.items()}
        for named in (new_parameters(bert), parameters)
    )
    if found != wanted:
        name = min(dict(wanted.items() ^ found.items()))
        raise _unreadable(folder, f"{name} is {found.get(name)}, not {wanted.get(name)}")


def _unreadable(folder: Path, reason: str) -> ModelError:
    return ModelError(
        f"the matcher in {folder} cannot be read: {reason}; train it again, or go --without matcher"
    )
