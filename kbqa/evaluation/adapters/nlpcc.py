"""NLPCC-ICCPOL 2016 KBQA (Duan, 2016): Chinese questions on one fact each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import get_file
from kbqa.evaluation.items import Item, read_text_lines

__all__ = ["read_nlpcc2016"]

FILES = {"train": "training", "test": "testing"}
_FIELD = re.compile(r"<(?P<key>question|triple|answer) id=(?P<id>\d+)>\t?(?P<value>.*)")


def read_nlpcc2016(data: Path, split: str) -> list[Item]:
    """Return the questions of the training or testing data.

    Values that list several things ("美国|英国|法国") are single values of that knowledge base, and single
    answers here. A question whose answer the file leaves empty has no answers; it must be left out of scores.

    Raises:
        InputError: If the file is missing or a record is cut off.
    """
    path = get_file(data, f"nlpcc-iccpol-2016.kbqa.{FILES[split]}-data")
    return [
        Item(
            id=f"{split}-{fields['id']}",
            question=fields["question"],
            answers=(fields["answer"],) if fields["answer"] else (),
            language="zh",
            entities=(fields["triple"].split(" ||| ")[0].strip(),) if "triple" in fields else (),
            hops=1,
        )
        for fields in _records(path)
    ]


def _records(path: Path) -> Iterator[dict[str, str]]:
    """Yield the fields of each question: id, question, answer and, where given, triple."""
    fields: dict[str, str] = {}
    for number, line in read_text_lines(path):
        found = _FIELD.match(line)
        if found is None:
            continue  # the rule between two questions
        if found["key"] == "question":
            fields = {"id": found["id"]}
        if found["id"] != fields.get("id"):
            raise InputError(
                f"{path}, line {number}: belongs to no question; the file is cut or out of order"
            )
        fields[found["key"]] = found["value"].strip()
        if found["key"] == "answer":
            if not fields.get("question"):
                raise InputError(f"{path}, line {number}: the question {found['id']} is empty")
            yield fields
