"""CLIP, Chinese-CLIP and SigLIP from a folder in the layout of the Hugging Face hub.

Pictures are prepared here as the folder's `preprocessor_config.json` says, whatever class it names: hub files name
classes that transformers 5 no longer has, and its own need torchvision or warn that they do without. Texts are padded
as each family was trained: SigLIP to its full length and without a mask, the others to the longest with one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.errors import ModelError
from retrieval.model_files import read_json, sha256
from retrieval.types import Floats

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from torch import Tensor

__all__ = ["FAMILIES", "HubImageEncoder", "Preparation", "load_hub"]

BATCH = 16
CLIP_MEAN, CLIP_DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True, slots=True)
class Family:
    """What the files of a family leave unsaid.

    Attributes:
        model: Its class in transformers.
        crops: Whether the middle is cut out after scaling the shorter side, unless the folder says otherwise.
        mean: Of the channels.
        deviation: Of the channels.
        length: Tokens of a text at most.
        full_length: Whether texts are padded to that length and read without a mask.
    """

    model: str
    crops: bool
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    length: int
    full_length: bool = False


FAMILIES: Mapping[str, Family] = {
    "clip": Family("CLIPModel", True, CLIP_MEAN, CLIP_DEVIATION, 77),
    "chinese_clip": Family("ChineseCLIPModel", False, CLIP_MEAN, CLIP_DEVIATION, 52),
    "siglip": Family("SiglipModel", False, (0.5,) * 3, (0.5,) * 3, 64, full_length=True),
}


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a picture becomes numbers.

    Attributes:
        size: (height, width) that it is scaled to, or one number for its shorter side.
        crop: (height, width) cut out of the middle after that, None to keep all.
        mean: Taken off each channel, which is in [0, 1].
        deviation: That each channel is then divided by.
        resample: Pillow's number of the filter: 2 bilinear, 3 bicubic.
    """

    size: tuple[int, int] | int
    crop: tuple[int, int] | None
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    resample: int = 3

    @classmethod
    def from_config(cls, config: Mapping[str, Any], family: Family, *, side: int) -> Preparation:
        """Return what `preprocessor_config.json` says; `side` is what the model takes where it says nothing."""
        crops = bool(config.get("do_center_crop", family.crops))
        size = config.get("size", {"shortest_edge": side} if crops else side)
        sides = _sides(size)
        # without a crop the model needs a square, even where only the shorter side is named
        shorter = crops and (isinstance(size, int) or "shortest_edge" in size)
        return cls(
            sides[0] if shorter else sides,
            _sides(config.get("crop_size", side)) if crops else None,
            tuple(config.get("image_mean") or family.mean),
            tuple(config.get("image_std") or family.deviation),
            int(config.get("resample", 3)),
        )

    def apply(self, picture: Picture) -> Floats:
        """Return the numbers of an RGB picture: (3, height, width) float32."""
        width, height = self._scaled(*picture.size)
        scaled = picture.resize((width, height), self.resample)
        if self.crop is not None:
            rows, columns = self.crop
            left, top = (width - columns) // 2, (height - rows) // 2
            scaled = scaled.crop(
                (left, top, left + columns, top + rows)
            )  # pads with black where it is smaller
        channels = np.asarray(scaled, dtype=np.float32).transpose(2, 0, 1) / np.float32(255)
        mean, deviation = (np.array(part, np.float32)[:, None, None] for part in (self.mean, self.deviation))
        prepared: Floats = (channels - mean) / deviation
        return prepared

    def _scaled(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height that a picture is scaled to."""
        if isinstance(self.size, tuple):
            return self.size[1], self.size[0]
        short, long = sorted((width, height))
        longer = int(self.size * long / short)
        return (self.size, longer) if width <= height else (longer, self.size)


class HubImageEncoder:
    """A model of one of the families, with the L2 norm that its feature methods leave out."""

    def __init__(
        self, name: str, model: Any, tokenizer: Any, preparation: Preparation, family: Family, *, dim: int
    ) -> None:
        """Put the parts together; `load_hub` does it from files."""
        self._name = name
        self._model = model
        self._tokenizer = tokenizer
        self._preparation = preparation
        self._family = family
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
        return self._in_batches(texts, self._encode_texts)

    def encode_images(self, pictures: Sequence[Picture]) -> Floats:
        """Return one unit-length vector per RGB picture, in order: (len(pictures), dim) float32."""
        return self._in_batches(pictures, self._encode_images)

    def _in_batches(self, items: Sequence[Any], encode: Any) -> Floats:
        import torch

        vectors = np.empty((len(items), self._dim), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(items), BATCH):
                found = _vectors(encode(items[start : start + BATCH])).float()
                vectors[start : start + BATCH] = torch.nn.functional.normalize(found, dim=-1).numpy()
        return vectors

    def _encode_texts(self, texts: Sequence[str]) -> Any:
        tokens = self._tokenizer(
            list(texts),
            padding="max_length" if self._family.full_length else True,
            max_length=self._family.length,
            truncation=True,
            return_tensors="pt",
        )
        if self._family.full_length:  # trained without a mask: the last token is read, padding or not
            return self._model.get_text_features(input_ids=tokens["input_ids"])
        return self._model.get_text_features(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
        )

    def _encode_images(self, pictures: Sequence[Picture]) -> Any:
        import torch

        pixels = torch.from_numpy(np.stack([self._preparation.apply(picture) for picture in pictures]))
        return self._model.get_image_features(pixel_values=pixels.to(self._model.dtype))


def load_hub(folder: Path, *, name: str) -> HubImageEncoder:
    """Return the image encoder in a hub folder.

    Args:
        folder: With config.json, model.safetensors and the tokenizer's files.
        name: What it is called, without the hash.

    Raises:
        ModelError: If it is missing, damaged, of another family, or lacks weights.
    """
    config = read_json(folder / "config.json")
    kind = str(config.get("model_type"))
    if kind not in FAMILIES:
        raise ModelError(
            f"{folder / 'config.json'} describes a {kind}; image encoders are {', '.join(FAMILIES)}, "
            'and "small" is the built-in one'
        )
    family = FAMILIES[kind]
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise ModelError(
            f"{folder} holds no model.safetensors, the one weight format that is safe to load; run: hf download {name}"
        )
    place = folder / "preprocessor_config.json"
    said = read_json(place) if place.is_file() else {}
    model, tokenizer = _load(folder, family)
    preparation = Preparation.from_config(said, family, side=int(model.config.vision_config.image_size))
    dim = _dim(model)
    return HubImageEncoder(f"{name}@{sha256(files)[:12]}", model, tokenizer, preparation, family, dim=dim)


def _load(folder: Path, family: Family) -> tuple[Any, Any]:
    """Return model and tokenizer, from local files only."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import transformers
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    place = str(folder)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(place, local_files_only=True)
        model, report = getattr(transformers, family.model).from_pretrained(
            place, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
    except Exception as error:  # damaged files make the libraries raise nearly anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"the image encoder in {place} cannot be loaded: {reason}") from error
    missing = sorted(key for key in report["missing_keys"] if not key.endswith("position_ids"))
    if missing:  # transformers would fill them with random numbers
        raise ModelError(f"the checkpoint in {place} lacks {len(missing)} weights, among them {missing[0]}")
    return model.eval(), tokenizer


def _vectors(output: Any) -> Tensor:
    """Return the vectors that a feature method gives: a tensor in transformers 4, an object in 5."""
    found: Tensor = output if hasattr(output, "ndim") else output.pooler_output
    return found


def _dim(model: Any) -> int:
    """Return the number of components: of the projection, or for SigLIP of the vision tower."""
    found = getattr(model.config, "projection_dim", None) or model.config.vision_config.hidden_size
    return int(found)


def _sides(size: Any) -> tuple[int, int]:
    """Return height and width; one number stands for both.

    >>> _sides(224), _sides({"height": 3, "width": 4})
    ((224, 224), (3, 4))
    """
    if isinstance(size, Mapping) and "height" in size:
        return int(size["height"]), int(size["width"])
    side = int(size["shortest_edge"] if isinstance(size, Mapping) else size)
    return side, side
