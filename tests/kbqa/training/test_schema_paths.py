"""Paths drawn from a graph's schema: only what joins, never only back, never over links of identity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

import pytest

from kbqa.semantics.form import Step
from kbqa.semantics.shape import Shapes
from kbqa.training.schema_paths import SchemaPaths
from kg.names import Names
from kg.profiling import profile
from kg.same import IDENTITIES
from kg.store import Store
from kg.types import RDF_TYPE, RDFS_LABEL, XSD, Iri, Literal, Triple

E = "http://example.org/"


def iri(name: str) -> Iri:
    return Iri(E + name)


def fact(subject: str, predicate: str, value: str) -> Triple:
    return Triple(iri(subject), iri(predicate), iri(value))


FACTS = [
    *(fact(f"film{n}", "director", f"person{n % 3}") for n in range(9)),
    *(fact(f"film{n}", "actor", f"person{n % 4}") for n in range(9)),
    *(fact(f"film{n}", "actor", f"person{(n + 1) % 4}") for n in range(9)),
    *(fact(f"person{n}", "born", f"town{n % 2}") for n in range(4)),
    *(fact(f"country{n}", "capital", f"town{n}") for n in range(2)),  # one to one
    *(fact(f"stone{n}", "found", f"cave{n % 2}") for n in range(4)),  # joins nothing else
    *(Triple(iri(f"film{n}"), RDF_TYPE, iri("Film")) for n in range(9)),
    *(Triple(iri(f"film{n}"), iri("year"), Literal(str(1990 + n), XSD + "integer")) for n in range(9)),
    *(Triple(iri(f"person{n}"), IDENTITIES[0], iri(f"zh/person{n}")) for n in range(4)),
    *(fact(f"zh/person{n}", "朋友", f"zh/person{(n + 1) % 4}") for n in range(4)),
    Triple(iri("director"), RDFS_LABEL, Literal("directed by", language="en")),
    Triple(iri("director"), RDFS_LABEL, Literal("导演", language="zh")),
    Triple(iri("Film"), RDFS_LABEL, Literal("Film", language="en")),
]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SchemaPaths]:
    with Store.in_memory() as store:
        store.add(FACTS, source="films")
        schema = profile(store)
        assert schema.same == (IDENTITIES[0],)
        with Names.build(tmp_path_factory.mktemp("names") / "names.sqlite", store) as names:
            yield SchemaPaths(Shapes(store, schema), schema, names)


@pytest.fixture(scope="module")
def drawn(paths: SchemaPaths) -> list[tuple[Step, ...]]:
    chance = Random(0)
    return [paths.draw(chance) for _ in range(1500)]


def said(path: Sequence[Step]) -> str:
    return "".join(("/" if s.forward else "^") + s.predicate.value.removeprefix(E) for s in path)


def test_steps_join(drawn: Sequence[tuple[Step, ...]]) -> None:
    allowed = {
        ("/director", "/born"), ("/director", "^director"), ("/director", "^actor"), ("/actor", "/born"),
        ("/actor", "^actor"), ("/actor", "^director"), ("^director", "/actor"), ("^director", "/year"),
        ("^actor", "/director"), ("^actor", "/actor"), ("^actor", "/year"), ("/born", "^born"),
        ("/born", "^capital"), ("^born", "^director"), ("^born", "^actor"), ("/capital", "^born"),
        ("^year", "/director"), ("^year", "/actor"), ("/found", "^found"), ("/朋友", "/朋友"), ("^朋友", "^朋友"),
    }  # fmt: skip
    pairs = {(said((one,)), said((other,))) for path in drawn for one, other in pairwise(path)}
    friend = {pair for pair in pairs if "朋友" in pair[0] + pair[1]} - allowed
    assert pairs - friend <= allowed
    # a person's friends are known under the person's other IRI only, to which paths pass without a step
    assert {("/director", "/朋友"), ("/朋友", "/born"), ("^born", "^朋友")} <= friend
    assert not any("found" in one + other or "year" in one + other for one, other in friend)
    assert len(pairs & allowed) >= 18


def test_lengths_differ(drawn: Sequence[tuple[Step, ...]]) -> None:
    assert {len(path) for path in drawn} == {1, 2, 3}
    assert sum(len(path) > 1 for path in drawn) > 600


def test_no_path_leads_only_back(drawn: Sequence[tuple[Step, ...]]) -> None:
    pairs = {(said((one,)), said((other,))) for path in drawn for one, other in pairwise(path)}
    # a film has one director, a person one place of birth, a country one capital and the other way
    assert not pairs & {
        ("^director", "/director"), ("^born", "/born"), ("/capital", "^capital"), ("^capital", "/capital"),
        ("^found", "/found"), ("/朋友", "^朋友"), ("^朋友", "/朋友"),
    }  # fmt: skip
    assert {
        ("/director", "^director"),
        ("^actor", "/actor"),
    } <= pairs  # others of the same director, co-actors


def test_identity_types_and_labels_are_no_steps(
    paths: SchemaPaths, drawn: Sequence[tuple[Step, ...]]
) -> None:
    walked = {step.predicate for path in drawn for step in path}
    assert walked.isdisjoint({*IDENTITIES, RDF_TYPE, RDFS_LABEL})
    assert {iri(name) for name in ("director", "actor", "born", "capital", "found", "year", "朋友")} == walked
    assert not any("same" in name.lower() for name in paths.relations)


def test_the_same_seed_draws_the_same(paths: SchemaPaths) -> None:
    first, again, other = ([paths.draw(chance) for _ in range(20)] for chance in map(Random, (3, 3, 4)))
    assert first == again != other


def test_hops_are_called_in_the_language_asked_for(paths: SchemaPaths) -> None:
    path = (Step(iri("director"), False), Step(iri("year"), True))
    english, chinese = (paths.hops(path, Random(0), chinese=chinese) for chinese in (False, True))
    assert [(hop.name, hop.forward, hop.kind) for hop in english] == [
        ("directed by", False, "entity"),
        ("year", True, "number"),
    ]
    assert english[0].noun == "film"
    assert (chinese[0].name, chinese[1].name) == ("导演", "year")
    assert set(paths.relations) == {
        "directed by",
        "导演",
        "actor",
        "born",
        "capital",
        "found",
        "year",
        "朋友",
    }
