"""An embedded graph is passed over for its names, another one is asked for them: both give the same index."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kg.load import load
from kg.names import Names
from kg.store import Store
from kg.types import Iri, Row, Term, Triple

TURTLE = """
@prefix e: <https://names.example/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
e:Film a rdfs:Class ; rdfs:label "film"@en , "电影"@zh .
e:directedBy a rdf:Property ; rdfs:label "directed by" .
e:heat a e:Film ; rdfs:label "Heat" , "Heat"@en , "  " , 5 , e:odd ; skos:altLabel "Hot" , "Heat" ; e:genre "drama" , "crime"@en-GB ;
  e:year 1995 ; e:directedBy e:mann , [ rdfs:label "nobody" ] ; e:plot "%s" ; e:directedBy e:heat .
e:ali a e:Film ; e:genre "drama" ; e:directedBy e:mann ; e:note "" , "x"^^e:kind .
[] e:directedBy e:mann ; e:genre "noir" .
e:directedBy e:directedBy e:Film .
""" % ("long " * 100)


class Asked:
    """A graph that can only be asked."""

    remote = False

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self.prefixes = inner.prefixes

    def select(self, query: str, *, limit: int = 10_000, seconds: float = 10.0) -> list[Row]:
        return self._inner.select(query, limit=limit, seconds=seconds)

    def ask(self, query: str, *, seconds: float = 10.0) -> bool:
        return self._inner.ask(query, seconds=seconds)

    def triples(
        self,
        subject: object = None,
        predicate: Iri | None = None,
        object: Term | None = None,
        *,
        limit: int = 10_000,
    ) -> list[Triple]:
        return self._inner.triples(None, predicate, object, limit=limit)

    def __len__(self) -> int:
        return len(self._inner)


def rows(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(
            "SELECT key, degree, text, language, kind, preferred FROM terms JOIN names ON names.term = terms.id "
            "ORDER BY key, text, language"
        ).fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("kept", [200_000, 1])
@pytest.mark.parametrize("on_disk", [False, True])
def test_both_ways_give_the_same_names(
    kept: int, on_disk: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.name_scan._KEPT", kept)
    (tmp_path / "films.ttl").write_text(TURTLE, encoding="utf-8")
    place = tmp_path / "store"
    with Store.open(place, read_only=False) if on_disk else Store.in_memory() as store:
        load(store, tmp_path / "films.ttl")
        Names.build(tmp_path / "scanned.sqlite", store).close()
        Names.build(tmp_path / "asked.sqlite", Asked(store)).close()
    scanned = rows(tmp_path / "scanned.sqlite")
    assert scanned == rows(tmp_path / "asked.sqlite")
    assert ("https://names.example/mann", 3, "mann", "", "entity", 1) in scanned
    assert {row[0] for row in scanned} >= {'"drama"', '"crime"@en-gb', '"noir"'}


def test_only_the_most_frequent_values_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kg.name_scan import Tally, scan_objects
    from kg.naming import Naming

    monkeypatch.setattr("kg.name_scan._MOST_VALUES", 3)
    lines = "".join(f'<urn:{i}> <urn:p> "common" .\n<urn:{i}> <urn:p> "rare {i}" .\n' for i in range(20))
    (tmp_path / "values.nt").write_text(lines, encoding="utf-8")
    with Store.in_memory() as store:
        load(store, tmp_path / "values.nt")
        found = scan_objects(store, "urn:p", Tally(lambda counts: None), Naming(max_values=2))
    assert found[0][0].value == "common"
    assert len(found) == 2
