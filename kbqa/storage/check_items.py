"""Whether passages and images, their words, links and files agree with each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.storage.annotate import DECLARED, Annotator, declared_in
from kbqa.storage.findings import Finding, Looking, some
from kbqa.storage.parts import IMAGES, LEXICAL, NAMES, FolderCorpus, open_corpus
from kbqa.storage.writing import is_as_copied
from kg.names import Names
from kg.types import Iri
from retrieval.lexical import LexicalIndex
from retrieval.types import Image, Passage

if TYPE_CHECKING:
    from retrieval.types import EntityLink

__all__ = ["check_corpus", "check_images", "check_links", "check_words"]

PAGE = 512
SAMPLE = 500  # items whose links are found again


def check_corpus(looking: Looking) -> Iterator[Finding]:
    """Yield where passages, images and sources are not those that the manifest counts, or do not fit together."""
    counts = looking.manifest.counts
    with open_corpus(looking.folder) as corpus:
        corpus.check()
        found = corpus.counts()
        for what, number in (("passages", found.passages), ("images", found.images)):
            if counts.get(what) != number:
                yield looking.rebuild(
                    "passages", f"there are {number:,} {what}, the manifest says {counts.get(what, 0):,}"
                )
        languages: Counter[str] = Counter()
        for passage in corpus.passages():
            languages[passage.language] += 1
            if passage.end - passage.start != len(passage.text):
                what = f"{passage.id} is {len(passage.text)} characters long and says {passage.start}–{passage.end}"
                yield looking.again("passages", what, passage.source)
        if languages != Counter(looking.manifest.languages):
            yield looking.rebuild(
                "passages", f"are in {dict(languages)}, the manifest says {dict(looking.manifest.languages)}"
            )
        if empty := [source.name for source in corpus.sources() if not source.passages + source.images]:
            yield looking.rebuild("passages", f"nothing is there of {some(empty)}")


def check_words(looking: Looking) -> Iterator[Finding]:
    """Yield where the word index holds other items than the corpus."""
    with open_corpus(looking.folder) as corpus, LexicalIndex.open(looking.folder / LEXICAL) as lexical:
        items, missing = 0, []
        for page in _pages(corpus):
            items += len(page)
            missing += lexical.missing([item.id for item in page])
        if missing:
            yield looking.rebuild("words", f"those of {some(missing)} are missing")
        if len(lexical) + len(missing) != items:
            yield looking.rebuild(
                "words", f"there are those of {len(lexical):,} texts for {items:,} passages and images"
            )


def check_links(looking: Looking) -> Iterator[Finding]:
    """Yield where links name items or entities that are not there, or are not those of their texts."""
    with open_corpus(looking.folder) as corpus, Names.open(looking.version / NAMES) as names:
        if orphans := corpus.orphans():
            yield looking.rebuild(
                "links", f"there are some of {some(orphans)}, which are no passages or images"
            )
        if unknown := _unknown_entities(corpus, names):
            yield looking.rebuild("links", f"lead to {some(unknown)}, which the graph does not hold")
        with looking.open_graph() as graph:
            annotator = Annotator(names, graph.prefixes)
        if wrong := _wrongly_linked(looking, corpus, annotator):
            yield looking.rebuild("links", f"those of {some(wrong)} are not what their texts name")


def check_images(looking: Looking) -> Iterator[Finding]:
    """Yield where image files are missing, changed or nobody's."""
    folder = looking.folder / IMAGES
    known = set()
    with open_corpus(looking.folder) as corpus:
        for image in corpus.images():
            path = Path(image.path)
            known.add(path.name)
            if not path.is_file():
                yield looking.again("images", f"the file of {image.source} is missing ({path})", image.source)
            elif not is_as_copied(path):
                yield looking.again(
                    "images", f"the file of {image.source} has changed ({path})", image.source
                )
    if stray := sorted(path.name for path in folder.iterdir() if path.name not in known):
        what = f"{some(stray)} in {folder} belong to no image"
        yield Finding("images", what, f"remove them: kbqa compact {looking.folder}")


def _pages(corpus: FolderCorpus, *, every: int = 1) -> Iterator[list[Passage | Image]]:
    items = islice(corpus.items(), 0, None, every)
    while page := list(islice(items, PAGE)):
        yield page


def _unknown_entities(corpus: FolderCorpus, names: Names) -> list[str]:
    """Return the entities of links that the graph does not hold and no file has declared."""
    linked = [Iri(iri) for iri in corpus.linked_entities() if not iri.startswith(DECLARED)]
    unknown = {iri.value for iri, degree in names.degrees(linked).items() if not degree}
    found = corpus.items_of(sorted(unknown), limit=10**9) if unknown else []
    links = corpus.entities_of([item_id for item_id, _, _ in found])
    return sorted({iri for item_id, iri, _ in found if not declared_in(links[item_id])})


def _wrongly_linked(looking: Looking, corpus: FolderCorpus, annotator: Annotator) -> list[str]:
    """Return the ids of items, of some or all, whose links are not those that would be found today."""
    counts = corpus.counts()
    wrong: list[str] = []
    for page in _pages(corpus, every=looking.every(counts.passages + counts.images, SAMPLE)):
        kept = corpus.entities_of([item.id for item in page])
        old: list[Sequence[EntityLink]] = [kept.get(item.id, ()) for item in page]
        given = [(item, declared_in(links)) for item, links in zip(page, old, strict=True)]
        new = annotator.annotate(given)
        wrong += [item.id for item, was, now in zip(page, old, new, strict=True) if set(was) != set(now)]
    return wrong
