"""Teaching the path model: batches of questions against the relations of their own vocabulary."""

from __future__ import annotations

import logging
import os
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
        import torch

        threads = torch.get_num_threads()
        with ThreadPoolExecutor(min(_GROUPS, os.cpu_count() or 1), initializer=_alone) as workers:
            try:
                yield from self._steps(workers, minutes=minutes, steps=steps)
            finally:
                torch.set_num_threads(threads)

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

        def learn(group: Sequence[int]) -> tuple[float, tuple[Tensor, ...]]:
            loss = self._loss(names, [ids[row] for row in group], right[list(group)]) / total
            return float(loss.detach()), torch.autograd.grad(loss, parameters)

        learnt = list(workers.map(learn, groups))
        for parameter, *gradients in zip(parameters, *(found for _, found in learnt), strict=True):
            parameter.grad = torch.stack(gradients).sum(0)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return sum(loss for loss, _ in learnt)

    def _loss(self, names: Sequence[str], ids: Sequence[Sequence[int]], right: Tensor) -> Tensor:
        """Return the summed cross-entropy of the right relation, or of STOP, at each step."""
        import torch

        vectors = torch.from_numpy(self._relations.of(names))
        model = PathModel.of(self._base.bert, self._parameters, training=True)
        layer = self._base.bert.weights["encoder.layer.0.attention.self.query.weight"]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=layer.dtype == torch.bfloat16):
            asked = model.steps(*padded(ids)).float()
        offered = torch.cat(
            [model.relations(vectors, forward=True), model.relations(vectors, forward=False), model.stop()]
        )
        scores = model.scale() * (asked @ offered.T) + _excused(vectors, right)
        # Nothing stops before the first step.
        scores[:, 0, -1] = -1e4
        return torch.nn.functional.cross_entropy(
            scores.flatten(0, 1), right.flatten(), ignore_index=-1, reduction="sum"
        )

    def _names(self, lesson: Lesson, examples: Sequence[Example]) -> list[str]:
        needed = dict.fromkeys(hop.name for example in examples for hop in example.hops)
        spare = max(0, min(self._recipe.relations, len(lesson.names)) - len(needed))
        others = self._chance.sample(list(lesson.names), min(len(lesson.names), spare))
        return list(dict.fromkeys([*needed, *others]))


def _alone() -> None:
    """Let a worker compute in its own thread alone."""
    import torch

    torch.set_num_threads(1)


def _targets(examples: Sequence[Example], names: Sequence[str]) -> Tensor:
    """Return the column of the right relation for each step, that of STOP behind the last, then -1."""
    import torch

    columns = {name: column for column, name in enumerate(names)}
    rows = []
    for example in examples:
        row = [columns[hop.name] + (0 if hop.forward else len(names)) for hop in example.hops]
        rows.append([*row, 2 * len(names), *[-1] * MAX_STEPS][:MAX_STEPS])
    return torch.tensor(rows)


def _excused(vectors: Tensor, right: Tensor) -> Tensor:
    """Return -1e4 where another name of the right relation's meaning and direction stands, else 0."""
    import torch

    count = len(vectors)
    same = (vectors @ vectors.T) > _SAME_NAME
    same.fill_diagonal_(False)
    both = torch.zeros(2 * count + 1, 2 * count + 1)
    both[:count, :count] = both[count:-1, count:-1] = same.float() * -1e4
    return both[right.clamp(min=0)]
