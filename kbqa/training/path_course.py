"""Teaching the path model: batches of questions against the relations of their own vocabulary."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from kbqa.semantics.path_model import MAX_STEPS, PathModel
from kbqa.semantics.path_scorer import BertEncoder
from kbqa.training.bilingual_data import seeded
from kbqa.training.examples import Example
from kbqa.training.workers import single_threaded
from retrieval.bert import DOWN, UP, padded
from retrieval.types import Floats, TextEncoder

if TYPE_CHECKING:
    from random import Random

    from torch import Tensor
    from torch.optim import Optimizer

__all__ = ["Lesson", "PathCourse", "Recipe", "Relations"]

log = logging.getLogger(__name__)

_SAME_NAME = 0.92
"""Cosine above which two names of one vocabulary say the same: neither is a wrong answer for the other."""
_MAX_TOKENS = 64
_LIKELY = 6
"""Relations of each step, the likeliest ones, that wrong chains are made of."""
_GROUPS = 4


@dataclass(frozen=True, slots=True)
class Recipe:
    """Sizes and rates of a course."""

    batch: int = 128
    relations: int = 256
    """Names that a batch chooses from, at most; each stands for two relations, one in each direction."""
    rate: float = 1e-3
    head_rate: float = 5e-4
    decay: float = 0.01
    warm_up: int = 40
    """Steps."""
    rivals: int = 7
    """Wrong chains that each right one is compared with."""
    log_every: int = 50
    """Steps."""


class Draw(Protocol):
    """Gives examples to learn from."""

    def __call__(self, count: int, chance: Random, /) -> Sequence[Example]:
        """Return so many examples of one vocabulary."""
        ...


@dataclass(frozen=True, slots=True)
class Lesson:
    """Examples of one kind, and how often they are taken.

    Attributes:
        name: For the log.
        draw: Gives a batch; all of its examples share one vocabulary.
        share: How often it is taken, relative to the other lessons.
        names: The vocabulary that wrong relations are taken from, besides those of the batch itself.
    """

    name: str
    draw: Draw
    share: float
    names: Sequence[str]


class Relations:
    """Vectors of relation names, each computed once."""

    def __init__(self, encoder: TextEncoder) -> None:
        """Prepare; `encoder` is the unchanged one."""
        self._encoder = encoder
        self._vectors: dict[str, Floats] = {}

    def of(self, names: Sequence[str]) -> Floats:
        """Return (len(names), dim) float32 unit vectors."""
        new = list(dict.fromkeys(name for name in names if name not in self._vectors))
        if new:
            self._vectors.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._vectors[name] for name in names])


class PathCourse:
    """Teaches the parameters of a path model, in place."""

    def __init__(
        self,
        base: BertEncoder,
        parameters: Mapping[str, Tensor],
        relations: Relations,
        lessons: Sequence[Lesson],
        *,
        recipe: Recipe,
        seed: int,
    ) -> None:
        """Set out the course.

        Args:
            base: The unchanged encoder.
            parameters: What learns.
            relations: Vectors of the names in the lessons.
            lessons: What is taught.
            recipe: Sizes and rates.
            seed: Of the order.
        """
        self._base = base
        self._parameters = parameters
        self._relations = relations
        self._lessons = lessons
        self._recipe = recipe
        self._chance = seeded(seed)

    def steps(self, *, minutes: float | None, steps: int) -> Iterator[int]:
        """Teach step by step and yield the number of steps done, until the time or the steps are over."""
        with single_threaded(_GROUPS) as workers:
            yield from self._steps(workers, minutes=minutes, steps=steps)

    def _steps(self, workers: ThreadPoolExecutor, *, minutes: float | None, steps: int) -> Iterator[int]:
        optimizer = self._optimizer()
        rates = [group["lr"] for group in optimizer.param_groups]
        start, losses = time.monotonic(), 0.0
        for step in range(1, steps + 1):
            spent = (time.monotonic() - start) / 60
            done = max(step / steps, spent / minutes if minutes else 0.0)
            if done > 1:
                return
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * min(step / self._recipe.warm_up, 1 - done)
            losses += self._step(optimizer, workers)
            if step % self._recipe.log_every == 0:
                log.info("step %d, %.1f minutes: loss %.3f", step, spent, losses / self._recipe.log_every)
                losses = 0.0
            yield step

    def _optimizer(self) -> Optimizer:
        import torch

        deltas = [tensor for name, tensor in self._parameters.items() if name.endswith((UP, DOWN))]
        heads = [tensor for name, tensor in self._parameters.items() if not name.endswith((UP, DOWN))]
        for tensor in self._parameters.values():
            tensor.requires_grad_()
        groups = [
            {"params": deltas, "lr": self._recipe.rate},
            {"params": heads, "lr": self._recipe.head_rate},
        ]
        return torch.optim.AdamW(groups, weight_decay=self._recipe.decay, fused=True)

    def _step(self, optimizer: Optimizer, workers: ThreadPoolExecutor) -> float:
        """Learn from one batch and return its loss.

        The batch is cut into groups of like length, which need little padding, and each worker computes one
        group in a single thread: short texts in small matrices gain nothing from torch's own threads, which on
        a busy machine make a step several times slower.
        """
        import torch

        lesson = self._chance.choices(self._lessons, [lesson.share for lesson in self._lessons])[0]
        examples = lesson.draw(self._recipe.batch, self._chance)
        names = self._names(lesson, examples)
        ids = [row[:_MAX_TOKENS] for row in self._base.tokenise([example.question for example in examples])]
        rows = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        size = -(-len(rows) // _GROUPS)
        groups = [rows[start : start + size] for start in range(0, len(rows), size)]
        parameters = list(self._parameters.values())
        right = _targets(examples, names)
        total = int((right >= 0).sum())

        def learn(group: Sequence[int], chance: Random) -> tuple[float, tuple[Tensor, ...]]:
            loss = self._loss(names, [ids[row] for row in group], right[list(group)], chance) / total
            return float(loss.detach()), torch.autograd.grad(loss, parameters)

        chances = [seeded(self._chance.getrandbits(32)) for _ in groups]
        learnt = list(workers.map(learn, groups, chances))
        for parameter, *gradients in zip(parameters, *(found for _, found in learnt), strict=True):
            parameter.grad = torch.stack(gradients).sum(0)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return sum(loss for loss, _ in learnt)

    def _loss(
        self, names: Sequence[str], ids: Sequence[Sequence[int]], right: Tensor, chance: Random
    ) -> Tensor:
        """Return the summed cross-entropy of the right relation, or of STOP, at each step, and of the chain."""
        import torch

        vectors = torch.from_numpy(self._relations.of(names))
        model = PathModel.of(self._base.bert, self._parameters, training=True)
        layer = self._base.bert.weights["encoder.layer.0.attention.self.query.weight"]
        tokens, mask = padded(ids)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=layer.dtype == torch.bfloat16):
            states = model.read(tokens, mask)
            asked = model.steps(states, mask).float()
        offered = torch.cat(
            [model.relations(vectors, forward=True), model.relations(vectors, forward=False), model.stop()]
        )
        scores = model.scale() * (asked @ offered.T) + _excused(vectors, right)
        # Nothing stops before the first step.
        scores[:, 0, -1] = -1e4
        stepwise = torch.nn.functional.cross_entropy(
            scores.flatten(0, 1), right.flatten(), ignore_index=-1, reduction="sum"
        )
        return stepwise + self._chain_loss(model, states, mask, offered, scores, right, chance)

    def _chain_loss(
        self,
        model: PathModel,
        states: Tensor,
        mask: Tensor,
        offered: Tensor,
        scores: Tensor,
        right: Tensor,
        chance: Random,
    ) -> Tensor:
        """Return the summed cross-entropy of the right chain among its likeliest rivals, and of whether each fits."""
        import torch

        stop = offered.shape[0] - 1
        likely = scores.detach()[:, :, :-1].topk(min(_LIKELY, stop), dim=2).indices.tolist()
        chains = [
            [chain, *rivals(chain, near, count=self._recipe.rivals, relations=stop // 2, chance=chance)]
            for chain, near in zip(_chains(right, stop), likely, strict=True)
        ]
        columns, compared = _filled(chains, self._recipe.rivals + 1)
        taken = columns >= 0
        judged, fits = model.cross(states, mask, offered[columns.clamp(min=0)], taken)
        known = _of_steps(scores.log_softmax(2), columns, stop)
        blended = model.cross.blended(judged, known.detach()).masked_fill(~compared, -1e4)
        first = torch.zeros(len(chains), dtype=torch.int64)
        chosen = torch.nn.functional.cross_entropy(blended, first, reduction="sum")
        return chosen + _fit_loss(fits, compared)

    def _names(self, lesson: Lesson, examples: Sequence[Example]) -> list[str]:
        needed = dict.fromkeys(hop.name for example in examples for hop in example.hops)
        spare = max(0, min(self._recipe.relations, len(lesson.names)) - len(needed))
        others = self._chance.sample(list(lesson.names), min(len(lesson.names), spare))
        return list(dict.fromkeys([*needed, *others]))


def _targets(examples: Sequence[Example], names: Sequence[str]) -> Tensor:
    """Return the column of the right relation for each step, that of STOP behind the last, then -1."""
    import torch

    columns = {name: column for column, name in enumerate(names)}
    rows = []
    for example in examples:
        row = [columns[hop.name] + (0 if hop.forward else len(names)) for hop in example.hops]
        rows.append([*row, 2 * len(names), *[-1] * MAX_STEPS][:MAX_STEPS])
    return torch.tensor(rows)


def rivals(
    chain: Sequence[int], likely: Sequence[Sequence[int]], *, count: int, relations: int, chance: Random
) -> list[tuple[int, ...]]:
    """Return wrong chains that a reader may take for a right one, at most `count`, in no order.

    They stop too early or go too far, which is asked about each time, and go there and back; they take a likely
    other relation for the right one, walk it the other way round, or change the places of two.

    Args:
        chain: Columns of the right chain's steps.
        likely: Columns of each step's likeliest relations.
        count: How many.
        relations: Names of relations; a column and the one so many places on are two ways of one.
        chance: Chooses.

    Example:
    >>> sorted(rivals((0,), [[0, 1], [2, 0], []], count=9, relations=4, chance=seeded(0)))
    [(0, 0), (0, 2), (0, 4), (0, 4, 0), (1,), (4,)]
    """

    def back(column: int) -> int:
        return (column + relations) % (2 * relations)

    right = tuple(chain)
    lengths: set[tuple[int, ...]] = {right[:-1], right[1:]}
    if len(right) < MAX_STEPS:
        lengths |= {(*right, back(right[-1])), *((*right, other) for other in likely[len(right)][:1])}
    others: set[tuple[int, ...]] = {(*right[:-2], right[-1]), (*right[1::-1], *right[2:])}
    if len(right) < MAX_STEPS:
        others |= {(*right, other) for other in likely[len(right)][1:3]}
    if len(right) == 1:
        others.add((*right, back(right[0]), right[0]))
    for place, column in enumerate(right):
        instead = [back(column), *likely[place]]
        others |= {(*right[:place], other, *right[place + 1 :]) for other in instead}
    first = sorted(lengths - {right, ()})
    then = sorted(others - lengths - {right, ()})
    return [*first, *chance.sample(then, min(max(0, count - len(first)), len(then)))][:count]


def _chains(right: Tensor, stop: int) -> list[tuple[int, ...]]:
    """Return the columns of each right chain's steps."""
    return [tuple(column for column in row if 0 <= column < stop) for row in right.tolist()]


def _filled(chains: Sequence[Sequence[Sequence[int]]], count: int) -> tuple[Tensor, Tensor]:
    """Return columns (questions, count, MAX_STEPS), -1 where there is no step, and which rows hold a chain."""
    import torch

    nothing = [-1] * MAX_STEPS
    columns = torch.tensor(
        [
            [*([*chain, *nothing][:MAX_STEPS] for chain in found), *[nothing] * (count - len(found))]
            for found in chains
        ]
    )
    return columns, columns[:, :, 0] >= 0


def _of_steps(scores: Tensor, columns: Tensor, stop: int) -> Tensor:
    """Return the log-probability of each chain by its steps and of STOP behind them: (questions, chains)."""
    import torch

    taken = columns >= 0
    ends = torch.where(taken, columns, stop).transpose(1, 2)
    places = torch.arange(MAX_STEPS)[None, :, None]
    counted = places <= taken.sum(2)[:, None]
    return (scores.gather(2, ends) * counted).sum(1)


def _fit_loss(fits: Tensor, compared: Tensor) -> Tensor:
    """Return the summed cross-entropy of whether a chain fits, which the first of each question alone does.

    The wrong ones of a question count together as much as the right one.
    """
    import torch

    wrong = torch.nn.functional.softplus(fits) * compared
    others = wrong[:, 1:].sum(1) / compared[:, 1:].sum(1).clamp(min=1)
    return (torch.nn.functional.softplus(-fits[:, 0]) + others).sum()


def _excused(vectors: Tensor, right: Tensor) -> Tensor:
    """Return -1e4 where another name of the right relation's meaning and direction stands, else 0."""
    import torch

    count = len(vectors)
    same = (vectors @ vectors.T) > _SAME_NAME
    same.fill_diagonal_(False)
    both = torch.zeros(2 * count + 1, 2 * count + 1)
    both[:count, :count] = both[count:-1, count:-1] = same.float() * -1e4
    return both[right.clamp(min=0)]
