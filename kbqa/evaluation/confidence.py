"""Fits how sure the learnt matcher's readings are, on development questions of known sets.

Each question is asked of its set's graph. Some that were answered rightly are asked again: of a graph whose schema
lacks the last relation of the right reading, where whatever is answered is wrong, or of one that lacks the facts by
which the right reading leaves its topic, where an answer is right if another way leads to it.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kbqa.config import Config
from kbqa.errors import InputError, QuestionError
from kbqa.evaluation.calibration import ece
from kbqa.evaluation.items import Item
from kbqa.evaluation.run import right_first
from kbqa.semantics.confidence import SIGNS, Weights, logistic
from kbqa.semantics.rank import chain_of
from kbqa.semantics.relation_names import relation_names
from kbqa.types import Question, Reading, Result
from kg.store import Store
from kg.types import Iri, Triple

if TYPE_CHECKING:
    from kbqa.pipeline import Pipeline, Sources

__all__ = ["Fitted", "Sample", "fit", "train_confidence"]

Array = NDArray[np.float64]

_SETS: Mapping[str, str] = {
    **{f"metaqa-{hops}": "metaqa" for hops in (1, 2, 3)},
    **{f"pathquestion-{hops}": "pathquestion" for hops in (2, 3)},
    **{f"wc2014-{hops}": "wc2014" for hops in (1, 2)},
    **{f"mlpq-2-{language}": "mlpq_en_zh" for language in ("en", "zh")},
    "nlpcc2016": "nlpcc2016_kbqa",
}
_SPLITS: Mapping[str, str] = {"nlpcc2016": "train"}
_DIRECTIONS: Mapping[str, float] = dict(zip(SIGNS, (1, 1, -1, 1, 1, 1, 1, -1, -1, -1, 1, -1), strict=True))
_PENALTY = 0.05
_ROUNDS = 50
_HIDDEN_EVERY = (
    3  # right answers, of which one is asked again, by turns without its relation and without its facts
)
_MOST_HIDDEN = 12  # relations of a graph that are hidden
_MOST_FACTS = 5_000_000
_HIDDEN_WEIGHT = 0.6  # so that they count as if the graph lacked what a ninth of the questions ask for


@dataclass(frozen=True, slots=True)
class Sample:
    """The signs of the first reading of a question, and whether it was right.

    Attributes:
        group: The set that the question is of.
        signs: In the order of `SIGNS`.
        right: 1 or 0.
        weight: How much it counts beside the others of its set.
    """

    group: str
    signs: tuple[float, ...]
    right: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a fit found.

    Attributes:
        weights: Of the signs.
        samples: How many readings they rest on.
        errors: Set → expected calibration error of weights that were fitted on the other sets.
    """

    weights: Weights
    samples: int
    errors: Mapping[str, float]


def train_confidence(data: Path, out: Path, *, limit: int, seed: int, start: Path | None = None) -> Fitted:
    """Fit the weights on development questions, write them to a file, and return them.

    Args:
        data: Folder that holds the sets' folders.
        out: The file.
        limit: Questions of each set.
        seed: Of the samples.
        start: File of weights that are kept; only those of signs that it lacks are fitted.

    Raises:
        InputError: If a set is missing or cannot be read, or the file to start from.
    """
    known = _known(start) if start is not None else None
    samples = [sample for name in _SETS for sample in _asked(name, data, limit, seed)]
    groups = sorted({sample.group for sample in samples})
    errors = {}
    for group in groups:
        others = fit([sample for sample in samples if sample.group != group], known)
        errors[group] = _error(others, [sample for sample in samples if sample.group == group])
    weights = fit(samples, known)
    content = {
        "bias": round(weights.bias, 4),
        "signs": {name: round(weight, 4) for name, weight in weights.of.items()},
    }
    out.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return Fitted(weights, len(samples), errors)


def _known(path: Path) -> Weights:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Weights(
            float(stored["bias"]), {name: float(stored["signs"][name]) for name in stored["signs"]}
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} holds no weights of confidence: {error!r}") from None


def fit(samples: Sequence[Sample], known: Weights | None = None) -> Weights:
    """Return the weights of a logistic regression in which every set counts the same.

    No sign may count the other way than what it stands for: where that would fit best it does not count. By
    Newton's method with a small quadratic penalty on the weights.

    Args:
        samples: At least one of each kind, right and wrong.
        known: Weights that are kept as they are.
    """
    kept = known.of if known is not None else {}
    signs = np.array([[1.0, *sample.signs] for sample in samples])
    right = np.array([sample.right for sample in samples])
    sizes: dict[str, float] = {}
    for sample in samples:
        sizes[sample.group] = sizes.get(sample.group, 0.0) + sample.weight
    counts = np.array([sample.weight * len(samples) / len(sizes) / sizes[sample.group] for sample in samples])
    used = [place for place, name in enumerate(("", *SIGNS)) if name not in kept and (name or known is None)]
    held = np.array([known.bias if known is not None else 0.0, *(kept.get(name, 0.0) for name in SIGNS)])
    found: Array = np.empty(0)
    while used:
        found = _newton(signs[:, used], right, counts, signs @ held)
        against = [
            column
            for column, weight in zip(used, found, strict=True)
            if column and weight * _DIRECTIONS[SIGNS[column - 1]] < 0
        ]
        if not against:
            break
        used = [column for column in used if column not in against]
    held[used] = found
    return Weights(float(held[0]), dict(zip(SIGNS, held[1:].tolist(), strict=True)))


def _newton(signs: Array, right: Array, counts: Array, held: Array) -> Array:
    """Return the weights of some columns beside log-odds that are held; a column of ones is not penalised."""
    weights = np.zeros(signs.shape[1])
    penalty = np.diag(np.where((signs == 1.0).all(0), 0.0, _PENALTY))
    for _ in range(_ROUNDS):
        expected = 1 / (1 + np.exp(-signs @ weights - held))
        slope = signs.T @ (counts * (right - expected)) - penalty @ weights
        curve = (signs * (counts * expected * (1 - expected))[:, None]).T @ signs + penalty
        change = np.linalg.solve(curve + 1e-9 * np.eye(len(weights)), slope)
        weights += change
        if np.abs(change).max() < 1e-8:
            break
    return weights


def _error(weights: Weights, samples: Sequence[Sample]) -> float:
    signs = [dict(zip(SIGNS, sample.signs, strict=True)) for sample in samples]
    confidence = np.array([logistic(weights.odds(one)) for one in signs])
    return float(ece(confidence, np.array([sample.right for sample in samples])))


def _asked(name: str, data: Path, limit: int, seed: int) -> Iterator[Sample]:
    """Yield the samples of one set."""
    from kbqa.evaluation.bases import open_set_base
    from kbqa.evaluation.datasets import read_set
    from kbqa.stages import default_pipeline

    folder = data / _SETS[name]
    items = read_set(name, data=folder, split=_SPLITS.get(name, ""), limit=limit, seed=seed).items
    with open_set_base(name, data=folder) as base:
        sources, config = base.sources, Config(threshold=0.0)
        whole = default_pipeline(sources, config)
        lacking: dict[Iri, Pipeline] = {}
        unstated: dict[tuple[Iri, Iri], list[Item]] = {}
        rights = 0
        for item in items:
            asked = _first(whole, item, sources)
            if asked is None:
                continue
            reading, right = asked
            yield Sample(name, _signs(reading), right)
            rights += int(right)
            chain = chain_of(reading.form) if right and rights % _HIDDEN_EVERY == 0 else None
            if chain is None or not chain[1]:
                continue
            topic, steps = chain
            if rights % (2 * _HIDDEN_EVERY) == 0 and isinstance(topic, Iri):
                unstated.setdefault((topic, steps[0].predicate), []).append(item)
                continue
            hidden = steps[-1].predicate
            if hidden not in lacking and len(lacking) >= _MOST_HIDDEN:
                continue
            if hidden not in lacking:
                lacking[hidden] = default_pipeline(_without(sources, hidden), config)
            again = _first(lacking[hidden], item, sources)
            if again is not None:
                yield Sample(name, _signs(again[0]), 0.0, _HIDDEN_WEIGHT)
        pruned = default_pipeline(_pruned(sources, unstated), config)
        for again in (_first(pruned, item, sources) for items_ in unstated.values() for item in items_):
            if again is not None:
                yield Sample(name, _signs(again[0]), again[1], _HIDDEN_WEIGHT)


def _first(pipeline: Pipeline, item: Item, sources: Sources) -> tuple[Reading, float] | None:
    """Return the first reading of a question and whether its first answer is right, None without signs."""
    entities = item.entities or None
    try:
        result: Result = pipeline.ask(Question(item.question, "", entities))
    except QuestionError:
        return None
    if not result.readings or not result.answers or not result.readings[0].signs:
        return None

    def aliases(iri: str) -> list[str]:
        return [name.text for name in sources.names.of(Iri(iri))]

    return result.readings[0], right_first(result.answers, item, aliases)


def _signs(reading: Reading) -> tuple[float, ...]:
    return tuple(reading.signs[sign] for sign in SIGNS)


def _pruned(sources: Sources, hidden: Container[tuple[Iri, Iri]]) -> Sources:
    """Return sources whose graph states nothing by some relations of some things, in either direction."""

    def is_hidden(triple: Triple) -> bool:
        ends = (end for end in (triple.subject, triple.object) if isinstance(end, Iri))
        return any((end, triple.predicate) in hidden for end in ends)

    kept = Store.in_memory()
    facts = sources.graph.triples(limit=_MOST_FACTS)
    kept.add((fact for fact in facts if not is_hidden(fact)), source="kept")
    kept.add_prefixes(sources.graph.prefixes)
    return replace(sources, graph=kept)


def _without(sources: Sources, hidden: Iri) -> Sources:
    """Return sources whose schema lacks a relation, and all that are called the same."""
    called = set(relation_names(hidden, sources.names))
    left = tuple(
        one for one in sources.schema.predicates if called.isdisjoint(relation_names(one.iri, sources.names))
    )
    return replace(sources, schema=replace(sources.schema, predicates=left))
