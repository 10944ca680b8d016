"""Questions about amounts of money, and about what is not asked for.

The graph and the questions were written together with what they test: a development set.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import kbqa
from kbqa.knowledge_base import KnowledgeBase

OFFICE = Path(__file__).parent / "office.ttl"
ANSWERS = {
    "How much did Ann Lee spend?": "570",
    "how much did Ann Lee spend in May 2024": "190",
    "how much did Bo Ross spend in 2024": "300",
    "how much have we taken in paid orders so far": "680",
    "total amount": "870",
    "average list price": "300",
    "What is the average list price?": "300",
    "Which desks has Ann Lee bought?": "Oak Desk · Pine Desk",
    "How many desks has Ann Lee bought?": "2",
    "Which makers' desks has Ann Lee bought?": "Woodcraft",
    "哪几个客户买过Steel Desk？": "Bo Ross",
}
REFUSED = (
    "How much did Zoe spend?",
    "What is the average list price of Ann Lee?",
    "How much does Ann Lee weigh?",
    "Ann Lee多重？",
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with kbqa.build(tmp_path_factory.mktemp("office") / "office.kb", graph=[OFFICE]) as base:
        yield base


@pytest.mark.parametrize("question", ANSWERS)
def test_answers(office: KnowledgeBase, question: str) -> None:
    given = sorted(answer.text for answer in office.ask(question).answers)
    assert " · ".join(given) == ANSWERS[question]


@pytest.mark.parametrize("question", REFUSED)
def test_what_is_not_stated_is_refused(office: KnowledgeBase, question: str) -> None:
    assert office.ask(question).abstained


def test_the_facts_of_a_sum_are_what_was_added(office: KnowledgeBase) -> None:
    (answer,) = office.ask("How much did Ann Lee spend?").answers
    shown = " ".join(evidence.text for evidence in answer.evidence)
    assert "380" in shown
    assert "190" in shown
