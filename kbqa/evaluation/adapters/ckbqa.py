"""CKBQA, the CCKS shared tasks of 2018 to 2020: Chinese questions over PKUBASE, which is not part of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import find_file, get_file
from kbqa.evaluation.items import Item, read_text_lines

__all__ = ["CKBQA_SPLITS", "ckbqa_queries", "read_ckbqa"]

CKBQA_SPLITS = {2018: ("valid", "train", "test"), 2019: ("valid", "train", "test"), 2020: ("train",)}
_QUESTION = re.compile(r"q(?P<id>\d+)\s*[:：]\s*(?P<text>.+)")
_ANSWER = re.compile(r"<[^<>]+>|\"[^\"]*\"")


def read_ckbqa(data: Path, split: str, *, year: int) -> list[Item]:
    """Return the questions of one year: three lines each, `q1:question`, the query, the answers.

    Answers are texts: names of things as PKUBASE writes them ("奥迪_（德国大众汽车集团旗下豪华汽车品牌）") and values.

    Raises:
        InputError: If the file is missing or a question lacks its query.
    """
    path = get_file(data, f"ccks{year}_{split}.txt")
    return [
        Item(
            id=f"{year}-{split}-{number}",
            question=question,
            answers=tuple(dict.fromkeys(_bare(answer) for answer in _ANSWER.findall(answers))),
            language="zh",
            query=query,
        )
        for number, question, query, answers in _records(path)
    ]


def ckbqa_queries(data: Path) -> list[str]:
    """Return the gold queries of all files that are there; there must be one."""
    names = [f"ccks{year}_{split}.txt" for year, splits in CKBQA_SPLITS.items() for split in splits]
    get_file(data, *names)
    paths = [path for name in names if (path := find_file(data, name)) is not None]
    return [query for path in paths for _, _, query, _ in _records(path)]


def _records(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield (id, question, query, answers); the answers of a question may be missing."""
    question: re.Match[str] | None = None
    lines: list[str] = []
    for number, line in read_text_lines(path):
        text = line.removeprefix("\ufeff").strip()
        if found := _QUESTION.fullmatch(text):
            if question:
                yield _record(path, number, question, lines)
            question, lines = found, []
        elif question:
            lines.append(text)
        else:
            raise InputError(f"{path}, line {number}: is not a question such as q1:…")
    if question:
        yield _record(path, number, question, lines)


def _record(path: Path, number: int, question: re.Match[str], lines: list[str]) -> tuple[str, str, str, str]:
    if not lines or not lines[0].lower().startswith(("select", "ask")):
        raise InputError(f"{path}, before line {number}: the question q{question['id']} has no query")
    return question["id"], question["text"].strip(), lines[0], " ".join(lines[1:])


def _bare(answer: str) -> str:
    return answer[1:-1].strip()
