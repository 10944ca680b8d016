"""Questions written as `.jsonl` files, whole or in two parts."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kbqa.errors import InputError
from kbqa.evaluation.items import Item

__all__ = ["parted", "write_questions"]


def parted(items: Sequence[Item], *, share: float, seed: int) -> tuple[list[Item], list[Item]]:
    """Return a random share of the questions and the others, both in their order.

    Questions of the same words stay together, so that none of one part is asked in the other.

    Args:
        items: The questions.
        share: Of the different ones, between 0 and 1.
        seed: Of the choice.

    Raises:
        InputError: If the share is no share, or would leave a part empty.

    Example:
    >>> items = [Item(str(n), f"Who is {n % 4}?", ("x",)) for n in range(8)]
    >>> first, rest = parted(items, share=0.75, seed=0)
    >>> len(first), len(rest), {item.question for item in first} & {item.question for item in rest}
    (6, 2, set())
    """
    if not 0 < share < 1:
        raise InputError(f"a share of the questions is between 0 and 1, not {share:g}")
    different = list(dict.fromkeys(item.question for item in items))
    count = round(share * len(different))
    if not 0 < count < len(different):
        raise InputError(
            f"a share of {share:g} of {len(different)} different questions leaves one part empty"
        )
    random.Random(seed).shuffle(different)  # noqa: S311 - a sample, no secret
    chosen = set(different[:count])
    return (
        [item for item in items if item.question in chosen],
        [item for item in items if item.question not in chosen],
    )


def write_questions(path: Path, items: Iterable[Item]) -> None:
    """Write questions as `kbqa.evaluation.items.read_jsonl` reads them, the gold query in "sparql".

    Args:
        path: A `.jsonl` file; replaced if it is there.
        items: The questions.

    Raises:
        InputError: If the file is called otherwise or cannot be written, or a question has neither answers nor
            a query but its set knows parts of one, which the file could not say.
    """
    if path.suffix.lower() != ".jsonl":
        raise InputError(f"{path}: a file of questions must be called something.jsonl")
    lines = [json.dumps(_record(item, path), ensure_ascii=False) + "\n" for item in items]
    try:
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _record(item: Item, path: Path) -> dict[str, Any]:
    if item.gold and not item.query and not item.answers:
        raise InputError(
            f"question {item.id!r} of the set has neither answers nor a query: no file can hold it"
        )
    optional = {
        "language": item.language,
        "entities": list(item.entities),
        "kind": item.kind,
        "image": _from(path, item.image) if item.image else "",
        "hops": item.hops,
        "sparql": item.query,
        "sources": list(item.sources),
    }
    said = {key: value for key, value in optional.items() if value}
    return {"id": item.id, "question": item.question, "answers": list(item.answers), **said}


def _from(path: Path, image: str) -> str:
    """Return the path of a picture as seen from the folder of a file."""
    return os.path.relpath(image, path.parent)
