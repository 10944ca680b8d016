"""Training guesses at facts that a graph does not state: `kbqa train completion`.

The ends of a step from some things are taken to be unknown, routes that lead there by other facts are looked for by
random walks, and what each route counts is fitted so that the hidden ends come first among all candidates.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np

from kbqa.errors import InputError
from kbqa.pipeline import Sources
from kbqa.semantics.completion import StepModel, calibrated, save_completion, traits_of
from kbqa.semantics.form import Step
from kbqa.semantics.shape import Shapes
from kbqa.semantics.walks import Ends, Route, Walker
from kg.types import Graph, Iri, Literal
from retrieval.types import Floats

__all__ = ["Trained", "train_completion"]

log = logging.getLogger(__name__)

LEARNT, MEASURED = 600, 200  # things of a step
EXPLORED, WALKS = 120, 200  # things that are walked from, and walks from each
MAX_STEPS = 3
MAX_ROUTES = 16
MAX_COMMON = 15
MAX_RELATIONS = 200
READ = 100_000  # facts of a relation
DECAY = 1e-3
RATE, ROUNDS = 0.1, 100  # of Adam
LEAST = 5  # things without which a step is not learnt


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a training.

    Attributes:
        steps: How many relations and directions have guesses.
        measured: Things whose ends were hidden and guessed, none of which was learnt from.
        right: The share of these whose first guess is an end.
        promised: The mean probability of first guesses, by calibrations that have not seen them.
        seconds: Of the training.
    """

    steps: int
    measured: int
    right: float
    promised: float
    seconds: float


@dataclass(frozen=True, slots=True)
class _Known:
    """A thing, and what a step really leads to from it."""

    start: Iri | Literal
    ends: frozenset[Iri | Literal]


def train_completion(sources: Sources, out: Path, *, minutes: float = 10.0, seed: int = 0) -> Trained:
    """Learn to guess what a graph does not state, and write the model to a folder.

    The 200 relations with most facts are learnt, and no others walked.

    Args:
        sources: The graph with its profile.
        out: The folder; made if it does not exist.
        minutes: No further relation is begun after this time.
        seed: Of everything random.

    Raises:
        InputError: If the graph is remote, or has no relation with enough facts.
    """
    started = time.monotonic()
    graph = sources.graph
    if graph.remote:
        raise InputError(
            "completion needs thousands of look-ups a second; build a knowledge base from the triples"
        )
    profiles = Shapes(graph, sources.schema).profiles
    chosen = sorted(profiles, key=lambda iri: (-profiles[iri].count, iri.value))[:MAX_RELATIONS]
    walker, random = Walker(graph), Random(seed)  # noqa: S311
    walked = [Step(iri, forward) for iri in chosen for forward in (True, False)]
    models: dict[Step, StepModel] = {}
    outcomes: list[tuple[float, bool]] = []
    for iri in chosen:
        if time.monotonic() - started > 60 * minutes:
            log.warning("the time is up: %d of %d relations are learnt", len(models), 2 * len(chosen))
            break
        for step in (Step(iri, True), Step(iri, False)):
            found = _learn(graph, walker, step, walked, random)
            if found is not None:
                models[step], measured = found
                outcomes += measured
                log.info("%s %s: %s", iri.value, "→" if step.forward else "←", _told(models[step], measured))
    if not models:
        raise InputError("the graph has no relation with enough facts to learn from")
    save_completion(out, models)
    return Trained(
        len(models),
        len(outcomes),
        float(np.mean([right for _, right in outcomes])) if outcomes else 0.0,
        float(np.mean([share for share, _ in outcomes])) if outcomes else 0.0,
        time.monotonic() - started,
    )


def _told(model: StepModel, measured: Sequence[tuple[float, bool]]) -> str:
    right = sum(right for _, right in measured) / max(len(measured), 1)
    return f"{len(model.routes)} routes, {right:.0%} of {len(measured)} first guesses right"


def _learn(
    graph: Graph, walker: Walker, step: Step, walked: Sequence[Step], random: Random
) -> tuple[StepModel, list[tuple[float, bool]]] | None:
    """Return the model of a step, and of things not learnt from the probability of the first guess and its truth."""
    known, common = _known(graph, walker, step, random)
    if len(known) < LEAST:
        return None
    apart = min(MEASURED, len(known) // 4)
    measured, learnt = known[:apart], known[apart:]
    routes = _routes(walker, step, learnt[:EXPLORED], walked, random)
    model = StepModel(routes, np.zeros(len(routes) + 1, np.float32), common)
    tables = [_table(walker, one, step, model) for one in learnt]
    told = [one for one in tables if one is not None and one[1].any()]
    if len(told) < LEAST:
        return None
    model = replace(model, weights=_fitted(told))
    firsts = [_first(walker, one, step, model) for one in measured]
    # What is promised is measured on the half that the calibration has not seen; the model keeps that of both.
    halves = firsts[::2], firsts[1::2]
    promised = [
        (calibrated(share, _calibrated(model, other)), right)
        for half, other in (halves, halves[::-1])
        for share, right in half
    ]
    return _calibrated(model, firsts), promised


def _known(graph: Graph, walker: Walker, step: Step, random: Random) -> tuple[list[_Known], Ends]:
    """Return some things that take a step, in random order, and its commonest ends."""
    facts = graph.triples(None, step.predicate, None, limit=READ)
    ends = ((one.subject, one.object) if step.forward else (one.object, one.subject) for one in facts)
    ways = [(start, end) for start, end in ends if isinstance(start, Iri) and isinstance(end, Iri | Literal)]
    starts = sorted({start for start, _ in ways}, key=lambda iri: iri.value)
    often = Counter(end for _, end in ways)
    random.shuffle(starts)
    common = sorted(often, key=lambda end: (-often[end], end.value))[:MAX_COMMON]
    known = [_Known(start, frozenset(walker.ends(start, step))) for start in starts[: LEARNT + MEASURED]]
    return known, tuple(common)


def _routes(
    walker: Walker, step: Step, things: Sequence[_Known], walked: Sequence[Step], random: Random
) -> tuple[Route, ...]:
    """Return the routes that lead from things to their ends most surely, the surest first."""
    met: Counter[Route] = Counter()
    for one in things:
        met.update(_met(walker, step, one, walked, random))
    often = sorted((route for route in met if met[route] > 1), key=lambda route: (-met[route], str(route)))
    sure = {route: _sureness(walker, step, route, things) for route in often[: 3 * MAX_ROUTES]}
    best = sorted((route for route in sure if sure[route] > 0), key=lambda route: (-sure[route], str(route)))
    return tuple(best[:MAX_ROUTES])


def _met(walker: Walker, step: Step, one: _Known, walked: Sequence[Step], random: Random) -> set[Route]:
    """Return the routes by which random walks come from a thing to one of its ends."""
    found: set[Route] = set()
    offered: dict[Iri | Literal, list[Step]] = {}
    for _ in range(WALKS):
        place: Iri | Literal = one.start
        route: Route = ()
        for _ in range(MAX_STEPS):
            if place not in offered:
                offered[place] = [way for way in walked if walker.open_ends(place, way, one.start, step)]
            if not offered[place]:
                break
            way = random.choice(offered[place])
            place, route = random.choice(walker.open_ends(place, way, one.start, step)), (*route, way)
            if place in one.ends:
                found.add(route)
    return found


def _sureness(walker: Walker, step: Step, route: Route, things: Sequence[_Known]) -> float:
    """Return the mean share that a walk along a route gives to a thing's ends."""
    shares = []
    for one in things:
        reached = walker.walk(one.start, route, hidden=step)
        shares.append(sum(share for end, share in reached.items() if end in one.ends))
    return float(np.mean(shares))


def _table(walker: Walker, one: _Known, step: Step, model: StepModel) -> tuple[Floats, Floats] | None:
    """Return what speaks for each candidate, and 1.0 for each that is an end; None without candidates."""
    traits = traits_of(walker, one.start, step, model, hidden=True)
    if not traits:
        return None
    return np.stack(list(traits.values())), np.array([end in one.ends for end in traits], np.float32)


def _fitted(tables: Sequence[tuple[Floats, Floats]]) -> Floats:
    """Return the weights by which the ends have most of the likelihood among all candidates."""
    import torch

    pad = torch.nn.utils.rnn.pad_sequence
    traits = pad([torch.from_numpy(table) for table, _ in tables], batch_first=True)
    ends = pad([torch.from_numpy(right) for _, right in tables], batch_first=True)
    real = pad([torch.ones(len(right)) for _, right in tables], batch_first=True)
    weights = torch.zeros(traits.shape[2], requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=RATE)
    for _ in range(ROUNDS):
        scores = (traits @ weights).masked_fill(real == 0, -torch.inf)
        right = scores.masked_fill(ends == 0, -torch.inf).logsumexp(1)
        loss = (scores.logsumexp(1) - right).mean() + DECAY * weights.square().sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return np.asarray(weights.detach().numpy(), dtype=np.float32)


def _first(walker: Walker, one: _Known, step: Step, model: StepModel) -> tuple[float, bool]:
    """Return the share of the first candidate among all, and whether it is an end."""
    table = _table(walker, one, step, model)
    if table is None:
        return 0.0, False
    scores = table[0] @ model.weights
    best = int(scores.argmax())
    return float(np.exp(scores[best] - np.logaddexp.reduce(scores))), bool(table[1][best])


def _calibrated(model: StepModel, firsts: Sequence[tuple[float, bool]]) -> StepModel:
    slope, shift = _calibration(firsts)
    return replace(model, slope=slope, shift=shift)


def _calibration(firsts: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Return slope and shift that make probabilities of shares (Platt, 1999).

    The penalty draws the slope to 1 and not, as `fit_logistic` does, to 0: where all first guesses are right, those
    behind them are no likelier for it.
    """
    odds = np.array([np.log(max(share, 1e-6) / max(1 - share, 1e-6)) for share, _ in firsts])
    right = np.array([float(one) for _, one in firsts])
    total, many = right.sum(), len(right)
    # Platt's targets, so that few samples never promise certainty.
    targets = np.where(right == 1, (total + 1) / (total + 2), 1 / (many - total + 2))
    slope, shift = 1.0, 0.0
    for _ in range(200):
        expected = 1 / (1 + np.exp(-(slope * odds + shift)))
        off = targets - expected
        curve = expected * (1 - expected) + 1e-6
        table = np.array(
            [[(curve * odds * odds).sum() + 1.0, (curve * odds).sum()], [(curve * odds).sum(), curve.sum()]]
        )
        change = np.linalg.solve(table, np.array([(off * odds).sum() - (slope - 1.0), off.sum()]))
        slope, shift = slope + float(np.clip(change[0], -1, 1)), shift + float(np.clip(change[1], -1, 1))
        if np.abs(change).max() < 1e-6:
            break
    return max(slope, 0.0), shift
