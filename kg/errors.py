"""What can go wrong with a graph, and when to catch it.

GraphError                 anything below
├── LoadError              a file is not the RDF it claims to be (names file and line)
├── QueryError             the store refuses a query
│   ├── QueryTimeout       it ran past its time limit and was stopped
│   └── ResultTooLarge     it gave more rows than allowed
├── EndpointError          a SPARQL server is down, refuses or answers nonsense
└── NamesError             a name index is missing, damaged or of another version
"""

from __future__ import annotations

__all__ = [
    "EndpointError",
    "GraphError",
    "LoadError",
    "NamesError",
    "QueryError",
    "QueryTimeout",
    "ResultTooLarge",
]


class GraphError(Exception):
    """Any deliberate error of this package; its text is one line that says what, where and what to do."""


class LoadError(GraphError):
    """A file could not be read as RDF.

    Attributes:
        path: The file, as the caller named it.
        line: Line number from 1, or None where the format has no lines or none is known.
        reason: What is wrong with it.
    """

    def __init__(self, path: str, line: int | None, reason: str) -> None:
        self.path = path
        self.line = line
        self.reason = reason
        place = path if line is None else f"{path}, line {line}"
        super().__init__(f"{place}: {reason}")


class QueryError(GraphError):
    """The store or server refused a query, or it is not a read-only SELECT or ASK."""


class QueryTimeout(QueryError):
    """A query ran past its time limit and was stopped."""


class ResultTooLarge(QueryError):
    """A query gave more rows than its limit allows."""


class EndpointError(GraphError):
    """A SPARQL server cannot be reached, refuses the request or answers something unreadable."""


class NamesError(GraphError):
    """The name index on disk is missing, damaged or of another version."""
