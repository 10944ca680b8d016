"""Questions with their answers, as in FAQ files, are found by their questions and answered with their answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import kbqa
from kbqa.cli import main
from kbqa.knowledge_base import KnowledgeBase
from kbqa.types import PassageEvidence
from retrieval.passages import Document, split

REFUND = (
    "You may send anything back within 30 days. We pay the money back in a week.\n\nSale items are excluded."
)
PAIRS = [
    {"question": "What is your refund policy?", "answer": REFUND, "id": "refunds"},
    {"question": "How do I reset my password?", "answer": "Follow the link on the sign-in page. " * 60},
    {"question": "Which countries do you ship to?", "answer": "We ship to Arvania only."},
    {"question": "如何修改收货地址？", "answer": "在“我的订单”中点击“修改地址”。"},
    {"question": "Do you have gift cards?", "answer": "Yes."},
    {"question": "Is there a shop in Osk?", "answer": "Yes."},
]
GRAPH = '<urn:osk> <http://www.w3.org/2000/01/rdf-schema#label> "Osk" .\n<urn:osk> <urn:in> <urn:arvania> .\n'
PROSE = "Our refund office is open on weekdays. Refund policies differ from shop to shop."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faq")
    (folder / "faq.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in PAIRS))
    (folder / "graph.nt").write_text(GRAPH)
    (folder / "prose.txt").write_text(PROSE)
    return folder


@pytest.fixture(scope="module")
def base(folder: Path) -> Iterator[KnowledgeBase]:
    inputs = {"graph": [folder / "graph.nt"], "passages": [folder / "faq.jsonl", folder / "prose.txt"]}
    with kbqa.build(folder / "shop.kb", **inputs, root=folder) as built:
        yield built


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("What is your refund policy?", 0),
        ("what's your policy on refunds", 0),
        ("How can I reset my password?", 1),
        ("What countries can you ship to?", 2),
        ("怎么修改收货地址？", 3),
        ("Are there gift cards?", 4),
    ],
)
def test_a_question_like_a_stored_one_gets_its_whole_answer(
    base: KnowledgeBase, asked: str, stored: int
) -> None:
    result = base.ask(asked)
    assert [answer.text for answer in result.answers] == [PAIRS[stored]["answer"].strip()]
    (evidence,) = result.answers[0].evidence
    assert isinstance(evidence, PassageEvidence)
    assert evidence.to_dict()["question"] == PAIRS[stored]["question"]


@pytest.mark.parametrize(
    "asked",
    ["Where is your head office?", "How do I delete my account?", "Do you sell shoes?", "你们几点开门？"],
)
def test_another_question_gets_none_of_the_answers(base: KnowledgeBase, asked: str) -> None:
    assert base.ask(asked).abstained


def test_an_answer_is_one_passage_however_long() -> None:
    answer = " Word word. " * 500
    (passage,) = split(Document("a.jsonl#1", answer, "", "en", (), "What?"), words=10, overlap=2)
    assert passage.text == answer.strip() == answer[passage.start : passage.end]
    other = split(Document("a.jsonl#1", answer, "", "en", (), "Who?"))[0]
    assert (passage.question, other.question) == ("What?", "Who?")
    assert passage.id != other.id


def test_the_same_answer_to_two_questions_is_no_repeat_and_the_same_pair_is(folder: Path) -> None:
    (folder / "again.jsonl").write_text(json.dumps(PAIRS[5]) + "\n" + json.dumps(PAIRS[5]) + "\n")
    with kbqa.build(
        folder / "again.kb", passages=[folder / "faq.jsonl", folder / "again.jsonl"], root=folder
    ) as built:
        assert built.report is not None
        assert [(repeat.source, repeat.first) for repeat in built.report.repeats] == [
            ("again.jsonl#1", "faq.jsonl#6"),
            ("again.jsonl#2", "faq.jsonl#6"),
        ]


def test_entities_of_the_question_are_those_of_the_pair(base: KnowledgeBase) -> None:
    corpus = base.sources.corpus
    linked = {item.id: item for item in corpus.passages()}
    found = [linked[item_id].question for item_id, _, _ in corpus.items_of(["urn:osk"], limit=9)]
    assert found == ["Is there a shop in Osk?"]


def test_a_pair_can_be_changed_and_removed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("faq.jsonl")
    file.write_text((folder / "faq.jsonl").read_text())
    with kbqa.build("x.kb", passages=[file]) as built:
        file.write_text(file.read_text().replace("30 days", "90 days"))
        built.update(passages=[file])
        assert "90 days" in built.ask("What is your refund policy?").answers[0].text
        built.remove(source="faq.jsonl#refunds")
        assert built.ask("What is your refund policy?").abstained
        assert built.ask("Do you have gift cards?").answers[0].text == "Yes."
    assert main(["check", "x.kb", "--thorough"]) == 0


def test_the_answer_is_shown_with_the_question_that_it_answers(
    base: KnowledgeBase, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "Which countries can you ship to?", "--kb", str(folder / "shop.kb")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("We ship to Arvania only.")
    assert "“Which countries do you ship to?”  faq.jsonl#3, characters 0–24" in out
