"""Questions with passages that answer them, and with passages that do not, to train a reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import get_file, read_json
from kbqa.training.bilingual_data import seeded
from kbqa.types import Language
from retrieval.passages import sentences
from retrieval.types import TextEncoder

if TYPE_CHECKING:
    pass

__all__ = [
    "SOURCES",
    "Hung",
    "ReadingExample",
    "Source",
    "learnt_passages",
    "nearest_others",
    "passage_name",
    "read_source",
    "split_by_passage",
]


@dataclass(frozen=True, slots=True)
class Source:
    """A public set that is learnt from.

    Attributes:
        path: Of its file in the folder of public sets.
        language: Of its questions.
        share: Of its passages that are learnt from; the others are held out.
    """

    path: str
    language: Language
    share: float


SOURCES = {
    "squad1": Source("mrc_extra/squad1_train_4000_questions.json", "en", 0.9),
    "covidqa": Source("mrc_extra/covidqa_200423.json", "en", 0.9),
    "cmrc2018": Source("cmrc2018/cmrc2018_trial.json", "zh", 0.9),
    "drcd": Source("drcd/DRCD_dev.json", "zh", 0.8),
}
"""Sets whose licences let what was trained on them be shipped: CC BY-SA 4.0, Apache-2.0, CC BY-SA 4.0, CC BY-SA 3.0."""
_AROUND = 1200  # characters before and after an answer that are kept of a long document


@dataclass(frozen=True, slots=True)
class Hung:
    """A fact in words that hangs on a stretch of a passage.

    Attributes:
        start: First character of the stretch.
        end: One past its last character.
        text: The fact.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ReadingExample:
    """A question and a passage.

    Attributes:
        question: The question.
        text: The passage.
        start: First character of the answer, -1 where the passage does not answer.
        end: One past its last character.
        answers: All right answers, none where the passage does not answer.
        source: Name of the set.
        passage: Name of the passage, of which a source may have several questions.
        facts: Hung on stretches of the passage.
        told: Whether one of them answers.
    """

    question: str
    text: str
    start: int
    end: int
    answers: tuple[str, ...]
    source: str
    passage: str
    facts: tuple[Hung, ...] = ()
    told: bool = False

    @property
    def answered(self) -> bool:
        """Whether the passage answers."""
        return self.start >= 0

    @property
    def sentence(self) -> tuple[int, int]:
        """Where the sentences begin and end that hold the answer."""
        held = [span for span in sentences(self.text) if span[0] < self.end and span[1] > self.start]
        return min(self.start, held[0][0]), max(self.end, held[-1][1])


def read_source(data: Path, name: str) -> list[ReadingExample]:
    """Return the examples of a set, those of very long documents cut to what is around the answer.

    A question whose answer its passage does not hold word for word is left out.

    Raises:
        InputError: If the file is missing or not in SQuAD's form.
    """
    path = get_file(data, SOURCES[name].path)
    content = read_json(path)
    try:
        return list(_examples(content, name))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise InputError(f"{path}: is not in the form of SQuAD: {error!r}") from error


def _examples(content: Any, name: str) -> Iterator[ReadingExample]:
    articles = [{"paragraphs": content}] if isinstance(content, list) else content["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    for number, paragraph in enumerate(paragraphs):
        for asked in paragraph["qas"]:
            told = asked["answers"] if "answers" in asked else [{"text": asked["answer"]}]
            if not told:
                continue  # SQuAD 2.0's way to say that the passage does not answer
            found = _place(paragraph["context"], str(asked["question"]), told[0])
            if found is not None:
                texts = tuple(dict.fromkeys(str(answer["text"]) for answer in told))
                example = ReadingExample(
                    str(asked["question"]).strip(),
                    paragraph["context"],
                    *found,
                    texts,
                    name,
                    passage_name(name, number),
                )
                yield _cut(example)


def _place(text: str, question: str, answer: dict[str, Any]) -> tuple[int, int] | None:
    """Return where an answer is: where it is said to be, else in the sentence most like the question."""
    wanted = str(answer["text"]).strip()
    said = answer.get("answer_start")
    places = [match.start() for match in re.finditer(re.escape(wanted), text)] if wanted else []
    if not places:
        return None
    if isinstance(said, int):
        start = min(places, key=lambda place: abs(place - said))
    else:
        words = set(question.lower().split())
        spans = sentences(text)
        start = max(places, key=lambda place: _shared(text, spans, place, words))
    return start, start + len(wanted)


def _shared(text: str, spans: Sequence[tuple[int, int]], place: int, words: set[str]) -> int:
    return max((len(words & set(text[a:b].lower().split())) for a, b in spans if a <= place < b), default=0)


def _cut(example: ReadingExample) -> ReadingExample:
    """Return the example with a passage that begins and ends at sentences not far from the answer."""
    if len(example.text) <= 3 * _AROUND:
        return example
    kept = [
        span
        for span in sentences(example.text)
        if span[1] > example.start - _AROUND and span[0] < example.end + _AROUND
    ]
    first, last = kept[0][0], kept[-1][1]
    return replace(
        example, text=example.text[first:last], start=example.start - first, end=example.end - first
    )


def split_by_passage(
    examples: Sequence[ReadingExample], share: float, *, seed: int
) -> tuple[list[ReadingExample], list[ReadingExample]]:
    """Return the examples of a random share of the passages, and the others."""
    learnt = learnt_passages({example.passage for example in examples}, share, seed=seed)
    return (
        [example for example in examples if example.passage in learnt],
        [example for example in examples if example.passage not in learnt],
    )


def passage_name(source: str, number: int) -> str:
    """Return the name of a passage of a set, of which `number` counts from 0."""
    return f"{source}-{number}"


def learnt_passages(passages: Iterable[str], share: float, *, seed: int) -> set[str]:
    """Return the random share of passages that is learnt from."""
    known = sorted(passages)
    return set(seeded(seed).sample(known, round(share * len(known))))


def nearest_others(
    examples: Sequence[ReadingExample], encoder: TextEncoder, *, k: int
) -> list[tuple[ReadingExample, ...]]:
    """Return for each example the same question with the passages nearest to it that do not hold its answer."""
    passages = list({example.passage: example for example in examples}.values())
    vectors = encoder.encode([passage.text for passage in passages])
    questions = encoder.encode([example.question for example in examples])
    found = []
    for example, near in zip(examples, np.argsort(-(questions @ vectors.T), axis=1)[:, : 4 * k], strict=True):
        others = [
            replace(example, text=passages[place].text, start=-1, end=-1, answers=())
            for place in near
            if passages[place].passage != example.passage
            and not any(answer.lower() in passages[place].text.lower() for answer in example.answers)
        ]
        found.append(tuple(others[:k]))
    return found
