"""Passages and images: reading, storing, indexing and finding them.

Importing this package loads nothing heavy; each name is fetched from its module at first use.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval.corpus import Corpus, Counts, Source
    from retrieval.documents import Document, Refused, read_documents, sentences, split
    from retrieval.engine import VectorPlace, create_vectors, open_vectors
    from retrieval.errors import (
        DocumentError,
        EngineError,
        ImageError,
        ModelError,
        RetrievalError,
        StorageError,
    )
    from retrieval.fuse import fuse_ranks, fuse_scores
    from retrieval.image_encoder import load_image_encoder
    from retrieval.image_search import ImageSearch, Sighting
    from retrieval.images import LinkedImage, find_similar, read_images, signature
    from retrieval.lexical import LexicalIndex
    from retrieval.search import Search
    from retrieval.text_encoder import CachedEncoder, load_text_encoder
    from retrieval.types import (
        EntityLink,
        Floats,
        Hit,
        HitSource,
        Image,
        ImageEncoder,
        PartsEncoder,
        Passage,
        TextEncoder,
        VectorKind,
        Vectors,
    )
    from retrieval.vectors import VectorIndex

# Must be set before torch or faiss load OpenMP. Its threads otherwise spin long while they wait and, where there are no
# more cores than threads, keep the thread they wait for from running: 480 ms for a 5 ms query, on 2 cores. Threads that
# never spin (OMP_WAIT_POLICY=PASSIVE) are woken so late that everything takes twice as long.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")

__all__ = [
    "CachedEncoder",
    "Corpus",
    "Counts",
    "Document",
    "DocumentError",
    "EngineError",
    "EntityLink",
    "Floats",
    "Hit",
    "HitSource",
    "Image",
    "ImageEncoder",
    "ImageError",
    "ImageSearch",
    "LexicalIndex",
    "LinkedImage",
    "ModelError",
    "PartsEncoder",
    "Passage",
    "Refused",
    "RetrievalError",
    "Search",
    "Sighting",
    "Source",
    "StorageError",
    "TextEncoder",
    "VectorIndex",
    "VectorKind",
    "VectorPlace",
    "Vectors",
    "create_vectors",
    "find_similar",
    "fuse_ranks",
    "fuse_scores",
    "load_image_encoder",
    "load_text_encoder",
    "open_vectors",
    "read_documents",
    "read_images",
    "sentences",
    "signature",
    "split",
]

_MODULES = {
    "corpus": ("Corpus", "Counts", "Source"),
    "documents": ("Document", "Refused", "read_documents", "sentences", "split"),
    "engine": ("VectorPlace", "create_vectors", "open_vectors"),
    "errors": ("DocumentError", "EngineError", "ImageError", "ModelError", "RetrievalError", "StorageError"),
    "fuse": ("fuse_ranks", "fuse_scores"),
    "image_encoder": ("load_image_encoder",),
    "image_search": ("ImageSearch", "Sighting"),
    "images": ("LinkedImage", "find_similar", "read_images", "signature"),
    "lexical": ("LexicalIndex",),
    "search": ("Search",),
    "text_encoder": ("CachedEncoder", "load_text_encoder"),
    "types": (
        *("EntityLink", "Floats", "Hit", "HitSource", "Image", "ImageEncoder"),
        *("PartsEncoder", "Passage", "TextEncoder", "VectorKind", "Vectors"),
    ),
    "vectors": ("VectorIndex",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Return a public name from the module it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module 'retrieval' has no attribute {name!r}")
    return getattr(import_module(f"retrieval.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
