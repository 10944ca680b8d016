"""How early right documents come in each order: on made-up orders, and from files to the printed table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kbqa.cli import main
from kbqa.evaluation.items import Item
from kbqa.evaluation.rerank_scores import WAYS, first_right
from kbqa.types import PassageEvidence, Scored
from retrieval.types import Hit, Passage


def hit(document: str) -> Hit:
    return Hit(Passage(f"p:{document}", "Yes.", document, 0, 4), 1.0, 1, "fused")


def scored(document: str) -> Scored:
    one = hit(document)
    assert isinstance(one.item, Passage)
    return Scored(PassageEvidence(one.item, 0, 4, "Yes."), 0.5, one)


@pytest.mark.parametrize(
    ("order", "rank"), [((), 3.0), (("c",), 1.0), (("b", "b", "c"), 2.0), (("a",), 3.0), (("b", "a"), 3.0)]
)
def test_scored_sentences_come_before_what_was_only_found(order: tuple[str, ...], rank: float) -> None:
    item = Item("1", "Who?", (), sources=("c",))
    assert first_right(item, [hit("a"), hit("b"), hit("c")], [scored(one) for one in order]) == rank


def test_what_is_not_found_has_no_rank() -> None:
    assert first_right(Item("1", "Who?", (), sources=("z",)), [hit("a")], [scored("a")]) == float("inf")


def test_the_table_compares_every_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "g.ttl").write_text(
        '@prefix r: <http://www.w3.org/2000/01/rdf-schema#> . <urn:osk> r:label "Osk" ; <urn:founder> <urn:anna> .'
        ' <urn:anna> r:label "Anna Berg" . <urn:founder> r:label "founder" .'
    )
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "osk.txt").write_text("Osk is a town by the sea. It has a harbour.")
    (texts / "velda.txt").write_text("The Velda is a river. Its water is cold.")
    asked = [
        {
            "id": "1",
            "question": "Who is the founder of Osk?",
            "answers": ["Anna Berg"],
            "sources": ["texts/osk.txt"],
        },
        {
            "id": "2",
            "question": "Is the water of the Velda cold?",
            "answers": ["yes"],
            "sources": ["texts/velda.txt"],
        },
        {"id": "3", "question": "?", "answers": ["yes"], "sources": ["texts/velda.txt"]},
    ]
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(one) + "\n" for one in asked))
    base = tmp_path / "k"
    build = ["build", str(base), "--graph", str(tmp_path / "g.ttl"), "--passages", "texts"]
    assert main(build) == 0
    capsys.readouterr()
    assert main(["score-reranker", str(tmp_path / "q.jsonl"), "--kb", str(base), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["questions"] == 3
    assert found["told"] == 2  # both searches find Osk
    assert list(found["mrr@10"]) == list(WAYS)
    assert {one["value"] for one in found["mrr@10"].values()} == {0.666667}
    assert [(one["from"], one["to"]) for one in found["differences"]] == [
        ("search", "sentences"),
        ("sentences", "read"),
        ("read", "read with knowledge"),
    ]
    assert main(["score-reranker", str(tmp_path / "q.jsonl"), "--kb", str(base)]) == 0
    assert "read with knowledge - read" in capsys.readouterr().out


def test_questions_without_documents_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "q.jsonl").write_text('{"id": "1", "question": "Who?", "answers": ["x"]}\n')
    assert main(["score-reranker", str(tmp_path / "q.jsonl")]) != 0
    assert "names the documents to be found" in capsys.readouterr().err
