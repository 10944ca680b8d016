"""Several processes at once: one writes, the others read, and each sees one state, whole."""

from __future__ import annotations

import multiprocessing
import multiprocessing.queues
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import kbqa

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"


@pytest.fixture(scope="module")
def forks() -> multiprocessing.context.BaseContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["__main__", "bases", "kbqa.storage.changes", "kg.load", "kbqa.semantics.matcher"]
    )
    return context


@pytest.fixture
def folder(tmp_path: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("g.nt").write_text(f'<urn:lyon> {LABEL} "Lyon" .\n')
    Path("h.nt").write_text(f'<urn:paris> {LABEL} "Paris" .\n')
    Path("t.txt").write_text("Lyon is in France. Paris, too.")
    for number in range(8):
        Path(f"{number}.txt").write_text(f"Document {number} is about Lyon.")
    kbqa.build("x.kb", graph=["g.nt"], passages=["t.txt"], text_encoder=bases.HashEncoder()).close()
    return tmp_path


@pytest.fixture
def running() -> Iterator[list[Any]]:
    """Collect processes, and end those that are left."""
    processes: list[Any] = []
    yield processes
    for process in processes:
        if process.is_alive():
            process.kill()
        process.join()


def test_readers_see_one_state(
    folder: Path, bases: ModuleType, forks: multiprocessing.context.BaseContext, running: list[Any]
) -> None:
    told, stop = forks.Queue(), forks.Event()
    for _ in range(2):
        running.append(forks.Process(target=bases.read_again_and_again, args=(str(folder), stop, told)))
        running[-1].start()
    with bases.open_base("x.kb") as base:
        for _ in range(2):
            base.add(graph=["h.nt"], passages=["0.txt", "1.txt"])
            base.update(passages=["2.txt"])
            for source in ("h.nt", "0.txt", "1.txt", "2.txt"):
                base.remove(source=source)
    stop.set()
    states = [told.get(timeout=60) for _ in running]
    for process in running:
        process.join(60)
        assert process.exitcode == 0
    for seen in states:
        assert seen and all(wrong == [] for wrong in seen.values())


def test_writers_wait_for_nobody_and_lose_nothing(
    folder: Path, bases: ModuleType, forks: multiprocessing.context.BaseContext, running: list[Any]
) -> None:
    """A second writer is told to try again; what it then adds is there beside what the first one added."""
    told = forks.Queue()
    for number in range(2):
        names = [f"{number + 2 * n}.txt" for n in range(4)]
        running.append(forks.Process(target=bases.add_with_patience, args=(str(folder), names, told)))
        running[-1].start()
    refused = [told.get(timeout=120) for _ in running]
    assert all(count >= 0 for count in refused)
    with bases.open_base("x.kb") as base, chdir(folder):
        assert len(base.info().sources) == 10
        assert base.info().generation == 9
    assert kbqa.check("x.kb", thorough=True, text_encoder=bases.HashEncoder()).sound
