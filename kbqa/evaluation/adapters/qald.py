"""QALD-9 (Ngomo, 2018), QALD-9-plus (Perevalov et al., 2022) and QALD-10 (Usbeck et al., 2023).

Their graphs, DBpedia and Wikidata, are not part of them. Gold answers are those of the files: stores of another
date give others.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import find_file, get_file, read_json
from kbqa.evaluation.items import Item

__all__ = ["QALD_FILES", "qald_queries", "read_qald"]

QALD_FILES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "qald": {"train": "qald-9-train-multilingual.json", "test": "qald-9-test-multilingual.json"},
        "qald-plus": {
            "test": "qald_9_plus_test_dbpedia.json",
            "train": "qald_9_plus_train_dbpedia.json",
            "wikidata-test": "qald_9_plus_test_wikidata.json",
            "wikidata-train": "qald_9_plus_train_wikidata.json",
        },
        "qald-10": {"test": "qald_10.json"},
        "qald-7": {"train": "qald-7-train-en-wikidata.json", "test": "qald-7-test-en-wikidata.json"},
    }
)
_DBPEDIA = (*QALD_FILES["qald"].values(), *list(QALD_FILES["qald-plus"].values())[:2])


def read_qald(data: Path, split: str, *, edition: str, language: str = "en") -> list[Item]:
    """Return the questions of one edition in one language; those not asked in it are left out.

    Raises:
        InputError: If the file is missing or of another form, or no question is in this language.
    """
    path = get_file(data, QALD_FILES[edition][split])
    items = [item for record in _records(path) if (item := _item(record, path, language)) is not None]
    if not items:
        raise InputError(f"{path}: asks no question in {language!r}")
    return items


def qald_queries(data: Path) -> list[str]:
    """Return the gold queries over DBpedia of all files that are there.

    Raises:
        InputError: If none is there, or one is of another form.
    """
    get_file(data, *_DBPEDIA)
    paths = [path for name in _DBPEDIA if (path := find_file(data, name)) is not None]
    return [_query(record, path) for path in paths for record in _records(path)]


def _records(path: Path) -> list[Any]:
    content = read_json(path)
    records = content.get("questions") if isinstance(content, dict) else None
    if not isinstance(records, list):
        raise InputError(f'{path}: has no list of "questions"; is it a file of QALD?')
    return records


def _item(record: Any, path: Path, language: str) -> Item | None:
    try:
        asked = [one["string"] for one in record["question"] if one["language"] == language]
        if not asked or not str(asked[0] or "").strip():
            return None
        return Item(
            id=str(record["id"]),
            question=str(asked[0]).strip(),
            answers=tuple(dict.fromkeys(answer for one in record["answers"] for answer in _answers(one))),
            language=language,
            query=_query(record, path),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: question {_id(record)} is of another form: {error!r}") from error


def _query(record: Any, path: Path) -> str:
    try:
        return str(record["query"].get("sparql") or "")
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: question {_id(record)} has no query") from error


def _id(record: Any) -> str:
    return str(record.get("id")) if isinstance(record, dict) else "without id"


def _answers(result: dict[str, Any]) -> list[str]:
    """Return the answers of one result in SPARQL's JSON: the values of all rows, or yes or no."""
    if "boolean" in result:
        return [str(result["boolean"]).lower()]
    rows = result["results"].get("bindings", [])
    return [str(cell["value"]) for row in rows for cell in row.values() if str(cell["value"]).strip()]
