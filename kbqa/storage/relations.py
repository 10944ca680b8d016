"""Vectors of the names of a graph's predicates, computed when the graph changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kg.names import Names
from kg.schema import Schema
from kg.text import readable

if TYPE_CHECKING:
    from retrieval.types import Floats, TextEncoder

__all__ = ["relation_vectors"]


def relation_vectors(
    schema: Schema, names: Names, encoder: TextEncoder, *, known: Mapping[str, Floats] | None = None
) -> dict[str, Floats]:
    """Return the vector of each predicate name that questions are compared with, by name.

    Args:
        schema: The predicates of the graph.
        names: Their names.
        encoder: Computes the vectors of names that are not in `known`.
        known: Vectors from before; those of names that are gone are left out.
    """
    from kbqa.semantics.matcher import RelationMatcher

    predicates = [predicate.iri for predicate in schema.predicates]
    vectors = RelationMatcher(predicates, names, encoder, vectors=known).name_vectors()
    used = {name.text for iri in predicates for name in names.of(iri)}
    used |= {readable(iri.value) for iri in predicates}
    return {text: vector for text, vector in vectors.items() if text in used}
