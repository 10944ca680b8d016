"""What a knowledge base holds, in numbers and names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbqa.semantics.path_model import read_settings
from kbqa.storage.parts import SHIPPED_MATCHER
from kbqa.storage.report import Kind, SourceReport

if TYPE_CHECKING:
    from kbqa.storage.parts import Parts

__all__ = ["Info", "MatcherInfo", "describe"]


@dataclass(frozen=True, slots=True)
class MatcherInfo:
    """The learnt matcher of a knowledge base.

    Attributes:
        own: Whether it was trained for this knowledge base; else it is the one that is shipped.
        trained_on: What it learnt from, in words.
        used: Whether it belongs to the knowledge base's text encoder; one of another encoder is not used.
    """

    own: bool
    trained_on: str
    used: bool


@dataclass(frozen=True, slots=True)
class Info:
    """A description of a knowledge base.

    Attributes:
        path: The folder.
        generation: 1 after the build, one more after each change.
        encoder: Name of the text encoder with the hash of its weights.
        endpoint: Address of the SPARQL server that holds the graph, "" where the folder holds it.
        triples: Distinct triples.
        entities: IRIs and blank nodes that are neither classes nor predicates; 0 where a remote graph is too
            large to count them.
        predicates: Predicates in use.
        classes: Classes with members.
        names: Labels, aliases and short values.
        passages: Passages of documents.
        images: Images.
        vectors: Vectors of passages and captions.
        languages: How many passages there are in each language, "" where unknown.
        label_languages: How many labels there are in each language.
        sources: Every file, by kind and name.
        bytes: Size on disk.
        matcher: The learnt matcher, None where there is none.
        vector_index: How the vectors are searched, or where they are.
        image_encoder: Name of the image encoder with the hash of its weights, "" where images have no vectors.
    """

    path: str
    generation: int
    encoder: str
    endpoint: str
    triples: int
    entities: int
    predicates: int
    classes: int
    names: int
    passages: int
    images: int
    vectors: int
    languages: Mapping[str, int]
    label_languages: Mapping[str, int]
    sources: tuple[SourceReport, ...]
    bytes: int
    matcher: MatcherInfo | None = None
    vector_index: str = ""
    image_encoder: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and dicts, ready for JSON."""
        return asdict(self)


def describe(folder: Path, parts: Parts) -> Info:
    """Return the description of open parts.

    Raises:
        ModelError: If the matcher's settings are missing or damaged.
    """
    manifest = parts.manifest
    counts = dict.fromkeys(
        ("triples", "entities", "predicates", "classes", "names", "passages", "images", "vectors"), 0
    )
    return Info(
        path=str(folder),
        generation=manifest.generation,
        encoder=manifest.encoder,
        endpoint=manifest.endpoint,
        **{name: manifest.counts.get(name, 0) for name in counts},
        languages=dict(manifest.languages),
        label_languages=dict(manifest.label_languages),
        sources=tuple(_sources(parts)),
        bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        matcher=_matcher(parts.matcher, manifest.encoder) if parts.matcher else None,
        vector_index=parts.vectors.described,
        image_encoder=manifest.image_encoder,
    )


def _matcher(folder: Path, encoder: str) -> MatcherInfo:
    settings = read_settings(folder)
    return MatcherInfo(folder != SHIPPED_MATCHER, settings.trained_on, settings.encoder == encoder)


def _sources(parts: Parts) -> list[SourceReport]:
    manifest = parts.manifest
    found = [
        SourceReport(name, "graph", source.triples, source.skipped) for name, source in manifest.graph.items()
    ]
    for source in parts.corpus.sources():
        counts: dict[Kind, int] = {"passages": source.passages, "images": source.images}
        refused = manifest.refused.get(source.name, 0)
        found += [SourceReport(source.name, kind, n, refused) for kind, n in counts.items() if n]
    return sorted(found, key=lambda item: (item.kind, item.name))
