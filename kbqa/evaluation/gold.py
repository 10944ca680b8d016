"""What a gold SPARQL query is about: its entities, relations, operation and size.

A query that cannot be parsed is tried again after the habits of Virtuoso, which many sets were written for,
are put right: aggregates without AS and parentheses, commas between variables, prefixes left undeclared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args
from typing import Literal as OneOf

if TYPE_CHECKING:
    from rdflib.paths import Path as PropertyPath
    from rdflib.term import Node

__all__ = ["OPERATIONS", "PREFIXES", "Fact", "Gold", "Operation", "Term", "is_name", "read_gold"]

Operation = OneOf["select", "ask", "count", "superlative", "comparison", "filter", "negation"]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
Term = tuple[OneOf["iri", "literal", "variable"], str]
Fact = tuple[Term, str, Term]

MAX_QUERY = 20_000  # characters
_REMEMBERED = 20_000
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE = _RDF + "type"
_MISSPELT_TYPE = "https://www.w3.org/1999/02/22-rdf-syntax-ns#type"  # in LC-QuAD
_NAMES = frozenset(
    {
        "http://www.w3.org/2000/01/rdf-schema#label",
        "http://www.w3.org/2004/02/skos/core#altLabel",
        "http://schema.org/name",
    }
)
PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "rdf": _RDF,
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "dbo": "http://dbpedia.org/ontology/",
        "dbp": "http://dbpedia.org/property/",
        "dbr": "http://dbpedia.org/resource/",
        "res": "http://dbpedia.org/resource/",
        "dbc": "http://dbpedia.org/resource/Category:",
        "dct": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "yago": "http://dbpedia.org/class/yago/",
        "wd": "http://www.wikidata.org/entity/",
        "wdt": "http://www.wikidata.org/prop/direct/",
        "p": "http://www.wikidata.org/prop/",
        "ps": "http://www.wikidata.org/prop/statement/",
        "pq": "http://www.wikidata.org/prop/qualifier/",
    }
)
_COUNT = re.compile(
    r"(?<!\()\bcount\s*\(\s*(?P<what>(?:distinct\s+)?\(?\s*\?\w+\s*\)?)\s*(?:as\s+\?\w+\s*)?\)"
    r"(?:\s+as\s+\?\w+)?(?=\s*(?:where\b|\{))",
    re.IGNORECASE,
)
_CAST = re.compile(r"\bxsd:\w+\s*\(\s*(?P<variable>\?\w+)\s*\)")
_DECLARED = re.compile(r"\bprefix\s+(\w+):", re.IGNORECASE)
_PREFIXED = re.compile(r"(?<![\w<:/])(\w+):(?!//)")
_COMMA = re.compile(r"(?<=\w)\s*,\s*(?=\?)")
_ORDERS = frozenset({"<", ">", "<=", ">=", "="})


@dataclass(frozen=True, slots=True)
class Gold:
    """What the right query of a question is made of.

    Attributes:
        entities: IRIs that it names, classes and relations apart.
        relations: IRIs of its predicates, types and names apart.
        operation: What it does with them; "" where only entities and relations are known.
        links: How many triple patterns it has, those of types and names apart.
        classes: IRIs of its classes.
        facts: All its triple patterns, relations that a path walks one after the other as single ones.
        numbers: Variables that are put in order or compared.
        rewritten: Whether it could be read only after it was put right.
    """

    entities: tuple[str, ...]
    relations: tuple[str, ...]
    operation: Operation | OneOf[""] = ""
    links: int = 0
    classes: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    numbers: frozenset[str] = frozenset()
    rewritten: bool = False


def is_name(predicate: str) -> bool:
    """Return whether a predicate only gives names of things."""
    return predicate in _NAMES


@lru_cache(maxsize=_REMEMBERED)
def read_gold(sparql: str) -> Gold | None:
    """Return what a query is made of, None where it is no SPARQL even after it was put right.

    What is OPTIONAL does not count. A query with several operations has the first of: ask, superlative, count,
    negation, comparison (of two variables), filter (by a value); filters by words or language are none.

    Example:
    >>> gold = read_gold("SELECT DISTINCT COUNT(?x) WHERE { ?x dbo:director dbr:Stanley_Kubrick }")
    >>> gold.operation, gold.links, gold.rewritten, [iri.rsplit("/")[-1] for iri in gold.entities]
    ('count', 1, True, ['Stanley_Kubrick'])
    >>> read_gold("SELECT nothing") is None
    True
    """
    if len(sparql) > MAX_QUERY:
        return None
    algebra = _parsed(sparql)
    if algebra is not None:
        return _gold(algebra, rewritten=False)
    algebra = _parsed(_put_right(sparql))
    return None if algebra is None else _gold(algebra, rewritten=True)


def _parsed(sparql: str) -> Any | None:
    from pyparsing import ParseBaseException
    from rdflib.plugins.sparql import prepareQuery

    try:
        return prepareQuery(sparql).algebra
    except (ParseBaseException, RecursionError):
        return None
    except Exception as error:
        # rdflib raises the bare class where a prefix is unknown or a variable is bound twice.
        if type(error) is Exception or isinstance(error, ValueError | AttributeError | TypeError):
            return None
        raise


def _put_right(sparql: str) -> str:
    """Return a query with what Virtuoso lets pass put into the words of the standard."""
    head, brace, body = sparql.partition("{")
    head = _CAST.sub(r"\g<variable>", _COMMA.sub(" ", head))
    head = _COUNT.sub(r"(COUNT(\g<what>) AS ?counted) ", head + brace)
    declared = {name.lower() for name in _DECLARED.findall(head)}
    missing = {name for name in _PREFIXED.findall(head + body) if name.lower() not in declared}
    lines = [f"PREFIX {name}: <{PREFIXES[name]}>" for name in sorted(missing & PREFIXES.keys())]
    return " ".join([*lines, head + body])


def _gold(algebra: Any, *, rewritten: bool) -> Gold:
    facts = tuple(dict.fromkeys(fact for triple in _triples(algebra) for fact in _facts(*triple)))
    told = [fact for fact in facts if not is_name(fact[1])]
    links = [fact for fact in told if fact[1] != _TYPE]
    classes = [object_[1] for _, predicate, object_ in told if predicate == _TYPE and object_[0] == "iri"]
    ends = [end for subject, _, object_ in links for end in (subject, object_)]
    ends += [subject for subject, predicate, _ in told if predicate == _TYPE]
    relations = [predicate for _, predicate, _ in links if predicate]
    return Gold(
        entities=tuple(dict.fromkeys(value for kind, value in ends if kind == "iri")),
        relations=tuple(dict.fromkeys(relations)),
        operation=_operation(algebra),
        links=len(links),
        classes=tuple(dict.fromkeys(classes)),
        facts=facts,
        numbers=frozenset(_numbers(algebra)),
        rewritten=rewritten,
    )


def _operation(algebra: Any) -> Operation:
    nodes = {node.name: node for node in _nodes(algebra)}
    if algebra.name == "AskQuery":
        return "ask"
    if "OrderBy" in nodes and "Slice" in nodes:
        return "superlative"
    compared = [node for node in _nodes(algebra) if _is_comparison(node)]
    aggregated = any(name.startswith("Aggregate_") and name != "Aggregate_Sample" for name in nodes)
    if aggregated and not any(_of_group(node) for node in compared):
        return "count"
    if {"Builtin_NOTEXISTS", "Minus"} & nodes.keys():
        return "negation"
    if any(len(list(_variables(node))) > 1 for node in compared):
        return "comparison"
    return "filter" if compared else "select"


def _is_comparison(node: Any) -> bool:
    return node.name == "RelationalExpression" and node.op in _ORDERS and not _of_words(node)


def _of_words(node: Any) -> bool:
    """Return whether a comparison is one of languages or spellings, not of values."""
    return any(inner.name in {"Builtin_LANG", "Builtin_STR", "Builtin_REGEX"} for inner in _nodes(node))


def _of_group(node: Any) -> bool:
    """Return whether a comparison is one of HAVING: rdflib calls what was counted __agg_1__ and so on."""
    return any(name.startswith("__agg_") for name in _variables(node))


def _numbers(algebra: Any) -> Iterator[str]:
    for node in _nodes(algebra):
        if node.name == "OrderCondition" or _is_comparison(node):
            yield from _variables(node)


def _nodes(value: Any) -> Iterator[Any]:
    """Yield the nodes of an algebra, what is optional left out."""
    from rdflib.plugins.sparql.parserutils import CompValue

    if isinstance(value, CompValue):
        yield value
        for key, inner in value.items():
            if key != "_vars" and not (value.name == "LeftJoin" and key != "p1"):
                yield from _nodes(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _nodes(inner)


def _variables(value: Any) -> Iterator[str]:
    from rdflib.plugins.sparql.parserutils import CompValue
    from rdflib.term import Variable

    if isinstance(value, Variable):
        yield str(value)
    elif isinstance(value, CompValue):
        for key, inner in value.items():
            if key != "_vars":
                yield from _variables(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _variables(inner)


def _triples(algebra: Any) -> Iterator[tuple[Any, Any, Any]]:
    for node in _nodes(algebra):
        if node.name in {"BGP", "TriplesBlock"}:
            for triple in node.triples or ():
                for start in range(0, len(triple) - 2, 3):
                    yield triple[start], triple[start + 1], triple[start + 2]


def _facts(subject: Node, predicate: Node | PropertyPath, object_: Node) -> Iterator[Fact]:
    """Yield single facts for a pattern; a path becomes its relations, of alternatives the first."""
    from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath
    from rdflib.term import URIRef, Variable

    match predicate:
        case SequencePath():
            between = [Variable(f"{_term(subject)[1]}-{step}") for step in range(len(predicate.args) - 1)]
            stops = [subject, *between, object_]
            for start, step, end in zip(stops, predicate.args, stops[1:], strict=False):
                yield from _facts(start, step, end)
        case InvPath():
            yield from _facts(object_, predicate.arg, subject)
        case AlternativePath():
            yield from _facts(subject, predicate.args[0], object_)
        case MulPath():
            yield from _facts(subject, predicate.path, object_)
        case _:
            named = str(predicate) if isinstance(predicate, URIRef) else ""
            yield _term(subject), _TYPE if named == _MISSPELT_TYPE else named, _term(object_)


def _term(node: Node) -> Term:
    from rdflib.term import Literal, URIRef

    if isinstance(node, URIRef):
        return "iri", str(node)
    if isinstance(node, Literal):
        return "literal", str(node)
    return "variable", str(node)
