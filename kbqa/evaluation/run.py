"""Ask the questions of a set and score the answers."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kbqa.config import Config
from kbqa.errors import DependencyError, InputError, QuestionError
from kbqa.evaluation.calibration import calibration, reliability
from kbqa.evaluation.items import Item
from kbqa.evaluation.machine import commit, peak_memory_mb
from kbqa.evaluation.matching import Given, match
from kbqa.evaluation.metrics import COLUMNS, METRICS, scores
from kbqa.evaluation.parts import PART_METRICS, Parts
from kbqa.evaluation.report import save, table
from kbqa.evaluation.results import Evaluation, Group, Percentiles, Prediction
from kbqa.evaluation.significance import RESAMPLES, Interval, bootstrap_means, interval
from kbqa.types import Answer, ImageEvidence, Result
from kg.errors import GraphError
from retrieval.errors import RetrievalError

__all__ = [
    "GIVEN",
    "LINKED",
    "Evaluation",
    "Outcome",
    "asker",
    "evaluate",
    "first_answers",
    "outcome",
    "save",
    "summarise",
    "table",
]

GIVEN, LINKED = "entity given", "entity linked"
Aliases = Callable[[str], Iterable[str]]
Progress = Callable[[int, int], None]
# What one question may do wrong without ending the run; a damaged knowledge base ends it.
FAILURES = (QuestionError, InputError, DependencyError, GraphError, RetrievalError)
_FAILED = ""  # what a failure counts as: an answer that is never right, so that it is no abstention either
_GROUPED_BY: Mapping[str, Callable[[Item], str]] = {
    "kind": lambda item: item.kind,
    "hops": lambda item: str(item.hops or ""),
    "language": lambda item: item.language,
}


class Base(Protocol):
    """What answers questions; `kbqa.KnowledgeBase` does."""

    def ask(
        self, question: str, *, image: str | Path | None, entities: Sequence[str] | None, language: str
    ) -> Result:
        """Return the answers to a question."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question: a result, or None and why, and how long it took."""

    result: Result | None
    failure: str
    seconds: float


def asker(base: Base, *, given_entities: bool = False) -> Callable[[Item], Result]:
    """Return what asks a knowledge base the questions of a set.

    Args:
        base: An open knowledge base.
        given_entities: Use the entities that the set names instead of linking.
    """

    def ask(item: Item) -> Result:
        entities = item.entities if given_entities and item.entities else None
        language = item.language if item.language in ("en", "zh") else ""
        return base.ask(item.question, image=item.image or None, entities=entities, language=language)

    return ask


def evaluate(
    items: Sequence[Item],
    ask: Callable[[Item], Result],
    *,
    set_name: str,
    split: str = "",
    config: Config | Mapping[str, Any] | None = None,
    seed: int = 0,
    given_entities: bool = False,
    excluded: int = 0,
    aliases: Aliases | None = None,
    progress: Progress | None = None,
    parts: Parts | None = None,
    answers: bool = True,
    outcomes: Iterable[Outcome] | None = None,
) -> Evaluation:
    """Ask all questions and return the figures.

    An unanswered question counts as wrong, unless it has no answer; a question that fails is always wrong.

    Args:
        items: The questions, at least one.
        ask: Answers one; see `asker`.
        set_name: The set's name.
        split: Its split.
        config: The settings, kept with the figures.
        seed: Of the bootstrap; kept with the figures.
        given_entities: Whether `ask` uses the set's entities: names the setting.
        excluded: How many questions the set's reader left out.
        aliases: IRI → other names of the entity, under which it is right too.
        progress: Called with the questions done and all questions.
        parts: What compares results with the gold queries, where the set has them.
        answers: Whether answers are scored; without, only `parts` are.
        outcomes: What came of each question, in order, where they were asked elsewhere than by `ask`.

    Raises:
        InputError: If there are no questions, or none that names its entities where they are to be given.
        KnowledgeBaseError: If the knowledge base turns out to be damaged.
    """
    if not items:
        raise InputError(f"{set_name}: holds no question to ask")
    setting = _setting(items, set_name, given_entities=given_entities)
    scorer = _Scorer(aliases, parts, answers)
    predictions = []
    started = time.perf_counter()
    if outcomes is None:
        outcomes = (outcome(item, ask) for item in items)
    for done, (item, one) in enumerate(zip(items, outcomes, strict=True), start=1):
        predictions.append(_prediction(item, one, scorer))
        if progress is not None:
            progress(done, len(items))
    seconds = time.perf_counter() - started
    return Evaluation(
        set=set_name,
        split=split,
        n=len(items),
        excluded=excluded,
        unanswered=sum(not one.answers for one in predictions),
        failed=sum(bool(one.failure) for one in predictions),
        metrics=_metrics(predictions, seed) | (_calibration(predictions, seed) if answers else {}),
        seconds=seconds,
        latency_ms=_percentiles([one.seconds for one in predictions]),
        stages_ms=_stages(predictions),
        peak_memory_mb=peak_memory_mb(),
        config={**_settings(config), **setting, "seed": seed},
        commit=commit(),
        breakdown=_breakdown(predictions, seed),
        predictions=tuple(predictions),
        reliability=tuple(reliability(*first_answers(predictions))) if answers else (),
        gold_queries=_gold_queries(items),
    )


def summarise(
    rows: NDArray[np.float64],
    *,
    columns: Sequence[str] = COLUMNS,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Interval]:
    """Return every metric that the columns suffice for, with its interval.

    Args:
        rows: (questions, columns); at least one question.
        columns: Of `metrics.COLUMNS` and `parts.PART_COLUMNS`.
        seed: Of the bootstrap.
        resamples: Of the bootstrap.
    """
    whole = dict(zip(columns, rows.mean(axis=0)[:, None], strict=True))
    resampled = dict(zip(columns, bootstrap_means(rows, seed=seed, resamples=resamples).T, strict=True))
    return {
        metric.name: interval(float(metric.of(whole)[0]), metric.of(resampled))
        for metric in (*METRICS, *PART_METRICS)
        if whole.keys() >= set(metric.columns)
    }


def first_answers(predictions: Sequence[Prediction]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (confidence, right) of the first answer to each question that has one, in order."""
    given = [one for one in predictions if one.answers]
    return (
        np.array([one.answers[0].confidence for one in given]),
        np.array([one.scores["hits@1"] for one in given]),
    )


@dataclass(frozen=True, slots=True)
class _Scorer:
    """Gives what a question adds to each column.

    Attributes:
        aliases: As of `evaluate`.
        parts: As of `evaluate`.
        answers: As of `evaluate`.
    """

    aliases: Aliases | None
    parts: Parts | None
    answers: bool

    def scores(self, item: Item, result: Result | None) -> dict[str, float]:
        """Return it for a result, None for a failure."""
        columns: dict[str, float] = {}
        if self.answers and result is None:
            columns |= scores([_FAILED], match((), item.answers)[1])
        elif self.answers and result is not None:
            columns |= _scored(result.answers, item, self.aliases)
        return columns | (self.parts.scores(item, result) if self.parts else {})


def outcome(item: Item, ask: Callable[[Item], Result]) -> Outcome:
    """Return what comes of asking one question."""
    started = time.perf_counter()
    try:
        result, failure = ask(item), ""
    except FAILURES as error:
        result, failure = None, str(error)
    return Outcome(result, failure, time.perf_counter() - started)


def _prediction(item: Item, one: Outcome, scorer: _Scorer) -> Prediction:
    """Return the scored outcome of a question."""
    scored = scorer.scores(item, one.result)
    if one.result is None:
        return Prediction(item, (), scored, one.seconds, {}, one.failure)
    return Prediction(item, tuple(one.result.answers), scored, one.seconds, dict(one.result.seconds))


def _scored(answers: Sequence[Answer], item: Item, aliases: Aliases | None) -> dict[str, float]:
    keys, gold = match([_given(answer, aliases) for answer in answers], item.answers)
    return scores(keys, gold)


def right_first(answers: Sequence[Answer], item: Item, aliases: Aliases | None) -> float:
    """Return 1 where the first answer to a question is right, else 0."""
    return _scored(answers, item, aliases)["hits@1"]


def _given(answer: Answer, aliases: Aliases | None) -> Given:
    """Return an answer with its other names; an image is also called by the names of its file."""
    if answer.source == "image":
        pictures = [one.image for one in answer.evidence if isinstance(one, ImageEvidence)]
        files = [name for one in pictures for name in (one.source, Path(one.source).name)]
        return Given(answer.text, answer.id, tuple(files))
    named = tuple(aliases(answer.id)) if aliases and answer.id else ()
    return Given(answer.text, answer.id, named, answer.same_as)


def _metrics(predictions: Sequence[Prediction], seed: int) -> dict[str, Interval]:
    columns = tuple(predictions[0].scores)
    rows = np.array([[one.scores[column] for column in columns] for one in predictions])
    return summarise(rows, columns=columns, seed=seed)


def _calibration(predictions: Sequence[Prediction], seed: int) -> dict[str, Interval]:
    answered = np.array([bool(one.answers) for one in predictions])
    confidence = np.array([one.answers[0].confidence if one.answers else 0.0 for one in predictions])
    right = np.array([one.scores["hits@1"] for one in predictions])
    return calibration(confidence, right, answered, seed=seed)


def _gold_queries(items: Sequence[Item]) -> dict[str, int]:
    asked = [item for item in items if item.query]
    if not asked:
        return {}
    read = [item.gold for item in asked if item.gold is not None]
    rewritten = sum(gold.rewritten for gold in read)
    return {"read": len(read), "rewritten": rewritten, "unreadable": len(asked) - len(read)}


def _breakdown(predictions: Sequence[Prediction], seed: int) -> dict[str, dict[str, Group]]:
    """Return the figures of the groups of questions, as far as the set says what a question is."""
    breakdown = {}
    for by, key in _GROUPED_BY.items():
        groups: dict[str, list[Prediction]] = defaultdict(list)
        for one in predictions:
            groups[key(one.item)].append(one)
        if any(groups):
            breakdown[by] = {
                value: Group(len(groups[value]), _metrics(groups[value], seed)) for value in sorted(groups)
            }
    return breakdown


def _stages(predictions: Sequence[Prediction]) -> dict[str, Percentiles]:
    times: dict[str, list[float]] = defaultdict(list)
    for one in predictions:
        for stage, seconds in one.stages.items():
            times[stage].append(seconds)
    return {stage: _percentiles(seconds) for stage, seconds in times.items()}


def _percentiles(seconds: Sequence[float]) -> Percentiles:
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return Percentiles(round(float(p50), 3), round(float(p95), 3))


def _setting(items: Sequence[Item], set_name: str, *, given_entities: bool) -> dict[str, Any]:
    """Return the name of the setting, and for how many questions entities are given where not for all."""
    if not given_entities:
        return {"setting": LINKED}
    given = sum(bool(item.entities) for item in items)
    if not given:
        raise InputError(f"{set_name}: names no entities of its questions; leave out --given-entities")
    return {"setting": GIVEN, **({"given": given} if given < len(items) else {})}


def _settings(config: Config | Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the settings as JSON values."""
    settings = asdict(config) if isinstance(config, Config) else dict(config or {})
    return {
        key: sorted(value) if isinstance(value, set | frozenset) else value for key, value in settings.items()
    }
