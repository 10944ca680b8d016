"""Gold answers of questions that have only a gold query: what the query gives on the graph that is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kbqa.errors import InputError
from kg.errors import QueryError
from kg.types import Blank

if TYPE_CHECKING:
    from kbqa.evaluation.datasets import QuestionSet
    from kg.types import Graph

__all__ = ["answered_by"]

SECONDS = 30.0
ROWS = 10_000


def answered_by(asked: QuestionSet, graph: Graph) -> QuestionSet:
    """Return questions with answers; those that have none yet get what their gold query gives on the graph.

    Questions whose query cannot be run there, or gives nothing, are left out and counted as excluded.

    Args:
        asked: The questions.
        graph: Where to run the queries.

    Raises:
        InputError: If no question is left.
        EndpointError: If the graph is an endpoint that cannot be reached.
    """
    items = [item if item.answers else replace(item, answers=_run(item.query, graph)) for item in asked.items]
    kept = tuple(item for item in items if item.answers)
    if not kept:
        raise InputError(f"{asked.name}: no gold query gives an answer on this graph; is it the set's graph?")
    return replace(asked, items=kept, excluded=asked.excluded + len(items) - len(kept))


def _run(query: str, graph: Graph) -> tuple[str, ...]:
    if not query:
        return ()
    try:
        if query.lstrip().lower().startswith("ask") or " ask " in f" {query.partition('{')[0].lower()}":
            return (str(graph.ask(query, seconds=SECONDS)).lower(),)
        rows = graph.select(query, limit=ROWS, seconds=SECONDS)
    except QueryError:
        return ()
    terms = (term for row in rows for term in row.values() if not isinstance(term, Blank))
    return tuple(dict.fromkeys(term.value for term in terms if term.value.strip()))
