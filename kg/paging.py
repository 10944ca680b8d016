"""Read long results in pages, also from a server that cuts them off without saying so."""

from __future__ import annotations

from collections.abc import Iterator

from kg.errors import ResultTooLarge
from kg.types import Graph, Row

__all__ = ["pages"]

_ROUND, _LARGEST_CAP = (
    500,
    100_000,
)  # row caps of public servers (1,000, 10,000, …) are multiples and no larger


def pages(
    graph: Graph, query: str, *, order: str, size: int = 1 << 20, seconds: float = 600.0
) -> Iterator[list[Row]]:
    """Yield the rows of a SELECT query page by page.

    The query is sent as it is first. Only where its result may have been cut (a full page, or a round
    number of rows) is it asked again, sorted and page by page, until an empty page comes.

    Args:
        graph: Where to ask.
        query: A SELECT query without ORDER BY, LIMIT and OFFSET.
        order: The variables that make the order of its rows total, e.g. "?s ?o".
        size: Rows per page at most.
        seconds: Time for one page.

    Yields:
        Non-empty lists of rows; each row once.
    """
    try:
        rows = graph.select(query, limit=size, seconds=seconds)
    except ResultTooLarge:
        yield from _sorted_pages(graph, query, order=order, size=max(1, size // 50), seconds=seconds)
        return
    if len(rows) == size or (0 < len(rows) <= _LARGEST_CAP and len(rows) % _ROUND == 0):
        yield from _sorted_pages(graph, query, order=order, size=len(rows), seconds=seconds)
    elif rows:
        yield rows


def _sorted_pages(graph: Graph, query: str, *, order: str, size: int, seconds: float) -> Iterator[list[Row]]:
    """Sort inside and cut outside, which servers with a limit on sorted rows accept."""
    offset = 0
    while True:
        page = f"SELECT * WHERE {{ {{ {query} ORDER BY {order} }} }} LIMIT {size} OFFSET {offset}"
        rows = graph.select(page, limit=size, seconds=seconds)
        if not rows:
            return
        yield rows
        offset += len(rows)
