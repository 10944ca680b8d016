"""Image encoders by name: the small one that is trained here, or CLIP, Chinese-CLIP, SigLIP from a folder or the hub.

Nothing is ever downloaded here. All of them put pictures and texts into one space.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import ModelError
from retrieval.model_files import cached_folder, read_json

if TYPE_CHECKING:
    from retrieval.text_encoder import TransformerEncoder
    from retrieval.types import ImageEncoder

__all__ = ["load_image_encoder"]

BUILT_IN = 'the built-in image encoder is "small"'


def load_image_encoder(name: str, *, text_encoder: TransformerEncoder | None = None) -> ImageEncoder:
    """Return an image encoder.

    Args:
        name: A folder that `kbqa train image-text` wrote, or one in the layout of the Hugging Face hub, or the id of
            a model that is in the local Hugging Face cache.
        text_encoder: What the text tower of a folder of the first kind stands on; not needed for the others.

    Returns:
        An encoder whose `name` ends in "@" and the first 12 hexadecimal digits of its weights' SHA-256.

    Raises:
        ModelError: If it is missing, damaged, or of a kind that cannot be read.
    """
    from retrieval.hub_image_encoder import load_hub
    from retrieval.small_image_encoder import KIND, load_small

    given = Path(name)
    folder = given if given.is_dir() else cached_folder(name, hint=BUILT_IN)
    called = given.resolve().name if given.is_dir() else name
    if read_json(folder / "config.json", hint=BUILT_IN).get("model_type") != KIND:
        return load_hub(folder, name=called)
    if text_encoder is None:
        raise ModelError(f"the image encoder in {folder} stands on a text encoder; hand it in")
    return load_small(folder, name=called, text_encoder=text_encoder)
