"""A small graph made of a set's own gold queries, for sets whose graph is not at hand.

It holds every entity, relation and class that any gold query of the set names, with names read off their IRIs,
joined just as the queries join them: each query's patterns are facts, a new thing standing for each variable (what
database theory calls the canonical database of a query). Nothing else is in it, so that linking and querying have
far fewer rivals than in the real graph: what is measured on it is no score of the set, and is called
"closed vocabulary".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote

from kbqa.errors import InputError
from kbqa.evaluation.adapters.ckbqa import ckbqa_queries
from kbqa.evaluation.adapters.lcquad import lcquad_iris, lcquad_queries
from kbqa.evaluation.adapters.qald import qald_queries
from kbqa.evaluation.gold import Fact, Gold, Term, read_gold
from kbqa.evaluation.items import Item
from kg.text import readable
from kg.types import RDF_TYPE, XSD

__all__ = ["CLOSED", "NAME", "check_named", "given", "iri_key", "write_closed"]

NAME = "closed vocabulary of the set's own gold IRIs"
_SPACE = "urn:closed:"  # of new things, and of IRIs that have no scheme
_LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
_ALIAS = "<http://www.w3.org/2004/02/skos/core#altLabel>"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S")
_FORBIDDEN = re.compile(r"[\x00-\x20<>\"{}|\\^`]|%(?![0-9A-Fa-f]{2})")
_BRACKETS = re.compile(r"(?<=\S)[\s_]*[(（][^()（）]*[)）]$")
_IDENTIFIER = re.compile(r".*[/:#][PQ]\d+", re.DOTALL)
_CATEGORY = "Category:"
_YAGO = "http://dbpedia.org/class/yago/"
_YAGO_NAME = re.compile(r"^Wikicat|\d{6,}$")


def _no_more(data: Path) -> tuple[list[str], list[str]]:
    return [], []


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where the queries of a family of sets are, and its other (entities, relations)."""

    queries: Callable[[Path], list[str]]
    more: Callable[[Path], tuple[list[str], list[str]]] = _no_more


CLOSED: Mapping[str, _Sources] = MappingProxyType(
    {
        "qald": _Sources(qald_queries),
        "lcquad": _Sources(lcquad_queries, lcquad_iris),
        "ckbqa": _Sources(ckbqa_queries),
    }
)


def write_closed(family: str, *, data: Path, out: Path) -> None:
    """Write the graph of a family of sets as N-Triples.

    Args:
        family: A key of `CLOSED`.
        data: The folder that holds the set's files.
        out: The file to write.

    Raises:
        InputError: If no file with queries is there, or one is malformed.
    """
    sources, written = CLOSED[family], _Graph()
    for sparql in dict.fromkeys(sources.queries(data)):
        gold = read_gold(sparql)
        if gold is not None:
            written.add(gold)
    entities, relations = sources.more(data)
    written.add_listed(entities, relations)
    with out.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in dict.fromkeys(written.lines()))


def check_named(name: str, items: Sequence[Item]) -> None:
    """Refuse questions whose entities are numbered, so that a vocabulary made of their IRIs has no names.

    Raises:
        InputError: If most gold entities are such as Q42.
    """
    entities = [iri for item in items for iri in item.entities]
    if sum(bool(_IDENTIFIER.fullmatch(iri)) for iri in entities) > len(entities) / 2:
        raise InputError(
            f"{name}: its IRIs are numbers such as {entities[0]}, which say no names; "
            "name a knowledge base built from its graph or endpoint with --kb"
        )


def given(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return questions with their entities as the closed vocabulary writes them."""
    return tuple(replace(item, entities=tuple(map(_absolute, item.entities))) for item in items)


def iri_key(iri: str) -> str:
    """Return an IRI so that two ways to write it are equal.

    >>> iri_key("urn:closed:12%E6%9C%88"), iri_key("12月")
    ('12月', '12月')
    """
    return unicodedata.normalize("NFC", unquote(iri)).removeprefix(_SPACE)


@dataclass(slots=True)
class _Graph:
    """The facts and names that are to be written."""

    facts: list[str] = field(default_factory=list)
    named: dict[str, None] = field(default_factory=dict)
    things: int = 0

    def add(self, gold: Gold) -> None:
        """Add the facts of a query, with new things for its variables."""
        made: dict[str, str] = {}
        for fact in gold.facts:
            self._add_fact(fact, gold.numbers, made)

    def add_listed(self, entities: Iterable[str], relations: Iterable[str]) -> None:
        """Add names that are in no query, relations each with a fact between new things."""
        self.named.update(dict.fromkeys(filter(_is_plain, entities)))
        for relation in filter(_is_plain, relations):
            if relation not in self.named:
                self.named[relation] = None
                self.facts.append(f"{self._thing()} {_ref(relation)} {self._thing()} .")

    def lines(self) -> Iterator[str]:
        """Yield names, then facts, as N-Triples."""
        for iri in self.named:
            for predicate, name in _names(iri):
                yield f"{_ref(iri)} {predicate} {_text(name)} ."
        yield from self.facts

    def _add_fact(self, fact: Fact, numbers: frozenset[str], made: dict[str, str]) -> None:
        subject, predicate, object_ = fact
        if not predicate or subject[0] == "literal" or (subject[0] == "variable" and subject[1] in numbers):
            return
        self.named.update(dict.fromkeys(value for kind, value in (subject, object_) if kind == "iri"))
        if predicate != RDF_TYPE.value:
            self.named[predicate] = None
        ends = [self._end(term, numbers, made) for term in (subject, object_)]
        self.facts.append(f"{ends[0]} {_ref(predicate)} {ends[1]} .")

    def _end(self, term: Term, numbers: frozenset[str], made: dict[str, str]) -> str:
        kind, value = term
        if kind == "iri":
            return _ref(value)
        if kind == "literal":
            return _text(value)
        if value not in made:
            thing = self._thing()
            made[value] = f'"{self.things}"^^<{XSD}integer>' if value in numbers else thing
        return made[value]

    def _thing(self) -> str:
        self.things += 1
        return f"<{_SPACE}V{self.things}>"


def _is_plain(iri: str) -> bool:
    return bool(_SCHEME.match(iri)) and not _FORBIDDEN.search(iri)


def _names(iri: str) -> Iterator[tuple[str, str]]:
    """Yield the names of an IRI: all of its last part, and that without what stands in brackets."""
    label = _label(iri)
    yield _LABEL, label
    bare = _BRACKETS.sub("", label).strip()
    if bare and bare != label:
        yield _ALIAS, bare


def _label(iri: str) -> str:
    if not _SCHEME.match(iri):
        return iri.replace("_", " ").strip() or iri
    if iri.startswith(_YAGO):
        return readable(_YAGO_NAME.sub("", iri.removeprefix(_YAGO))) or iri
    return readable(iri).removeprefix(_CATEGORY)


def _ref(iri: str) -> str:
    return f"<{_absolute(iri)}>"


def _absolute(iri: str) -> str:
    absolute = iri if _SCHEME.match(iri) else _SPACE + iri
    return _FORBIDDEN.sub(lambda found: f"%{ord(found.group()):02X}", absolute)


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
