"""Questions without an answer, facts that hang on passages, single sentences and questions that are made up."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from kbqa.training.reading_examples import ReadingExample
from kbqa.training.reading_variants import hung, made_up, rewritten, shortened, without_answer

TEXT = "Osk was founded in 1200. Anna Berg ruled it. It burnt in 1300, and Osk was founded again in 1310."


def example(question: str, answer: str, text: str = TEXT, passage: str = "a") -> ReadingExample:
    start = text.index(answer)
    return ReadingExample(question, text, start, start + len(answer), (answer,), "squad1", passage)


def unanswered(question: str, text: str) -> ReadingExample:
    return ReadingExample(question, text, -1, -1, (), "squad1", "b")


@pytest.mark.parametrize(
    ("question", "answer", "changed"),
    [
        ("What happened after the fire?", "Osk", {"What happened before the fire?"}),
        ("What burnt in 1300?", "Osk", {"What burnt in 1200?", "What burnt in 1310?"}),
        ("谁最早来？", "Osk", {"谁最晚来？"}),
    ],
)
def test_a_rewritten_question_has_no_answer(question: str, answer: str, changed: set[str]) -> None:
    found = {rewritten(example(question, answer), random.Random(seed)) for seed in range(20)}
    assert {one.question for one in found if one and " not " not in one.question} == changed
    assert all(one is not None and not one.answered and one.answers == () for one in found)


def test_a_question_may_be_negated() -> None:
    found = {rewritten(example("Where was it built?", "Osk"), random.Random(seed)) for seed in range(20)}
    assert {one.question for one in found if one} == {"Where was not it built?"}


def test_what_cannot_be_rewritten_is_not() -> None:
    assert rewritten(example("who ruled it?", "Anna Berg"), random.Random(0)) is None
    assert rewritten(example("When came Osk?", "1200", text="Osk: 1200."), random.Random(0)) is None


def test_a_passage_without_its_answer_says_it_nowhere() -> None:
    found = without_answer(
        example("When did it burn?", "1300", text=TEXT + " The year 1300 was dry. It rained.")
    )
    assert found is not None
    assert found.text == "Osk was founded in 1200. Anna Berg ruled it. It rained."
    assert not found.answered
    assert without_answer(example("When?", "1200", text="It was in 1200.")) is None


def test_a_shortened_example_is_the_sentence_that_answers_or_seems_to() -> None:
    found = shortened(example("Who ruled Osk?", "Anna Berg"))
    assert found.text == "Anna Berg ruled it."
    assert found.text[found.start : found.end] == "Anna Berg"
    other = shortened(unanswered("Who burnt the town?", "It rained. The town burnt. It snowed."))
    assert other.text == "The town burnt."


def test_a_fact_hangs_on_what_the_question_names() -> None:
    told = example("Which king ruled Osk?", "Anna Berg", text="A harbour made Osk rich. Anna Berg ruled it.")
    near = [unanswered(told.question, "Nobody lives there.")]
    found = {hung(told, near, random.Random(seed)) for seed in range(20)}
    assert {one.told for one in found if one} == {True, False}
    for one in found:
        assert one is not None
        assert not one.answered
        assert "Anna" not in one.text
        for fact in one.facts:
            assert one.text[fact.start : fact.end] == "Osk"
        assert one.told == any("Anna Berg" in fact.text for fact in one.facts)


def test_no_fact_hangs_on_ordinary_words() -> None:
    told = example("Who is in the hall?", "Anna", text="The rain is in the north. Anna is here.")
    assert hung(told, [], random.Random(0)) is None


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("The harbour of the town was built by Anna Berg in 1300.", {"Anna Berg", "1300"}),
        ("这座城市的港口是在1300年由国王建造的。", {"1300年"}),
        ("It rained [1] in Osk [2] for 40 days and 40 nights.", set()),
        ("it rained for many days and many nights.", set()),
    ],
)
def test_made_up_questions_ask_for_names_and_numbers(text: str, answers: set[str]) -> None:
    base = replace(unanswered("", text), source="drcd")
    found = [one for seed in range(30) if (one := made_up(base, random.Random(seed)))]
    assert {one.text[one.start : one.end] for one in found} == {one.answers[0] for one in found} == answers
    assert all(one.question[-1] in "?？" and one.answers[0] not in one.question for one in found)
