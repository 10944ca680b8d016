"""Characters of Dream of the Red Chamber (chizhu/KGQA_HLM): relations, profiles and portraits.

The set comes without questions; these are made from its relations, one for each person and relation, and one
for each portrait once `prepare` has unpacked the pictures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import get_file
from kbqa.evaluation.items import Item, read_text_lines

__all__ = ["read_hlm", "read_relations"]

PICTURES = (".jpg", ".jpeg", ".png", ".webp")


def read_hlm(data: Path, split: str) -> list[Item]:
    """Return "X的R是谁？" for every person and relation, and "这张画像上的人是谁？" for every file in `images/`.

    Raises:
        InputError: If `relation.txt` is missing or a line has fewer than three cells.
    """
    return [*_relation_items(data), *_portrait_items(data)]


def read_relations(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (subject, relation, object) of the lines `object,subject,relation,…`, each once.

    Raises:
        InputError: If the file cannot be read or a line has fewer than three cells.
    """
    seen: set[tuple[str, str, str]] = set()
    for number, line in read_text_lines(path):
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) < 3 or not all(cells[:3]):
            raise InputError(f"{path}, line {number}: is not object,subject,relation")
        fact = (cells[1], cells[2], cells[0])
        if fact not in seen:
            seen.add(fact)
            yield fact


def _relation_items(data: Path) -> list[Item]:
    objects: dict[tuple[str, str], list[str]] = defaultdict(list)
    for subject, relation, object_ in read_relations(get_file(data, "relation.txt")):
        objects[subject, relation].append(object_)
    return [
        Item(
            id=f"relation-{number}",
            question=f"{subject}的{relation}是谁？",
            answers=tuple(answers),
            language="zh",
            entities=(subject,),
            kind=relation,
            hops=1,
        )
        for number, ((subject, relation), answers) in enumerate(objects.items(), start=1)
    ]


def _portrait_items(data: Path) -> list[Item]:
    pictures = sorted((data / "images").glob("*")) if (data / "images").is_dir() else []
    return [
        Item(
            id=f"portrait-{picture.name}",
            question="这张画像上的人是谁？",
            answers=(picture.stem,),
            language="zh",
            kind="portrait",
            image=str(picture),
        )
        for picture in pictures
        if picture.suffix.lower() in PICTURES
    ]
