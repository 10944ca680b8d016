"""LC-QuAD 1.0 (Trivedi et al., 2017) and a part of 2.0 (Dubey et al., 2019), over DBpedia.

The files hold no answers. Of LC-QuAD 2.0 they hold the entities and relations of each question, not the query.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import find_file, get_file, read_json
from kbqa.evaluation.gold import Gold
from kbqa.evaluation.items import Item, read_text_lines

__all__ = ["lcquad_iris", "lcquad_queries", "read_lcquad", "read_lcquad2"]

_SECOND = "lcquad2_ground_truth_final.json"


def read_lcquad(data: Path, split: str) -> list[Item]:
    """Return the questions of LC-QuAD 1.0 with their queries and no answers.

    Raises:
        InputError: If the file is missing or of another form.
    """
    path = get_file(data, f"{split}-data.json")
    try:
        return [
            Item(
                id=str(record["_id"]),
                question=record["corrected_question"].strip(),
                answers=(),
                language="en",
                query=record["sparql_query"],
            )
            for record in read_json(path)
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: is not a list of questions of LC-QuAD 1.0: {error!r}") from error


def read_lcquad2(data: Path, split: str) -> list[Item]:
    """Return those questions of LC-QuAD 2.0 whose entities in DBpedia are named; they have no query.

    Raises:
        InputError: If the file is missing or of another form.
    """
    path = get_file(data, _SECOND)
    items = [
        Item(
            id=key,
            question=text,
            answers=(),
            language="en",
            entities=entities,
            gold=Gold(entities=entities, relations=relations),
        )
        for key, text, entities, relations in _second(path)
    ]
    return [item for item in items if item.entities and item.question]


def lcquad_queries(data: Path) -> list[str]:
    """Return the gold queries of all files of LC-QuAD 1.0 that are there; there must be one."""
    get_file(data, "train-data.json", "test-data.json")
    splits = [split for split in ("train", "test") if find_file(data, f"{split}-data.json")]
    return [item.query for split in splits for item in read_lcquad(data, split)]


def lcquad_iris(data: Path) -> tuple[list[str], list[str]]:
    """Return (entities, relations) that the set lists beside its queries, those of LC-QuAD 2.0 included."""
    listed: list[list[str]] = []
    for name in ("entities.txt", "predicates.txt"):
        path = find_file(data, name)
        lines = [line.strip().rstrip(",").strip() for _, line in read_text_lines(path)] if path else []
        listed.append([line for line in lines if line])
    second = find_file(data, _SECOND)
    for _, _, entities, relations in _second(second) if second else ():
        listed[0].extend(entities)
        listed[1].extend(relations)
    return listed[0], listed[1]


def _second(path: Path) -> Iterator[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Yield (id, question, entities, relations) of a file of LC-QuAD 2.0, as far as DBpedia has them."""
    try:
        for key, record in read_json(path).items():
            found = record["result"]["DBPedia"]
            yield str(key), str(record["text"]).strip(), _iris(found["entities"]), _iris(found["relations"])
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: is not an object of questions of LC-QuAD 2.0: {error!r}") from error


def _iris(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value.startswith("http")))
