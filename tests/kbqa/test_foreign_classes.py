"""Classes that a graph has no name for in the language of the question."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import kbqa
from kbqa.foreign_classes import ForeignClasses
from kg.names import Names
from kg.store import Store
from kg.types import RDF_TYPE, RDFS_LABEL, Iri, Literal, Triple
from retrieval.types import Floats

EX = "http://kinds.example/"
PATIENT, NURSE, WARD = (Iri(EX + name) for name in ("Patient", "Nurse", "Q7"))


class Meanings:
    """Gives the same direction to what means the same, and counts what it is asked."""

    name = "meanings"
    dimension = 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        known = {"patient": (1, 0, 0), "nurse": (0.95, 0.3122, 0), "病区": (0, 0, 1), "ward": (0, 0, 1)}
        known |= {"病人": (1, 0, 0), "护士": (0.9, 0.4359, 0), "sick": (0.7, 0, 0.714)}
        rows = [known.get(text.lower(), (0.0, 1.0, 0.0)) for text in texts]
        return np.array(rows, dtype=np.float32)


def kinds(tmp_path: Path, encoder: Meanings | None, *, classes: Sequence[Iri]) -> ForeignClasses:
    store = Store.in_memory()
    labels = {PATIENT: "patient", NURSE: "nurse", WARD: "病区"}
    store.add([Triple(cls, RDFS_LABEL, Literal(labels[cls])) for cls in classes], source="kinds")
    store.add([Triple(Iri(cls.value + "1"), RDF_TYPE, cls) for cls in classes], source="kinds")
    return ForeignClasses(Names.build(tmp_path / "names.sqlite", store), classes, encoder)


def test_nouns_find_the_classes_that_mean_the_same_in_the_other_language(tmp_path: Path) -> None:
    encoder = Meanings()
    found = kinds(tmp_path, encoder, classes=[PATIENT, WARD])
    assert found.find(["病人", "楼"], "zh") == [PATIENT, None]
    assert found.find(["ward", "patient", "room"], "en") == [WARD, PATIENT, None]
    asked = len(encoder.asked)
    assert found.find(["病人"], "zh") == [PATIENT]
    assert len(encoder.asked) == asked


def test_what_may_be_two_classes_or_is_only_near_is_neither(tmp_path: Path) -> None:
    found = kinds(tmp_path, Meanings(), classes=[PATIENT, NURSE])
    assert found.find(["病人", "护士"], "zh") == [None, None]
    assert kinds(tmp_path, Meanings(), classes=[PATIENT]).find(["sick"], "zh") == [None]


def test_without_an_encoder_or_foreign_names_nothing_is_compared(tmp_path: Path) -> None:
    assert kinds(tmp_path, None, classes=[PATIENT]).find(["病人"], "zh") == [None]
    assert kinds(tmp_path, None, classes=[WARD, PATIENT]).find(["Patient"], "en") == [
        PATIENT
    ]  # so says its IRI
    encoder = Meanings()
    assert kinds(tmp_path, encoder, classes=[PATIENT]).find(["room"], "en") == [None]
    assert encoder.asked == []


def test_a_chinese_question_reads_an_english_graph(tmp_path: Path) -> None:
    (tmp_path / "g.ttl").write_text(
        f"@prefix e: <{EX}> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        'e:Patient rdfs:label "patient" . e:a a e:Patient ; rdfs:label "Ann Lee" ; e:age 70 .\n'
        'e:b a e:Patient ; rdfs:label "Bo Yang" ; e:age 31 . e:w a e:Ward ; rdfs:label "East" .\n',
        encoding="utf-8",
    )
    with kbqa.build(tmp_path / "g.kb", graph=[tmp_path / "g.ttl"]) as base:
        assert {answer.text for answer in base.ask("有哪些病人？").answers} == {"Ann Lee", "Bo Yang"}
