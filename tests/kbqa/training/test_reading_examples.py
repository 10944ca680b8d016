"""Examples to train a reader on: where answers are, what is held out, and questions without an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kbqa.errors import InputError
from kbqa.training.reading_examples import (
    ReadingExample,
    nearest_others,
    read_source,
    split_by_passage,
)

TEXT = "Osk was founded in 1200. Anna Berg ruled it. It burnt in 1300, and Osk was founded again in 1310."


def example(question: str, answer: str, text: str = TEXT, passage: str = "a") -> ReadingExample:
    start = text.index(answer)
    return ReadingExample(question, text, start, start + len(answer), (answer,), "squad1", passage)


def write(folder: Path, content: object, name: str = "mrc_extra/squad1_train_4000_questions.json") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return folder


def test_an_answer_is_where_it_is_said_to_be_or_where_the_question_is_about(tmp_path: Path) -> None:
    text = "The year 1200 was cold. Osk was founded in 1200. In 1200 the king died."
    questions = [
        {"question": "When was Osk founded?", "answer": "1200"},
        {
            "question": "When?",
            "answers": [{"text": "1200", "answer_start": 52}, {"text": "in 1200", "answer_start": 40}],
        },
        {"question": "Who?", "answer": "nobody"},
    ]
    found = read_source(write(tmp_path, [{"context": text, "qas": questions}]), "squad1")
    assert [(one.start, one.answers) for one in found] == [(43, ("1200",)), (52, ("1200", "in 1200"))]
    assert all(one.text[one.start : one.end] == "1200" for one in found)


def test_a_long_document_is_cut_at_sentences_around_the_answer(tmp_path: Path) -> None:
    text = "A plain sentence. " * 500 + "The answer is 42. " + "A plain sentence. " * 500
    asked = {"question": "What?", "answers": [{"text": "42", "answer_start": text.index("42")}]}
    (found,) = read_source(
        write(tmp_path, {"data": [{"paragraphs": [{"context": text, "qas": [asked]}]}]}), "squad1"
    )
    assert found.text[found.start : found.end] == "42"
    assert len(found.text) < 2600
    assert found.text.startswith("A plain") and found.text.endswith(".")


@pytest.mark.parametrize(
    "content", [{}, {"data": 3}, [3], [{"context": "x", "qas": [{}]}], [{"qas": []}, {"context": 1}]]
)
def test_another_form_is_refused(tmp_path: Path, content: object) -> None:
    with pytest.raises(InputError, match=r"squad1.*not in the form of SQuAD"):
        read_source(write(tmp_path, content), "squad1")


def test_held_out_passages_share_no_passage_with_the_others() -> None:
    examples = [example("Who?", "Anna", passage=f"p{number // 3}") for number in range(60)]
    one, other = split_by_passage(examples, 0.75, seed=4)
    assert (len(one), len(other)) == (45, 15)
    assert {each.passage for each in one}.isdisjoint(each.passage for each in other)
    assert split_by_passage(examples, 0.75, seed=4)[0] == one != split_by_passage(examples, 0.75, seed=5)[0]


def test_other_passages_never_hold_the_answer() -> None:
    import numpy as np

    class Same:
        name, dim = "same@0", 2

        def encode(self, texts: list[str]) -> np.ndarray:
            return np.tile(np.float32([1, 0]), (len(texts), 1))

    texts = ["Anna Berg lived.", "anna berg was old.", "Nobody came.", "It rained."]
    examples = [
        ReadingExample("Who?", text, 0, 4, ("Anna",), "squad1", str(number))
        for number, text in enumerate(texts)
    ]
    found = nearest_others(examples, Same(), k=2)  # type: ignore[arg-type]
    assert {other.text for other in found[0]} == {"Nobody came.", "It rained."}
    assert all(not other.answered and other.question == "Who?" for others in found for other in others)
