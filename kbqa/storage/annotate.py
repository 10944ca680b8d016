"""Which entities passages and captions mention, by exact names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote, unquote

from kbqa.storage.stretches import Finder, Stretch
from kg.names import Names
from kg.ordinary import ORDINARY
from kg.text import fold
from kg.types import Iri, Name
from retrieval.types import EntityLink, Image, Passage

__all__ = ["DECLARED", "Annotator", "declaration", "declared_as", "declared_in"]

HOMONYMS = 3  # a name of more entities is linked to the most prominent ones
DECLARED = "urn:kbqa:declared:"

_ABSOLUTE = re.compile(r"(?:[a-z][a-z0-9+.-]*://|urn:)\S+", re.IGNORECASE)


class Annotator:
    """Finds the names of entities in texts; names of classes, predicates and values are passed over.

    Example:
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from kg.store import Store
    >>> from kg.types import RDFS_LABEL, Literal, Triple
    >>> store = Store.in_memory()
    >>> store.add([Triple(Iri("urn:lyon"), RDFS_LABEL, Literal("Lyon"))], source="example")
    1
    >>> names = Names.build(Path(mkdtemp()) / "names.sqlite", store)
    >>> passage = Passage("p:1", "She moved to Lyon.", "a.txt", 0, 18)
    >>> Annotator(names).links(passage)
    [EntityLink(item_id='p:1', entity_id='urn:lyon', start=13, end=17)]
    """

    def __init__(self, names: Names, prefixes: Mapping[str, str] | None = None) -> None:
        """Prepare.

        Args:
            names: The names to find.
            prefixes: Prefix → namespace, for declared entities such as "w:France".
        """
        self._names = names
        self._finder = Finder(names)
        self.prefixes = dict(prefixes or {})
        self.unlinked: dict[str, None] = {}
        """What was declared and is no entity of the graph, each once, in order."""

    def links(self, item: Passage | Image) -> list[EntityLink]:
        """Return the entities that one passage or image mentions; see `annotate`."""
        return self.annotate([(item, ())])[0]

    def annotate(self, items: Sequence[tuple[Passage | Image, Sequence[str]]]) -> list[list[EntityLink]]:
        """Return the links of each item, in order.

        Args:
            items: Passages or images, each with the entities that were declared for it: IRIs, prefixed
                names or names.

        Returns:
            For each item its links by place: mentions in a passage's text, longest first where they would
            overlap; links to the whole item for its title, its caption, the question that it answers and
            what was declared.
        """
        spans = self._finder.find([_text(item) for item, _ in items])
        asked = self._finder.find([_question(item) for item, _ in items])
        wanted = {span.text for found in (*spans, *asked) for span in found}
        wanted |= {_title(item) for item, _ in items}
        wanted |= {text for _, declared in items for text in declared}
        entities = self.entities(wanted)
        self._note_unlinked({text for _, declared in items for text in declared}, entities)
        return [
            self._links(item, declared, said, about, entities)
            for (item, declared), said, about in zip(items, spans, asked, strict=True)
        ]

    def _links(
        self,
        item: Passage | Image,
        declared: Sequence[str],
        spans: Sequence[Stretch],
        asked: Sequence[Stretch],
        entities: Mapping[str, Sequence[Name]],
    ) -> list[EntityLink]:
        whole = {iri for text in declared for iri in self._resolve(text, entities)}
        whole |= {_iri(name) for name in entities.get(_title(item), ())}
        whole |= {iri for _, iri in _longest(asked, entities)}
        mentions = list(_longest(spans, entities))
        if isinstance(item, Image):
            # A manifest says what a picture shows; only without one is the caption trusted to name it.
            whole |= set() if declared else {iri for _, iri in mentions}
            mentions = []
        found = {EntityLink(item.id, iri) for iri in whole}
        found |= {EntityLink(item.id, iri, span.start, span.end) for span, iri in mentions}
        found |= {EntityLink(item.id, declaration(text)) for text in declared}
        return sorted(found, key=lambda link: (link.start, link.end, link.entity_id))

    def _note_unlinked(self, declared: Iterable[str], entities: Mapping[str, Sequence[Name]]) -> None:
        resolved = {text: self._resolve(text, entities) for text in declared if text not in self.unlinked}
        degrees = self._names.degrees([Iri(iri) for iris in resolved.values() for iri in iris])
        for text in sorted(resolved):
            if not any(degrees[Iri(iri)] for iri in resolved[text]):
                self.unlinked[text] = None

    def _resolve(self, declared: str, entities: Mapping[str, Sequence[Name]]) -> list[str]:
        prefix, colon, local = declared.partition(":")
        if _ABSOLUTE.fullmatch(declared):
            return [declared]
        if colon and prefix in self.prefixes:
            return [self.prefixes[prefix] + local]
        return [_iri(name) for name in entities.get(declared, ())]

    def entities(self, texts: Iterable[str]) -> dict[str, list[Name]]:
        """Return each text that is the name of entities → one name of each, the most prominent first.

        At most three entities are given for a text.
        """
        found: dict[str, list[Name]] = {}
        for text, names in self._names.find_exact(sorted(texts)).items():
            once = {name.term: name for name in reversed(names) if name.kind == "entity"}
            if once:
                found[text] = list(reversed(once.values()))[:HOMONYMS]
        return found


def declaration(declared: str) -> str:
    """Return the IRI under which the corpus keeps what was declared, so that it can be resolved again.

    >>> declaration("New York")
    'urn:kbqa:declared:New%20York'
    """
    return DECLARED + quote(declared, safe="", errors="surrogatepass")


def declared_as(iri: str) -> str:
    """Return what was declared, from the IRI under which the corpus keeps it.

    >>> declared_as(declaration("New York"))
    'New York'
    """
    return unquote(iri.removeprefix(DECLARED), errors="surrogatepass")


def declared_in(links: Iterable[EntityLink]) -> tuple[str, ...]:
    """Return what was declared for an item, of which these are the links, sorted."""
    return tuple(sorted(declared_as(link.entity_id) for link in links if link.entity_id.startswith(DECLARED)))


def _text(item: Passage | Image) -> str:
    return item.text if isinstance(item, Passage) else item.caption


def _question(item: Passage | Image) -> str:
    return item.question if isinstance(item, Passage) else ""


def _title(item: Passage | Image) -> str:
    return item.title if isinstance(item, Passage) else ""


def _iri(name: Name) -> str:
    assert isinstance(name.term, Iri)  # only values are literals
    return name.term.value


def _longest(
    spans: Sequence[Stretch], entities: Mapping[str, Sequence[Name]]
) -> Iterator[tuple[Stretch, str]]:
    """Yield the mentions among some stretches with each entity they may mean; none overlap."""
    taken: set[int] = set()
    for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
        names = [name for name in entities.get(span.text, ()) if _is_meant(span.text, name)]
        places = range(span.start, span.end)
        if names and taken.isdisjoint(places):
            taken.update(places)
            yield from ((span, _iri(name)) for name in names)


def _is_meant(text: str, name: Name) -> bool:
    """Return whether a stretch is the name and no ordinary word that happens to be spelt like it."""
    folded = fold(text)
    if all(word in ORDINARY for word in folded.split()):
        return text == name.text and not text.islower() and " " in text
    return True
