"""A graph on a SPARQL 1.1 server."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kg.convert import DEFAULT_PREFIXES, to_ox
from kg.errors import EndpointError, GraphError, QueryError, QueryTimeout
from kg.readonly import check_read_only, mask
from kg.request import Address, Client, Method
from kg.types import Blank, Iri, Literal, Row, Term, Triple

__all__ = ["Endpoint"]

MAX_BYTES = 64 << 20
_NAMES = ("subject", "predicate", "object")
_OWN_PAGING = re.compile(r"\b(?:LIMIT|OFFSET|VALUES)\b", re.IGNORECASE)
_DECLARED = re.compile(r"\bPREFIX\s+([^\s:<]*):", re.IGNORECASE)
_USED = re.compile(r"(?<![\w?$@.:-])([^\W\d_](?:[\w.-]*[\w-])?)?:")


class Endpoint:
    """A graph behind a SPARQL 1.1 query service; implements `kg.types.Graph`.

    Requests are tried again where that may help, within the time limit. A result that may be larger than a
    page is fetched page by page with LIMIT and OFFSET, which relies on the server giving the same order each
    time, as all known ones do. Safe to use from several threads.

    Example:
    >>> Endpoint("https://ann:secret@example.org/sparql")
    Endpoint('https://example.org/sparql')
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float = 10.0,
        connect_seconds: float = 5.0,
        retries: int = 3,
        page_size: int = 10_000,
        method: Method = "auto",
        max_bytes: int = MAX_BYTES,
        prefixes: Mapping[str, str] = DEFAULT_PREFIXES,
    ) -> None:
        """Describe an endpoint; nothing is sent yet.

        Args:
            url: Address of the query service, http or https. User and password may stand in it or in the
                environment variables KBQA_ENDPOINT_USER and KBQA_ENDPOINT_PASSWORD; they are never shown.
            timeout_seconds: Time limit of a call that is given no other, retries and pages included.
            connect_seconds: Time limit for connecting, within the former.
            retries: How often a request is sent again after 429, 502, 503, 504 or a lost connection.
            page_size: Rows asked for at once.
            method: HTTP method; "auto" is GET for short queries, and POST where the server refuses GET.
            max_bytes: Largest answer of one request.
            prefixes: What queries may use without declaring it.

        Raises:
            EndpointError: If the address is not an http or https one.
        """
        self._address = Address.parse(url)
        self._client = Client(
            self._address,
            method=method,
            connect_seconds=connect_seconds,
            retries=retries,
            max_bytes=max_bytes,
        )
        self._timeout_seconds = timeout_seconds
        self._page_size = page_size
        self._prefixes = dict(prefixes)

    def __repr__(self) -> str:
        return f"Endpoint({self._address.url!r})"

    @property
    def prefixes(self) -> Mapping[str, str]:
        """Prefix → namespace, as given."""
        return MappingProxyType(self._prefixes)

    @property
    def remote(self) -> bool:
        """True: a call takes a round trip."""
        return True

    def select(self, query: str, *, limit: int = 10_000, seconds: float | None = None) -> list[Row]:
        """Return the rows of a SELECT query; see `kg.types.Graph.select`."""
        masked = self._check("select", query)
        query = self._declare(query, masked)
        if _OWN_PAGING.search(_outermost(masked)):
            rows, _ = self._rows(query, seconds)
            return rows[:limit]
        return self._pages(query, limit, seconds)

    def ask(self, query: str, *, seconds: float | None = None) -> bool:
        """Return the answer of an ASK query; see `kg.types.Graph.ask`."""
        query = self._declare(query, self._check("ask", query))
        body, _ = self._client.send(query, form="ask", seconds=self._seconds(seconds))
        answer = self._parse(body).get("boolean")
        if answer in (True, False):  # also 1 and 0, which Virtuoso answers
            return bool(answer)
        raise self._nonsense("no boolean")

    def triples(
        self,
        subject: Iri | Blank | None = None,
        predicate: Iri | None = None,
        object: Term | None = None,
        *,
        limit: int = 10_000,
    ) -> list[Triple]:
        """Return at most `limit` triples that match a pattern; see `kg.types.Graph.triples`.

        Nothing matches a blank node, since its label means nothing to the server.
        """
        given = dict(zip(_NAMES, (subject, predicate, object), strict=True))
        try:
            parts = [f"?{name}" if term is None else _render(term) for name, term in given.items()]
        except GraphError:
            return []  # no server holds an invalid term
        query = f"SELECT * WHERE {{ {' '.join(parts)} }}"
        if all(term is not None for term in given.values()):
            found = self.ask(f"ASK {{ {' '.join(parts)} }}")
            rows: list[Row] = [{}] if found and limit > 0 else []
        else:
            rows = self._pages(query, limit, None)
        return list(dict.fromkeys(self._triple(given, row) for row in rows))

    def __len__(self) -> int:
        """Return the number of distinct triples, as the server counts them."""
        rows, _ = self._rows("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }", None)
        count = rows[0].get("n") if rows else None
        if not isinstance(count, Literal) or not count.value.isdecimal():
            raise self._nonsense("no count")
        return int(count.value)

    def _seconds(self, seconds: float | None) -> float:
        return self._timeout_seconds if seconds is None else seconds

    def _check(self, wanted: str, query: str) -> str:
        """Return the query without comments, strings and IRIs if it only reads and has the wanted form."""
        form = check_read_only(query)
        if form != wanted:
            raise QueryError(f"{wanted} answers {wanted.upper()} queries; this is one for {form}")
        return mask(query)

    def _declare(self, query: str, masked: str) -> str:
        missing = set(_USED.findall(masked)) - set(_DECLARED.findall(masked))
        lines = [
            f"PREFIX {name}: <{self._prefixes[name]}>\n" for name in sorted(missing) if name in self._prefixes
        ]
        return "".join(lines) + query

    def _pages(self, query: str, limit: int, seconds: float | None) -> list[Row]:
        """Return the rows of a query that has no LIMIT of its own."""
        deadline = time.monotonic() + self._seconds(seconds)
        found: list[Row] = []
        page_size = self._page_size
        while len(found) < limit:
            size = min(page_size, limit - len(found))
            page = f"{query}\nLIMIT {size}" + (f" OFFSET {len(found)}" if found else "")
            rows, server_limit = self._rows(page, deadline - time.monotonic())
            found += rows[:size]
            if server_limit is not None and server_limit.isdecimal():
                page_size = min(page_size, max(int(server_limit), 1))
            if len(rows) < min(size, page_size):
                break
        return found

    def _rows(self, query: str, seconds: float | None) -> tuple[list[Row], str | None]:
        body, server_limit = self._client.send(query, form="select", seconds=self._seconds(seconds))
        result = self._parse(body).get("results")
        bindings = result.get("bindings") if isinstance(result, dict) else None
        if not isinstance(bindings, list):
            raise self._nonsense("no bindings")
        return [self._row(binding) for binding in bindings], server_limit

    def _row(self, binding: Any) -> Row:
        if not isinstance(binding, dict):
            raise self._nonsense("a row that is no object")
        return {name: self._term(value) for name, value in binding.items()}

    def _term(self, value: Any) -> Term:
        match value:
            case {"type": "uri", "value": str(text)}:
                return Iri(text)
            case {"type": "bnode", "value": str(text)}:
                return Blank(text)
            case {"type": "literal" | "typed-literal", "value": str(text), "xml:lang": str(language)}:
                return Literal(text, language=language.lower())
            case {"type": "literal" | "typed-literal", "value": str(text), "datatype": str(datatype)}:
                return Literal(text, datatype)
            case {"type": "literal" | "typed-literal", "value": str(text)}:
                return Literal(text)
            case {"type": "triple", "value": dict(parts)}:
                return Literal(json.dumps(parts, ensure_ascii=False))  # kg.types has no triple terms
        raise self._nonsense("a term that is none")

    def _triple(self, given: Mapping[str, Term | None], row: Row) -> Triple:
        subject, predicate, object_ = (term or row.get(name) for name, term in given.items())
        if not isinstance(subject, Iri | Blank) or not isinstance(predicate, Iri) or object_ is None:
            raise self._nonsense("a triple that is none")
        return Triple(subject, predicate, object_)

    def _parse(self, body: bytes) -> dict[str, Any]:
        try:
            text = body.decode("utf-8")
            answer = json.loads(text)
        except UnicodeDecodeError:
            raise self._nonsense("broken UTF-8") from None
        except RecursionError:
            raise self._nonsense("JSON nested too deep") from None
        except json.JSONDecodeError as error:
            if text.lstrip()[:1] in ("{", "") and _is_cut(text, error):
                raise QueryTimeout(
                    f"{self._address.url}: the answer is cut off, probably by the server's time limit; ask for less"
                ) from None
            raise self._nonsense(f"malformed JSON: {error}") from None
        if not isinstance(answer, dict):
            raise self._nonsense("JSON that is no object")
        return answer

    def _nonsense(self, what: str) -> EndpointError:
        return EndpointError(
            f"{self._address.url}: answered {what}; is this the address of a SPARQL query service?"
        )


def _is_cut(text: str, error: json.JSONDecodeError) -> bool:
    """Whether JSON is well-formed as far as it goes."""
    return (
        error.pos >= len(text.rstrip())
        or error.msg.startswith("Unterminated")
        or not text.rstrip().endswith("}")
    )


def _render(term: Term) -> str:
    if isinstance(term, Blank):
        raise GraphError("a blank node has no name outside its store")
    return str(to_ox(term))


def _outermost(masked: str) -> str:
    """Return what stands outside all braces."""
    depth = 0
    kept: list[str] = []
    for character in masked:
        depth += (character == "{") - (character == "}")
        if depth == 0:
            kept.append(character)
    return "".join(kept)
