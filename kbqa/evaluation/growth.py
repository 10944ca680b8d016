"""How building, opening and asking grow with the size of a graph, on the made-up world of `scaled`.

Each size is built and asked in processes of their own, so that times and peak memory are its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kbqa.errors import DependencyError, InputError

__all__ = ["LEAST", "Grown", "growth", "growth_table", "measure"]

LEAST = 100_000
"""Triples of the graph that larger ones are compared with."""

_WARMING = 0.2  # share of the questions that are asked before the clock runs
_LOOK_SECONDS = 0.1
_OVERALL = "all stages"


@dataclass(frozen=True, slots=True)
class Grown:
    """What was measured on a graph of one size.

    Attributes:
        triples: How many it has.
        build_seconds: Everything included.
        build_cpu_seconds: Processor time of the building process and its children.
        phases: Of these, the seconds of each phase.
        build_megabytes: Peak memory of the building process and its children together.
        open_seconds: Opening it in a new process.
        first_seconds: The first question after that, which loads what is loaded when needed.
        ask_megabytes: Peak memory of the asking process and its children together.
        answered: Share of the questions that got an answer.
        latency: Stage → milliseconds: p50 and p95.
    """

    triples: int
    build_seconds: float
    build_cpu_seconds: float
    phases: dict[str, float]
    build_megabytes: float
    open_seconds: float
    first_seconds: float
    ask_megabytes: float
    answered: float
    latency: dict[str, tuple[float, float]] = field(default_factory=dict)


def growth(triples: int, *, questions: int = 200, seed: int = 0) -> list[Grown]:
    """Return what was measured on a graph of 100,000 triples and on a larger one, built in a temporary folder.

    Args:
        triples: Size of the larger one, about.
        questions: How many questions each is asked.
        seed: Of graphs and questions.

    Raises:
        InputError: If it is not larger.
        DependencyError: If a measured process failed.
    """
    if triples < LEAST:
        raise InputError(f"--triples {triples}: the graph must have at least {LEAST:,} triples")
    sizes = dict.fromkeys((LEAST, triples))
    with tempfile.TemporaryDirectory() as scratch:
        return [measure(size, Path(scratch) / str(size), questions=questions, seed=seed) for size in sizes]


def measure(triples: int, folder: Path, *, questions: int, seed: int) -> Grown:
    """Return what was measured on a graph of one size; files of some 300 bytes a triple stay in the folder."""
    from kbqa.evaluation.scaled import World

    folder.mkdir(parents=True, exist_ok=True)
    world = World.of_size(triples, seed=seed)
    count = world.write(folder / "world.nt")
    (folder / "questions.json").write_text(json.dumps(world.questions(questions)), encoding="utf-8")
    return Grown(count, **_child("build", folder), **_child("ask", folder))


def growth_table(grown: Sequence[Grown]) -> str:
    """Return the numbers as text: a line for each, a column for each size, and how they grew."""
    first, last = _rows(grown[0]), _rows(grown[-1])
    lines = [f"{'':<38}{grown[0].triples:>14,}{grown[-1].triples:>14,}{'grew':>9}"]
    for name, one in first.items():
        other = last.get(name, 0.0)
        ratio = f"{other / one:.1f} x" if one else ""
        lines.append(f"{name:<38}{one:>14,.2f}{other:>14,.2f}{ratio:>9}".rstrip())
    return "\n".join(lines)


def _rows(grown: Grown) -> dict[str, float]:
    """Return the numbers of one size by what they are called."""
    rows = {
        "build, s": grown.build_seconds,
        "build, microseconds per triple": 1e6 * grown.build_seconds / grown.triples,
        "build, processor time, s": grown.build_cpu_seconds,
        "build, peak memory, MB": grown.build_megabytes,
        "open, s": grown.open_seconds,
        "first question, s": grown.first_seconds,
        "asking, peak memory, MB": grown.ask_megabytes,
        "answered, share": grown.answered,
    }
    rows |= {f"build: {phase}, s": seconds for phase, seconds in grown.phases.items()}
    for stage, (half, most) in grown.latency.items():
        rows |= {f"{stage}: p50, ms": half, f"{stage}: p95, ms": most}
    return rows


def _child(job: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "kbqa.evaluation.growth", job, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DependencyError(
            f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-300:]}"
        )
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _build(folder: Path) -> dict[str, Any]:
    import kbqa

    begun: list[tuple[str, float]] = []

    def note(phase: str, done: int, total: int) -> None:
        name = phase.split(" of ")[0]
        if not begun or begun[-1][0] != name:
            begun.append((name, time.perf_counter()))

    with _peak() as peak:
        started = time.perf_counter()
        kbqa.build(folder / "world.kb", graph=[folder / "world.nt"], progress=note).close()
        ended = time.perf_counter()
    ends = [moment for _, moment in begun[1:]] + [ended]
    return {
        "build_seconds": ended - started,
        "build_cpu_seconds": sum(os.times()[:4]),
        "phases": {name: end - begin for (name, begin), end in zip(begun, ends, strict=True)},
        "build_megabytes": peak[0],
    }


def _ask(folder: Path) -> dict[str, Any]:
    import kbqa

    questions = json.loads((folder / "questions.json").read_text(encoding="utf-8"))
    warming = max(1, int(_WARMING * len(questions)))
    started = time.perf_counter()
    with _peak() as peak, kbqa.open(folder / "world.kb") as base:
        opened = time.perf_counter()
        base.ask(questions[0])
        first = time.perf_counter()
        for question in questions[1:warming]:
            base.ask(question)
        results = [base.ask(question) for question in questions[warming:]]
    answered = Counter(bool(result.answers) for result in results)
    seconds = [{_OVERALL: sum(result.seconds.values()), **result.seconds} for result in results]
    return {
        "open_seconds": opened - started,
        "first_seconds": first - opened,
        "ask_megabytes": peak[0],
        "answered": answered[True] / len(results),
        "latency": {stage: _quantiles([times[stage] for times in seconds]) for stage in seconds[0]},
    }


def _quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    ranked = sorted(seconds)
    return 1000 * ranked[len(ranked) // 2], 1000 * ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))]


@contextmanager
def _peak() -> Iterator[list[float]]:
    """Give the peak memory, in MB, of this process and its children at one time; filled in at the end.

    It is looked at ten times a second. Without /proc it is that of this process alone.
    """
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK_SECONDS):
            peak[0] = max(peak[0], _resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        peak[0] = max(peak[0], own)


def _resident() -> float:
    """Return the memory that this process and its children hold now, in MB."""
    page = resource.getpagesize() / (1 << 20)
    pids = [str(os.getpid())]
    for tasks in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            pids += tasks.read_text(encoding="ascii").split()
    held = 0.0
    for pid in pids:
        with suppress(OSError):
            held += page * int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return held


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"build": _build, "ask": _ask}[sys.argv[1]](Path(sys.argv[2]))))
