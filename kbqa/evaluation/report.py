"""Figures of a run as a table for people, and in files for `kbqa compare` and other programs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kbqa.errors import InputError
from kbqa.evaluation.results import Evaluation, Group
from kbqa.evaluation.significance import Interval

__all__ = ["align", "save", "shown", "table"]

ROWS = 20  # groups shown of one kind
_MEANING = {
    "hits@1": "first answer right",
    "hit_any": "any answer right",
    "f1": "answer sets, macro",
    "exact_match": "answer sets equal",
    "mrr": "1 / rank of the first right answer",
    "recall@10": "gold among the first 10 answers",
    "qald_f1": "GERBIL's Macro F1 QALD",
    "abstain_precision": "unanswered questions that have no answer",
    "abstain_recall": "questions without an answer left unanswered",
}
_IN_GROUPS = ("hits@1", "hit_any", "f1", "exact_match")


def save(evaluation: Evaluation, out: Path) -> Evaluation:
    """Write the figures to `out` and the predictions beside it, both complete or not at all.

    Args:
        evaluation: The figures.
        out: A .json file; predictions go to the same name ending in .predictions.jsonl.

    Returns:
        The figures, with the name of the predictions file.

    Raises:
        InputError: If the files cannot be written.
    """
    predictions = out.with_name(f"{out.stem}.predictions.jsonl")
    saved = replace(evaluation, predictions_file=predictions.as_posix())
    lines = (json.dumps(one.to_dict(), ensure_ascii=False) for one in saved.predictions)
    _write(predictions, (f"{line}\n" for line in lines))
    _write(out, [json.dumps(saved.to_dict(), ensure_ascii=False, indent=2, allow_nan=False), "\n"])
    return saved


def table(evaluation: Evaluation) -> str:
    """Return the figures as plain text of several lines."""
    name = " ".join(filter(None, (evaluation.set, evaluation.split)))
    parts = [
        f"{name} · {evaluation.config.get('setting', '')} · {evaluation.n:,} questions, "
        f"{evaluation.excluded} excluded, {evaluation.unanswered} unanswered, {evaluation.failed} failed",
        _metrics(evaluation.metrics),
        *(_groups(by, groups) for by, groups in evaluation.breakdown.items()),
        _times(evaluation),
        f"peak memory {evaluation.peak_memory_mb:,.0f} MiB · {evaluation.commit}",
    ]
    failures = [one.failure for one in evaluation.predictions if one.failure]
    if failures:
        parts.append(f"first failure: {failures[0]}")
    return "\n\n".join(parts)


def shown(value: float | None) -> str:
    """Return a figure with three places, "–" where it is not defined.

    >>> shown(0.25), shown(None)
    ('0.250', '–')
    """
    return "–" if value is None else f"{value:.3f}"


def align(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as lines, columns aligned.

    >>> print(align([["metric", "value"], ["f1", "0.5"]]))
    metric  value
    f1      0.5
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _metrics(metrics: Mapping[str, Interval]) -> str:
    rows = [["metric", "value", "95 % interval", "what it is"]]
    for name, one in metrics.items():
        between = f"{shown(one.low)} to {shown(one.high)}" if one.value is not None else "–"
        rows.append([name, shown(one.value), between, _MEANING.get(name, "")])
    return align(rows)


def _groups(by: str, groups: Mapping[str, Group]) -> str:
    """Return the groups as a table, the largest where there are too many."""
    largest = sorted(groups, key=lambda value: -groups[value].n)[:ROWS]
    rows = [[by, "n", *_IN_GROUPS]]
    for value in sorted(largest):
        metrics = groups[value].metrics
        rows.append(
            [value or "–", str(groups[value].n), *(shown(metrics[name].value) for name in _IN_GROUPS)]
        )
    more = len(groups) - len(largest)
    return align(rows) + (f"\n… and {more} smaller groups" if more else "")


def _times(evaluation: Evaluation) -> str:
    times = {"question": evaluation.latency_ms, **evaluation.stages_ms}
    rows = [["milliseconds", "p50", "p95"]]
    rows += [[name, f"{one.p50:.1f}", f"{one.p95:.1f}"] for name, one in times.items()]
    return align(rows)


def _write(path: Path, parts: Iterable[str]) -> None:
    """Write a file under another name first, so that nobody sees half of it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(parts)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
