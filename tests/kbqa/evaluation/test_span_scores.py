"""Scores of a reader are those of SQuAD 2.0's definitions on hand-made answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from kbqa.cli import main
from kbqa.errors import InputError
from kbqa.evaluation.adapters.reading import Paragraph
from kbqa.evaluation.items import Item
from kbqa.evaluation.span_scores import read_asked, score_reader
from kbqa.reading.span import Span, SpanReader
from kbqa.reading.span_model import Settings
from kbqa.rerank import SentenceReranker

TEXT = "Anna Berg built Osk in 1200. The river Velda is long."


class Told:
    """A reader that gives what it was told to."""

    settings = Settings("told@0", null=0.5)

    def __init__(self, answers: dict[str, tuple[str, float]]) -> None:
        self._answers = answers

    def read(self, question: str, passages: Sequence[str], *, k: int = 5) -> list[Span]:
        text, score = self._answers[question]
        return [Span(0, 0, len(text), text, score)] if text else []


def item(question: str, *answers: str) -> Item:
    return Item(id=question, question=question, answers=answers, kind="" if answers else "impossible")


def test_hand_made_answers() -> None:
    told = {
        "Who built Osk?": ("Anna Berg", 2.0),  # right
        "Who ruled Osk?": ("Berg", 2.0),  # half right: precision 1, recall 1/2, F1 2/3
        "When was Osk built?": ("in 1200", 0.2),  # right by half, and held back
        "What is long?": ("", 0.0),  # nothing found
        "Who burnt Osk?": ("Anna Berg", 0.4),  # rightly held back
        "Who sold Osk?": ("Velda", 0.6),  # wrongly answered
    }
    gold = {"Who built Osk?": ["Anna Berg", "Berg"], "Who ruled Osk?": ["Anna Berg"]}
    gold |= {"When was Osk built?": ["1200"], "What is long?": ["river Velda"]}
    paragraph = Paragraph("1", "", TEXT, ())
    asked = [(item(question, *gold.get(question, ())), paragraph) for question in told]
    scores = score_reader("squad2", asked, cast(SpanReader, Told(told)), SentenceReranker(None))
    values = {name: value.value for name, value in scores.values.items()}
    assert scores.counts == (4, 2)
    assert values == pytest.approx(
        {
            "answerable, exact match": 1 / 4,
            "answerable, F1": (1 + 2 / 3) / 4,
            "answerable, always answered, exact match": 1 / 4,
            "answerable, always answered, F1": (1 + 2 / 3 + 2 / 3) / 4,
            "answerable, best sentence, F1": values["answerable, best sentence, F1"],
            "unanswerable, left unanswered": 1 / 2,
            "all, exact match": 2 / 6,
            "all, F1": (1 + 2 / 3 + 1) / 6,
            "answered, and should not have been": 1 / 2,
            "not answered, and should have been": 2 / 4,
            # The two with a score of 2 answered, the others not.
            "all, F1 with this set's own best null": (1 + 2 / 3 + 2) / 6,
            # One of the first two is right, whichever comes first, and none of the others.
            "area under the risk-coverage curve": (1 / 2 + 1 / 2 + 2 / 3 + 3 / 4 + 4 / 5 + 5 / 6) / 6,
        }
    )
    assert 0 < (values["answerable, best sentence, F1"] or 0) < 1
    assert "unanswerable, left unanswered" in scores.table()
    assert json.loads(json.dumps(scores.to_dict()))["n"] == 6


def squad(folder: Path, name: str, count: int) -> None:
    paragraphs = [
        {
            "context": f"{TEXT} Number {number}.",
            "qas": [
                {
                    "id": f"a{number}",
                    "question": "Who built Osk?",
                    "answers": [{"text": "Anna Berg", "answer_start": 0}],
                },
                {"id": f"b{number}", "question": "Who?", "answers": [], "is_impossible": True},
                {
                    "id": f"c{number}",
                    "question": "Who else?",
                    "answers": [{"text": "Nobody", "answer_start": 0}],
                },
            ],
        }
        for number in range(count)
    ]
    (folder / name).write_text(json.dumps({"data": [{"title": "Osk", "paragraphs": paragraphs}]}))


def test_questions_whose_answer_is_not_in_the_passage_are_left_out(tmp_path: Path) -> None:
    squad(tmp_path, "dev-v2.0.json", 3)
    assert [one.id for one, _ in read_asked("squad2", tmp_path)] == ["a0", "b0", "a1", "b1", "a2", "b2"]
    assert len(read_asked("squad2", tmp_path, limit=4)) == 4
    with pytest.raises(InputError, match="squad2 is not trained on"):
        read_asked("squad2", tmp_path, held_out=0)
    with pytest.raises(InputError, match="no reading set 'squad3'"):
        read_asked("squad3", tmp_path)


def test_held_out_are_the_passages_that_training_left_out(tmp_path: Path) -> None:
    from kbqa.training.reading_examples import SOURCES, read_source, split_by_passage

    path = tmp_path / SOURCES["drcd"].path
    path.parent.mkdir()
    squad(path.parent, path.name, 20)
    kept = read_asked("drcd", path.parent, held_out=7)
    _, other = split_by_passage(read_source(tmp_path, "drcd"), SOURCES["drcd"].share, seed=7)
    assert {paragraph.text for _, paragraph in kept} == {example.text for example in other}
    assert len(kept) == 8


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    squad(tmp_path, "dev-v2.0.json", 3)
    assert main(["score-reader", "squad2", "--data", str(tmp_path), "--reader", str(tmp_path)]) == 3
    assert "holds no reader" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "file", "language"),
    [
        ("xquad-en", "xquad.en.json", "en"),
        ("xquad-zh", "xquad.zh.json", "zh"),
        ("bipar-en", "bipar_en_valid.json", "en"),
        ("bipar-zh", "bipar_zh_test.json", "zh"),
    ],
)
def test_sets_by_language_are_read_by_their_own_file(
    tmp_path: Path, name: str, file: str, language: str
) -> None:
    asked = {"id": "q1", "question": "Who?", "answers": [{"text": "Anna Berg", "answer_start": 0}]}
    content = {"data": [{"title": "T", "paragraphs": [{"context": TEXT, "qas": [asked]}]}]}
    (tmp_path / file).write_text(json.dumps(content), encoding="utf-8")
    ((item, paragraph),) = read_asked(name, tmp_path)
    assert (item.answers, item.language, paragraph.text) == (("Anna Berg",), language, TEXT)
    other = "xquad-en" if name != "xquad-en" else "xquad-zh"
    with pytest.raises(InputError, match="xquad"):
        read_asked(other, tmp_path)
