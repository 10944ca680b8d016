"""Questions whose facts are spread over two IRIs of one thing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import kbqa
from kbqa.knowledge_base import KnowledgeBase
from kbqa.semantics.compile import to_query
from kbqa.semantics.form import (
    Both,
    Counted,
    Either,
    Except,
    Extreme,
    Follow,
    Form,
    HavingCount,
    Holds,
    Lacks,
    Members,
    Step,
    Thing,
)
from kg.query import render
from kg.same import IDENTITIES
from kg.store import Store
from kg.types import XSD, Iri, Literal, Triple

SAME = IDENTITIES[:1]
EN, ZH = "https://en.example/", "https://zh.example/"
LAKES = """
@prefix en: <https://en.example/> .
@prefix zh: <https://zh.example/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
en:Bridge a en:Structure ; rdfs:label "Tarn Bridge"@en ; en:designer en:Anna .
en:Tower a en:Structure ; rdfs:label "Velda Tower"@en ; en:designer en:Ben .
en:Anna rdfs:label "Anna Moor"@en ; owl:sameAs zh:安娜 ; en:friend en:Ben .
zh:安娜 rdfs:label "安娜·莫尔"@zh ; zh:birthplace zh:城 ; zh:朋友 zh:本 ; zh:teacher zh:本 .
en:Ben rdfs:label "Ben Ash"@en .
zh:本 rdfs:label "本·阿什"@zh ; owl:sameAs en:Ben ; zh:birthplace zh:村 .
zh:城 rdfs:label "韦尔达"@zh ; owl:sameAs en:Velda .
en:Velda rdfs:label "Velda"@en ; en:population 90 .
zh:村 rdfs:label "小村"@zh .
en:designer rdfs:label "designer"@en, "设计师"@zh .
zh:birthplace rdfs:label "birthplace"@en, "出生地"@zh .
en:population rdfs:label "population"@en, "人口"@zh .
zh:teacher rdfs:label "teacher"@en, "老师"@zh .
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    folder = tmp_path_factory.mktemp("same")
    (folder / "lakes.ttl").write_text(LAKES, encoding="utf-8")
    with kbqa.build(folder / "lakes.kb", graph=[folder / "lakes.ttl"]) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "text", "iri"),
    [
        ("What is the birthplace of the designer of Tarn Bridge?", "Velda", ZH + "城"),
        ("What is the population of the birthplace of Anna Moor?", "90", ""),
        ("Anna Moor的出生地是哪里？", "韦尔达", ZH + "城"),
        ("安娜·莫尔的出生地是哪里？", "韦尔达", ZH + "城"),
        ("Who is the designer of Velda Tower?", "Ben Ash", EN + "Ben"),
        ("谁是Velda Tower的设计师？", "本·阿什", EN + "Ben"),
    ],
)
def test_a_chain_passes_from_one_iri_to_the_other(
    base: KnowledgeBase, question: str, text: str, iri: str
) -> None:
    result = base.ask(question)
    assert [(answer.text, answer.id) for answer in result.answers] == [(text, iri)]


def test_the_other_iris_of_an_answer_are_told(base: KnowledgeBase) -> None:
    (answer,) = base.ask("Who is the designer of Velda Tower?").answers
    assert answer.same_as == (ZH + "本",)
    assert answer.to_dict()["same_as"] == [ZH + "本"]


def test_the_facts_hold_the_link_between(base: KnowledgeBase) -> None:
    facts = base.ask("What is the birthplace of the designer of Tarn Bridge?").readings[0].facts
    assert Triple(Iri(EN + "Anna"), SAME[0], Iri(ZH + "安娜")) in facts
    assert len(facts) == 3


def test_the_query_that_is_shown_gives_the_answer(base: KnowledgeBase) -> None:
    result = base.ask("What is the birthplace of the designer of Tarn Bridge?")
    assert [row["x"] for row in base.sources.graph.select(result.sparql)] == [Iri(ZH + "城")]


def test_identity_is_no_relation_that_words_speak_of(base: KnowledgeBase) -> None:
    for question in ("What is the same as Anna Moor?", "Who is identical with Anna Moor?"):
        for reading in base.ask(question).readings:
            assert "same As" not in reading.words


def en(name: str) -> Iri:
    return Iri(EN + name)


def zh(name: str) -> Iri:
    return Iri(ZH + name)


FRIEND, PENGYOU = Step(en("friend"), True), Step(zh("朋友"), True)
FRIENDS = Either(Follow(Thing(en("Anna")), FRIEND), Follow(Thing(zh("安娜")), PENGYOU))


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (Both(Follow(Thing(en("Anna")), FRIEND), Follow(Thing(en("Anna")), PENGYOU)), {en("Ben")}),
        (Except(FRIENDS, Thing(zh("本"))), set()),
        (Except(FRIENDS, Follow(Thing(zh("安娜")), PENGYOU)), set()),
        (Lacks(Follow(Thing(en("Bridge")), Step(en("designer"), True)), PENGYOU, Thing(en("Ben"))), set()),
        (Counted(FRIENDS), {Literal("1", XSD + "integer")}),
        (HavingCount(Members(en("Structure")), Step(en("designer"), True), FRIENDS, "=", 1), {en("Tower")}),
        (Holds(Thing(zh("本")), Follow(Thing(zh("安娜")), FRIEND)), True),
        (Holds(Thing(zh("城")), Follow(Thing(zh("安娜")), FRIEND)), False),
        (
            Extreme(
                Follow(Thing(en("Anna")), Step(zh("birthplace"), True)), Step(en("population"), True), True
            ),
            {zh("城")},
        ),
    ],
)
def test_every_form_sees_one_thing_under_two_names(
    base: KnowledgeBase, form: Form, expected: set[Iri | Literal] | bool
) -> None:
    sparql, graph = render(to_query(form, same=SAME)), base.sources.graph
    if isinstance(expected, bool):
        assert graph.ask(sparql) is expected
    else:
        assert {row.get("x") or row["n"] for row in graph.select(sparql)} == expected


def test_without_identity_the_queries_are_as_plain_as_ever() -> None:
    chain = Follow(Follow(Thing(en("Bridge")), Step(en("designer"), True)), Step(zh("birthplace"), True))
    expected = (
        f"SELECT DISTINCT ?x WHERE {{ <{EN}Bridge> <{EN}designer> ?y1 . ?y1 <{ZH}birthplace> ?x }} LIMIT 5000"
    )
    assert render(to_query(chain)) == expected
    with Store.in_memory() as store:
        store.add([Triple(en("Bridge"), en("designer"), en("Anna"))], source="x")
        assert not store.select(expected)
