"""The course by which the towers of the image encoder learn: batches, distortions, losses, rates."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch.nn.functional import affine_grid, grid_sample

from kbqa.training.bilingual_data import seeded
from kbqa.training.contrast import two_way_loss
from kbqa.training.pictured import Pictured, key
from retrieval.late import token_scores
from retrieval.token_states import TokenStates

if TYPE_CHECKING:
    from torch import Tensor

    from retrieval.towers import Encoded, Towers

__all__ = ["Course", "Lesson", "Loss", "Recipe", "distorted"]

log = logging.getLogger(__name__)

Loss = Literal["cmcl", "infonce"]
MOST_SCALE = math.log(100.0)  # CLIP clamps the scale of its logits there


@dataclass(frozen=True, slots=True)
class Recipe:
    """Sizes and rates; the defaults are those of the shipped weights.

    Attributes:
        loss: "cmcl" learns from several right descriptions of a picture and from rewrites that are wrong,
            "infonce" from one right description and the others of the batch.
        batch: Pictures of a step.
        rate: Highest learning rate.
        decay: Weight decay.
        warm_up: Steps in which the rate rises.
        parts_weight: Share of the token-wise loss.
        parts_batch: Pictures that it is computed for.
        turned: Whether pictures may be mirrored and turned by quarters, as aerial photographs may.
        log_every: Steps.
    """

    loss: Loss = "cmcl"
    batch: int = 128
    rate: float = 2e-3
    decay: float = 0.05
    warm_up: int = 40
    parts_weight: float = 0.2
    parts_batch: int = 24
    turned: bool = False
    log_every: int = 20


@dataclass(frozen=True, slots=True)
class Lesson:
    """Pictures of one kind, and the share of every batch that they make."""

    pictured: Pictured
    share: float


class Course:
    """Teaches both towers; the text encoder below the text tower never changes."""

    def __init__(
        self, towers: Towers, lessons: Sequence[Lesson], states: TokenStates, *, recipe: Recipe, seed: int
    ) -> None:
        """Set out the course; `states` must know all descriptions, right and wrong."""
        self._towers = towers
        self._lessons = lessons
        self._states = states
        self._recipe = recipe
        self._random = seeded(seed)
        self._noise = torch.Generator().manual_seed(seed)
        self._orders: list[list[int]] = [[] for _ in lessons]
        self._optimizer = torch.optim.AdamW(
            _groups(towers, recipe.decay), lr=recipe.rate, betas=(0.9, 0.98), eps=1e-6
        )

    def steps(self, *, steps: int, minutes: float | None = None) -> Iterator[int]:
        """Take steps until there are enough, or the time is up, and yield each one's number."""
        started, total = time.monotonic(), 0.0
        for step in range(1, steps + 1):
            spent = (time.monotonic() - started) / (60 * minutes) if minutes else 0.0
            if spent >= 1:
                break
            done = max(spent, (step - 1) / steps)
            self._towers.train()
            total += self._step(step, done)
            if step % self._recipe.log_every == 0:
                log.info("step %d, %.0f %%: loss %.3f", step, 100 * done, total / self._recipe.log_every)
                total = 0.0
            yield step
        self._towers.eval()

    def _step(self, step: int, done: float) -> float:
        rate = self._recipe.rate * min(1.0, step / self._recipe.warm_up) * (1 + math.cos(math.pi * done)) / 2
        for group in self._optimizer.param_groups:
            group["lr"] = max(rate, 1e-6)
        loss = self._loss(*self._batch())
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._towers.parameters(), 1.0)
        self._optimizer.step()
        with torch.no_grad():
            self._towers.scale.clamp_(max=MOST_SCALE)
        return loss.item()

    def _batch(self) -> tuple[Tensor, list[str], Tensor]:
        """Return pixels, descriptions, and which of them are right for which picture."""
        drawn = [(lesson.pictured, row) for lesson, row in self._drawn()]
        pixels = np.stack([pictured.pixels[row] for pictured, row in drawn])
        groups = [self._told(pictured, row) for pictured, row in drawn]
        texts = list(dict.fromkeys(text for right, wrong in groups for text in (*right, *wrong)))
        keys = [key(text) for text in texts]
        known = [{key(text) for text in pictured.captions[row]} for pictured, row in drawn]
        if self._recipe.loss == "infonce":
            known = [{key(text) for text in right} for right, _ in groups]
        positive = torch.tensor([[one in right for one in keys] for right in known])
        return distorted(torch.from_numpy(pixels), self._noise, turned=self._recipe.turned), texts, positive

    def _drawn(self) -> Iterator[tuple[Lesson, int]]:
        """Yield the pictures of a batch: each lesson's in a new order, all once before any again."""
        total = sum(lesson.share for lesson in self._lessons)
        for number, lesson in enumerate(self._lessons):
            for _ in range(max(1, round(self._recipe.batch * lesson.share / total))):
                if not self._orders[number]:
                    self._orders[number] = list(range(len(lesson.pictured)))
                    self._random.shuffle(self._orders[number])
                yield lesson, self._orders[number].pop()

    def _told(self, pictured: Pictured, row: int) -> tuple[list[str], list[str]]:
        """Return some right and wrong descriptions of a picture."""
        captions, wrong = pictured.captions[row], pictured.wrong[row]
        if self._recipe.loss == "infonce":
            return [self._random.choice(captions)], []
        right = self._random.sample(captions, min(2, len(captions)))
        return right, self._random.sample(wrong, min(1, len(wrong)))

    def _loss(self, pixels: Tensor, texts: Sequence[str], positive: Tensor) -> Tensor:
        images: Encoded = self._towers.images(pixels.to(memory_format=torch.channels_last))
        told: Encoded = self._towers.texts(*self._states.gather(texts))
        scale = self._towers.scale.exp()
        loss = two_way_loss(scale * images.whole @ told.whole.T, positive)
        if not self._recipe.parts_weight:
            return loss
        few = torch.randperm(len(pixels), generator=self._noise)[: self._recipe.parts_batch]
        near = positive[few].any(0)
        scores = token_scores(images.parts[few], told.parts[near], told.mask[near])
        by_parts = sum(two_way_loss(scale * score, positive[few][:, near]) for score in scores) / 2
        return loss + self._recipe.parts_weight * by_parts


def distorted(pixels: Tensor, noise: torch.Generator, *, turned: bool) -> Tensor:
    """Return pictures moved, scaled, turned a little, in another light, with noise.

    Args:
        pixels: (n, 3, side, side) uint8.
        noise: Where chance comes from.
        turned: Whether they are also mirrored and turned by quarters.

    Returns:
        The same shape, float32, about [-1, 1].
    """
    count = len(pixels)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(*(shape or (count,)), generator=noise)

    angle = uniform(-0.07, 0.07)
    if turned:
        angle = angle + torch.randint(4, (count,), generator=noise) * (math.pi / 2)
    across, down = uniform(0.85, 1.08), uniform(0.85, 1.08)
    if turned:
        across = across * (2 * torch.randint(2, (count,), generator=noise) - 1)
    matrix = torch.stack(
        [
            torch.stack([angle.cos() * across, -angle.sin() * down, uniform(-0.08, 0.08)], 1),
            torch.stack([angle.sin() * across, angle.cos() * down, uniform(-0.08, 0.08)], 1),
        ],
        1,
    )
    floats = pixels.float() / 127.5 - 1
    grid = affine_grid(matrix, list(floats.shape), align_corners=False)
    moved = grid_sample(floats, grid, padding_mode="border", align_corners=False)
    lit = moved * uniform(0.85, 1.05, count, 1, 1, 1) + uniform(-0.06, 0.06, count, 3, 1, 1)
    return lit + 0.02 * torch.randn(lit.shape, generator=noise)


def _groups(towers: Towers, decay: float) -> list[dict[str, object]]:
    """Return the parameters, matrices with weight decay, all else without."""
    named = list(towers.named_parameters())
    matrices = [value for _, value in named if value.ndim > 1]
    others = [value for _, value in named if value.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
