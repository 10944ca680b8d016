"""Reading sets whose questions have several answers to choose from: C3, DREAM, MCTest.

Sun et al., TACL 2020 (C3) and TACL 2019 (DREAM); Richardson et al., EMNLP 2013 (MCTest).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import get_file, read_json
from kbqa.evaluation.items import read_text_lines
from kbqa.types import Language

__all__ = ["CHOICE_SETS", "Choice", "read_choices"]

_LETTERS = "ABCD"
_OPTIONS = 4  # of a question of MCTest
_FIELDS = 5  # question and options


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with a passage and answers to choose from.

    Attributes:
        id: Unique in its set.
        passage: The text.
        question: What is asked.
        options: At least two.
        right: Number of the right one, from 0.
        language: Of all of it.
    """

    id: str
    passage: str
    question: str
    options: tuple[str, ...]
    right: int
    language: Language


def read_choices(name: str, data: Path, split: str = "dev") -> list[Choice]:
    """Return the questions of a set.

    Args:
        name: A key of `CHOICE_SETS`.
        data: The folder of the set.
        split: "train", "dev" or "test".

    Raises:
        InputError: If the set or the split is unknown, or a file is missing or malformed.
    """
    if name not in CHOICE_SETS:
        raise InputError(f"there is no choice set {name!r}; there are {', '.join(CHOICE_SETS)}")
    if split not in ("train", "dev", "test"):
        raise InputError(f"{name}: has no split {split!r}; its splits are train, dev, test")
    return list(CHOICE_SETS[name](data, split))


def _read_dialogues(
    data: Path, split: str, *, files: tuple[str, ...], language: Language
) -> Iterator[Choice]:
    """Yield the questions of C3 or DREAM: lists of [sentences of the text, questions, id]."""
    for file in files:
        path = get_file(data, file.format(split=split))
        try:
            for sentences, asked, key in read_json(path):
                text = "\n".join(map(str, sentences))
                for place, question in enumerate(asked):
                    yield _choice(f"{key}-{place}", text, question, language)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}: is not in the form of C3 and DREAM: {error!r}") from error


def _choice(key: str, text: str, question: dict[str, Any], language: Language) -> Choice:
    options = tuple(map(str, question["choice"]))
    return Choice(
        key, text, str(question["question"]), options, options.index(str(question["answer"])), language
    )


def _read_mctest(data: Path, split: str, *, kind: str) -> Iterator[Choice]:
    path = get_file(data, f"{kind}.{split}.tsv")
    answers = get_file(data, f"{kind}.{split}.ans")
    lines, rights = list(read_text_lines(path)), [line.split() for _, line in read_text_lines(answers)]
    if len(lines) != len(rights):
        raise InputError(f"{answers}: has {len(rights)} lines for the {len(lines)} stories of {path}")
    for (number, line), right in zip(lines, rights, strict=True):
        key, _, story, *asked = line.split("\t")
        questions = [asked[start : start + _FIELDS] for start in range(0, len(asked), _FIELDS)]
        if len(questions) != len(right) or any(len(one) != _FIELDS for one in questions):
            raise InputError(f"{path}, line {number}: is not a story with questions of {_OPTIONS} answers")
        for place, ((question, *options), letter) in enumerate(zip(questions, right, strict=True)):
            if letter not in _LETTERS:
                raise InputError(f"{answers}, line {number}: {letter!r} is none of {', '.join(_LETTERS)}")
            text = story.replace("\\newline", "\n")
            yield Choice(
                f"{key}-{place}",
                text,
                question.partition(": ")[2] or question,
                tuple(options),
                _LETTERS.index(letter),
                "en",
            )


def _dialogues(*files: str, language: Language) -> Callable[[Path, str], Iterator[Choice]]:
    return lambda data, split: _read_dialogues(data, split, files=files, language=language)


CHOICE_SETS: dict[str, Callable[[Path, str], Iterator[Choice]]] = {
    "c3": _dialogues("c3-m-{split}.json", "c3-d-{split}.json", language="zh"),
    "dream": _dialogues("{split}.json", language="en"),
    "mctest160": lambda data, split: _read_mctest(data, split, kind="mc160"),
    "mctest500": lambda data, split: _read_mctest(data, split, kind="mc500"),
}
"""Set → yields the questions of a folder and a split."""
