"""Whether there are the vectors of all texts and pictures, no others, and whether they are the right ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from kbqa.storage.encoder import LazyEncoder
from kbqa.storage.findings import Finding, Looking, some
from kbqa.storage.image_encoder import LazyImageEncoder, encode_images
from kbqa.storage.intake import Item, encode
from kbqa.storage.parts import IMAGE_VECTORS, VECTORS, FolderCorpus, open_corpus
from kbqa.storage.writing import is_as_copied
from retrieval.engine import open_vectors
from retrieval.types import Floats, Image, Vectors

__all__ = ["check_image_vectors", "check_vectors"]

ENCODED = 64  # items whose vectors are computed again
LEAST_COSINE = 0.98  # of a vector and itself computed again, maybe on another processor


def check_vectors(looking: Looking) -> Iterator[Finding]:
    """Yield where the vectors are of other items than the corpus, or not of their texts."""
    manifest = looking.manifest
    with (
        open_corpus(looking.folder) as corpus,
        open_vectors(looking.folder / VECTORS, encoder=manifest.encoder) as vectors,
    ):
        count, said = len(vectors), manifest.counts.get("vectors", 0)
        if count != said:
            yield looking.rebuild("vectors", f"there are {count:,}, the manifest says {said:,}")
        items = {item.id for item in corpus.items()}
        yield from _compare(looking, "vectors", vectors, manifest.dim, items, "passages or images")
        if looking.thorough and (wrong := _wrong_texts(looking, corpus, vectors)):
            yield looking.rebuild("vectors", f"those of {some(wrong)} are not those of their texts")


def check_image_vectors(looking: Looking) -> Iterator[Finding]:
    """Yield where the vectors of images are of other images than the corpus, or not of their pictures."""
    part, manifest = "image vectors", looking.manifest
    if not manifest.image_encoder:
        return
    with (
        open_corpus(looking.folder) as corpus,
        open_vectors(looking.folder / IMAGE_VECTORS, encoder=manifest.image_encoder) as vectors,
    ):
        images = {image.id for image in corpus.images()}
        yield from _compare(looking, part, vectors, manifest.image_dim, images, "images")
        if looking.thorough and (wrong := _wrong_pictures(looking, corpus, vectors)):
            yield looking.rebuild(part, f"those of {some(wrong)} are not those of their pictures")


def _compare(
    looking: Looking, part: str, vectors: Vectors, dim: int, items: set[str], what: str
) -> Iterator[Finding]:
    """Yield where vectors have another size than the manifest says, or are not those of these items."""
    ids = vectors.ids()
    held = set(ids)
    if vectors.dim != dim:
        yield looking.rebuild(part, f"have {vectors.dim} components, the manifest says {dim}")
    if len(ids) != len(held):
        yield looking.rebuild(part, f"{len(ids) - len(held):,} are there twice")
    if missing := sorted(items - held):
        yield looking.rebuild(part, f"those of {some(missing)} are missing")
    if left := sorted(held - items):
        yield looking.rebuild(part, f"there are those of {some(left)}, which are no {what}")


def _wrong_texts(looking: Looking, corpus: FolderCorpus, vectors: Vectors) -> list[str]:
    """Return the ids of items, of some, whose vectors are others than those of their texts."""
    made_by = looking.manifest.encoder, looking.manifest.dim, looking.manifest.encoder_from
    encoder = looking.encoder or LazyEncoder(*made_by, looking.folder)
    every = max(1, len(vectors) // ENCODED)
    chosen = [Item(item, "") for item in islice(corpus.items(), 0, None, every)]
    if not chosen:
        return []
    return _unlike(vectors, [item.content.id for item in chosen], encode(chosen, encoder))


def _wrong_pictures(looking: Looking, corpus: FolderCorpus, vectors: Vectors) -> list[str]:
    """Return the ids of images, of some whose files are as they were, whose vectors are others than theirs."""
    manifest, root = looking.manifest, looking.folder
    made_by = manifest.image_encoder, manifest.image_dim, manifest.image_encoder_from
    encoder = looking.image_encoder or LazyImageEncoder(*made_by, root)
    images = [item for item in corpus.items() if isinstance(item, Image)]
    some_images = images[:: max(1, len(images) // ENCODED)]
    chosen = [Item(image, "") for image in some_images if is_as_copied(root / image.path)]
    found = encode_images(chosen, encoder, root=root)
    return _unlike(vectors, found.ids, found.vectors) if found else []


def _unlike(vectors: Vectors, ids: Sequence[str], wanted: Floats) -> list[str]:
    """Return the ids whose vectors are missing or others than those that are wanted."""
    wrong = []
    for item_id, vector in zip(ids, wanted, strict=True):
        found = vectors.search(vector[None], k=1, among=[item_id])[0]
        if not found or found[0][1] < LEAST_COSINE:
            wrong.append(item_id)
    return wrong
