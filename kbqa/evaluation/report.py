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
    "answered_wrongly_rate": "answered and should not have been: first answer wrong",
    "abstained_wrongly_rate": "not answered and should have been",
    "ece": "expected calibration error of answers, 15 bins of equal mass",
    "ece_equal_width": "the same, 15 bins of equal width",
    "aurc": "area under the risk-coverage curve",
    "entity_hits@1": "surest entity right",
    "entity_precision": "linked entities in the gold query, macro",
    "entity_recall": "gold entities linked, macro",
    "entity_f1": "sets of entities, macro",
    "entity_offered": "gold entities among all candidates",
    "relation_hits@1": "first of all relations right",
    "relation_recall@5": "gold relations among the first 5",
    "understood": "some query was made and had an answer",
    "operation": "select, ask, count, superlative … right",
    "entity_count": "as many entities as in the gold query",
    "relation_count": "as many relations as in the gold query",
    "structure": "these three right",
}
_IN_GROUPS = (
    "hits@1",
    "hit_any",
    "f1",
    "exact_match",
    "entity_f1",
    "relation_hits@1",
    "operation",
    "structure",
)


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
    parts = [
        _title(evaluation),
        _metrics(evaluation.metrics),
        *(_groups(by, groups) for by, groups in evaluation.breakdown.items() if len(groups) > 1),
        _times(evaluation),
        f"{evaluation.questions_per_second:.0f} questions/s · peak memory {evaluation.peak_memory_mb:,.0f} MiB"
        f" · {evaluation.commit}",
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


def _title(evaluation: Evaluation) -> str:
    """Return what was asked, in which setting; what all questions share is named here, not in a table."""
    name = " ".join(filter(None, (evaluation.set, evaluation.split)))
    shared = [
        f"{by} {value}" for by, groups in evaluation.breakdown.items() for value in groups if len(groups) == 1
    ]
    graph = evaluation.config.get("graph")
    unanswered = [] if graph else [f"{evaluation.unanswered} unanswered"]
    counts = [f"{evaluation.n:,} questions", f"{evaluation.excluded} excluded", *unanswered]
    setting = str(evaluation.config.get("setting", ""))
    if given := evaluation.config.get("given"):
        setting += f" ({given} of {evaluation.n:,}; the others name none and are linked)"
    lines = [" · ".join([name, setting, *shared, ", ".join([*counts, f"{evaluation.failed} failed"])])]
    if graph:
        lines.append(f"on the {graph}: far easier than the set's own graph, no score of the set")
    if queries := evaluation.gold_queries:
        lines.append(
            f"gold queries: {queries['read']:,} read, {queries['rewritten']} of them after they were put "
            f"right; {queries['unreadable']} cannot be read and count nowhere"
        )
    return "\n".join(lines)


def _metrics(metrics: Mapping[str, Interval]) -> str:
    rows = [["metric", "value", "95 % interval", "what it is"]]
    for name, one in metrics.items():
        between = f"{shown(one.low)} to {shown(one.high)}" if one.low is not None else "–"
        rows.append([name, shown(one.value), between, _MEANING.get(name, "")])
    return align(rows)


def _groups(by: str, groups: Mapping[str, Group]) -> str:
    """Return the groups as a table, the largest where there are too many."""
    largest = sorted(groups, key=lambda value: -groups[value].n)[:ROWS]
    known = [name for name in _IN_GROUPS if all(name in group.metrics for group in groups.values())]
    rows = [[by, "n", *known]]
    for value in sorted(largest):
        metrics = groups[value].metrics
        rows.append([value or "–", str(groups[value].n), *(shown(metrics[name].value) for name in known)])
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
