"""What can go wrong with passages, images and their indexes.

RetrievalError             anything below
├── DocumentError          a document cannot be read (names the file)
├── ImageError             a file is not an image, or too large to open safely
├── ModelError             an encoder is missing, damaged or of the wrong kind
├── StorageError           an index on disk is missing, damaged or of another version
└── EngineError            a vector database cannot be reached, or fails
"""

from __future__ import annotations

__all__ = ["DocumentError", "EngineError", "ImageError", "ModelError", "RetrievalError", "StorageError"]


class RetrievalError(Exception):
    """Any deliberate error of this package; its text is one line that says what, where and what to do."""


class DocumentError(RetrievalError):
    """A document could not be read.

    Attributes:
        path: The file, as the caller named it.
        line: Line number from 1, or None.
        reason: What is wrong with it.
    """

    def __init__(self, path: str, line: int | None, reason: str) -> None:
        self.path = path
        self.line = line
        self.reason = reason
        place = path if line is None else f"{path}, line {line}"
        super().__init__(f"{place}: {reason}")


class ImageError(DocumentError):
    """A file is not a readable image, or would not be safe to open."""


class ModelError(RetrievalError):
    """An encoder is missing, damaged, or not of the kind asked for."""


class StorageError(RetrievalError):
    """An index on disk is missing, damaged, or was written by another version."""


class EngineError(RetrievalError):
    """A vector database cannot be reached, refuses its caller, or fails."""
