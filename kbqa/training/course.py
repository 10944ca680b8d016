"""The course of lessons by which the bilingual encoder is taught: batches, losses, rates."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kbqa.training.bilingual_data import seeded
from kbqa.training.bilingual_vocabulary import Vocabulary
from kbqa.training.student import Student

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.optim import Optimizer

    from retrieval.types import Floats

__all__ = ["Course", "Lesson", "Recipe"]

log = logging.getLogger(__name__)

SCALE = 20.0  # of cosines in the softmax
CLOSENESS = 10.0  # weight of 1 - cosine beside the softmax
SAME_MEANING = 0.9  # English texts this similar are no negatives of each other
MAX_TOKENS = 256
WARM_UP = 100  # steps
GROUP_TOKENS = 1500  # of texts that are computed together


@dataclass(frozen=True, slots=True)
class Recipe:
    """Sizes and rates of the training; the defaults repeat the course of the shipped weights."""

    batch: int = 256
    negatives: int = 1024
    """Other English texts each Chinese text is told apart from, beside those of its batch."""
    embedding_rate: float = 2e-3
    rate: float = 1.5e-4
    decay: float = 0.01
    rows_first: float = 0.65
    """Share of the course in which only the new rows learn: English cannot change, and a step costs half."""
    by_character: float = 0.15
    """Share of batches whose words are cut into characters, so that rare words are read too."""
    characters: int = 7000
    words: int = 8500
    held_out: int = 1000
    watched: int = 500
    """Held-out pairs that the log shows while training; not among those that are scored at the end."""
    log_every: int = 50
    """Steps."""
    look_every: int = 400
    """Steps between two looks at the watched pairs."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Texts of one kind and the teacher's vectors of what they mean."""

    name: str
    texts: Sequence[str]
    targets: NDArray[np.float16]
    """(len(texts), dim) unit-length vectors."""
    share: float
    """How often it is taken, relative to the other lessons."""
    batch: int
    contrast: bool = True
    """Whether texts are also told apart; not needed where the teacher read the same text."""


class Course:
    """Teaches a student; is itself an encoder, for looks at what it has learnt."""

    def __init__(
        self,
        student: Student,
        vocabulary: Vocabulary,
        lessons: Sequence[Lesson],
        *,
        recipe: Recipe,
        seed: int,
    ) -> None:
        """Set out the course.

        Args:
            student: What learns; changed in place.
            vocabulary: Its tokenizer.
            lessons: What is taught; two of them at every step, one with contrast and one without.
            recipe: Sizes and rates.
            seed: For the order.
        """
        self._student = student
        self._recipe = recipe
        self._lessons = lessons
        self._by_word = vocabulary.load()
        self._by_character = vocabulary.load(words=False)
        for tokenizer in (self._by_word, self._by_character):
            tokenizer.enable_truncation(MAX_TOKENS)
        self._chance = seeded(seed)

    def steps(self, *, minutes: float | None, steps: int) -> Iterator[int]:
        """Teach step by step and yield the number of steps done, until the time or the steps are over."""
        optimizer = self._optimizer()
        rates = [group["lr"] for group in optimizer.param_groups]
        start, losses = time.monotonic(), 0.0
        for step in range(1, steps + 1):
            spent = (time.monotonic() - start) / 60
            done = max(step / steps, spent / minutes if minutes else 0.0)
            if done > 1:
                return
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * min(step / WARM_UP, 1 - done)
            losses += self._step(optimizer, whole=done >= self._recipe.rows_first)
            if step % self._recipe.log_every == 0:
                log.info("step %d, %.1f minutes: loss %.3f", step, spent, losses / self._recipe.log_every)
                losses = 0.0
            yield step

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit-length vector per text, in order: (len(texts), dim) float32."""
        import torch

        with torch.inference_mode():
            ids = [encoding.ids for encoding in self._by_word.encode_batch(list(texts))]
            parts = [self._student.encode(ids[row : row + 64]) for row in range(0, len(ids), 64)]
            vectors: Floats = torch.cat(parts).numpy()
        return vectors

    def _optimizer(self) -> Optimizer:
        import torch

        recipe = self._recipe
        groups = [
            {"params": [self._student.learning], "lr": recipe.embedding_rate},
            {"params": list(self._student.parameters()), "lr": recipe.rate},
        ]
        return torch.optim.AdamW(groups, weight_decay=recipe.decay, fused=True)

    def _step(self, optimizer: Optimizer, *, whole: bool) -> float:
        """Teach a batch of translations, and where the whole encoder learns one of English; return the loss."""
        import torch

        for parameter in self._student.parameters():
            parameter.requires_grad_(whole)
        lessons = [self._choose(contrast=contrast) for contrast in ((True, False) if whole else (True,))]
        rows = [self._draw(lesson) for lesson in lessons]
        texts = [
            lesson.texts[row]
            for lesson, drawn in zip(lessons, rows, strict=True)
            for row in drawn[: lesson.batch]
        ]
        # at once: rounding the weights to bfloat16 costs more than a short text
        vectors = self._learn(texts)
        sizes = [min(len(drawn), lesson.batch) for lesson, drawn in zip(lessons, rows, strict=True)]
        losses = [_loss(*each) for each in zip(lessons, rows, torch.split(vectors, sizes), strict=True)]
        loss = torch.stack(losses).sum()
        torch.autograd.backward(loss)
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())

    def _choose(self, *, contrast: bool) -> Lesson:
        fitting = [lesson for lesson in self._lessons if lesson.contrast == contrast]
        return self._chance.choices(fitting, [lesson.share for lesson in fitting])[0]

    def _draw(self, lesson: Lesson) -> list[int]:
        """Return the rows of a batch, and behind them those of the texts it is told apart from."""
        count = lesson.batch + (self._recipe.negatives if lesson.contrast else 0)
        return self._chance.sample(range(len(lesson.texts)), min(count, len(lesson.texts)))

    def _learn(self, texts: Sequence[str]) -> Tensor:
        """Return vectors of texts for a backward pass."""
        import torch

        by_character = self._chance.random() < self._recipe.by_character
        tokenizer = self._by_character if by_character else self._by_word
        ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
        groups = _groups([len(row) for row in ids])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            vectors = torch.cat([self._student.encode([ids[row] for row in group]) for group in groups])
        order = torch.tensor([row for group in groups for row in group])
        return vectors[order.argsort()]


def _groups(lengths: Sequence[int]) -> list[list[int]]:
    """Return all rows, shortest first, in groups to compute together: like lengths need little padding.

    >>> _groups([2, 5, 2]), _groups([2, 2000, 3, 1500])
    ([[0, 2, 1]], [[0, 2], [3], [1]])
    """
    groups: list[list[int]] = [[]]
    filled = 0
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        if groups[-1] and filled + lengths[row] > GROUP_TOKENS:
            groups.append([])
            filled = 0
        groups[-1].append(row)
        filled += lengths[row]
    return groups


def _loss(lesson: Lesson, rows: Sequence[int], vectors: Tensor) -> Tensor:
    """Return how far vectors of the first rows of a lesson are from what they should be."""
    import torch

    targets = torch.from_numpy(lesson.targets[list(rows)].astype(np.float32))
    closeness = CLOSENESS * (1 - (vectors * targets[: len(vectors)]).sum(1)).mean()
    return closeness + _contrast(vectors, targets) if lesson.contrast else closeness


def _contrast(vectors: Tensor, targets: Tensor) -> Tensor:
    """Return the softmax loss of vectors against targets, in both directions.

    Args:
        vectors: (batch, dim).
        targets: (batch + others, dim); target i belongs to vector i, the others only tell apart.
    """
    import torch

    count = len(vectors)
    right = torch.arange(count)
    same = (targets[:count] @ targets.T) > SAME_MEANING
    same[right, right] = False
    scores = (SCALE * vectors @ targets.T).masked_fill(same, float("-inf"))
    forth = torch.nn.functional.cross_entropy(scores, right)
    back = torch.nn.functional.cross_entropy(scores[:, :count].T, right)
    return (forth + back) / 2
