"""MLPQ (Tan et al., 2023), English–Chinese: paths from one language's DBpedia into the other's."""

from __future__ import annotations

import re
from pathlib import Path

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import get_file, pool_answers
from kbqa.evaluation.gold import Gold
from kbqa.evaluation.items import Item, read_text_lines

__all__ = ["read_mlpq"]

_IRI = re.compile(r"<([^<>\s]+)>")


def read_mlpq(data: Path, split: str, *, hops: int, language: str) -> list[Item]:
    """Return the questions of one hop count in one language: `question@@@<IRI> <IRI> …`.

    The path holds three IRIs a step, and a pair of equal things where it changes language; the first is the
    topic entity, the last the answer. A question asked again with another answer has both answers each time.

    Raises:
        InputError: If the file is missing or a line is of another form.
    """
    name = f"en_zh_{hops}h_{language}"
    official = f"{name}_question.txt" if split == "all" else f"{split}_{name}_question.txt"
    path = get_file(data, f"{split}_{name}.txt", official)
    items = (_item(line, path, number, hops, language) for number, line in read_text_lines(path))
    return pool_answers(items)


def _item(line: str, path: Path, number: int, hops: int, language: str) -> Item:
    question, _, steps = line.rpartition("@@@")
    nodes = _IRI.findall(steps)
    if not question.strip() or len(nodes) < 3:
        raise InputError(f"{path}, line {number}: is not a question, @@@ and a path of <IRI>s")
    return Item(
        id=f"{hops}h-{language}-{number}",
        question=question.strip(),
        answers=(nodes[-1],),
        language=language,
        entities=(nodes[0],),
        kind=f"{hops}-hop {language}",
        hops=hops,
        gold=Gold((nodes[0],), tuple(dict.fromkeys(nodes[1::3]))),
    )
