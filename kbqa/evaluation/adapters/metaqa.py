"""MetaQA (Zhang et al., AAAI 2018): films, one to three hops, the topic entity in brackets."""

from __future__ import annotations

import re
from pathlib import Path

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import find_file, get_file
from kbqa.evaluation.items import Item, read_text_lines

__all__ = ["read_metaqa"]

_BRACKETED = re.compile(r"\[([^\[\]]+)\]")


def read_metaqa(data: Path, split: str, *, hops: int) -> list[Item]:
    """Return the questions of one hop count, brackets removed from the question.

    Reads `qa_dev.txt` under `1-hop/vanilla/` as published, or `1hop_vanilla_qa_dev.txt` in one folder; the
    question types likewise, where they are there.

    Raises:
        InputError: If the file is missing or a line is not `question TAB answers`.
    """
    path = get_file(data, f"{hops}hop_vanilla_qa_{split}.txt", f"{hops}-hop/vanilla/qa_{split}.txt")
    types = find_file(data, f"{hops}hop_qa_{split}_qtype.txt", f"{hops}-hop/qa_{split}_qtype.txt")
    kinds = [line.strip() for _, line in read_text_lines(types)] if types else []
    lines = list(read_text_lines(path))
    if types and len(kinds) != len(lines):
        raise InputError(f"{types}: has {len(kinds)} types for the {len(lines)} questions of {path.name}")
    return [
        _item(line, path, number, hops, kinds[place] if kinds else "")
        for place, (number, line) in enumerate(lines)
    ]


def _item(line: str, path: Path, number: int, hops: int, kind: str) -> Item:
    question, tab, answers = line.partition("\t")
    entities = _BRACKETED.findall(question)
    if not tab or not entities or not answers.strip():
        raise InputError(f"{path}, line {number}: is not a question with [an entity], a tab and answers")
    return Item(
        id=f"{hops}hop-{number}",
        question=_BRACKETED.sub(r"\1", question).strip(),
        answers=tuple(dict.fromkeys(answers.strip().split("|"))),
        language="en",
        entities=tuple(entities),
        kind=kind,
        hops=hops,
    )
