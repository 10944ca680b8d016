"""Compare two runs over the same questions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kbqa.errors import InputError
from kbqa.evaluation.items import read_text_lines
from kbqa.evaluation.metrics import COLUMNS, METRICS, Metric
from kbqa.evaluation.parts import PART_COLUMNS, PART_METRICS
from kbqa.evaluation.report import align, shown
from kbqa.evaluation.significance import Interval, bootstrap_means, interval, p_value, swapped_means

__all__ = ["Comparison", "Difference", "compare"]

Array = NDArray[np.float64]
SURE = 0.05
_MAIN = {"hits@1": "first answer", "structure": "structure", "entity_hits@1": "first entity"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric of two runs.

    Attributes:
        a: Its value in the first run, None where not defined.
        b: Its value in the second.
        change: b − a with its 95 % interval (paired bootstrap).
        p: Two-sided p value (paired approximate randomisation).
    """

    a: float | None
    b: float | None
    change: Interval
    p: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs over the same questions.

    Attributes:
        a: Name of the first run.
        b: Name of the second.
        set: The set.
        n: How many questions.
        better: How many questions are better answered, by the column `main`, in the second run.
        worse: How many in the first.
        metrics: Metric name → difference.
        main: "hits@1"; "structure" or "entity_hits@1" where answers were not scored.
    """

    a: str
    b: str
    set: str
    n: int
    better: int
    worse: int
    metrics: Mapping[str, Difference]
    main: str = "hits@1"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "a": self.a,
            "b": self.b,
            "set": self.set,
            "n": self.n,
            "better": self.better,
            "worse": self.worse,
            "metrics": {
                name: {"a": one.a, "b": one.b, "difference": one.change.to_dict(), "p": round(one.p, 6)}
                for name, one in self.metrics.items()
            },
        }

    def table(self) -> str:
        """Return it as plain text of several lines."""
        rows = [["metric", "A", "B", "B - A", "95 % interval", "p"]]
        for name, one in self.metrics.items():
            defined = one.change.value is not None
            between = f"{_signed(one.change.low)} to {_signed(one.change.high)}" if defined else "–"
            mark = " *" if defined and one.p < SURE else ""
            figures = [shown(one.a), shown(one.b), _signed(one.change.value)]
            rows.append([name, *figures, between, f"{one.p:.4f}{mark}" if defined else "–"])
        return (
            f"{self.set} · {self.n:,} questions\nA: {self.a}\nB: {self.b}\n\n{align(rows)}\n\n"
            f"{_MAIN[self.main]} right in B only: {self.better}, in A only: {self.worse}\n"
            f"* below {SURE}, for one test; with several metrics some are by chance"
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """What was written of a run: question id → (question, gold answers), and the scores in that order."""

    set: str
    questions: dict[str, tuple[str, tuple[str, ...]]]
    columns: tuple[str, ...]
    rows: Array

    def only(self, columns: Sequence[str]) -> Array:
        """Return the scores of some columns."""
        return self.rows[:, [self.columns.index(name) for name in columns]]


def compare(a: Path, b: Path, *, seed: int = 0) -> Comparison:
    """Return the paired differences of two runs, B against A.

    Args:
        a: What `kbqa evaluate --out` wrote; its predictions lie beside it.
        b: Another run over the same questions.
        seed: Of the bootstrap and of the test.

    Raises:
        InputError: If a file is missing or malformed, or the runs are over different questions.
    """
    first, second = _read_run(Path(a)), _read_run(Path(b))
    _check_same(first, second, Path(a), Path(b))
    columns = tuple(name for name in first.columns if name in second.columns)
    main = next((columns.index(name) for name in _MAIN if name in columns), None)
    if main is None:
        raise InputError(f"{a} and {b} have no scores in common; one is of answers, the other of their parts")
    order = {name: row for row, name in enumerate(second.questions)}
    one, other = first.only(columns), second.only(columns)[[order[name] for name in first.questions]]
    means = _Means(
        columns=columns,
        whole=(one.mean(axis=0)[None], other.mean(axis=0)[None]),
        sampled=tuple(np.hsplit(bootstrap_means(np.hstack([one, other]), seed=seed), 2)),
        swapped=swapped_means(one, other, seed=seed),
    )
    return Comparison(
        a=str(a),
        b=str(b),
        set=first.set,
        n=len(first.questions),
        better=int(np.count_nonzero(other[:, main] > one[:, main])),
        worse=int(np.count_nonzero(other[:, main] < one[:, main])),
        metrics={
            metric.name: _difference(metric, means)
            for metric in (*METRICS, *PART_METRICS)
            if set(columns) >= set(metric.columns)
        },
        main=columns[main],
    )


@dataclass(frozen=True, slots=True)
class _Means:
    """Column means of the two runs: of all questions, of the same samples, and after the same swaps."""

    columns: tuple[str, ...]
    whole: tuple[Array, Array]
    sampled: tuple[Array, ...]
    swapped: tuple[Array, Array]


def _difference(metric: Metric, means: _Means) -> Difference:
    (whole_a, whole_b), (sampled_a, sampled_b), (swapped_a, swapped_b) = (
        [metric.of(dict(zip(means.columns, part.T, strict=True))) for part in parts]
        for parts in (means.whole, means.sampled, means.swapped)
    )
    a, b = float(whole_a[0]), float(whole_b[0])
    return Difference(
        a=_defined(a),
        b=_defined(b),
        change=interval(b - a, sampled_b - sampled_a),
        p=p_value(b - a, swapped_b - swapped_a),
    )


def _read_run(path: Path) -> _Run:
    """Return a run; its predictions are looked for beside it first, then where it says."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        name, place = str(report["set"]), Path(str(report["predictions"]))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: is not what `kbqa evaluate --out` writes; run it again") from error
    beside = path.parent / place.name
    predictions = beside if beside.is_file() else place
    questions: dict[str, tuple[str, tuple[str, ...]]] = {}
    rows: list[dict[str, float]] = []
    for number, line in read_text_lines(predictions):
        key, question, row = _read_prediction(line, predictions, number)
        if key in questions:
            raise InputError(
                f"{predictions}, line {number}: the id {key!r} comes a second time; evaluate again"
            )
        questions[key] = question
        rows.append(row)
    if len(rows) != report.get("n"):
        raise InputError(
            f"{predictions}: holds {len(rows)} predictions, not {report.get('n')}; evaluate again"
        )
    columns = tuple(name for name in (*COLUMNS, *PART_COLUMNS) if all(name in row for row in rows))
    return _Run(
        " ".join(filter(None, (name, str(report.get("split") or "")))),
        questions,
        columns,
        np.array([[row[name] for name in columns] for row in rows]),
    )


def _read_prediction(
    line: str, path: Path, number: int
) -> tuple[str, tuple[str, tuple[str, ...]], dict[str, float]]:
    """Return id, question with gold answers, and scores of a line."""
    try:
        record = json.loads(line)
        row = {str(name): float(score) for name, score in record["scores"].items()}
        return str(record["id"]), (str(record["question"]), tuple(map(str, record["gold"]))), row
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path}, line {number}: is not a prediction of this version; evaluate again"
        ) from error


def _check_same(first: _Run, second: _Run, a: Path, b: Path) -> None:
    """Raise an InputError where two runs are not over the same questions."""
    if not first.questions:
        raise InputError(f"{a}: holds no questions; evaluate again")
    for here, there, one, other in ((first, second, a, b), (second, first, b, a)):
        for key, question in here.questions.items():
            if there.questions.get(key) != question:
                raise InputError(
                    f"{one} and {other} are over different questions, of {first.set} and {second.set}: {key!r} "
                    "is not the same in both; compare runs with the same set, --limit and --seed"
                )


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 6)


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{round(value, 3) + 0.0:+.3f}"  # no "-0.000"
