"""Bringing a knowledge base up to date with its files: what changed is replaced, the rest costs nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import kbqa
from kbqa.errors import InputError
from kbqa.knowledge_base import KnowledgeBase
from retrieval.documents import read_documents

GIVEN = {"graph": ["g"], "passages": ["t", "faq.jsonl"], "images": ["flags"]}
LYON = '<urn:lyon> <http://www.w3.org/2000/01/rdf-schema#label> "Lyon" .\n'
PARIS = '<urn:paris> <http://www.w3.org/2000/01/rdf-schema#label> "Paris" .\n'


@pytest.fixture
def base(tmp_path: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch) -> KnowledgeBase:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "g/lyon.nt": LYON,
        "g/paris.nt": PARIS,
        "t/a.txt": "Lyon is in France.",
        "t/b.txt": "Paris is larger.",
        "faq.jsonl": '{"text": "Wine.", "id": "1"}\n{"text": "A river.", "id": "2"}\n',
        "flags/about.jsonl": json.dumps({"file": "red.png", "caption": "A red flag."}),
    }.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    Image.new("RGB", (4, 3), "red").save("flags/red.png")
    Image.new("RGB", (4, 3), "blue").save("flags/blue.png")
    return kbqa.build("x.kb", **GIVEN, **bases.encoders())


def assert_as_built_anew(base: KnowledgeBase, bases: ModuleType) -> None:
    kbqa.build("new.kb", **GIVEN, **bases.encoders(), replace=True).close()
    found, expected = bases.contents("x.kb"), bases.contents("new.kb")
    for contents in (found, expected):
        contents.pop("prefixes")
    assert found == expected


def names(reports: Sequence[kbqa.storage.report.SourceReport]) -> list[str]:
    return [report.name for report in reports]


def test_unchanged_files_cost_nothing(
    base: KnowledgeBase, bases: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_: object, **__: object) -> None:
        raise AssertionError("nothing is to be read, opened, encoded or written")

    monkeypatch.setattr(bases.HashEncoder, "encode", nothing)
    monkeypatch.setattr(bases.LookEncoder, "encode_images", nothing)
    monkeypatch.setattr("retrieval.documents.read_documents", nothing)
    monkeypatch.setattr("retrieval.images.open_image", nothing)
    monkeypatch.setattr("kbqa.storage.journal.Staging.write_batch", nothing)
    report = base.update(**GIVEN)
    assert (report.sources, report.removed, report.unchanged, report.generation) == ((), (), 7, 1)


def test_what_changed_came_and_went(base: KnowledgeBase, bases: ModuleType) -> None:
    Path("t/a.txt").write_text("Lyon is in France, far from Paris.")
    Path("t/c.txt").write_text("Nice lies at the sea.")
    Path("t/b.txt").unlink()
    Path("g/lyon.nt").write_text(LYON.replace("lyon>", "nice>").replace("Lyon", "Nice"))
    Path("g/paris.nt").unlink()
    Path("flags/blue.png").unlink()
    Image.new("RGB", (8, 3), "green").save("flags/green.png")
    report = base.update(**GIVEN)
    assert names(report.sources) == ["g/lyon.nt", "t/a.txt", "t/c.txt", "flags/green.png"]
    assert names(report.removed) == ["g/paris.nt", "t/b.txt", "flags/blue.png"]
    assert (report.unchanged, report.generation) == (2, 2)
    assert_as_built_anew(base, bases)


def test_a_new_caption_is_a_change(base: KnowledgeBase, bases: ModuleType) -> None:
    Path("flags/about.jsonl").write_text(json.dumps({"file": "red.png", "caption": "The flag of Lyon."}))
    assert names(base.update(images=["flags"]).sources) == ["flags/red.png"]
    assert_as_built_anew(base, bases)


def test_a_line_that_was_removed_comes_back(base: KnowledgeBase, bases: ModuleType) -> None:
    base.remove(source="faq.jsonl#1")
    assert base.update(passages=["t"]).unchanged == 2
    assert names(base.update(passages=["faq.jsonl"]).sources) == ["faq.jsonl"]
    assert_as_built_anew(base, bases)


def test_only_the_folders_that_are_named_lose_files(base: KnowledgeBase, bases: ModuleType) -> None:
    for name in ("t/a.txt", "flags/blue.png", "g/lyon.nt"):
        Path(name).unlink()
    assert base.update(passages=["t/b.txt"], images=["flags/red.png"], graph=["g/paris.nt"]).removed == ()
    assert names(base.update(passages=["t"]).removed) == ["t/a.txt"]
    assert names(base.update(images=["flags"]).removed) == ["flags/blue.png"]
    assert names(base.update(graph=["g"]).removed) == ["g/lyon.nt"]


def test_other_columns_are_a_change(base: KnowledgeBase) -> None:
    Path("table.tsv").write_text("a\tknows\tb\n")
    base.add(graph=["table.tsv"], columns=("subject", "predicate", "object"))
    assert base.update(graph=["table.tsv"], columns=("subject", "predicate", "object")).unchanged == 1
    swapped = base.update(graph=["table.tsv"], columns=("object", "predicate", "subject"))
    assert names(swapped.sources) == ["table.tsv"]


def test_tables_are_read_again_when_the_keys_beside_them_change(tmp_path: Path, bases: ModuleType) -> None:
    folder = tmp_path / "firm"
    folder.mkdir()
    staff = "Staff ID,Full Name,Office\nE01,{},Bonn\nE02,Bo Falk,Kiel\n"
    (folder / "staff.csv").write_text(staff.format("Ada Lund"), encoding="utf-8")
    (folder / "jobs.csv").write_text("Name,Lead,Hours\nRoof,E01,4\nDoor,E02,5\n", encoding="utf-8")
    with kbqa.build(tmp_path / "firm.kb", graph=[folder], **bases.encoders()) as base:
        assert names(base.update(graph=[folder]).sources) == []
        (folder / "staff.csv").write_text(staff.format("Ada Brandt"), encoding="utf-8")
        report = base.update(graph=[folder])
        assert sorted(Path(name).name for name in names(report.sources)) == ["jobs.csv", "staff.csv"]
        found = {
            fact.object.value
            for fact in base.sources.graph.triples(limit=500)
            if "Lead" in fact.predicate.value
        }
        assert found >= {"urn:kbqa:entity:Ada_Brandt", "urn:kbqa:entity:Bo_Falk"}
        assert "urn:kbqa:entity:Ada_Lund" not in found


def test_what_cannot_be_read_stops_or_keeps_what_was_there(base: KnowledgeBase, bases: ModuleType) -> None:
    before = bases.contents("x.kb")
    Path("t/a.txt").write_bytes(b"\x00\x01\x02\x03" * 50)
    Path("t/b.txt").write_text("Changed.")
    with pytest.raises(InputError, match=r"t/a\.txt: "):
        base.update(passages=["t"])
    assert bases.contents("x.kb") == before
    report = base.update(passages=["t"], on_error="skip")
    assert (names(report.sources), report.refused_in_all) == (["t/b.txt"], 1)
    assert {passage.text for passage in base.sources.corpus.passages()} >= {"Lyon is in France.", "Changed."}


def test_nothing_to_update_from(base: KnowledgeBase) -> None:
    with pytest.raises(InputError, match=r"nothing to update x\.kb from"):
        base.update()
    Path("empty").mkdir()
    with pytest.raises(InputError, match="empty folder"):
        base.update(passages=["empty"])


def test_a_file_that_changes_while_it_is_read_is_read_again(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change_then_read(paths: Sequence[Path], **options: object) -> object:
        Path("t/c.txt").write_text("Second.")
        return read_documents(paths, **options)

    Path("t/c.txt").write_text("First.")
    with monkeypatch.context() as patch:
        patch.setattr("retrieval.documents.read_documents", change_then_read)
        base.update(passages=["t/c.txt"])
    assert names(base.update(passages=["t/c.txt"]).sources) == ["t/c.txt"]
    assert base.update(passages=["t/c.txt"]).unchanged == 1


def test_vectors_of_what_stays_are_kept(base: KnowledgeBase, bases: ModuleType) -> None:
    encoded: list[str] = []

    class Counting(bases.HashEncoder):
        def encode(self, texts: Sequence[str]) -> np.ndarray:
            encoded.extend(texts)
            return super().encode(texts)

    Path("t/c.txt").write_text("New.")
    with KnowledgeBase.open("x.kb", text_encoder=Counting()) as other:
        other.update(passages=["t"])
    assert encoded == ["New."]
