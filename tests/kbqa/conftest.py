"""A made-up world of five countries, with and without what a whole pipeline needs."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from kg.load import load
from kg.names import Names
from kg.schema import Schema, profile
from kg.store import Store
from kg.types import Iri, Literal

LANDS = "https://lands.example/"
TURTLE = Path(__file__).parent / "lands.ttl"


@dataclass(frozen=True)
class Lands:
    """The world's graph with its names and its schema."""

    graph: Store
    names: Names
    schema: Schema

    def iri(self, local: str) -> Iri:
        return Iri(LANDS + local)

    def local(self, term: Iri | Literal) -> str:
        return term.value.removeprefix(LANDS)


@pytest.fixture(scope="session")
def lands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lands]:
    with Store.in_memory() as store:
        load(store, TURTLE)
        with Names.build(tmp_path_factory.mktemp("lands") / "names.sqlite", store) as names:
            yield Lands(store, names, profile(store))


@pytest.fixture(scope="session")
def bases() -> ModuleType:
    """Return the module of helpers for tests that build knowledge bases."""
    if str(Path(__file__).parent) not in sys.path:
        sys.path.append(str(Path(__file__).parent))  # so that processes started by the tests find it, too
    return importlib.import_module("bases")
