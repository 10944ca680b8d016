"""Guesses at facts that the graph does not state, from the facts that it does.

Path ranking (Lao, Mitchell & Cohen, "Random Walk Inference and Learning in a Large Scale Knowledge Base", EMNLP 2011):
a fact is likelier where random walks along other relations lead from its one end to its other. Who wrote a film often
directed it; what language a film is in, films of the same author tell. For each relation and direction the routes
that lead there, and what each counts, are learnt from stated facts (`kbqa train completion`); vectors of the
graph's entities (`kbqa train embeddings`) count beside them where there are such.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kbqa.semantics.confidence import logistic
from kbqa.semantics.form import Step, back
from kbqa.semantics.walks import Ends, Route, Walker
from kg.types import Graph, Iri, Literal, Triple
from retrieval.errors import ModelError
from retrieval.types import Floats

__all__ = [
    "FILE",
    "Completion",
    "Guess",
    "StepModel",
    "Traits",
    "load_completion",
    "save_completion",
    "traits_of",
]

FILE = "completion.json"
_FORMAT = 1
_MOST_COMMON = 1000.0  # scales the logarithm of how often something is an end


@dataclass(frozen=True, slots=True)
class Guess:
    """An end of a step that the graph does not state.

    Attributes:
        term: The end.
        probability: That it is one, in [0, 1], as measured on stated facts that were left out.
        facts: What speaks most for it; empty where only its being common does.
    """

    term: Iri | Literal
    probability: float
    facts: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class StepModel:
    """What tells the ends of one step.

    Attributes:
        routes: Chains of other steps that lead to its ends.
        weights: (len(routes) + 1,) what each route counts, and last how common an end is.
        common: Its commonest ends.
        slope, shift: Make log-odds of being right out of log-odds among the candidates.
    """

    routes: tuple[Route, ...]
    weights: Floats
    common: Ends
    slope: float = 1.0
    shift: float = 0.0


Traits = dict[Iri | Literal, Floats]


def traits_of(
    walker: Walker, start: Iri | Literal, step: Step, model: StepModel, *, hidden: bool = False
) -> Traits:
    """Return candidates for the ends of a step, each with what speaks for it: (len(routes) + 1,) float32.

    The roots of the probabilities of walks along the routes, and the logarithm of how often the candidate is an end, in
    [0, 1]. Only what is an end of that step elsewhere is a candidate.

    Args:
        walker: Of the graph.
        start: Where the step begins.
        step: Which ends are wanted.
        model: Which routes count.
        hidden: Whether the ends that the graph states are taken to be unknown.
    """
    stated = set(walker.ends(start, step))
    found: Traits = {}
    size = len(model.routes) + 1
    for place, route in enumerate(model.routes):
        for end, share in walker.walk(start, route, hidden=step if hidden else None).items():
            found.setdefault(end, np.zeros(size, np.float32))[place] = math.sqrt(share)
    for end in model.common:
        found.setdefault(end, np.zeros(size, np.float32))
    kept = {}
    for end, traits in found.items():
        times = len(walker.ends(end, back(step))) - (end in stated)
        if times > 0 and end != start and (hidden or end not in stated):
            traits[-1] = math.log1p(times) / math.log1p(_MOST_COMMON)
            kept[end] = traits
    return kept


class Completion:
    """Guesses ends of the steps of one graph; safe to use from several threads."""

    def __init__(self, models: Mapping[Step, StepModel], graph: Graph) -> None:
        """Prepare for one graph."""
        self._models = models
        self._walker = Walker(graph)

    def stated(self, start: Iri | Literal, step: Step) -> Ends:
        """Return the ends of a step that the graph states, at most 60."""
        return self._walker.ends(start, step)

    def guesses(self, start: Iri | Literal, step: Step, *, k: int) -> list[Guess]:
        """Return at most `k` ends that the graph does not state, the likeliest first; none for an unknown step."""
        model = self._models.get(step)
        if model is None:
            return []
        traits = traits_of(self._walker, start, step, model)
        if not traits:
            return []
        ends = list(traits)
        table = np.stack([traits[end] for end in ends])
        scores = table @ model.weights
        shares = np.exp(scores - np.logaddexp.reduce(scores))
        best = np.argsort(-shares, kind="stable")[:k]
        return [
            Guess(
                ends[at],
                calibrated(float(shares[at]), model),
                self._reason(start, ends[at], table[at], model),
            )
            for at in best
        ]

    def _reason(
        self, start: Iri | Literal, end: Iri | Literal, traits: Floats, model: StepModel
    ) -> tuple[Triple, ...]:
        """Return the facts of the walk that counts most for a guess."""
        counts = (traits * model.weights)[:-1]
        if not len(counts) or counts.max() <= 0.0:
            return ()
        return self._walker.facts(start, model.routes[int(counts.argmax())], end)


def calibrated(share: float, model: StepModel) -> float:
    """Return the probability that a guess with some share of the likelihood of all candidates is right.

    >>> model = StepModel((), np.zeros(1, np.float32), (), slope=1.0, shift=0.0)
    >>> round(calibrated(0.25, model), 2)
    0.25
    """
    share = min(max(share, 1e-6), 1 - 1e-6)
    return logistic(model.slope * math.log(share / (1 - share)) + model.shift)


def save_completion(folder: Path, models: Mapping[Step, StepModel]) -> None:
    """Write models into a folder, which is made; whoever reads meanwhile finds the old file or the new one."""
    steps = [{**_step_values(step), **_model_values(model)} for step, model in models.items()]
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{FILE}.new"
    place.write_text(
        json.dumps({"format": _FORMAT, "steps": steps}, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    place.replace(folder / FILE)


def load_completion(folder: Path, graph: Graph) -> Completion:
    """Return the completion model in a folder, for the graph that it was trained on.

    Raises:
        ModelError: If it is missing, damaged, or of another version.
    """
    place = folder / FILE
    try:
        stored = json.loads(place.read_text(encoding="utf-8"))
        if stored["format"] != _FORMAT:
            raise ValueError(f"format {stored['format']!r} where {_FORMAT} is read")
        models = {_step(one): _model(one) for one in stored["steps"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{place} holds no completion model ({error!r}); train it again: kbqa train completion"
        ) from error
    return Completion(models, graph)


def _step_values(step: Step) -> dict[str, Any]:
    return {"predicate": step.predicate.value, "forward": step.forward}


def _step(values: Mapping[str, Any]) -> Step:
    return Step(Iri(str(values["predicate"])), bool(values["forward"]))


def _model_values(model: StepModel) -> dict[str, Any]:
    return {
        "routes": [[_step_values(step) for step in route] for route in model.routes],
        "weights": [round(float(weight), 4) for weight in model.weights],
        "common": [_term_values(term) for term in model.common],
        "slope": round(model.slope, 4),
        "shift": round(model.shift, 4),
    }


def _model(values: Mapping[str, Any]) -> StepModel:
    routes = tuple(tuple(map(_step, route)) for route in values["routes"])
    weights = np.array(values["weights"], dtype=np.float32)
    if weights.shape != (len(routes) + 1,) or not np.isfinite(weights).all():
        raise ValueError(f"{len(routes)} routes need {len(routes) + 1} weights")
    common = tuple(map(_term, values["common"]))
    slope, shift = float(values["slope"]), float(values["shift"])
    if not (math.isfinite(slope) and math.isfinite(shift)):
        raise ValueError("slope and shift must be finite")
    return StepModel(routes, weights, common, slope, shift)


def _term_values(term: Iri | Literal) -> Any:
    return term.value if isinstance(term, Iri) else [term.value, term.datatype, term.language]


def _term(values: str | Sequence[str]) -> Iri | Literal:
    return Iri(values) if isinstance(values, str) else Literal(*map(str, values))
