"""Work shared over a Ray cluster of one node that is started for these tests: results equal the local run's."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import pytest

import kbqa
from kbqa.cli import main
from kbqa.cluster import encoding, shared_over
from kbqa.errors import DependencyError
from retrieval.errors import ModelError

HERE = Path(__file__).parent


def doubled(factor: int) -> Callable[[int], int]:
    def work(number: int) -> int:
        if number == 7:
            raise ModelError("seven is missing")
        return factor * number

    return work


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a cluster; skips the test where Ray is not installed."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'kbqa[ray]'")
    ray = str(Path(sys.executable).with_name("ray"))
    path = os.pathsep.join([str(HERE.parents[1]), str(HERE)])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    folder, port = str(tmp_path_factory.mktemp("ray")), str(free_port())
    head = ["start", "--head", "--num-cpus", "2", "--include-dashboard", "false", "--temp-dir", folder]
    ports = ["--port", port, "--ray-client-server-port", str(free_port()), "--node-ip-address", "127.0.0.1"]
    subprocess.run([ray, *head, *ports], env=environment, check=True, capture_output=True, timeout=400)
    yield f"127.0.0.1:{port}"
    end_all(folder, f":{port}")


def end_all(*marks: str) -> None:
    """End the processes that name one of these in their command line; `ray stop` would end every cluster."""
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = place.read_bytes().decode(errors="replace")
            if any(mark in words for mark in marks) and int(place.parent.name) != os.getpid():
                os.kill(int(place.parent.name), signal.SIGKILL)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_results_equal_those_of_a_local_run(
    cluster: str, bases: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [json.dumps({"text": f"Town {n} lies on river {n % 7}.", "id": str(n)}) for n in range(1300)]
    Path("towns.jsonl").write_text("\n".join(lines))
    for name, ray in (("here.kb", None), ("there.kb", cluster)):
        Path("towns.jsonl").write_text("\n".join(lines))
        with kbqa.build(name, passages=["towns.jsonl"], text_encoder=bases.HashEncoder(), ray=ray) as base:
            Path("towns.jsonl").write_text(
                "\n".join([json.dumps({"text": "Town X lies on a lake.", "id": "x"}), *lines[:1200]])
            )
            Path("more.txt").write_text("Lyon lies on the Rhône.")
            base.add(passages=["more.txt"], ray=ray)
            base.update(passages=["towns.jsonl"], ray=ray)
    assert bases.contents("there.kb") == bases.contents("here.kb")
    questions = [
        {"question": "What is the capital of France?", "answers": ["Paris"]},
        {"question": "法国的首都是哪里？", "answers": ["Paris"]},
        {"question": "How many countries border Germany?", "answers": [9]},
    ]
    Path("asked.jsonl").write_text("\n".join(map(json.dumps, questions)))
    for name, more in (("here.json", []), ("there.json", ["--ray", cluster])):
        assert main(["evaluate", "asked.jsonl", "--out", name, *more]) == 0
    here, there = (json.loads(Path(name).read_text()) for name in ("here.json", "there.json"))
    assert there["metrics"] == here["metrics"]
    assert there["n"] == 3


@pytest.mark.long
@pytest.mark.timeout(900)
def test_order_is_kept_and_failures_come_back(cluster: str) -> None:
    with shared_over(cluster, doubled, 2) as share:
        assert list(share(range(7))) == [0, 2, 4, 6, 8, 10, 12]
        with pytest.raises(ModelError, match="seven is missing"):
            list(share(range(20)))


def test_without_a_cluster_the_encoder_works_here(bases: ModuleType) -> None:
    encoder = bases.HashEncoder()
    with encoding(encoder, encoder, None) as encode_all:
        (vectors,) = encode_all([["a b", "c"]])
    assert (vectors == encoder.encode(["a b", "c"])).all()


def test_a_missing_package_and_cluster_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DependencyError, match="pip install 'kbqa\\[ray\\]'"), shared_over("auto", doubled, 1):
        pass


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_a_cluster_that_is_not_there(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", ModuleType("ray"))  # it is not asked
    (tmp_path / "a.txt").write_text("Lyon is in France.")
    address = f"{scheme}127.0.0.1:{free_port()}"
    words = ["build", str(tmp_path / "x.kb"), "--passages", str(tmp_path / "a.txt"), "--ray", address]
    assert main(words) == 3
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(f"kbqa: no Ray cluster at {address}: ")
    assert error.endswith("start one with `ray start --head`, or give --ray local")
    assert not (tmp_path / "x.kb").exists()
