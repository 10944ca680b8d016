"""A process that is killed in the middle of a change leaves the state before it or after it, in every part."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

import kbqa

PREFIXES = """@prefix e: <http://e.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
FILES = {
    "g.ttl": PREFIXES
    + 'e:lyon rdfs:label "Lyon"@en ; e:in e:france . e:france rdfs:label "France", "法国"@zh .',
    "h.ttl": PREFIXES + '@prefix p: <urn:p:> . e:paris a e:City ; rdfs:label "Paris"@en ; p:mayor "Anne" .',
    "t/a.txt": "Lyon is in France. Paris is larger.",
    "t/b.txt": "法国的首都是巴黎。",
    "c.txt": "Wine grows near Lyon, not near Paris.",
    "d.jsonl": '{"text": "A river.", "id": "1", "entities": ["Paris", "e:lyon"]}\n',
}
OPERATIONS = {
    "documents": {"add": {"passages": ["c.txt", "d.jsonl", "t/a.txt"], "images": ["flag.png"]}},
    "graph": {"add": {"graph": ["h.ttl"], "passages": ["c.txt", "t/a.txt"]}},
    "remove graph": {"remove": "g.ttl"},
    "remove items": {"remove": "t"},
}


@pytest.fixture
def folder(tmp_path: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, the current one, with files and a knowledge base made of some of them."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    Image.new("RGB", (4, 3), "red").save("flag.png")
    Image.new("RGB", (4, 3), "blue").save("old.png")
    files = {"graph": ["g.ttl"], "passages": ["t"], "images": ["old.png"]}
    kbqa.build("x.kb", **files, **bases.encoders()).close()
    return tmp_path


@pytest.fixture(scope="module")
def forks() -> Iterator[multiprocessing.context.BaseContext]:
    """Return what starts processes that have the package loaded already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["__main__", "bases", "kbqa.storage.changes", "kg.load", "kbqa.semantics.matcher"]
    )
    return context


@pytest.mark.parametrize("name", OPERATIONS)
def test_killed_at_every_step(
    name: str, folder: Path, bases: ModuleType, forks: multiprocessing.context.BaseContext
) -> None:
    operation = OPERATIONS[name]
    shutil.copytree("x.kb", "kept.kb")
    shutil.copytree("x.kb", "after.kb")
    run(forks, bases, "after.kb", operation, "list", 1)
    before, after = bases.contents("x.kb"), bases.contents("after.kb")
    assert before != after
    steps = json.loads(Path("steps").read_text())
    committed = steps.index("after commit")
    for place, step in enumerate(steps):
        count = steps[: place + 1].count(step)
        if count > 2:
            continue
        shutil.rmtree("x.kb")
        shutil.copytree("kept.kb", "x.kb")
        assert run(forks, bases, "x.kb", operation, step, count) == -signal.SIGKILL, step
        assert bases.contents("x.kb") == (after if place >= committed else before), (step, count)
    with bases.open_base("x.kb") as base:  # and work can go on
        base.add(passages=["c.txt"])
    assert not list(Path("x.kb").glob("journal*"))


def test_killed_while_finishing_what_was_interrupted(
    folder: Path, bases: ModuleType, forks: multiprocessing.context.BaseContext
) -> None:
    operation = OPERATIONS["documents"]
    shutil.copytree("x.kb", "after.kb")
    run(forks, bases, "after.kb", operation, "list", 1)
    for step in ("corpus", "lexical", "manifest"):
        assert run(forks, bases, "x.kb", operation, "after commit" if step == "corpus" else step, 1) < 0
    assert bases.contents("x.kb") == bases.contents("after.kb")


@pytest.mark.parametrize("name", ["documents", "graph"])
def test_changed_equals_built_anew(name: str, folder: Path, bases: ModuleType) -> None:
    with bases.open_base("x.kb") as base:
        bases.change(base, OPERATIONS[name])
    added = OPERATIONS[name]["add"]
    files = {"graph": ["g.ttl"], "passages": ["t"], "images": ["old.png"]}
    files = {kind: [*names, *added.get(kind, [])] for kind, names in files.items()}
    kbqa.build("new.kb", **files, **bases.encoders()).close()
    assert bases.contents("x.kb") == bases.contents("new.kb")


@pytest.mark.parametrize("name", ["documents", "graph"])
def test_removed_leaves_no_ghost(name: str, folder: Path, bases: ModuleType) -> None:
    before = bases.contents("x.kb")
    added = OPERATIONS[name]["add"]
    with bases.open_base("x.kb") as base:
        bases.change(base, OPERATIONS[name])
        for source in [name for names in added.values() for name in names if not name.startswith("t/")]:
            base.remove(source=source)
    after = bases.contents("x.kb")
    prefixes = [contents.pop("prefixes") for contents in (before, after)]
    assert after == before
    assert prefixes[0].items() <= prefixes[1].items()


@pytest.mark.parametrize(
    "times", [10, pytest.param(100, marks=[pytest.mark.long, pytest.mark.timeout(3600)])]
)
def test_killed_at_any_time(
    times: int, folder: Path, bases: ModuleType, forks: multiprocessing.context.BaseContext
) -> None:
    operation = OPERATIONS["graph"]
    shutil.copytree("x.kb", "kept.kb")
    shutil.copytree("x.kb", "after.kb")
    took = kill_after(forks, bases, "after.kb", operation, 60.0)
    states = [bases.contents("x.kb"), bases.contents("after.kb")]
    chance = random.Random(times)
    seen = set()
    for _ in range(times):
        shutil.rmtree("x.kb")
        shutil.copytree("kept.kb", "x.kb")
        kill_after(forks, bases, "x.kb", operation, chance.uniform(0, took))
        checked = kbqa.check("x.kb", thorough=True, **bases.encoders())
        assert not checked.findings
        seen.add(states.index(bases.contents("x.kb")))
    assert times < 100 or seen == {0, 1}


def kill_after(
    forks: multiprocessing.context.BaseContext,
    bases: ModuleType,
    base: str,
    operation: dict,
    seconds: float,
) -> float:
    """Kill a process so long after it has begun to change a base, if it still runs, and return how long it ran."""
    Path("started").unlink(missing_ok=True)
    process = start(forks, bases, base, operation, "", 1)
    while process.is_alive() and not Path("started").exists():
        time.sleep(0.001)
    started = time.monotonic()
    process.join(seconds)
    if process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return time.monotonic() - started


def test_killed_build_leaves_nothing(folder: Path, bases: ModuleType) -> None:
    script = (
        "import os, signal, kbqa.storage.build as b, bases\n"
        "b.write_manifest = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "b.build('y.kb', graph=['g.ttl'], passages=['t'], text_encoder=bases.HashEncoder())\n"
    )
    place = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parent)])
    died = subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": place}, timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert not Path("y.kb").exists()
    assert len(list(Path().glob(".y.kb.building-*"))) == 1
    kbqa.build("y.kb", graph=["g.ttl"], text_encoder=bases.HashEncoder()).close()
    assert not list(Path().glob(".y.kb.*"))


def test_killed_replacement_keeps_the_old_one(folder: Path, bases: ModuleType) -> None:
    before = bases.contents("x.kb")
    gone = subprocess.Popen(["true"])
    gone.wait()
    Path("x.kb").rename(f".x.kb.old-{gone.pid}")  # where the process died between its two renames
    assert bases.contents("x.kb") == before
    Path("x.kb").rename(f".x.kb.old-{gone.pid}")
    with pytest.raises(kbqa.KbqaError, match=r"x\.kb is there already"):
        kbqa.build("x.kb", passages=["c.txt"], text_encoder=bases.HashEncoder())
    assert bases.contents("x.kb") == before


def test_a_change_that_happens_while_another_process_opens(
    folder: Path, bases: ModuleType, forks: multiprocessing.context.BaseContext
) -> None:
    run(forks, bases, "x.kb", OPERATIONS["documents"], "after commit", 1)
    Path("x.kb/journal").rename("journal")
    with Path("x.kb/readers.lock").open() as lock, ThreadPoolExecutor() as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        opening = pool.submit(bases.open_base, "x.kb")
        time.sleep(0.2)
        Path("journal").rename("x.kb/journal")
        fcntl.flock(lock, fcntl.LOCK_UN)
        with opening.result(timeout=20) as reader:
            assert reader.info().generation == 2


def start(
    forks: multiprocessing.context.BaseContext,
    bases: ModuleType,
    base: str,
    operation: dict,
    step: str,
    count: int,
) -> multiprocessing.process.BaseProcess:
    arguments = (str(Path.cwd()), base, operation, step, count)
    process = forks.Process(target=bases.change_and_die, args=arguments)
    process.start()
    return process


def run(
    forks: multiprocessing.context.BaseContext,
    bases: ModuleType,
    base: str,
    operation: dict,
    step: str,
    count: int,
) -> int | None:
    process = start(forks, bases, base, operation, step, count)
    process.join(60)
    return process.exitcode
