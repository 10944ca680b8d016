"""The image encoder that is trained here, from a folder: pictures and texts to vectors with no download."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retrieval.errors import ModelError
from retrieval.model_files import read_json, sha256
from retrieval.pixels import to_pixels
from retrieval.text_encoder import TransformerEncoder
from retrieval.types import Floats

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from retrieval.towers import Encoded, Towers

__all__ = [
    "KIND",
    "SmallImageEncoder",
    "TowerSettings",
    "load_small",
    "load_towers",
    "read_settings",
    "save_towers",
]

KIND = "kbqa-image-text"
WEIGHTS = "model.safetensors"
BATCH = 64
FRAME = 1  # tokens at each end of a text that only frame it


@dataclass(frozen=True, slots=True)
class TowerSettings:
    """What the folder of an image encoder says about it.

    Attributes:
        model_type: Always "kbqa-image-text".
        text_encoder: Name, with the hash of its weights, of the text encoder that the text tower stands on.
        inputs: Width of that encoder's token states.
        dim: Components of a vector.
    """

    model_type: str
    text_encoder: str
    inputs: int
    dim: int


class SmallImageEncoder:
    """Two small towers; the text tower stands on a frozen text encoder."""

    def __init__(self, name: str, towers: Towers, text_encoder: TransformerEncoder, dim: int) -> None:
        """Put the parts together; `load_small` does it from files."""
        self._name = name
        self._towers = towers.eval()
        self._text_encoder = text_encoder
        self._dim = dim

    @property
    def name(self) -> str:
        """Name with a hash of the weights."""
        return self._name

    @property
    def dim(self) -> int:
        """Number of components of a vector."""
        return self._dim

    def encode_texts(self, texts: Sequence[str]) -> Floats:
        """Return one unit-length vector per text, in order: (len(texts), dim) float32."""
        return self._joined([told.whole.numpy() for told in self._told(texts)])

    def encode_images(self, pictures: Sequence[Picture]) -> Floats:
        """Return one unit-length vector per RGB picture, in order: (len(pictures), dim) float32."""
        return self._joined([seen.whole.numpy() for seen in self._seen(pictures)])

    def text_parts(self, texts: Sequence[str]) -> list[Floats]:
        """Return for each text one unit-length vector per token."""
        return [
            parts[real].numpy()[FRAME:-FRAME]
            for told in self._told(texts)
            for parts, real in zip(told.parts, told.mask, strict=True)
        ]

    def image_parts(self, pictures: Sequence[Picture]) -> list[Floats]:
        """Return for each picture one unit-length vector for each of its 4 × 4 places, row by row."""
        return [parts.numpy() for seen in self._seen(pictures) for parts in seen.parts]

    def _told(self, texts: Sequence[str]) -> Iterator[Encoded]:
        import torch

        from retrieval.token_states import token_states

        with torch.inference_mode():
            for start in range(0, len(texts), BATCH):
                yield self._towers.texts(*token_states(self._text_encoder, texts[start : start + BATCH]))

    def _seen(self, pictures: Sequence[Picture]) -> Iterator[Encoded]:
        import torch

        with torch.inference_mode():
            for start in range(0, len(pictures), BATCH):
                pixels = torch.from_numpy(to_pixels(pictures[start : start + BATCH]))
                yield self._towers.images(pixels.float() / 127.5 - 1)

    def _joined(self, vectors: Sequence[Floats]) -> Floats:
        return np.concatenate(vectors) if vectors else np.empty((0, self._dim), np.float32)


def read_settings(folder: Path) -> TowerSettings:
    """Return what a folder says about its image encoder.

    Raises:
        ModelError: If it is missing or damaged, or says that the folder holds something else.
    """
    place = folder / "config.json"
    try:
        settings = TowerSettings(**read_json(place))
    except TypeError as error:
        raise ModelError(f"{place} describes no image encoder: {error}") from error
    if settings.model_type != KIND:
        raise ModelError(f"{place} describes a {settings.model_type}, not a {KIND}")
    return settings


def load_small(folder: Path, *, name: str, text_encoder: TransformerEncoder) -> SmallImageEncoder:
    """Return the image encoder in a folder that `save_towers` wrote.

    Args:
        folder: With config.json and model.safetensors.
        name: What it is called, without the hash.
        text_encoder: The encoder that its text tower stands on.

    Raises:
        ModelError: If it is missing or damaged, or the text encoder is another.
    """
    settings = read_settings(folder)
    if _digest(text_encoder.name) != _digest(settings.text_encoder):
        raise ModelError(
            f"the image encoder in {folder} stands on the text encoder {settings.text_encoder}, "
            f"not on {text_encoder.name}; train it again: kbqa train image-text"
        )
    towers = load_towers(folder)
    digest = sha256([folder / WEIGHTS])[:12]
    return SmallImageEncoder(f"{name}@{digest}", towers, text_encoder, settings.dim)


def load_towers(folder: Path) -> Towers:
    """Return the towers in a folder; raises as `load_small`."""
    from retrieval.quantized import load_weights
    from retrieval.towers import Towers

    settings, weights = read_settings(folder), folder / WEIGHTS
    towers = Towers(settings.inputs, settings.dim)
    try:
        towers.load_state_dict({name: tensor.float() for name, tensor in load_weights(weights).items()})
    except (RuntimeError, AttributeError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise ModelError(f"{weights} does not fit {folder / 'config.json'}: {reason}") from error
    return towers


def save_towers(towers: Towers, folder: Path, *, text_encoder: str) -> None:
    """Write towers in half precision, with what has to be known to load them.

    Args:
        towers: Trained ones.
        folder: Made if it does not exist; files of the same names are overwritten.
        text_encoder: Name of the encoder that the text tower stands on.
    """
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: (tensor.to(torch.float16) if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in towers.state_dict().items()
    }
    save_file(state, folder / WEIGHTS)
    dim, inputs = towers.images.whole.out_features, towers.texts.enter.in_features
    settings = TowerSettings(KIND, text_encoder, inputs, dim)
    (folder / "config.json").write_text(json.dumps(asdict(settings), indent=2) + "\n", encoding="utf-8")


def _digest(name: str) -> str:
    return name.rpartition("@")[2]
