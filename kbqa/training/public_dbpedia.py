"""Reads QALD's training questions over DBpedia."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kbqa.training.examples import Example, Hop
from kbqa.training.public_chains import Chain, read_chain, split_name
from kbqa.training.public_files import as_published, questions_of, read_json
from kbqa.training.public_mentions import mask_name
from kbqa.training.public_names import kind_of

__all__ = ["qald_dbpedia"]

PROPERTIES = ("http://dbpedia.org/ontology/", "http://dbpedia.org/property/")
CLASSES = "http://dbpedia.org/ontology/"
FILES = (
    "qald-9-train-multilingual.json",
    "qald-8-train-multilingual.json",
    "qald-8-test-multilingual.json",
    "qald-7-train-multilingual.json",
    "qald-7-test-multilingual.json",
    "qald-6-train-multilingual.json",
    "qald-6-test-multilingual.json",
    "qald-5_train.json",
)


def qald_dbpedia(folder: Path) -> Iterator[tuple[str, Example]]:
    """Yield (question, example) of QALD's questions (5 to 8, and 9's training part) in English and Chinese that are a chain of relations.

    Args:
        folder: The set's folder; an absent file counts as empty.

    Raises:
        InputError: If a file is damaged or not in its published form.
    """
    for name in FILES:
        with as_published(folder / name):
            for one in questions_of(read_json(folder / name)):
                yield from _examples(one)


def _examples(one: Mapping[str, Any]) -> Iterator[tuple[str, Example]]:
    query = one.get("query") or ""  # hybrid questions have none
    chain = read_chain(query if isinstance(query, str) else query.get("sparql") or "")
    if chain is None or not all(iri.startswith(PROPERTIES) for iri, _ in chain.steps):
        return
    entity = chain.entity.rpartition("/")[2]
    for text in one.get("question") or one["body"]:
        language = text["language"]
        question = text.get("string") or ""
        masked = mask_name(question, entity)
        if masked and language == "en":
            yield question, Example(masked, _hops(chain), "en", "dbpedia")
        elif masked and language.startswith("zh"):
            yield question, Example(masked, _hops(chain), "zh", "dbpedia")


def _hops(chain: Chain) -> tuple[Hop, ...]:
    classes = [split_name(iri) for iri in chain.classes if iri.startswith(CLASSES)]
    noun = classes[0] if len(classes) == 1 else ""
    names = [(split_name(iri), forward) for iri, forward in chain.steps]
    hops = [Hop(name, forward, kind_of(name) if forward else "entity") for name, forward in names]
    return (*hops[:-1], Hop(hops[-1].name, hops[-1].forward, hops[-1].kind, noun))
