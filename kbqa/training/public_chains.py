"""Reads the chain of relations out of simple SPARQL queries: one entity, one to three relations, the answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Chain", "read_chain", "split_name"]

LONGEST = 3
KNOWN_PREFIXES = {
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "dbo": "http://dbpedia.org/ontology/",
    "dbp": "http://dbpedia.org/property/",
    "dbr": "http://dbpedia.org/resource/",
    "res": "http://dbpedia.org/resource/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
PREFIX = re.compile(r"(?i)\bPREFIX\s+([\w-]*):\s*<([^>]*)>")
SELECT = re.compile(r"(?is)^\s*SELECT\s+(?:DISTINCT\s+)?\?(\w+)\s+(?:WHERE\s*)?\{([^{}]*)\}\s*$")
TOKEN = re.compile(r"<[^<>\s]*>|[?$]\w+|[\w-]*:[^\s;,<>\"{}()|^*/]+|\"[^\"]*\"|[.;,a/]|\S")
CLASS_OF = frozenset(
    ["a", KNOWN_PREFIXES["rdf"] + "type", *(KNOWN_PREFIXES["wdt"] + one for one in ("P31", "P279"))]
)


@dataclass(frozen=True, slots=True)
class Chain:
    """What leads from an entity to the answers of a query.

    Attributes:
        entity: IRI of the entity.
        steps: The predicates' IRIs, each with whether it is walked from subjects to objects; one to three.
        classes: IRIs of the classes that the query wants the answers to be of.
    """

    entity: str
    steps: tuple[tuple[str, bool], ...]
    classes: tuple[str, ...] = ()


def read_chain(sparql: str) -> Chain | None:
    """Return the chain of a SELECT query, None if the query is anything else or says anything more.

    Triples that say what class something is of may come with the chain. No filters, unions, orders or counts.

    >>> read_chain("SELECT ?x WHERE { ?y wdt:P57 wd:Q25191 . ?y wdt:P161 ?x . ?x a dbo:Actor }")
    ... # doctest: +NORMALIZE_WHITESPACE
    Chain(entity='http://www.wikidata.org/entity/Q25191',
          steps=(('http://www.wikidata.org/prop/direct/P57', False),
                 ('http://www.wikidata.org/prop/direct/P161', True)),
          classes=('http://dbpedia.org/ontology/Actor',))
    """
    prefixes = {**KNOWN_PREFIXES, **dict(PREFIX.findall(sparql))}
    found = SELECT.match(PREFIX.sub(" ", sparql))
    triples = _triples(found[2], prefixes) if found else None
    if not found or not triples:
        return None
    answer = "?" + found[1]
    classes = [triple for triple in triples if triple[1] in CLASS_OF and _is_iri(triple[2])]
    rest = [triple for triple in triples if triple not in classes]
    steps = _walk(answer, rest)
    if steps is None or any(not subject.startswith("?") for subject, _, _ in classes):
        return None
    return Chain(steps[0], steps[1], tuple(kind for subject, _, kind in classes if subject == answer))


def split_name(iri: str) -> str:
    """Return the last part of an IRI in words.

    >>> split_name("http://dbpedia.org/ontology/birthPlace"), split_name("/people/person/place_of_birth")
    ('birth place', 'place of birth')
    """
    local = re.split(r"[/#]", iri)[-1]
    return " ".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+", " ", local).split()).lower()


def _triples(body: str, prefixes: Mapping[str, str]) -> list[tuple[str, str, str]] | None:
    """Return the triple patterns of a group with full IRIs, None if it holds anything else."""
    sentences = [_sentence(sentence, prefixes) for sentence in _split(TOKEN.findall(body), ".")]
    if any(not sentence for sentence in sentences):
        return None
    return [triple for sentence in sentences for triple in sentence]


def _sentence(tokens: Sequence[str], prefixes: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the triples of one subject, "s p o ; p o"; none if it is anything else."""
    terms = [word if word == ";" else _term(word, prefixes) for word in tokens]
    clauses = _split(terms[1:], ";")
    if "" in terms or any(len(clause) != 2 for clause in clauses):
        return []
    return [(terms[0], predicate, thing) for predicate, thing in clauses]


def _split(tokens: Sequence[str], mark: str) -> list[list[str]]:
    """Return the runs of tokens between marks, without empty ones."""
    runs: list[list[str]] = [[]]
    for token in tokens:
        if token == mark:
            runs.append([])
        else:
            runs[-1].append(token)
    return [run for run in runs if run]


def _term(word: str, prefixes: Mapping[str, str]) -> str:
    """Return a variable, an IRI or "a"; "" for anything else."""
    if word == "a" or word[0] in "?$":
        return word.replace("$", "?")
    if word.startswith("<") and word.endswith(">"):
        return word[1:-1]
    prefix, colon, local = word.partition(":")
    return prefixes[prefix] + local if colon and prefix in prefixes else ""


def _is_iri(term: str) -> bool:
    return "://" in term


def _walk(
    answer: str, triples: Sequence[tuple[str, str, str]]
) -> tuple[str, tuple[tuple[str, bool], ...]] | None:
    """Return the entity and the steps from it to the answer, if the triples are one chain."""
    if not 1 <= len(triples) <= LONGEST or not all(_is_iri(predicate) for _, predicate, _ in triples):
        return None
    left, place = list(triples), answer
    steps: list[tuple[str, bool]] = []
    while left:
        here = [triple for triple in left if place in (triple[0], triple[2])]
        if len(here) != 1 or not place.startswith("?"):
            return None
        subject, predicate, thing = here[0]
        steps.append((predicate, thing == place))
        place = subject if thing == place else thing
        left.remove(here[0])
    return (place, tuple(reversed(steps))) if _is_iri(place) else None
