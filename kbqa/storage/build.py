"""Make a knowledge base: everything is written beside the target and put in place at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.cluster import encoding
from kbqa.errors import InputError
from kbqa.knowledge_base import KnowledgeBase
from kbqa.storage.annotate import Annotator
from kbqa.storage.counting import GraphNumbers
from kbqa.storage.encoder import DEFAULT, load_encoder
from kbqa.storage.failures import told
from kbqa.storage.graph_part import Loading, describe_graph, load_file
from kbqa.storage.image_encoder import SMALL, encode_images, named
from kbqa.storage.intake import (
    EncodeAll,
    Inputs,
    Item,
    batches,
    find_graph_files,
    name_of,
    read_items,
    with_vectors,
)
from kbqa.storage.locks import create_locks
from kbqa.storage.manifest import GraphSource, Manifest, write_manifest
from kbqa.storage.parts import IMAGES, NAMES, STORE, VECTORS, graph_folder
from kbqa.storage.placing import new_folder
from kbqa.storage.repeats import Repeats
from kbqa.storage.report import Kind, OnError, Progress, Refusals, Report, SourceReport, silent, some_of
from kbqa.storage.writing import copy_image, create_writers
from kg.names import Names
from kg.store import Store
from kg.types import Graph
from retrieval.engine import VectorPlace, dropping
from retrieval.types import Passage

if TYPE_CHECKING:
    from retrieval.types import ImageEncoder, TextEncoder, VectorKind

__all__ = ["build"]


def build(
    path: str | Path,
    *,
    graph: Sequence[str | Path] = (),
    passages: Sequence[str | Path] = (),
    images: Sequence[str | Path] = (),
    endpoint: str | None = None,
    text_encoder: str | TextEncoder = DEFAULT,
    image_encoder: str | ImageEncoder = SMALL,
    on_error: OnError = "stop",
    columns: tuple[str, ...] | None = None,
    progress: Progress | None = None,
    replace: bool = False,
    root: str | Path | None = None,
    label_predicates: Sequence[str] = (),
    vectors: VectorKind | None = None,
    vector_db: str | None = None,
    ray: str | None = None,
) -> KnowledgeBase:
    """Build a knowledge base in a folder and open it; its `report` says what was read and refused.

    The folder appears when everything is in it. A process that dies leaves nothing but a hidden folder
    beside it, which the next build of that name removes.

    Args:
        path: The folder to make.
        graph: Files of triples and tables, and folders of such files.
        passages: Documents, and folders of documents.
        images: Pictures, manifests of pictures, and folders of these.
        endpoint: Address of a SPARQL server to ask instead of loading `graph`. User and password come from
            the environment when it is opened and are never stored.
        text_encoder: "bilingual", the one that is shipped, "minilm", a folder, the id of a downloaded model, or an encoder itself, which must
            then be handed in at every opening.
        image_encoder: "small", the one that is shipped, a folder, the id of a downloaded CLIP, Chinese-CLIP or SigLIP,
            "none", or an encoder itself.
        on_error: Whether a malformed line or file stops the build or is skipped and reported.
        columns: What the columns of tables are, see `kg.load.load`.
        progress: Told what is being done, how much of it is done and how much there is.
        replace: Whether a knowledge base that is there is replaced; it stays until the new one is ready.
        label_predicates: IRIs of predicates that name things, beside rdfs:label, skos:prefLabel, schema:name and
            the like.
        vectors: How vectors are searched: "exact", "hnsw" or "ivfpq"; chosen by their number by default.
        vector_db: Address of a Milvus server, or a file of Milvus Lite that ends in ".db", to keep them in
            instead of the folder. A token comes from the environment and is never stored.
        ray: Address of a Ray cluster that computes the vectors, "local" for one on this machine.
        root: A folder above all files; sources are named by their paths below it instead of as given.

    Raises:
        InputError: If the folder is there already, or an input cannot be read.
        BusyError: If the one to be replaced is being changed.
        DependencyError: If the encoder, the endpoint, the vector database or the cluster fails.
        KbqaError: If the disk is full or the folder cannot be written.
    """
    target = Path(path)
    below = Path(root) if root is not None else None
    inputs = Inputs(tuple(graph), tuple(passages), tuple(images), below)
    if endpoint and inputs.graph:
        raise InputError(f"{_without_credentials(endpoint)}: give an endpoint or files of triples, not both")
    if vector_db and vectors:
        raise InputError(f"{vector_db} chooses how vectors are searched: leave out --vectors {vectors}")
    if not endpoint or inputs.passages or inputs.images:
        inputs.check(f"build {target}")
    superseded = dropping(target / VECTORS)
    place = VectorPlace(vectors, vector_db or "")
    with told(target), new_folder(target, replace=replace) as folder:
        encoder = load_encoder(text_encoder) if isinstance(text_encoder, str) else text_encoder
        loaded_from = text_encoder if isinstance(text_encoder, str) else ""
        images_by = named(image_encoder, target) if isinstance(image_encoder, str) else image_encoder
        images_from = image_encoder if isinstance(image_encoder, str) else ""
        loading = Loading(columns, Refusals(on_error), progress or silent, below, tuple(label_predicates))
        encoders = _Encoders(encoder, loaded_from, images_by, images_from)
        with encoding(text_encoder, encoder, ray) as encode_all:
            making = _Build(folder, inputs, endpoint or "", encoders, loading, place, encode_all)
            report = making.run()
    superseded()
    base = KnowledgeBase.open(
        target,
        text_encoder=None if isinstance(text_encoder, str) else text_encoder,
        image_encoder=None if isinstance(image_encoder, str) else image_encoder,
    )
    base.report = report
    return base


@dataclass(frozen=True, slots=True)
class _Encoders:
    """What makes vectors, and what each was loaded by."""

    text: TextEncoder
    text_from: str
    image: ImageEncoder | None
    image_from: str


@dataclass(slots=True)
class _Build:
    """One build."""

    folder: Path
    inputs: Inputs
    endpoint: str
    encoders: _Encoders
    loading: Loading
    place: VectorPlace
    encode_all: EncodeAll
    graph_sources: dict[str, GraphSource] = field(default_factory=dict)
    item_counts: Counter[tuple[Kind, str]] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    repeats: Repeats = field(init=False)

    def run(self) -> Report:
        started = time.perf_counter()
        progress = self.loading.progress
        version = graph_folder(self.folder, 1)
        version.mkdir(parents=True)
        with self._graph(version) as graph:
            progress("names", 0, 0)
            with Names.build(
                version / NAMES,
                graph,
                label_predicates=self.loading.label_predicates,
                progress=lambda done: progress("names", done, 0),
            ) as names:
                progress("schema", 0, 0)
                numbers = describe_graph(version, graph, names, self.encoders.text)
                annotator = Annotator(names, graph.prefixes)
                stored = self._items(annotator)
        create_locks(self.folder)
        write_manifest(self.folder, self._manifest(numbers, stored))
        return self._report(annotator, time.perf_counter() - started)

    @contextmanager
    def _graph(self, version: Path) -> Iterator[Graph]:
        if self.endpoint:
            from kg.endpoint import Endpoint

            yield Endpoint(self.endpoint)
            return
        with Store.open(version / STORE, read_only=False) as store:
            for path in find_graph_files(self.inputs.graph, self.loading.refusals):
                found = load_file(store, path, self.loading)
                if found is not None:
                    self.graph_sources[name_of(path, self.inputs.root)] = found
            store.flush()
            yield store

    def _items(self, annotator: Annotator) -> dict[str, int]:
        """Read, encode and store passages and images, and return how many there are."""
        (self.folder / IMAGES).mkdir()
        by = self.encoders
        with create_writers(
            self.folder, encoder=by.text, image_encoder=by.image, place=self.place
        ) as writers:
            self.repeats = Repeats(writers.corpus.alike)
            read = batches(read_items(self.inputs, self.loading.refusals))
            for batch, vectors in with_vectors(read, self.encode_all):
                self.repeats.note(batch)
                placed = [copy_image(item, self.folder / IMAGES) for item in batch]
                links = annotator.annotate([(item.content, item.declared) for item in placed])
                writers.store(placed, [link for found in links for link in found])
                writers.index(placed, vectors, encode_images(placed, by.image, root=self.folder))
                self._count(placed)
            self.loading.progress("indexes", 0, 0)
            writers.commit()
            found = writers.corpus.counts()
            return {"passages": found.passages, "images": found.images, "vectors": len(writers.vectors)}

    def _count(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item.content, Passage):
                self.item_counts["passages", item.file] += 1
                self.languages[item.content.language] += 1
            else:
                self.item_counts["images", item.file] += 1
        self.loading.progress("passages and images", self.item_counts.total(), 0)

    def _manifest(self, numbers: GraphNumbers, stored: dict[str, int]) -> Manifest:
        files = {file for _, file in self.item_counts}
        refused = self.loading.refusals.by_path
        return Manifest(
            encoder=self.encoders.text.name,
            encoder_from=self.encoders.text_from,
            dim=self.encoders.text.dim,
            endpoint=_without_credentials(self.endpoint),
            counts={**numbers.counts, **stored},
            languages=dict(sorted(self.languages.items())),
            label_languages=numbers.label_languages,
            graph=self.graph_sources,
            refused={name: n for name, n in refused.items() if name in files},
            image_encoder=self.encoders.image.name if self.encoders.image else "",
            image_encoder_from=self.encoders.image_from if self.encoders.image else "",
            image_dim=self.encoders.image.dim if self.encoders.image else 0,
        )

    def _report(self, annotator: Annotator, seconds: float) -> Report:
        graph = self.graph_sources.items()
        reports = [SourceReport(name, "graph", found.triples, found.skipped) for name, found in graph]
        refused = self.loading.refusals.by_path
        counts = self.item_counts.items()
        reports += [SourceReport(name, kind, n, refused.get(name, 0)) for (kind, name), n in counts]
        return Report(
            sources=tuple(reports),
            refused=tuple(self.loading.refusals.found),
            refused_in_all=self.loading.refusals.total,
            unlinked=some_of(annotator.unlinked),
            repeats=tuple(self.repeats.found),
            repeats_in_all=self.repeats.total,
            seconds=seconds,
        )


def _without_credentials(endpoint: str) -> str:
    if not endpoint:
        return ""
    from kg.request import Address

    return Address.parse(endpoint).url
