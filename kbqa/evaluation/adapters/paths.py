"""PathQuestion (Zhou et al., COLING 2018) and WorldCup2014 (Zhang et al., 2016): a question and its path.

PathQuestion has no official split. Its papers divide it at random 8:1:1, which puts paraphrases of one question
into all parts; "path-train", "path-dev" and "path-test" keep the questions of one chain of relations together.
"""

from __future__ import annotations

import random
import re
from collections.abc import Hashable, Sequence
from pathlib import Path

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import get_file, pool_answers
from kbqa.evaluation.items import Item, read_text_lines

__all__ = ["PATHQUESTION_SPLITS", "read_pathquestion", "read_wc2014"]

PATHQUESTION_SPLITS = ("all", "train", "dev", "test", "path-train", "path-dev", "path-test")
SHARES = {"train": (0.0, 0.8), "dev": (0.8, 0.9), "test": (0.9, 1.0)}
SPLIT_SEED = 0  # the same parts for everybody
_ANSWER_SET = re.compile(r"(?P<first>.*?)\((?P<all>.*)\)")


def read_pathquestion(data: Path, split: str, *, hops: int) -> list[Item]:
    """Return the questions of PQ-2H or PQ-3H: `question TAB answer(answer/…/) TAB path`.

    Raises:
        InputError: If the file is missing or a line is of another form.
    """
    path = get_file(data, f"PQ-{hops}H.txt")
    items = [_pathquestion(line, path, number) for number, line in read_text_lines(path)]
    return _part(pool_answers(items), split)


def read_wc2014(data: Path, split: str, *, file: str) -> list[Item]:
    """Return the questions of a WC-*.txt: `question TAB answer TAB path TAB answer/… TAB facts`.

    Raises:
        InputError: If the file is missing or a line is of another form.
    """
    path = get_file(data, f"{file}.txt")
    items = [_wc2014(line, path, number) for number, line in read_text_lines(path)]
    return pool_answers(items)


def _pathquestion(line: str, path: Path, number: int) -> Item:
    cells = line.split("\t")
    answers = _ANSWER_SET.fullmatch(cells[1].strip()) if len(cells) == 3 else None
    if answers is None:
        raise InputError(f"{path}, line {number}: is not a question, answer(answers) and path between tabs")
    return _item(cells[0], answers["all"], cells[2], path, number)


def _wc2014(line: str, path: Path, number: int) -> Item:
    cells = line.split("\t")
    if len(cells) < 4:
        raise InputError(f"{path}, line {number}: is not a question, answer, path and answers between tabs")
    return _item(cells[0], cells[3], cells[2], path, number)


def _item(question: str, answers: str, path: str, file: Path, number: int) -> Item:
    """Return a question; its answers stand between slashes, its path is subject#relation#entity#…."""
    steps = path.strip().split("#<end>")[0].split("#")
    names = [name for name in answers.strip().split("/") if name]
    if len(steps) < 3 or not names or not question.strip():
        raise InputError(
            f"{file}, line {number}: has no answer, or no path of the form entity#relation#entity"
        )
    return Item(
        id=f"{file.name.split('.')[0]}-{number}",
        question=question.strip(),
        answers=tuple(dict.fromkeys(names)),
        language="en",
        entities=(steps[0],),
        kind=" ".join(steps[1::2]),
        hops=len(steps) // 2,
    )


def _part(items: list[Item], split: str) -> list[Item]:
    """Return the questions of a split, in the order of the file."""
    if split == "all":
        return items
    name = split.removeprefix("path-")
    groups: list[Hashable] = [item.kind if name != split else item.id for item in items]
    chosen = _drawn(groups, *SHARES[name])
    return [item for item, group in zip(items, groups, strict=True) if group in chosen]


def _drawn(groups: Sequence[Hashable], start: float, end: float) -> set[Hashable]:
    """Return the groups that lie between two shares of all, in an order drawn once for all."""
    distinct = list(dict.fromkeys(groups))
    random.Random(SPLIT_SEED).shuffle(distinct)  # noqa: S311 - no secret
    return set(distinct[round(start * len(distinct)) : round(end * len(distinct))])
