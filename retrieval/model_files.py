"""Model folders in the layout of the Hugging Face hub: where they are and what is in them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from retrieval.errors import ModelError

__all__ = ["cached_folder", "read_json", "sha256"]


def read_json(path: Path, *, hint: str = "") -> dict[str, Any]:
    """Return a JSON object from a file of a model folder.

    Args:
        path: The file.
        hint: What errors add, e.g. what to use instead.

    Raises:
        ModelError: If it is missing or damaged.
    """
    instead = f"; {hint}" if hint else ""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{path.parent} is not a model folder: {path.name} is missing{instead}") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}; download the model again") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} holds no JSON object; download the model again")
    return content


def sha256(files: Sequence[Path]) -> str:
    """Return the SHA-256 of a file's bytes; of several, that of their digests one after the other."""
    if len(files) == 1:
        with files[0].open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256("".join(sha256([file]) for file in files).encode()).hexdigest()


def cached_folder(name: str, *, hint: str) -> Path:
    """Return the folder of a hub model that was downloaded before.

    Args:
        name: Its id.
        hint: What to use instead, for errors.

    Raises:
        ModelError: If it was not downloaded, or the name is no id.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except LocalEntryNotFoundError as error:
        raise ModelError(
            f"the encoder {name!r} is neither a folder nor downloaded; run: hf download {name}   ({hint})"
        ) from error
    except HFValidationError as error:
        raise ModelError(f"{name!r} is neither a folder nor the id of a model; {hint}") from error
