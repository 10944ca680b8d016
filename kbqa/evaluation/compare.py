"""Compare two runs over the same questions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kbqa.errors import InputError
from kbqa.evaluation.items import read_text_lines
from kbqa.evaluation.metrics import COLUMNS, METRICS, Metric
from kbqa.evaluation.report import align, shown
from kbqa.evaluation.significance import Interval, bootstrap_means, interval, p_value, swapped_means

__all__ = ["Comparison", "Difference", "compare"]

Array = NDArray[np.float64]
SURE = 0.05


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
        better: How many questions have a right first answer in the second run only.
        worse: How many in the first only.
        metrics: Metric name → difference.
    """

    a: str
    b: str
    set: str
    n: int
    better: int
    worse: int
    metrics: Mapping[str, Difference]

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
            f"first answer right in B only: {self.better}, in A only: {self.worse}\n"
            f"* below {SURE}, for one test; with several metrics some are by chance"
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """What was written of a run: question id → (question, gold answers), and the scores in that order."""

    set: str
    questions: dict[str, tuple[str, tuple[str, ...]]]
    rows: Array


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
    order = {name: row for row, name in enumerate(second.questions)}
    other = second.rows[[order[name] for name in first.questions]]
    hits = COLUMNS.index("hits@1")
    means = _Means(
        whole=(first.rows.mean(axis=0)[None], other.mean(axis=0)[None]),
        sampled=tuple(np.hsplit(bootstrap_means(np.hstack([first.rows, other]), seed=seed), 2)),
        swapped=swapped_means(first.rows, other, seed=seed),
    )
    return Comparison(
        a=str(a),
        b=str(b),
        set=first.set,
        n=len(first.questions),
        better=int(np.count_nonzero(other[:, hits] > first.rows[:, hits])),
        worse=int(np.count_nonzero(other[:, hits] < first.rows[:, hits])),
        metrics={metric.name: _difference(metric, means) for metric in METRICS},
    )


@dataclass(frozen=True, slots=True)
class _Means:
    """Column means of the two runs: of all questions, of the same samples, and after the same swaps."""

    whole: tuple[Array, Array]
    sampled: tuple[Array, ...]
    swapped: tuple[Array, Array]


def _difference(metric: Metric, means: _Means) -> Difference:
    (whole_a, whole_b), (sampled_a, sampled_b), (swapped_a, swapped_b) = (
        [_figure(metric, part) for part in parts] for parts in (means.whole, means.sampled, means.swapped)
    )
    a, b = float(whole_a[0]), float(whole_b[0])
    return Difference(
        a=_defined(a),
        b=_defined(b),
        change=interval(b - a, sampled_b - sampled_a),
        p=p_value(b - a, swapped_b - swapped_a),
    )


def _figure(metric: Metric, means: Array) -> Array:
    """Return a metric for means of all columns, (runs, columns) → (runs,)."""
    return metric.of(dict(zip(COLUMNS, means.T, strict=True)))


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
    rows = []
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
    return _Run(" ".join(filter(None, (name, str(report.get("split") or "")))), questions, np.array(rows))


def _read_prediction(
    line: str, path: Path, number: int
) -> tuple[str, tuple[str, tuple[str, ...]], list[float]]:
    """Return id, question with gold answers, and scores of a line."""
    try:
        record = json.loads(line)
        row = [float(record["scores"][column]) for column in COLUMNS]
        return str(record["id"]), (str(record["question"]), tuple(map(str, record["gold"]))), row
    except (ValueError, KeyError, TypeError, RecursionError) as error:
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
