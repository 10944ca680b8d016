"""How long things take on this machine: cold and warm questions, and building beside the bare store."""

from __future__ import annotations

import json
import os
import platform
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbqa.errors import DependencyError, InputError

__all__ = ["WORLD_QUESTIONS", "Measured", "bench", "child", "table"]

WORLD_QUESTIONS = (
    "Which countries border both France and Germany?",
    "What is the capital of the largest country in South America?",
    "How many countries border Germany?",
    "Which countries became independent after 2000?",
    "Who invented instant noodles?",
    "When was the Schengen Agreement signed?",
    "Who is the president of France?",
    "Show me the flag of Japan",
    "法国的首都是哪里？",
    "人口超过三亿的国家有哪些？",
    "谁设计了五星红旗？",
)
_ROUNDS = 5
_COLD_RUNS = 3
_HERE = "kbqa.evaluation.bench"


@dataclass(frozen=True, slots=True)
class Measured:
    """One measured number.

    Attributes:
        what: What was measured.
        value: The number.
        unit: Its unit.
        target: The number to hold, "" where there is none.
    """

    what: str
    value: float
    unit: str
    target: str = ""


def bench(data: Path | None, *, questions: int = 300, seed: int = 0) -> Iterator[Measured]:
    """Yield the numbers one by one, as they are measured.

    Args:
        data: Folder with `kb.txt.gz` and the 1-hop and 2-hop development questions of MetaQA, or None to
            measure the bundled world only.
        questions: How many questions of that set to ask.
        seed: Which questions are drawn.

    Raises:
        InputError: If the folder does not hold the set.
        DependencyError: If a measured process failed.
    """
    yield from _cold()
    yield from _world()
    if data is not None:
        yield from _metaqa(data, questions, seed)


def table(numbers: Sequence[Measured]) -> str:
    """Return numbers as text, one a line, under a line that names the machine."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    width = max((len(number.what) for number in numbers), default=0)
    lines = [
        f"{number.what:<{width}}  {number.value:>10,.1f} {number.unit:<4} {number.target}".rstrip()
        for number in numbers
    ]
    return "\n".join([machine, *lines])


def _cold() -> Iterator[Measured]:
    command = [sys.executable, "-m", "kbqa", "ask", WORLD_QUESTIONS[0], "--json"]
    _run(command)
    times = []
    for _ in range(_COLD_RUNS):
        started = time.perf_counter()
        _run(command)
        times.append(time.perf_counter() - started)
    yield Measured(
        "cold `kbqa ask` on the world, process start to answer", 1000 * min(times), "ms", "≤ 3,000"
    )


def _world() -> Iterator[Measured]:
    import kbqa

    with kbqa.open_world() as base:
        base.ask("What is the longest river of Asia?")
        first = [base.ask(question).seconds for question in WORLD_QUESTIONS]
        seconds = [base.ask(question).seconds for _ in range(_ROUNDS) for question in WORLD_QUESTIONS]
    totals = [sum(stages.values()) for stages in first]
    yield Measured(
        "world, each question for the first time: p50", 1000 * _quantile(totals, 0.5), "ms", "≤ 60"
    )
    yield from _latency("world, asked again", seconds, "≤ 60", "")


def _metaqa(data: Path, questions: int, seed: int) -> Iterator[Measured]:
    asked = _metaqa_questions(data, questions, seed)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "metaqa.kb"
        built = child(_HERE, "build", str(data / "kb.txt.gz"), str(place))
        bare = child(_HERE, "bare", str(data / "kb.txt.gz"), str(Path(scratch) / "bare"))
        yield Measured("MetaQA graph: build, everything included", built["seconds"], "s", "≤ 20")
        yield Measured("MetaQA graph: build, peak memory", built["megabytes"], "MB")
        yield Measured("MetaQA graph: bare Oxigraph load of the same triples", bare["seconds"], "s")
        yield from _asked(place, asked)


def _asked(place: Path, questions: Sequence[str]) -> Iterator[Measured]:
    import kbqa

    with kbqa.open(place) as base:
        for question in questions[: len(questions) // 3]:
            base.ask(question)
        seconds = [base.ask(question).seconds for question in questions[len(questions) // 3 :]]
    yield from _latency("MetaQA, warm", seconds, "≤ 30", "≤ 120")


def _latency(name: str, seconds: Sequence[Mapping[str, float]], half: str, most: str) -> Iterator[Measured]:
    totals = [sum(stages.values()) for stages in seconds]
    yield Measured(f"{name}: p50", 1000 * _quantile(totals, 0.5), "ms", half)
    yield Measured(f"{name}: p95", 1000 * _quantile(totals, 0.95), "ms", most)
    for stage in seconds[0]:
        spent = [stages[stage] for stages in seconds]
        yield Measured(f"{name}: {stage}, p50", 1000 * _quantile(spent, 0.5), "ms")
        yield Measured(f"{name}: {stage}, p95", 1000 * _quantile(spent, 0.95), "ms")


def _quantile(values: Sequence[float], share: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def _metaqa_questions(data: Path, count: int, seed: int) -> list[str]:
    import gzip

    lines: list[str] = []
    for hop in (1, 2):
        path = data / f"{hop}hop_vanilla_qa_dev.txt.gz"
        if not path.is_file():
            raise InputError(f"{path} is missing; name the folder that holds the files of MetaQA")
        with gzip.open(path, "rt", encoding="utf-8") as file:
            lines += [re.sub(r"[\[\]]", "", line.split("\t")[0]) for line in file]
    return random.Random(seed).sample(lines, min(count, len(lines)))  # noqa: S311 - a sample, no secret


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DependencyError(
            f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-300:]}"
        )
    return done.stdout


def child(module: str, *words: str) -> dict[str, Any]:
    """Run a module in a process of its own, so that its time and memory are its own, and return what it writes.

    Raises:
        DependencyError: If it fails.
    """
    measured: dict[str, Any] = json.loads(_run([sys.executable, "-m", module, *words]))
    return measured


def _job(job: str, source: str, place: str) -> dict[str, float]:
    started = time.perf_counter()
    if job == "build":
        import kbqa

        kbqa.build(place, graph=[source]).close()
    else:
        started = _bare_load(source, place)
    seconds = time.perf_counter() - started
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"seconds": seconds, "megabytes": (own + children) / 1024}


def _bare_load(source: str, place: str) -> float:
    """Load the same triples with nothing around the store; return when the loading itself started."""
    import pyoxigraph

    from kg.convert import to_ox
    from kg.load import read_triples

    quads = [
        pyoxigraph.Quad(to_ox(triple.subject), to_ox(triple.predicate), to_ox(triple.object))
        for triple in read_triples(Path(source))
    ]
    started = time.perf_counter()
    pyoxigraph.Store(place).bulk_extend(quads)
    return started


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_job(*sys.argv[1:4])))
