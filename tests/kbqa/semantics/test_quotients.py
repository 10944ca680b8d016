"""What a graph has no relation for is worked out from two; a relation of its own comes first; nothing else is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kbqa.parsing.parser import Parser
from kbqa.semantics.query import GraphQuerying
from kbqa.types import Question
from kg.link import Linker
from kg.names import Names
from kg.profiling import profile
from kg.store import Store
from kg.types import RDF_TYPE, RDFS_LABEL, XSD, Iri, Literal, Triple

LANDS = {"Arland": (100, 50, 900), "Borland": (900, 100, 100), "Corland": (50, 0, 100)}
"""Name → population, area, wealth."""

Ask = Callable[..., list[str]]


def named(iri: str, name: str) -> Triple:
    return Triple(Iri(f"urn:{iri}"), RDFS_LABEL, Literal(name))


def facts(**more: int) -> Iterator[Triple]:
    """Yield the lands and what they measure; `more` is what else they have, by the name of the relation."""
    for predicate in ("population", "area", "wealth", *more):
        yield named(predicate, predicate.replace("_", " "))
    yield named("Country", "country")
    for name, numbers in LANDS.items():
        land = Iri(f"urn:{name.lower()}")
        yield named(name.lower(), name)
        yield Triple(land, RDF_TYPE, Iri("urn:Country"))
        values = dict(zip(("population", "area", "wealth"), numbers, strict=True)) | more
        for predicate, value in values.items():
            yield Triple(land, Iri(f"urn:{predicate}"), Literal(str(value), XSD + "integer"))


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Callable[..., Ask]]:
    stores: list[Store] = []

    def over(**more: int) -> Ask:
        stores.append(store := Store.in_memory())
        store.add(facts(**more), source="test")
        names = Names.build(tmp_path / f"{len(stores)}.sqlite", store)
        linker, stage = Linker(names, store), GraphQuerying(store, names, profile(store), None)

        def ask(text: str, *, in_words: bool = False) -> list[str]:
            """Return the sure answers, or how all readings are said in words."""
            parsed = Parser().parse(Question(text))
            words = [token.text for token in parsed.tokens]
            readings = stage.query(parsed, linker.link(parsed.text, words=words))
            if in_words:
                return [reading.words for reading in readings]
            sure = [reading for reading in readings if reading.confidence >= 0.5]
            return [term.value for term in sure[0].terms] if sure else []

        return ask

    yield over
    for store in stores:
        store.close()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the population density of Borland?", "9"),
        ("What is the wealth per head of Arland?", "9"),
        ("What is the per capita wealth of Arland?", "9"),
        ("Which country has the highest wealth per capita?", "urn:arland"),
        ("Which country has the lowest wealth per inhabitant?", "urn:borland"),
        ("Which country is the most densely populated?", "urn:borland"),
        ("What is the most populated country?", "urn:borland"),
    ],
)
def test_it_is_worked_out(asking: Callable[..., Ask], question: str, answer: str) -> None:
    (given,) = asking()(question)
    assert given.removesuffix(".0") == answer


def test_nothing_is_divided_by_zero(asking: Callable[..., Ask]) -> None:
    ask = asking()
    assert ask("What is the population density of Corland?") == []
    assert ask("Which country has the lowest population density?") == ["urn:arland"]


@pytest.mark.parametrize(
    ("relation", "question"),
    [
        ("population_density", "What is the population density of Borland?"),
        ("density", "What is the population density of Borland?"),
        ("wealth_per_head", "What is the wealth per head of Borland?"),
        ("wealth_per_capita", "What is the wealth per capita of Borland?"),
        ("wealth_per_capita", "What is the per capita wealth of Borland?"),
        ("wealth_per_area", "What is the wealth per area of Borland?"),
    ],
)
def test_a_relation_of_its_own_comes_first(asking: Callable[..., Ask], relation: str, question: str) -> None:
    assert asking(**{relation: 7})(question) == ["7"]


def test_what_a_graph_lacks_is_not_replaced(asking: Callable[..., Ask]) -> None:
    ask = asking()
    for question in (
        "What is the debt per head of Arland?",
        "Which country has the highest debt per capita?",
    ):
        assert set(ask(question)) & {"100", "900", "50", "urn:arland", "urn:borland"} == set()


def test_one_number_has_no_average(asking: Callable[..., Ask]) -> None:
    ask = asking()
    assert ask("What is the total area of Arland?") == ["50"]
    assert ask("What is the average area of the countries?") == ["50"]
    alone = ask("What is the average of the area of Arland?", in_words=True)
    assert alone and not any("average" in words for words in alone)
