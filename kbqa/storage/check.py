"""Look whether all parts of a knowledge base agree, and say what to do where they do not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbqa.errors import KnowledgeBaseError
from kbqa.storage.apply import carry_out
from kbqa.storage.check_graph import check_graph, check_names, check_relations, check_schema
from kbqa.storage.check_items import check_corpus, check_images, check_links, check_words
from kbqa.storage.check_vectors import check_image_vectors, check_vectors
from kbqa.storage.failures import told
from kbqa.storage.findings import Finding, Looking
from kbqa.storage.locks import WRITER, locked
from kbqa.storage.manifest import read_manifest
from kbqa.storage.placing import restore
from kg.errors import GraphError
from retrieval.errors import RetrievalError

if TYPE_CHECKING:
    from retrieval.types import ImageEncoder, TextEncoder

__all__ = ["Checked", "Finding", "check"]

_PARTS: dict[str, Callable[[Looking], Iterator[Finding]]] = {
    "graph": check_graph,
    "names": check_names,
    "schema": check_schema,
    "relations": check_relations,
    "passages": check_corpus,
    "words": check_words,
    "vectors": check_vectors,
    "links": check_links,
    "images": check_images,
    "image vectors": check_image_vectors,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check.

    Attributes:
        findings: What does not agree; none where all is well.
        thorough: Whether everything was compared, also what is otherwise looked at in samples.
        counts: How much of each part there is, by the manifest.
        seconds: How long each part took.
    """

    findings: tuple[Finding, ...]
    thorough: bool
    counts: dict[str, int]
    seconds: dict[str, float]

    @property
    def sound(self) -> bool:
        """Whether all parts agree."""
        return not self.findings

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and dicts, ready for JSON."""
        return {"sound": self.sound, **asdict(self)}


def check(
    path: str | Path,
    *,
    thorough: bool = False,
    text_encoder: TextEncoder | None = None,
    image_encoder: ImageEncoder | None = None,
) -> Checked:
    """Return what of the parts of a knowledge base does not agree with the others.

    Counts, ids, places in texts, entity links and the content of image files are all looked at. The names are
    compared with the graph, and the links and vectors with the texts and pictures, in samples, or completely where it is
    thorough. Nothing is changed, but a change that was interrupted is finished first, as at every opening.
    Nobody can change the knowledge base meanwhile; it can be read.

    Args:
        path: The folder.
        thorough: Whether all is compared and nothing sampled, which takes about as long as building did.
        text_encoder: The encoder, where the knowledge base was built with one that was handed in.
        image_encoder: The same for images.

    Raises:
        KnowledgeBaseError: If there is no knowledge base, or it is of another version.
        BusyError: If it is being changed.
    """
    folder = Path(path)
    with told(folder):
        restore(folder)
        read_manifest(folder)
        with locked(folder, WRITER):
            carry_out(folder)
            looking = Looking(folder, read_manifest(folder), thorough, text_encoder, image_encoder)
            findings: list[Finding] = []
            seconds: dict[str, float] = {}
            for part, look in _PARTS.items():
                started = time.perf_counter()
                findings += _found(part, look, looking)
                seconds[part] = time.perf_counter() - started
    return Checked(tuple(findings), thorough, dict(looking.manifest.counts), seconds)


def _found(part: str, look: Callable[[Looking], Iterator[Finding]], looking: Looking) -> Iterator[Finding]:
    """Yield what is found in one part; one that cannot be read is a finding itself."""
    try:
        yield from look(looking)
    except (GraphError, RetrievalError, KnowledgeBaseError, OSError) as error:
        yield looking.rebuild(part, f"cannot be read: {' '.join(str(error).split())}")
