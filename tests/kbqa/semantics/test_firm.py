"""Questions that people ask of a small graph of their own: a firm with its staff, departments and projects.

The graph and the questions were written together, and what was answered wrongly was mended: a development set.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import kbqa
from kbqa.knowledge_base import KnowledgeBase

FIRM = Path(__file__).parent / "firm.ttl"
ANSWERS = {
    "Who is the manager of Engineering?": "ada",
    "Which employees work in Sales?": "bo fe",
    "Who was hired first?": "ada",
    "Who was hired after 2019?": "cy ed fe",
    "How many employees work in Engineering?": "4",
    "Who leads Atlas?": "di",
    "What is the average salary in Engineering?": "86750",
    "What is the total salary in Sales?": "156000",
    "Which projects have a budget over 200000?": "atlas borealis",
    "What is the budget per headcount of Engineering?": "225000",
    "Which employees know both Python and SPARQL?": "di",
    "What is the deadline of the project led by Di Okafor?": "2027-03-31",
    "Does Ada Brandt work in Engineering?": "true",
    "Which project has the earliest deadline?": "comet",
    "What is the total budget of all projects?": "730000",
    "Which department is on the third floor?": "eng",
    "工程部的经理是谁？": "ada",
    "谁的薪水最高？": "ada",
    "Atlas的负责人是谁？": "di",
    "预算超过200000的项目有哪些？": "atlas borealis",
    "2019年以后入职的员工有谁？": "cy ed fe",
    "人事部在几楼？": "1",
}
UNSURE = {
    "Which employee has the highest salary in Engineering?": "ada",
    "Which employees are not in Engineering?": "bo cy fe",
}
"""What is read rightly and not surely: no word names the relation, and two would do."""
NOWHERE = ["Who is the CEO?", "What is the revenue of Sales?", "Who was fired first?", "公司的地址在哪里？"]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with kbqa.build(tmp_path_factory.mktemp("firm") / "firm.kb", graph=[FIRM]) as base:
        yield base


def answered(base: KnowledgeBase, question: str) -> tuple[set[str], bool]:
    """Return what the best reading leads to, and whether it is given as the answer."""
    result = base.ask(question)
    terms = result.readings[0].terms if result.readings else ()
    return {term.value.removeprefix("http://firm.example/") for term in terms}, bool(result.answers)


@pytest.mark.parametrize(("question", "answer"), ANSWERS.items())
def test_what_it_states_is_answered(firm: KnowledgeBase, question: str, answer: str) -> None:
    assert answered(firm, question) == (set(answer.split()), True)


@pytest.mark.parametrize(("question", "answer"), UNSURE.items())
def test_what_is_read_rightly_and_not_surely(firm: KnowledgeBase, question: str, answer: str) -> None:
    assert answered(firm, question) == (set(answer.split()), False)


@pytest.mark.parametrize("question", NOWHERE)
def test_what_it_does_not_state_is_refused(firm: KnowledgeBase, question: str) -> None:
    assert not answered(firm, question)[1]
