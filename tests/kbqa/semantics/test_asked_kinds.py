"""Questions whose words say what kind of thing is asked for, who does what to whom, and one thing by another.

The graph and the questions were written together with what they test: a development set.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import kbqa
from kbqa.knowledge_base import KnowledgeBase

UNION = Path(__file__).parent / "union.ttl"
ANSWERS = {
    "Who heads the office that the Tax Office is part of?": "Ada Quist",
    "Who heads the office the Customs Office belongs to?": "Ada Quist",
    "most cited report": "First Report",
    "Which report cites the most reports?": "Third Report",
    "reports nobody has cited": "Third Report",
    "Which reports are not cited?": "Third Report",
    "Which reports cite nothing?": "First Report",
    "Which teams have not signed anyone?": "Green Gulls",
    "Who did the Red Rovers sign from the Blue Badgers?": "Cleo Marsh",
    "When did the Blue Badgers host the Green Gulls?": "11 May 2024",
    "Who coaches the club that Cleo Marsh left?": "Ben Quist",
    "What is Quill's elder brother called?": "Ben Quist",
    "Where does Eli Stone work these days?": "Customs Office",
    "Has Eli Stone ever worked at the Finance Office?": "yes",
    "Has Dov Lind ever worked at the Finance Office?": "no",
    "Who is the second author of Slow Rivers?": "Dov Lind",
    "Which articles did Dov Lind write?": "Quick Hills · Slow Rivers",
    "How old was Flo Hart when she died?": "68",
    "How many years did Gus Pohl live?": "50",
    "How long did Eli Stone work at the Finance Office?": "4",
    "How many years did Flo Hart stay in Oberau?": "6",
    "Is Ada Quist a man or a woman?": "female",
    "Hi, who is the head coach of the Red Rovers? I need it for a letter.": "Ada Quist",
    "What is the biggest grant we have on record?": "Birch Grant",
    "Is there a team that has not signed anyone? Which one?": "Green Gulls",
    "which goalkeepers do we have": "Cleo Marsh · Dov Lind",
    "How many goalkeepers are there?": "2",
    "Who is the father of Ada Quist?": "Eli Stone",
}
REFUSED = (
    "Who is supported by the Alder Grant?",
    "When was the First Report written?",
    "How old is Ada Quist?",
    "Are Ada Quist and Eli Stone classmates?",
    "Who is the mother of Ada Quist?",
    "Which matches start after 5 pm?",
    "How much of the Alder Grant has been spent?",
)


@pytest.fixture(scope="module")
def union(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with kbqa.build(tmp_path_factory.mktemp("union") / "union.kb", graph=[UNION]) as base:
        yield base


@pytest.mark.parametrize("question", ANSWERS)
def test_answers(union: KnowledgeBase, question: str) -> None:
    given = sorted(answer.text for answer in union.ask(question).answers)
    assert " · ".join(given) == ANSWERS[question]


@pytest.mark.parametrize("question", REFUSED)
def test_another_kind_of_thing_is_no_answer(union: KnowledgeBase, question: str) -> None:
    assert union.ask(question).abstained


def test_a_node_without_a_name_is_called_by_what_leads_to_it(union: KnowledgeBase) -> None:
    (answer,) = union.ask("Where does Eli Stone work these days?").answers
    assert [fact.text for fact in answer.evidence] == ["employment of Eli Stone — employer → Customs Office"]


def test_a_question_in_two_halves_makes_one_query(union: KnowledgeBase) -> None:
    result = union.ask("Who heads the office that the Tax Office is part of?")
    assert result.reading is not None
    assert result.sparql.count("?x") >= 2
    assert "u:tax u:partOf" in result.reading.short
    assert "u:headOf" in result.reading.short
    assert {"Tax Office — part of → Finance Office"} <= {evidence.text for evidence in result.evidence}
