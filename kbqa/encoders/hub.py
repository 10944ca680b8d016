"""Folders in the Hugging Face layout → models of the transformers library, whole and from local files only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from retrieval.errors import ModelError
from retrieval.model_files import cached_folder

__all__ = ["Head", "hub_folder", "load_hub_model"]

Head = Literal[
    "AutoModel",
    "AutoModelForMaskedLM",
    "AutoModelForMultipleChoice",
    "AutoModelForCausalLM",
    "AutoModelForSeq2SeqLM",
]
"""The class of the transformers library that a checkpoint is loaded into."""
_MAY_LACK = ("pooler.", "bert.pooler.")  # not used by any of these heads


def hub_folder(name: str) -> Path:
    """Return the folder of a model: itself if it is one, else that of a model in the local Hugging Face cache.

    Raises:
        ModelError: If there is no such model here.
    """
    return Path(name) if Path(name).is_dir() else cached_folder(name, hint="give a folder instead")


def load_hub_model(place: Path, head: Head, *, kinds: Sequence[str] = (), **options: Any) -> tuple[Any, Any]:
    """Return the model of a checkpoint, in evaluation mode, and its tokenizer.

    Args:
        place: The folder.
        head: What it is loaded into.
        kinds: Architectures that are taken; any if none are given.
        options: Passed on to `from_pretrained`.

    Raises:
        ModelError: If it is damaged, lacks weights, or is of an architecture without such a head.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import transformers
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        kind = transformers.AutoConfig.from_pretrained(place, local_files_only=True).model_type
        if kinds and kind not in kinds:
            raise ModelError(f"{place} is of the architecture {kind!r}; taken are {', '.join(kinds)}")
        tokenizer = transformers.AutoTokenizer.from_pretrained(place, local_files_only=True)
        model, report = getattr(transformers, head).from_pretrained(
            place, local_files_only=True, use_safetensors=True, output_loading_info=True, **options
        )
    except ModelError:
        raise
    except Exception as error:  # damaged files make the libraries raise nearly anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"the model in {place} cannot be loaded as {head}: {reason}") from error
    missing = sorted(key for key in report["missing_keys"] if not key.startswith(_MAY_LACK))
    if missing:  # transformers would fill them with random numbers
        raise ModelError(f"the checkpoint in {place} lacks {len(missing)} weights, among them {missing[0]}")
    return model.eval(), tokenizer
