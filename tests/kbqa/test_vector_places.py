"""Knowledge bases whose vectors are indexed as the user says, or lie in a Milvus database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import kbqa
from kbqa.cli import main
from kbqa.errors import DependencyError, InputError
from kbqa.knowledge_base import KnowledgeBase

TEXTS = {
    "a.txt": "Lyon is in France. Paris is larger.",
    "b.txt": "Wine grows near Lyon.",
    "c.txt": "A river flows through Paris.",
}


@pytest.fixture(autouse=True)
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the current folder one with three texts."""
    monkeypatch.chdir(tmp_path)
    Path("texts").mkdir()
    for name, text in TEXTS.items():
        Path("texts", name).write_text(text)


@pytest.fixture
def pymilvus() -> Any:
    """Return the client's module, or skip the test."""
    pytest.importorskip("milvus_lite", reason="Milvus is not installed: pip install 'kbqa[milvus]'")
    return pytest.importorskip("pymilvus")


def collections(pymilvus: Any, address: str) -> set[str]:
    """Return the collections that a database holds."""
    client = pymilvus.MilvusClient(address)
    found = set(client.list_collections())
    client.close()
    return found


def comparable(contents: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in contents.items() if name != "manifest"}


def test_the_kind_is_kept_and_shown(bases: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("build x.kb --passages texts --vectors hnsw".split()) == 0
    assert "· hnsw, by name" in capsys.readouterr().out
    with kbqa.open("x.kb") as base:
        base.remove(source="texts/a.txt")
        base.add(passages=["texts/a.txt"])
        assert base.info().vector_index == "hnsw, by name"
        assert base.info().to_dict()["vector_index"] == "hnsw, by name"
    with kbqa.build("y.kb", passages=["texts"], text_encoder=bases.HashEncoder()) as base:
        assert base.info().vector_index == "exact, chosen by size"


def test_a_database_searches_itself(bases: ModuleType) -> None:
    with pytest.raises(InputError, match="leave out --vectors hnsw"):
        kbqa.build("x.kb", passages=["texts"], vectors="hnsw", vector_db="http://127.0.0.1:1")


@pytest.fixture(params=["file", "server"])
def address(request: pytest.FixtureRequest, pymilvus: Any) -> str:
    """Return the address of a file and of a server in turn."""
    return "vectors.db" if request.param == "file" else request.getfixturevalue("milvus_server")


def test_built_and_changed_as_with_a_folder(address: str, bases: ModuleType) -> None:
    for name, where in (("folder.kb", None), ("database.kb", address)):
        with kbqa.build(
            name, passages=["texts/a.txt", "texts/b.txt"], text_encoder=bases.HashEncoder(), vector_db=where
        ) as base:
            Path("texts/b.txt").write_text("Wine grows near Paris, too.")
            base.add(passages=["texts/b.txt", "texts/c.txt"])
            base.remove(source="texts/a.txt")
            assert base.ask("Where does wine grow?").question.text == "Where does wine grow?"
            hits = base.sources.search.by_dense("wine grows near paris, too.", k=2)
            assert [hit.item.source for hit in hits] == ["texts/b.txt", "texts/c.txt"]
            assert (where or "by size") in base.info().vector_index
        Path("texts/b.txt").write_text(TEXTS["b.txt"])
        assert kbqa.check(name, thorough=True, text_encoder=bases.HashEncoder()).sound
        kbqa.compact(name)
    assert comparable(bases.contents("database.kb")) == comparable(bases.contents("folder.kb"))


def test_what_failed_or_was_replaced_leaves_nothing(
    milvus_server: str, pymilvus: Any, bases: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = collections(pymilvus, milvus_server)
    options = {"passages": ["texts"], "text_encoder": bases.HashEncoder(), "vector_db": milvus_server}
    kbqa.build("x.kb", **options).close()
    first = collections(pymilvus, milvus_server) - before
    assert len(first) == 1
    kbqa.build("x.kb", **options, replace=True).close()
    second = collections(pymilvus, milvus_server) - before
    assert len(second) == 1
    assert second != first
    monkeypatch.setattr(KnowledgeBase, "open", None)  # not reached
    Path("broken.nt").write_text("<e:a> <e:b>\n")
    with pytest.raises(InputError):
        kbqa.build("y.kb", graph=["broken.nt"], **options)
    monkeypatch.setattr("kbqa.storage.writing.Writers.commit", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        kbqa.build("y.kb", **options)
    assert collections(pymilvus, milvus_server) - before == second
    assert not Path("y.kb").exists()


def test_a_change_that_was_interrupted_is_finished(milvus_server: str, bases: ModuleType) -> None:
    options = {"text_encoder": bases.HashEncoder(), "vector_db": milvus_server}
    kbqa.build("x.kb", passages=["texts/a.txt"], **options).close()
    kbqa.build("y.kb", passages=["texts/b.txt", "texts/a.txt"], **options).close()
    operation = "{'add': {'passages': ['texts/b.txt']}}"
    for step in ("corpus", "vectors"):
        script = f"import bases; bases.change_and_die('.', 'x.kb', {operation}, {step!r}, 1)"
        place = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parent)])
        died = subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": place}, timeout=240
        )
        assert died.returncode == -signal.SIGKILL
    assert comparable(bases.contents("x.kb")) == comparable(bases.contents("y.kb"))


def test_a_server_that_is_not_there(
    milvus_server: str, free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = f"http://127.0.0.1:{free_port}"
    assert main(["build", "x.kb", "--passages", "texts", "--vector-db", gone]) == 3
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(f"kbqa: the vector database {gone} failed: ")
    assert error.endswith("check that it runs, and KBQA_VECTOR_DB_TOKEN where it asks for a token")
    assert not Path("x.kb").exists()
    assert main(["build", "x.kb", "--passages", "texts", "--vector-db", milvus_server]) == 0
    known = Path("x.kb/vectors/database.json")
    known.write_text(known.read_text().replace(milvus_server, gone))
    capsys.readouterr()
    assert main(["ask", "--kb", "x.kb", "Where does wine grow?"]) == 3
    assert gone in capsys.readouterr().err
    with kbqa.open("x.kb") as base, pytest.raises(DependencyError, match="check that it runs"):
        base.remove(source="texts/a.txt")
    assert main(["info", "x.kb"]) == 0, "what needs no vectors needs no server"
