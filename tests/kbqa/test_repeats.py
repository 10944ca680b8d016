"""What several documents say word for word is told, when building, adding and updating."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

import kbqa
from kbqa.cli import main
from kbqa.knowledge_base import KnowledgeBase


def told(base: KnowledgeBase) -> list[tuple[str, str]]:
    assert base.report is not None
    assert len(base.report.repeats) == base.report.repeats_in_all
    return [(repeat.source, repeat.first) for repeat in base.report.repeats]


def test_repeats_are_told(tmp_path: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("kbqa.storage.intake.BATCH", 2)
    for name, text in {
        "a.txt": "Lyon is in France.",
        "b.txt": "Lyon  IS in\nFrance.",
        "c.txt": "Wine. " * 300,
        "d.jsonl": '{"text": "lyon is in france."}\n{"text": "Paris."}\n{"text": "Paris."}\n',
    }.items():
        Path(name).write_text(text)
    with kbqa.build("x.kb", passages=["a.txt", "b.txt", "c.txt"], text_encoder=bases.HashEncoder()) as base:
        assert told(base) == [("b.txt", "a.txt")]
        assert base.info().passages == 5
        base.add(passages=["d.jsonl"])
        assert told(base) == [("d.jsonl#1", "a.txt"), ("d.jsonl#3", "d.jsonl#2")]
        base.add(passages=["a.txt"])
        assert told(base) == [("a.txt", "b.txt")]
        base.add(passages=["d.jsonl"])
        assert told(base) == [("d.jsonl#1", "a.txt"), ("d.jsonl#3", "d.jsonl#2")]
        for name in ("b.txt", "d.jsonl"):
            base.remove(source=name)
        base.add(passages=["a.txt"])
        assert told(base) == []
        Path("c.txt").write_text("Lyon is in France.")
        base.update(passages=["c.txt"])
        assert told(base) == [("c.txt", "a.txt")]


def test_the_command_tells_them(
    tmp_path: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("kbqa.storage.build.load_encoder", lambda name: bases.HashEncoder())
    for number in range(8):
        Path(f"{number}.txt").write_text("Wine.")
    assert main(["build", "x.kb", "--passages", *(f"{number}.txt" for number in range(8))]) == 0
    out = capsys.readouterr().out
    assert "  repeated  1.txt says again what 0.txt says\n" in out
    assert "  repeated  and 2 more passages\n" in out
