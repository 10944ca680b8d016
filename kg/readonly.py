"""Tell a query that only reads this graph from one that writes, or that makes the store call other servers."""

from __future__ import annotations

import re
from typing import Literal

from kg.errors import QueryError

__all__ = ["check_read_only", "mask"]

MAX_QUERY_CHARACTERS = 1_000_000

_SKIPPED = re.compile(
    r"""
    (?P<comment>\#[^\n\r]*)
  | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
  | (?P<string>\"\"\"(?:\"{0,2}(?:[^"\\]|\\.))*\"\"\"
              |'''(?:'{0,2}(?:[^'\\]|\\.))*'''
              |"(?:[^"\\\n\r]|\\.)*"
              |'(?:[^'\\\n\r]|\\.)*')
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_PROLOGUE = re.compile(r"\s*(?:(?:PREFIX\s+[^\s<:]*:\s*<>|BASE\s*<>)\s*)*", re.IGNORECASE)
_FROM = re.compile(r"(?<![\w?$:@.-])FROM(?![\w:-])", re.IGNORECASE)
# Parts of names, where the word is only a word: ?service, $my_service, ns:customer-service
_NAME_BEFORE = re.compile(r"(?:[?$]\w*|:[\w-]*)$")
# `?a<x` may begin a comparison instead of an IRI; with none of these it cannot leave its parentheses
_AMBIGUOUS_IRI = re.compile(r"['()#?$,*+!=;]")
_SURE_IRI = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")


def check_read_only(query: str) -> Literal["select", "ask"]:
    """Return the form of a query that reads this graph and nothing else.

    Syntax is left to the store. SERVICE is refused wherever the store might see it, so a query that uses the
    word in an unusual IRI or prefix may be refused too.

    Args:
        query: SPARQL 1.1 text.

    Returns:
        "select" or "ask".

    Raises:
        QueryError: If it is another form (an update, CONSTRUCT, DESCRIBE), has a SERVICE or FROM clause, or
            is longer than a million characters or not Unicode.

    Example:
    >>> check_read_only('PREFIX ex: <urn:x> SELECT ?service { ?service ex:service "FROM" } # SERVICE')
    'select'
    >>> check_read_only("ASK { SERVICE <http://example.org/> { ?s ?p ?o } }")
    Traceback (most recent call last):
    ...
    kg.errors.QueryError: SERVICE is refused: a query may not make the store call other servers
    """
    if len(query) > MAX_QUERY_CHARACTERS:
        raise QueryError(f"the query has {len(query):,} characters; the limit is {MAX_QUERY_CHARACTERS:,}")
    if any("\ud800" <= character <= "\udfff" for character in query):
        raise QueryError("the query holds a lone surrogate, which is not a character; remove it")
    masked = mask(query)
    form = _form(masked)
    if _FROM.search(masked):
        raise QueryError("FROM is refused: a query is always answered from the whole graph")
    _refuse_service(query)
    return form


def mask(query: str) -> str:
    """Return a query with its comments, strings and IRIs emptied, so that what is left is syntax and names.

    Example:
    >>> mask('SELECT ?x { ?x <urn:p> "LIMIT" } # LIMIT')
    'SELECT ?x { ?x <> "" }  '
    """
    return _SKIPPED.sub(_mask, query)


def _form(masked: str) -> Literal["select", "ask"]:
    prologue = _PROLOGUE.match(masked)
    body = masked[prologue.end() if prologue else 0 :]
    word = re.match(r"\w*", body)
    match word.group().upper() if word else "":
        case "SELECT":
            return "select"
        case "ASK":
            return "ask"
        case other:
            raise QueryError(f"only SELECT and ASK queries are answered, got {other or body[:20]!r}")


def _mask(found: re.Match[str]) -> str:
    return {"comment": " ", "iri": "<>", "string": '""'}[found.lastgroup or "comment"]


def _refuse_service(query: str) -> None:
    plain = _ESCAPE.sub(lambda found: chr(min(int(found[1] or found[2], 16), 0x10FFFF)), query)
    for text in {query, plain}:
        if "service" not in text.lower():
            continue
        masked = _SKIPPED.sub(_mask_surely, text)
        for found in re.finditer("service", masked, re.IGNORECASE):
            if not _NAME_BEFORE.search(masked[max(0, found.start() - 200) : found.start()]):
                raise QueryError("SERVICE is refused: a query may not make the store call other servers")


def _mask_surely(found: re.Match[str]) -> str:
    """Mask as `_mask` does, but refuse what might be a comparison and not an IRI."""
    text = found.group()
    if found.lastgroup == "iri" and not _SURE_IRI.match(text) and _AMBIGUOUS_IRI.search(text):
        raise QueryError(
            f"{text} in a query that has the word SERVICE is refused; write that IRI with a prefix"
        )
    return _mask(found)
