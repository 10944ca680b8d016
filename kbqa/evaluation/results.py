"""What came of a run over a set: figures, and the answer to each question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kbqa.evaluation.calibration import Bin
from kbqa.evaluation.items import Item
from kbqa.evaluation.significance import Interval
from kbqa.types import Answer

__all__ = ["Evaluation", "Group", "Percentiles", "Prediction"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What came of one question.

    Attributes:
        item: The question.
        answers: What was answered, best first.
        scores: What it adds to each column of `metrics.COLUMNS`.
        seconds: How long it took.
        stages: Seconds of each stage.
        failure: One line that says why it failed, "" if it did not.
    """

    item: Item
    answers: tuple[Answer, ...]
    scores: Mapping[str, float]
    seconds: float
    stages: Mapping[str, float]
    failure: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values: a line of the predictions file."""
        return {
            "id": self.item.id,
            "question": self.item.question,
            "gold": list(self.item.answers),
            "answers": [one.to_dict() for one in self.answers],
            "scores": {name: round(value, 6) for name, value in self.scores.items()},
            "seconds": round(self.seconds, 4),
            "failure": self.failure,
        }


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Median and 95th percentile of times, in milliseconds."""

    p50: float
    p95: float

    def to_dict(self) -> dict[str, float]:
        """Return it as JSON values."""
        return {"p50": self.p50, "p95": self.p95}


@dataclass(frozen=True, slots=True)
class Group:
    """Figures of some of the questions."""

    n: int
    metrics: Mapping[str, Interval]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"n": self.n, "metrics": {name: one.to_dict() for name, one in self.metrics.items()}}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of a run over a set.

    Attributes:
        set: The set's name.
        split: Its split, "" where it has none.
        n: How many questions were asked; every metric is over all of them.
        excluded: How many were not asked because the set does not say what is right.
        unanswered: How many got no answer, failures included.
        failed: How many ended with an error.
        metrics: Metric name → value with its 95 % interval.
        seconds: From the first question to the last answer.
        latency_ms: Time of one question.
        stages_ms: Stage → its time.
        peak_memory_mb: Highest resident memory of the process and its children, in MiB.
        config: The settings, with "setting" and "seed".
        commit: Revision of the code.
        breakdown: "kind", "hops" or "language" → value → figures; only what the set says of its questions.
        predictions: What came of each question, in order.
        predictions_file: Where that was written, "" while it was not.
        reliability: First answers in bins of equal size by confidence; see `calibration.reliability`.
        gold_queries: "read", "rewritten" (of these) and "unreadable" → how many gold queries; empty where the
            set has none.
    """

    set: str
    split: str
    n: int
    excluded: int
    unanswered: int
    failed: int
    metrics: Mapping[str, Interval]
    seconds: float
    latency_ms: Percentiles
    stages_ms: Mapping[str, Percentiles]
    peak_memory_mb: float
    config: Mapping[str, Any]
    commit: str
    breakdown: Mapping[str, Mapping[str, Group]] = field(default_factory=dict)
    predictions: tuple[Prediction, ...] = ()
    predictions_file: str = ""
    reliability: tuple[Bin, ...] = ()
    gold_queries: Mapping[str, int] = field(default_factory=dict)

    @property
    def questions_per_second(self) -> float:
        """How many questions were answered in a second."""
        return self.n / self.seconds if self.seconds else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, in the form that `kbqa evaluate --out` writes."""
        return {
            "set": self.set,
            "split": self.split,
            "n": self.n,
            "excluded": self.excluded,
            "unanswered": self.unanswered,
            "failed": self.failed,
            "metrics": {name: one.to_dict() for name, one in self.metrics.items()},
            "seconds": round(self.seconds, 3),
            "latency_ms": self.latency_ms.to_dict(),
            "questions_per_second": round(self.questions_per_second, 2),
            "stages_ms": {name: one.to_dict() for name, one in self.stages_ms.items()},
            "peak_memory_mb": self.peak_memory_mb,
            "config": dict(self.config),
            "commit": self.commit,
            "breakdown": {
                by: {value: group.to_dict() for value, group in groups.items()}
                for by, groups in self.breakdown.items()
            },
            "reliability": [one.to_dict() for one in self.reliability],
            **({"gold_queries": dict(self.gold_queries)} if self.gold_queries else {}),
            "predictions": self.predictions_file,
        }
