"""Questions about classes that have others below them, and about things that are parts of parts.

The graph and the questions were written together with what they test: a development set.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import kbqa
from kbqa.knowledge_base import KnowledgeBase

ZOO = Path(__file__).parent / "zoo.ttl"
ANSWERS = {
    "Which animals do we have?": "Dora Nelly Otto Polly",
    "How many animals are there?": "4",
    "How many mammals are there?": "2",
    "Which is the heaviest animal?": "Nelly",
    "Which animals weigh more than 50 kg?": "Nelly Otto",
    "animals cared for by Ida Holm": "Otto Polly",
    "Which animals are not birds?": "Dora Nelly",
    "Which mammals does Jon Berg care for?": "Dora Nelly",
    "Is Dora an animal?": "yes",
    "Is Dora a bird?": "no",
    "动物有几只？": "4",
    "最重的动物是哪个？": "Nelly",
    "Which animals belong to the order Chiroptera?": "Dora",
    "Which order does Polly belong to?": "Psittaciformes",
    "animals of the family Elephantidae": "Nelly",
    "Which animals were last examined since 2 May 2024?": "Dora Polly",
    "Which animals were last examined before May 2024?": "Nelly Otto",
    "Which animals were last examined in 2024?": "Dora Otto Polly",
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with kbqa.build(tmp_path_factory.mktemp("zoo") / "zoo.kb", graph=[ZOO]) as base:
        yield base


@pytest.mark.parametrize("question", ANSWERS)
def test_answers(zoo: KnowledgeBase, question: str) -> None:
    found = " ".join(sorted(answer.text for answer in zoo.ask(question).answers))
    assert found == ANSWERS[question]


def test_the_query_and_the_facts_say_how_it_is_known(zoo: KnowledgeBase) -> None:
    result = zoo.ask("Which animals are not birds?")
    assert "?x a/rdfs:subClassOf* k:Animal" in result.sparql
    told = [one.text for answer in result.answers for one in answer.evidence]
    assert "Nelly — type → mammal" in told
    assert "mammal — sub class of → animal" in told


def test_what_lies_between_is_told(zoo: KnowledgeBase) -> None:
    result = zoo.ask("Which animals belong to the order Chiroptera?")
    assert "?x p:taxon+ z:chiroptera" in result.sparql
    told = [one.text for answer in result.answers for one in answer.evidence]
    assert {"Dora — parent taxon → Pteropodidae", "Pteropodidae — parent taxon → Chiroptera"} <= set(told)
