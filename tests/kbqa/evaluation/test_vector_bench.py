"""Comparing kinds of vector indexes: made-up vectors, and those of a knowledge base."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import kbqa
from kbqa.cli import main
from kbqa.errors import InputError
from kbqa.evaluation.vector_bench import compare_kinds, made_up, stored


def test_every_kind_beside_the_bare_index() -> None:
    sample = made_up(1000, queries=20, seed=0)
    assert sample.vectors.shape == (1000, 384)
    assert sample.queries.shape == (20, 384)
    assert np.linalg.norm(sample.vectors, axis=1) == pytest.approx(1, abs=1e-5)
    found = {one.name: one for one in compare_kinds(sample, kinds=("exact", "hnsw"))}
    assert list(found) == ["exact, ours", "exact, bare FAISS", "hnsw, ours", "hnsw, bare FAISS"]
    assert found["exact, ours"].recall == found["exact, bare FAISS"].recall == 1.0
    assert found["hnsw, ours"].recall >= 0.95
    for kind in ("exact", "hnsw"):
        assert found[f"{kind}, ours"].megabytes < 1.05 * found[f"{kind}, bare FAISS"].megabytes
    assert all(0 < one.half <= one.most and one.build_seconds > 0 for one in found.values())
    assert found["hnsw, ours"].line().split()[:3] == ["hnsw,", "ours", f"{found['hnsw, ours'].recall:.3f}"]


def test_the_vectors_of_a_knowledge_base(
    tmp_path: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [
        json.dumps({"text": f"town {n} river {n % 97} hill {n % 53}", "id": str(n)}) for n in range(1200)
    ]
    Path("towns.jsonl").write_text("\n".join(lines))
    with kbqa.build("x.kb", passages=["towns.jsonl"], text_encoder=bases.HashEncoder()) as base:
        count = base.info().vectors
    sample = stored(Path("x.kb"), queries=50, seed=0)
    assert (len(sample.vectors), len(sample.queries)) == (count - 50, 50)
    assert main("bench --recall --kb x.kb --questions 20".split()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"{count - 20:,} vectors of 16 components, 20 queries"
    assert [line.split("  ")[0] for line in lines[3:]] == [
        f"{kind}, {whose}" for kind in ("exact", "hnsw", "ivfpq") for whose in ("ours", "bare FAISS")
    ]


def test_too_few_and_wrong_options(
    tmp_path: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("Lyon is in France.")
    kbqa.build("x.kb", passages=["a.txt"], text_encoder=bases.HashEncoder()).close()
    with pytest.raises(InputError, match=r"x.kb: 1 vectors are searched exactly; give at least 1,000"):
        stored(Path("x.kb"), queries=50, seed=0)
    for words in ("bench --vectors 10", "bench --recall", "bench --kb x.kb", "bench --recall --kb no.kb"):
        assert main(words.split()) == 2
        assert capsys.readouterr().err.startswith("kbqa: ")
