"""The bundled world graph: is it what the tables say, and is it complete?"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from kbqa.world.make_graph import NAMESPACE, OUTPUT, TABLES, make_graph
from kg.errors import LoadError

PREFIXES = f"""
PREFIX w: <{NAMESPACE}>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
REQUIRED = (
    "capital continent officialLanguage currency area population populationYear callingCode drivingSide "
    "flagColor flagElement isoCode demonym"
).split()
ONE_VALUE = (
    "area population populationYear continent drivingSide highestPoint longestRiver independence".split()
)
CLASSES = "Country City Continent Currency Language Mountain River Color FlagElement".split()
HOMONYMS = {"Kingston", "Kingstown"}  # both 金斯敦 in Chinese


@pytest.fixture(scope="module")
def store() -> ox.Store:
    store = ox.Store()
    store.load(path=str(OUTPUT))
    return store


def rows(store: ox.Store, query: str) -> list[tuple[str, ...]]:
    solutions = store.query(PREFIXES + query)
    return [tuple("" if cell is None else local(cell.value) for cell in row) for row in solutions]


def local(text: str) -> str:
    return text.removeprefix(NAMESPACE)


# -- the file ---------------------------------------------------------------------------------------------


def test_committed_file_is_what_the_tables_give(tmp_path: Path) -> None:
    count = make_graph(output=tmp_path / "world.ttl")
    assert count > 900
    assert (tmp_path / "world.ttl").read_bytes() == OUTPUT.read_bytes()


def copy_tables(tmp_path: Path, name: str, old: str, new: str) -> Path:
    tables = tmp_path / "tables"
    tables.mkdir()
    for path in TABLES.glob("*.tsv"):
        text = path.read_text(encoding="utf-8")
        if path.name == name:
            assert old in text
            text = text.replace(old, new, 1)
        (tables / path.name).write_text(text, encoding="utf-8")
    return tables


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("borders.tsv", "\tGermany", "\tGermny", "'Germny' is not an entity of class Country"),
        ("geography.tsv", "652230", "652,230", "area '652,230' is not a plain number"),
        ("countries.tsv", "1947-08-15", "1947-13-15", "date '1947-13-15' is not of the form"),
        ("cities.tsv", "Paris\tParis", "Pa ris\tParis", "id 'Pa ris': use ASCII"),
        ("cities.tsv", "巴黎", "", "column 'zh' is empty"),
        ("rivers.tsv", "Po\tPo", "Peru\tPo", "id 'Peru' is already taken"),
        ("flags.tsv", "flagColor", "flagColour", "column 'flagColour' is not a predicate"),
        ("flags.tsv", "France\t", "Francia\t", "'Francia' is defined in no table"),
        ("rivers.tsv", "length", "elevation", "'elevation' is for Mountain, not for River"),
        ("currencies.tsv", "\tEUR", "", "cells where the header has"),
        ("vocabulary.tsv", "\tCity\t", "\tTown\t", "range 'Town' is neither a class nor one of"),
        ("vocabulary.tsv", "predicate", "predicat", "kind 'predicat' is neither"),
    ],
)
def test_mistake_in_a_table_is_named(tmp_path: Path, name: str, old: str, new: str, reason: str) -> None:
    tables = copy_tables(tmp_path, name, old, new)
    with pytest.raises(LoadError, match=re.escape(reason)) as caught:
        make_graph(tables, output=tmp_path / "out.ttl")
    assert Path(caught.value.path).name == name
    assert caught.value.line is not None
    assert not (tmp_path / "out.ttl").exists()


def test_quotes_and_backslashes_survive(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path, "cities.tsv", "Paris\tParis", 'Paris\tPa"r\\is')
    make_graph(tables, output=tmp_path / "out.ttl")
    store = ox.Store()
    store.load(path=str(tmp_path / "out.ttl"))
    assert ('Pa"r\\is',) in rows(store, "SELECT ?l { w:Paris rdfs:label ?l }")


# -- the shape --------------------------------------------------------------------------------------------


def test_countries_are_complete(store: ox.Store) -> None:
    countries = [row[0] for row in rows(store, "SELECT ?c { ?c a w:Country }")]
    assert len(countries) == len(set(countries)) >= 195
    for predicate in REQUIRED:
        having = {row[0] for row in rows(store, f"SELECT ?c {{ ?c a w:Country ; w:{predicate} ?v }}")}
        assert set(countries) - having == set(), predicate


def test_most_countries_have_a_highest_point_and_half_a_river(store: ox.Store) -> None:
    for predicate, least in (("highestPoint", 175), ("longestRiver", 110), ("independence", 150)):
        assert len(rows(store, f"SELECT ?c {{ ?c w:{predicate} ?v }}")) >= least, predicate


@pytest.mark.parametrize("predicate", ONE_VALUE)
def test_single_valued_predicates(store: ox.Store, predicate: str) -> None:
    counts = Counter(row[0] for row in rows(store, f"SELECT ?c {{ ?c w:{predicate} ?v }}"))
    assert [subject for subject, count in counts.items() if count > 1] == []


def test_borders_are_symmetric_and_never_with_oneself(store: ox.Store) -> None:
    borders = set(rows(store, "SELECT ?a ?b { ?a w:borders ?b }"))
    assert len(borders) > 600
    assert [pair for pair in borders if pair[::-1] not in borders or pair[0] == pair[1]] == []


def test_everything_has_one_english_and_one_chinese_label(store: ox.Store) -> None:
    labels: dict[str, Counter[str]] = {}
    for quad in store.quads_for_pattern(None, ox.NamedNode(LABEL), None):
        labels.setdefault(quad.subject.value, Counter())[quad.object.language] += 1
    named = {quad.subject.value for quad in store.quads_for_pattern(None, None, None)}
    assert {iri: labels.get(iri) for iri in named if labels.get(iri) != {"en": 1, "zh": 1}} == {}


def test_aliases_do_not_repeat_the_label(store: ox.Store) -> None:
    assert rows(store, "SELECT ?e ?l { ?e rdfs:label ?l ; skos:altLabel ?l }") == []


@pytest.mark.parametrize("name", CLASSES)
def test_labels_are_unique_within_a_class(store: ox.Store, name: str) -> None:
    found = rows(store, f"SELECT ?e ?l {{ ?e a w:{name} ; rdfs:label ?l FILTER(lang(?l) = 'zh') }}")
    found += rows(store, f"SELECT ?e ?l {{ ?e a w:{name} ; rdfs:label ?l FILTER(lang(?l) = 'en') }}")
    counts = Counter(label for entity, label in found if entity not in HOMONYMS)
    assert [label for label, count in counts.items() if count > 1] == []


def test_every_predicate_used_is_declared(store: ox.Store) -> None:
    used = {row[0] for row in rows(store, "SELECT DISTINCT ?p { ?s ?p ?o }")}
    declared = {row[0] for row in rows(store, "SELECT ?p { ?p a rdf:Property }")}
    assert {name for name in used if not name.startswith("http")} - declared == {"unit"}


def test_units(store: ox.Store) -> None:
    units = dict(rows(store, "SELECT ?p ?u { ?p w:unit ?u }"))
    assert units == {"area": "km²", "elevation": "m", "length": "km"}


def test_no_entity_is_unused(store: ox.Store) -> None:
    unused = rows(store, "SELECT ?e { ?e a ?c . ?c a rdfs:Class FILTER NOT EXISTS { ?s ?p ?e } }")
    countries = {row[0] for row in rows(store, "SELECT ?c { ?c a w:Country }")}
    assert {row[0] for row in unused} - countries == {"Antarctica"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "SELECT ?x { ?x w:borders w:France , w:Germany }",
            {"Belgium", "Luxembourg", "Switzerland"},
        ),
        ("SELECT ?x { w:Bolivia w:capital ?x }", {"Sucre", "La_Paz"}),
        ("SELECT ?x { ?x w:highestPoint w:Mount_Everest }", {"China", "Nepal"}),
        (
            "SELECT ?x { ?x w:officialLanguage w:Portuguese_language ; w:continent w:South_America }",
            {"Brazil"},
        ),
        ("SELECT ?x { ?x w:area ?a } ORDER BY DESC(?a) LIMIT 1", {"Russia"}),
        ("SELECT ?x { ?x w:population ?a } ORDER BY DESC(?a) LIMIT 1", {"India"}),
        ("SELECT ?x { ?x w:elevation ?a } ORDER BY DESC(?a) LIMIT 1", {"Mount_Everest"}),
        ("SELECT ?x { ?x w:length ?a } ORDER BY DESC(?a) LIMIT 1", {"Nile"}),
        ("SELECT ?x { ?x w:flagElement w:Maple_leaf }", {"Canada"}),
        ("SELECT ?x { ?x skos:altLabel '韩语'@zh }", {"Korean_language"}),
    ],
)
def test_well_known_facts(store: ox.Store, query: str, expected: set[str]) -> None:
    assert {row[0] for row in rows(store, query)} == expected
