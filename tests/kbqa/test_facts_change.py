"""Facts that come and go: every part is as if built anew, and what the change does not touch is not read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import kbqa
from kbqa.knowledge_base import KnowledgeBase
from kbqa.storage import graph_part
from kbqa.storage.annotate import Annotator
from kg.names import Names

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
NUMBER = "<http://www.w3.org/2001/XMLSchema#integer>"
WORLD = "".join(
    f'<urn:land{n}> {LABEL} "Land {n}" .\n<urn:land{n}> {TYPE} <urn:Land> .\n<urn:land{n}> <urn:in> <urn:world> .\n'
    f'<urn:land{n}> <urn:people> "{n}"^^{NUMBER} .\n<urn:land{n}> <urn:motto> "peace" .\n'
    for n in range(40)
)
MORE = (
    f'<urn:cia> {LABEL} "C.I.A." .\n<urn:sg> {LABEL} "Simon & Garfunkel" .\n<urn:bj> {LABEL} "北京"@zh .\n'
    f'<urn:cia> {TYPE} <urn:Office> .\n<urn:cia> <urn:in> <urn:land3> .\n<urn:sg> <urn:born> "1957"^^{NUMBER} .\n'
    f'<urn:land3> {TYPE} <urn:Empire> .\n<urn:land4> {LABEL} "Atlantis" .\n<urn:sg> <urn:motto> "silence" .\n'
)
TEXTS = {
    "t/cia.txt": "The CIA keeps silent about Land 3.",
    "t/duo.txt": "Simon and Garfunkel sang.",
    "t/zh.txt": "他在北京長大。",
    "t/other.txt": "Nothing is said here of Land 7.",
    "t/declared.jsonl": '{"text": "A lost island.", "entities": ["Atlantis"]}\n{"text": "A city.", "entities": ["more:x"]}\n',
}
GIVEN: dict[str, Any] = {"graph": ["g"], "passages": ["t"]}


@pytest.fixture
def base(tmp_path: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch) -> KnowledgeBase:
    monkeypatch.chdir(tmp_path)
    for name, text in {"g/world.nt": WORLD, **TEXTS}.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    return kbqa.build("x.kb", **GIVEN, **bases.encoders())


def assert_as_built_anew(bases: ModuleType) -> None:
    kbqa.build("new.kb", **GIVEN, **bases.encoders(), replace=True).close()
    found, expected = bases.contents("x.kb"), bases.contents("new.kb")
    for contents in (found, expected):
        contents.pop("prefixes")
    assert found == expected
    assert not kbqa.check("x.kb", thorough=True, **bases.encoders()).findings


def no_new_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whatever reads a whole graph fail."""

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("the whole graph is read")

    monkeypatch.setattr(graph_part, "profile", fail)
    monkeypatch.setattr(graph_part, "count_graph", fail)
    monkeypatch.setattr(Names, "build", fail)


def linked(base: KnowledgeBase, entity: str) -> list[str]:
    corpus = base._state.parts.corpus
    return [
        passage.source
        for passage in corpus.passages()
        if (passage.id, entity) in {(item, found) for item, found, _ in corpus.items_of([entity], limit=100)}
    ]


def test_a_few_facts_come_and_go(
    base: KnowledgeBase, bases: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("g/more.nt").write_text(MORE, encoding="utf-8")
    with monkeypatch.context() as patch:
        no_new_reading(patch)
        base.add(graph=["g/more.nt"])
    assert linked(base, "urn:cia") == ["t/cia.txt"]
    assert linked(base, "urn:sg") == ["t/duo.txt"]
    assert linked(base, "urn:bj") == ["t/zh.txt"]
    assert linked(base, "urn:land4") == ["t/declared.jsonl#1"]
    assert_as_built_anew(bases)
    Path("g/more.nt").write_text(MORE.replace("C.I.A.", "K.G.B."), encoding="utf-8")
    with monkeypatch.context() as patch:
        no_new_reading(patch)
        base.update(graph=["g"])
    assert linked(base, "urn:cia") == []
    assert_as_built_anew(bases)
    Path("g/more.nt").unlink()
    with monkeypatch.context() as patch:
        no_new_reading(patch)
        base.remove(source="g/more.nt")
    assert linked(base, "urn:land4") == []
    assert_as_built_anew(bases)


def test_a_prefix_that_comes_makes_declarations_entities(base: KnowledgeBase, bases: ModuleType) -> None:
    Path("g/x.ttl").write_text("@prefix more: <urn:more:> . more:x a more:City .", encoding="utf-8")
    base.add(graph=["g/x.ttl"])
    assert linked(base, "urn:more:x") == ["t/declared.jsonl#2"]
    assert_as_built_anew(bases)


def test_only_passages_that_may_be_concerned_are_read(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    annotate = Annotator.annotate

    def noted(self: Annotator, items: Sequence[Any]) -> Any:
        read.extend(item.source for item, _ in items)
        return annotate(self, items)

    monkeypatch.setattr(Annotator, "annotate", noted)
    Path("g/more.nt").write_text(MORE, encoding="utf-8")
    base.add(graph=["g/more.nt"])
    assert sorted(read) == ["t/cia.txt", "t/declared.jsonl#1", "t/duo.txt", "t/zh.txt"]


def test_very_much_is_read_anew(
    base: KnowledgeBase, bases: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_part, "FEWEST", 3)
    monkeypatch.setattr(graph_part, "SHARE", 0.0)
    profiled: list[object] = []
    profile = graph_part.profile
    monkeypatch.setattr(graph_part, "profile", lambda graph: profiled.append(graph) or profile(graph))
    Path("g/more.nt").write_text(MORE, encoding="utf-8")
    base.add(graph=["g/more.nt"])
    assert len(profiled) == 1
    assert_as_built_anew(bases)


def test_what_two_sources_say_stays_until_both_are_gone(base: KnowledgeBase, bases: ModuleType) -> None:
    Path("g/again.nt").write_text(WORLD[: WORLD.index("<urn:land2>")], encoding="utf-8")
    base.add(graph=["g/again.nt"])
    assert_as_built_anew(bases)
    Path("g/world.nt").unlink()
    base.remove(source="g/world.nt")
    assert base.info().triples == 10
    assert_as_built_anew(bases)


def test_many_changes_leave_nothing_behind(base: KnowledgeBase) -> None:
    def files() -> int:
        return sum(path.is_file() for path in Path("x.kb/graph").rglob("*"))

    Path("g/more.nt").write_text(MORE, encoding="utf-8")
    counts = []
    for _ in range(10):
        base.add(graph=["g/more.nt"])
        base.remove(source="g/more.nt")
        counts.append(files())
    # the store merges its files when it has the time: one slow moment is no growth
    assert min(counts[-3:]) <= counts[1] + 8
