"""How often documents are found: on made-up hits, and from a set's files to the printed table."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from kbqa.cli import main
from kbqa.errors import InputError
from kbqa.evaluation.datasets import prepare, read_set
from kbqa.evaluation.items import Item
from kbqa.evaluation.passage_recall import Found, score_passages
from kbqa.fusion import Fusion, read_fusion, shipped_fusion, write_fusion
from kbqa.training.fusion import fit_fusion
from retrieval.documents import read_documents
from retrieval.types import Hit, HitSource, Passage

EVEN: Fusion = {language: {"bm25": 1.0, "dense": 1.0, "entity": 1.0} for language in ("en", "zh")}


def hits(source: HitSource, *documents: str, scores: list[float] | None = None) -> list[Hit]:
    return [
        Hit(
            Passage(f"p:{document}:{documents[:place].count(document)}", "", document, 0, 0),
            score,
            place,
            source,
        )
        for place, (document, score) in enumerate(
            zip(documents, scores or [1 / (n + 1) for n in range(len(documents))], strict=True), start=1
        )
    ]


def found(*right: str, bm25: list[Hit], dense: list[Hit] | None = None) -> Found:
    item = Item("1", "Who?", (), sources=right)
    return Found(item, "en", {"bm25": bm25, "dense": dense or [], "entity": []}, 0.01)


def test_a_document_in_several_passages_counts_once() -> None:
    runs = [
        found("b", bm25=hits("bm25", "a", "a", "b")),
        found("a", bm25=hits("bm25", "a", "b")),
        found("zz", bm25=hits("bm25", "a")),
        found("c", "d", bm25=hits("bm25", *"xyzwvd")),
    ]
    recall = score_passages("made up", runs, documents=9, fusion=EVEN)
    assert recall.ranks["words (BM25)"].tolist() == [2, 1, np.inf, 6]
    shares = {k: share.value for k, share in recall.rows["words (BM25)"].items()}
    assert shares == {1: 0.25, 5: 0.5, 20: 0.75}
    assert recall.mrr["words (BM25)"] == pytest.approx((1 / 2 + 1 + 0 + 1 / 6) / 4)
    assert recall.ranks["vectors"].tolist() == [np.inf] * 4
    assert "entities" not in recall.rows
    assert "made up: 9 documents, 4 questions" in recall.table()
    assert recall.to_dict()["recall"]["words (BM25)"]["5"]["value"] == 0.5


def test_questions_must_name_documents() -> None:
    with pytest.raises(InputError, match="made up: no question names the documents"):
        score_passages("made up", [], documents=9, fusion=EVEN)


def test_the_search_that_is_right_more_often_gets_more_weight() -> None:
    def asked(right: str) -> Found:
        return found(
            right,
            bm25=hits("bm25", "a", "b", scores=[9.0, 5.0]),
            dense=hits("dense", "b", "a", scores=[0.9, 0.2]),
        )

    mostly_words = fit_fusion([*[asked("a")] * 8, *[asked("b")] * 2])
    mostly_vectors = fit_fusion([*[asked("a")] * 2, *[asked("b")] * 8])
    assert mostly_words["bm25"] > mostly_words["dense"]
    assert mostly_vectors["bm25"] < mostly_vectors["dense"]
    for weights in (mostly_words, mostly_vectors):
        assert weights["bm25"] + weights["dense"] == pytest.approx(2.0)
        assert weights["entity"] == 1.0


def test_weights_are_kept_in_a_file_and_checked(tmp_path: Path) -> None:
    assert all(weight > 0 for weights in shipped_fusion().values() for weight in weights.values())
    path = tmp_path / "fusion.json"
    write_fusion(path, EVEN)
    assert read_fusion(path) == EVEN
    for content, reason in (
        ('{"en": {}}', "holds the languages"),
        ('{"en": {"words": 1}, "zh": {}}', "no search 'words'"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(ValueError, match=reason):
            read_fusion(path)


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    """Return a folder with two paragraphs in SQuAD's form, one question of which has no answer."""
    folder = tmp_path / "squad"
    folder.mkdir()
    paragraphs = [
        {
            "context": "The heron of Lake Varn eats only eels.",
            "qas": [
                {"id": "q1", "question": "What does the heron eat?", "answers": [{"text": "eels"}]},
                {"id": "q2", "question": "Who feeds the heron?", "answers": [], "is_impossible": True},
            ],
        },
        {
            "context": "Bridges of glass span the river Ode.",
            "qas": [
                {"id": "q3", "question": "What spans the Ode?", "answers": [{"text": "Bridges of glass"}]}
            ],
        },
    ]
    content = {"data": [{"title": "Lake_Varn", "paragraphs": paragraphs}]}
    with gzip.open(folder / "dev-v2.0.json.gz", "wt", encoding="utf-8") as file:
        json.dump(content, file)
    return folder


def test_a_reading_set_has_questions_and_documents(squad: Path, tmp_path: Path) -> None:
    items = read_set("squad2", data=squad).items
    assert [(item.id, item.answers, item.kind, item.sources) for item in items] == [
        ("q1", ("eels",), "", ("1",)),
        ("q2", (), "impossible", ("1",)),
        ("q3", ("Bridges of glass",), "", ("2",)),
    ]
    files = prepare("squad2", data=squad, out=tmp_path / "out")
    documents = list(read_documents(files.passages))
    assert [(one.title, one.source.rpartition("#")[2]) for one in documents] == [
        ("Lake Varn", "1"),
        ("Lake Varn", "2"),
    ]


@pytest.mark.parametrize("content", ["[1]", '{"data": [{}]}', '{"data": [{"paragraphs": [{"context": 3}]}]}'])
def test_what_is_no_reading_set_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "dev-v2.0.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"dev-v2\.0\.json: is not in the form of SQuAD"):
        read_set("squad2", data=tmp_path)


def test_plots_are_found_for_questions_about_films(tmp_path: Path) -> None:
    plots, graph = tmp_path / "wikimovies", tmp_path / "metaqa"
    plots.mkdir()
    graph.mkdir()
    (plots / "clean_wiki-entities_kb_doc.txt").write_text(
        "the eel|has_plot|a heron meets an eel\nthe eel|has_plot|another eel\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="put MetaQA's folder beside"):
        read_set("wikimovies", data=plots)
    (graph / "kb.txt").write_text("The Eel|directed_by|Ann Lee\n", encoding="utf-8")
    asked = "who directed [The Eel]\tAnn Lee\nwhat did [Ann Lee] direct\tThe Eel\nwho made [Other]\tX\n"
    (graph / "1hop_vanilla_qa_dev.txt").write_text(asked, encoding="utf-8")
    kinds = "movie_to_director\ndirector_to_movie\nmovie_to_director\n"
    (graph / "1hop_qa_dev_qtype.txt").write_text(kinds, encoding="utf-8")
    [item] = read_set("wikimovies", data=plots).items
    assert (item.question, item.sources) == ("who directed The Eel", ("1", "2"))
    [item] = read_set("wikimovies-back", data=plots).items
    assert (item.question, item.sources) == ("what did Ann Lee direct", ("1", "2"))
    files = prepare("wikimovies", data=plots, out=tmp_path / "out")
    assert files.graph == (graph / "kb.txt",)
    assert [one.entities for one in read_documents(files.passages)] == [("the eel",)] * 2


def test_the_command_prints_what_each_search_finds(
    squad: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = prepare("squad2", data=squad, out=tmp_path / "out")
    assert main(["build", str(tmp_path / "x.kb"), "--passages", str(files.passages[0])]) == 0
    capsys.readouterr()
    command = ["score-passages", "squad2", "--data", str(squad), "--kb", str(tmp_path / "x.kb")]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "squad2: 2 documents, 2 questions" in out
    assert "fused, learnt    100.0   100.0   100.0" in out
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["mrr@10"]["fused, ranks"] == 1.0


def test_half_a_graph_is_the_same_half_each_time(tmp_path: Path) -> None:
    plots, graph = tmp_path / "wikimovies", tmp_path / "metaqa"
    plots.mkdir()
    graph.mkdir()
    facts = [f"Film {number}|directed_by|Person {number}" for number in range(101)]
    (graph / "kb.txt").write_text("\n".join(facts) + "\n")
    (plots / "clean_wiki-entities_kb_doc.txt").write_text("Film 1|has_plot|A man is lost.\n")
    told = []
    for out in ("a", "b"):
        files = prepare("wikimovies-half", data=plots, out=tmp_path / out)
        told.append(files.graph[0].read_text().splitlines())
        assert len(files.passages) == 1
    assert told[0] == told[1]
    assert len(told[0]) == 50 == len(set(told[0]) & set(facts))
    assert told[0] != facts[:50]
