"""Links → queries over the graph, run and verified: the stage that answers from facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kbqa.semantics.candidates import find_candidates
from kbqa.semantics.execute import Executor
from kbqa.semantics.matcher import RelationMatcher
from kbqa.semantics.pieces import Pieces
from kbqa.semantics.shape import Shapes
from kbqa.types import Language, ParsedQuestion, Reading
from kg.names import Names
from kg.schema import Schema
from kg.types import Graph, Iri, Link, Literal
from kg.verbalise import name_of
from retrieval.types import Floats, TextEncoder

__all__ = ["GraphQuerying"]

_CANDIDATES = 10


class GraphQuerying:
    """Finds what a question may ask of one graph, asks it, and keeps what has answers."""

    def __init__(
        self,
        graph: Graph,
        names: Names,
        schema: Schema,
        encoder: TextEncoder | None,
        *,
        relation_vectors: dict[str, Floats] | None = None,
        languages: frozenset[Language] = frozenset({"en"}),
        readings: int = 3,
    ) -> None:
        """Prepare for one graph.

        Args:
            graph: The facts.
            names: Labels and aliases of the graph.
            schema: Profile of the graph.
            encoder: Turns phrases into vectors; None matches relations by words alone.
            relation_vectors: Vectors of predicate names that are known already.
            languages: Of which questions the encoder's vectors mean something.
            readings: How many readings to keep.
        """
        self._graph = graph
        self._names = names
        self._readings = readings
        self._shapes = Shapes(graph, schema)
        matcher = RelationMatcher(self._shapes.profiles, names, encoder, vectors=relation_vectors)
        self._pieces = Pieces(self._shapes, matcher, languages)

    def query(self, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Reading]:
        """Return readings that have answers, best first, the first with the facts that prove it."""

        def name(term: Iri | Literal) -> str:
            return name_of(term, self._names, parsed.language)

        # What a picture is asked of is often said beside words that name relations ("the flag of …").
        pictured = parsed.expects == "image"
        kept = 3 * self._readings if pictured else self._readings
        candidates = find_candidates(parsed, links, pieces=self._pieces, shapes=self._shapes, k=_CANDIDATES)
        executor = Executor(self._graph, name, language=parsed.language)
        readings = _distinct(executor.run(candidates, k=2 * kept, rivals=not pictured))[:kept]
        return [
            replace(reading, facts=executor.prove(reading.form)) if position == 0 else reading
            for position, reading in enumerate(readings)
        ]


def _distinct(readings: Sequence[Reading]) -> list[Reading]:
    """Drop readings that say or give the same as a better one."""
    kept: list[Reading] = []
    seen: set[object] = set()
    for reading in readings:
        keys = {reading.words, (reading.operation, frozenset(reading.terms))}
        if not keys & seen:
            kept.append(reading)
        seen |= keys
    return kept
