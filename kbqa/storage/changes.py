"""Plan a change to a knowledge base: read and compute everything, and write it down in the journal."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.errors import InputError
from kbqa.storage.annotate import Annotator, declared_in
from kbqa.storage.counting import GraphNumbers
from kbqa.storage.graph_part import (
    Loading,
    Touched,
    can_be_read,
    change_names,
    copy_store,
    describe_again,
    load_file,
)
from kbqa.storage.image_encoder import encode_images
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
from kbqa.storage.journal import Change, Staging, step
from kbqa.storage.known import Known
from kbqa.storage.manifest import GraphSource
from kbqa.storage.parts import GRAPH, IMAGES, Parts, graph_folder
from kbqa.storage.relink import concerned
from kbqa.storage.repeats import Repeats
from kbqa.storage.report import Kind, Report, SourceReport, some_of
from kbqa.storage.writing import copy_image
from kg.text import fold
from kg.types import Iri
from retrieval.types import Image, Passage

if TYPE_CHECKING:
    from kg.delta import Delta
    from kg.names import Names
    from kg.store import Store
    from kg.types import Name, Term

__all__ = ["Plan", "find_sources"]


@dataclass(slots=True)
class Plan:
    """One change in preparation.

    Attributes:
        folder: The knowledge base.
        before: Its state, open.
        staging: Where the change is written down.
        loading: How files are read.
        encode_all: Turns lists of texts into vectors, here or on a cluster.
    """

    folder: Path
    before: Parts
    staging: Staging
    loading: Loading
    encode_all: EncodeAll
    opened: ExitStack = field(default_factory=ExitStack)
    reports: list[SourceReport] = field(default_factory=list)
    remove_sources: dict[str, None] = field(default_factory=dict)
    remove_ids: dict[str, None] = field(default_factory=dict)
    staged_files: set[str] = field(default_factory=set)
    added: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    graph: dict[str, GraphSource] | None = None
    numbers: GraphNumbers | None = None
    changed_names: set[str] | None = None
    other_prefixes: bool = False
    unlinked: dict[str, None] = field(default_factory=dict)
    removed: list[SourceReport] = field(default_factory=list)
    unchanged: int = 0
    repeats: Repeats = field(init=False)

    def __post_init__(self) -> None:
        self.repeats = Repeats(self.before.corpus.alike, remembers=True, gone=self.remove_sources)

    def report(self) -> Report:
        """Return what the change does."""
        refusals = self.loading.refusals
        return Report(
            sources=tuple(self.reports),
            refused=tuple(refusals.found),
            refused_in_all=refusals.total,
            unlinked=some_of(self.unlinked),
            removed=tuple(self.removed),
            unchanged=self.unchanged,
            repeats=tuple(self.repeats.found),
            repeats_in_all=self.repeats.total,
        )

    def add(self, inputs: Inputs) -> Change | None:
        """Write down the addition of files and return the change, None if nothing was read."""
        self._check_graph(inputs)
        files = find_graph_files(inputs.graph, self.loading.refusals)
        with self.opened:
            annotator = self._annotator([], files)
            self._add_items(read_items(inputs, self.loading.refusals), annotator)
            self._link_again(annotator)
        return self._change() if self.graph is not None or self.added else None

    def update(self, inputs: Inputs) -> Change | None:
        """Write down what has changed in files, and which are gone; None if nothing is to be done."""
        self._check_graph(inputs)
        known = Known(self.before, self.loading)
        files = known.changed_graph_files(inputs.graph)
        gone = known.gone_graphs(inputs.graph)
        with self.opened:
            annotator = self._annotator(gone, files)
            self.removed += self._graph_reports(gone)
            self._add_items(read_items(inputs, self.loading.refusals, is_known=known.has), annotator)
            items = known.gone_items(inputs.passages, "passages") + known.gone_items(inputs.images, "images")
            self.removed += [self._remove_source(name) for name in items]
            self._link_again(annotator)
        self.unchanged = known.unchanged
        return self._change() if self.graph is not None or self.remove_sources or self.added else None

    def _check_graph(self, inputs: Inputs) -> None:
        """Refuse triples where the graph is on a server."""
        if inputs.graph and self.before.manifest.endpoint:
            raise InputError(
                f"{self.folder} asks {self.before.manifest.endpoint} for its graph: add triples there"
            )

    def remove(self, graph: Sequence[str], items: Sequence[str]) -> Change:
        """Write down the removal of sources of triples and of items, and return the change."""
        self.reports += self._graph_reports(graph)
        self.reports += [self._remove_source(source) for source in items]
        with self.opened:
            self._link_again(self._annotator(graph, []))
        return self._change()

    def _graph_reports(self, names: Sequence[str]) -> list[SourceReport]:
        """Return what had come of sources of triples."""
        return [SourceReport(name, "graph", self.before.manifest.graph[name].triples) for name in names]

    def _remove_source(self, source: str) -> SourceReport:
        """Note that a source goes, and return what had come of it."""
        self._remove_items(source)
        ids = self.before.corpus.ids_of(source)
        kind: Kind = "images" if ids and ids[0].startswith("i:") else "passages"
        return SourceReport(source, kind, len(ids))

    def _annotator(self, remove: Sequence[str], files: Sequence[Path]) -> Annotator:
        """Change the graph, if it is to be changed, and return what finds its entities afterwards."""
        before = self.before
        if not remove and not files:
            return Annotator(before.names, before.graph.prefixes)
        old = graph_folder(self.folder, before.manifest.graph_version)
        new = self.staging.path / GRAPH
        self.graph = {name: found for name, found in before.manifest.graph.items() if name not in remove}
        with copy_store(old, new) as store:
            step("staged store")
            delta = self._change_store(store, remove, files)
            self.loading.progress("names", 0, 0)
            names = change_names(
                old, new, store, delta, progress=lambda done: self.loading.progress("names", done, 0)
            )
            self.opened.enter_context(names)
            self.loading.progress("schema", 0, 0)
            self.numbers = describe_again(new, store, names, before, delta)
            annotator = Annotator(names, store.prefixes)
        step("staged graph")
        self.changed_names = self._changed_names(names, delta)
        self.other_prefixes = dict(before.graph.prefixes) != dict(annotator.prefixes)
        return annotator

    def _change_store(self, store: Store, remove: Sequence[str], files: Sequence[Path]) -> Delta | None:
        """Remove and load triples and return what that changes, None for very much."""
        assert self.graph is not None
        touched = Touched(store, self.before.manifest.counts["triples"])
        for source in remove:
            touched.note(source)
            store.remove_source(source)
        for path in files:
            name = name_of(path)
            if name in self.graph:
                if not can_be_read(path, self.loading):
                    continue
                touched.note(name)
                store.remove_source(name)
            found = load_file(store, path, self.loading)
            if found is None:
                continue
            touched.note(name)
            self.graph[name] = found
            self.reports.append(SourceReport(name, "graph", found.triples, found.skipped))
        return touched.delta(self.before.graph, self.before.schema.taxonomy)

    def _add_items(self, items: Iterator[Item], annotator: Annotator) -> None:
        """Write down passages and images; a file that is there already is replaced."""
        counts: Counter[tuple[Kind, str]] = Counter()
        for batch, vectors in with_vectors(batches(items), self.encode_all):
            for item in batch:
                self._remove_items(item.file)
            self.repeats.note(batch)
            placed = [copy_image(item, self.staging.path / IMAGES) for item in batch]
            links = annotator.annotate([(item.content, item.declared) for item in placed])
            images = encode_images(placed, self.before.image_encoder, root=self.staging.path)
            self.staging.write_batch(placed, links, vectors, images)
            for item in placed:
                self._count(item, counts)
            self.loading.progress("passages and images", sum(counts.values()), 0)
        by_path = self.loading.refusals.by_path
        self.reports += [
            SourceReport(name, kind, n, by_path.get(name, 0)) for (kind, name), n in counts.items()
        ]
        self.unlinked = dict(annotator.unlinked)

    def _count(self, item: Item, counts: Counter[tuple[Kind, str]]) -> None:
        content = item.content
        if isinstance(content, Passage):
            counts["passages", item.file] += 1
            self.added["passages"] += 1
            self.languages[content.language] += 1
        else:
            counts["images", item.file] += 1
            self.added["images"] += 1
            self.staged_files.add(content.path)

    def _remove_items(self, source: str) -> None:
        """Note that what is there of a source goes."""
        if source not in self.remove_sources:
            self.remove_sources[source] = None
            self.remove_ids.update(dict.fromkeys(self.before.corpus.ids_of(source)))

    def _changed_names(self, names: Names, delta: Delta | None) -> set[str] | None:
        """Return the folded names that now mean other entities than before, None for very many."""
        if delta is None:
            return None
        indexes = (self.before.names, names)
        terms = [term for term in delta.degrees() if isinstance(term, Iri)]
        texts = {name.text for index in indexes for term in terms for name in index.of(term)}
        before, after = (Annotator(index).entities(texts) for index in indexes)
        return {fold(text) for text in texts if _terms(before, text) != _terms(after, text)}

    def _link_again(self, annotator: Annotator) -> None:
        """Write down the new links of the items that stay and mention other entities than before."""
        if self.graph is None:
            return
        corpus = self.before.corpus
        for page in concerned(self.before, self.changed_names, other_prefixes=self.other_prefixes):
            items = [item for item in page if item.id not in self.remove_ids]
            old = corpus.entities_of([item.id for item in items])
            new = annotator.annotate([(item, declared_in(old.get(item.id, ()))) for item in items])
            pairs = [
                (item, links)
                for item, links in zip(items, new, strict=True)
                if set(links) != set(old.get(item.id, ()))
            ]
            if pairs:
                self.staging.write_batch(
                    [Item(item, "") for item, _ in pairs], [links for _, links in pairs], None
                )

    def _change(self) -> Change:
        """Return the change, with the manifest as it will be."""
        old = self.before.manifest
        removed = self.before.corpus.stored(list(self.remove_ids))
        gone = [item for item in removed if isinstance(item, Passage)]
        files = {item.path for item in removed if isinstance(item, Image)}
        counts = {
            "passages": old.counts["passages"] - len(gone) + self.added["passages"],
            "images": old.counts["images"] - len(removed) + len(gone) + self.added["images"],
            "vectors": len(self.before.vectors) - len(removed) + self.added.total(),
        }
        languages = Counter(old.languages) + self.languages
        languages.subtract(item.language for item in gone)
        numbers = self.numbers or GraphNumbers(old.counts, old.label_languages)
        by_path = self.loading.refusals.by_path
        refused = {name: n for name, n in old.refused.items() if name not in self.remove_sources}
        manifest = replace(
            old,
            generation=old.generation + 1,
            graph_version=old.graph_version + (self.graph is not None),
            counts={**old.counts, **numbers.counts, **counts},
            languages={name: n for name, n in sorted(languages.items()) if n > 0},
            label_languages=numbers.label_languages,
            graph=old.graph if self.graph is None else self.graph,
            refused=refused | {name: by_path[name] for name in self.remove_sources if name in by_path},
        )
        return Change(
            manifest,
            tuple(self.remove_sources),
            tuple(self.remove_ids),
            tuple(sorted(files - self.staged_files)),
            new_graph=self.graph is not None,
        )


def find_sources(parts: Parts, source: str) -> tuple[list[str], list[str]]:
    """Return the sources of triples and of items that a name means: itself, or all below a folder.

    Args:
        parts: The knowledge base.
        source: Name of a file as it was added, of one line of a .jsonl file, or of a folder.

    Raises:
        InputError: If there is none; it names similar ones.
    """
    graph, corpus = parts.manifest.graph, parts.corpus
    plain = Path(source).as_posix()
    itself = [name for name in graph if name in (source, plain)], list(corpus.digests([source, plain]))
    if any(itself):
        return itself
    below = [name for name in graph if name.startswith(f"{plain.rstrip('/')}/")], corpus.names_below(plain)
    if any(below):
        return below
    if corpus.ids_of(source):
        return [], [source]
    items = [found.name for found in corpus.sources()]
    near = difflib.get_close_matches(source, [*graph, *items], n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else "`kbqa info` lists the sources"
    raise InputError(f"nothing was added from {source!r}; {hint}")


def _terms(found: dict[str, list[Name]], text: str) -> list[Term]:
    return [name.term for name in found.get(text, ())]
