"""Training the span reader: `kbqa train reader`."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kbqa.evaluation.text_metrics import best, drcd_f1, squad_f1
from kbqa.reading.span import SpanReader
from kbqa.reading.span_model import LAYERS, Settings, SpanModel, new_weights, save_model
from kbqa.reading.windows import PairTokenizer, Window
from kbqa.storage.encoder import BILINGUAL_FOLDER, DEFAULT, bert_encoder, load_encoder
from kbqa.training.bilingual_data import seeded
from kbqa.training.reading_examples import (
    SOURCES,
    ReadingExample,
    nearest_others,
    read_source,
    rewritten,
    split_by_passage,
)
from kbqa.training.workers import single_threaded
from retrieval.bert import Bert

if TYPE_CHECKING:
    from random import Random

    from torch import Tensor
    from torch.optim import Optimizer


__all__ = ["Learnt", "Recipe", "train_reader"]

log = logging.getLogger(__name__)

_GROUPS = 4
_HELD_OUT = 800  # questions that the probability is fitted on, at most
_NEWTON_STEPS = 25
_PASSAGES = 5  # that each of them is asked of


@dataclass(frozen=True, slots=True)
class Recipe:
    """Sizes and rates."""

    batch: int = 32
    """Windows."""
    rate: float = 1e-4
    head_rate: float = 5e-4
    decay: float = 0.01
    warm_up: float = 0.05
    """Share of the course."""
    unanswered: float = 0.35
    """Share of the windows whose passage does not answer."""
    changed: float = 0.5
    """Of these, the share whose question was changed; the others have a passage near the question."""
    log_every: int = 20
    """Steps."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What came of it.

    Attributes:
        steps: Batches.
        questions: Learnt from.
        held_out: Questions that were held out and measured.
        f1: Set → mean F1 of the held-out questions, read with their passage.
        settings: Of the reader.
    """

    steps: int
    questions: int
    held_out: int
    f1: Mapping[str, float]
    settings: Settings


def train_reader(
    data: Path, out: Path, *, minutes: float | None, steps: int, seed: int, recipe: Recipe | None = None
) -> Learnt:
    """Train a reader on public sets and write its folder.

    Args:
        data: The folder of public sets.
        out: The folder to write.
        minutes: When to stop, besides `steps`.
        steps: Batches at most.
        seed: Of everything random.
        recipe: Sizes and rates.

    Raises:
        InputError: If a set is missing.
        ModelError: If the text encoder cannot be loaded.
    """
    encoder = load_encoder(DEFAULT)
    base = bert_encoder(encoder)
    assert base is not None
    learnt, held_out = _read(data, seed)
    others = nearest_others(learnt, encoder, k=4)
    log.info("%d questions to learn from, %d held out", len(learnt), len(held_out))
    settings = Settings(encoder.name, seed=seed)
    tokenizer = PairTokenizer(BILINGUAL_FOLDER / "tokenizer.json")
    weights = new_weights(base.bert, seed=seed)
    course = _Course(base.bert, weights, tokenizer, settings, recipe or Recipe(), seeded(seed))
    done = course.run(list(zip(learnt, others, strict=True)), minutes=minutes, steps=steps)
    reader = SpanReader(SpanModel.of(base.bert, weights), tokenizer, settings)
    f1 = _scores(reader, held_out)
    chosen = sorted(seeded(seed).sample(range(len(held_out)), min(_HELD_OUT, len(held_out))))
    asked = [held_out[place] for place in chosen]
    settings = _fitted(reader, asked, nearest_others(held_out, encoder, k=_PASSAGES - 1), chosen, seed)
    save_model(out, weights, settings)
    return Learnt(done, len(learnt), len(held_out), f1, settings)


def _read(data: Path, seed: int) -> tuple[list[ReadingExample], list[ReadingExample]]:
    learnt: list[ReadingExample] = []
    held_out: list[ReadingExample] = []
    for name, source in SOURCES.items():
        one, other = split_by_passage(read_source(data, name), source.share, seed=seed)
        learnt += one
        held_out += other
    return learnt, held_out


class _Course:
    """Teaches a reader's weights, in place."""

    def __init__(
        self,
        base: Bert,
        weights: Mapping[str, Tensor],
        tokenizer: PairTokenizer,
        settings: Settings,
        recipe: Recipe,
        chance: Random,
    ) -> None:
        self._base = base
        self._weights = weights
        self._tokenizer = tokenizer
        self._settings = settings
        self._recipe = recipe
        self._chance = chance

    def run(
        self,
        examples: Sequence[tuple[ReadingExample, tuple[ReadingExample, ...]]],
        *,
        minutes: float | None,
        steps: int,
    ) -> int:
        """Teach until the time or the steps are over and return the number of steps."""
        optimizer = self._optimizer()
        rates = [group["lr"] for group in optimizer.param_groups]
        start, losses, step = time.monotonic(), 0.0, 0
        draw = self._draw(examples)
        with single_threaded(_GROUPS) as workers:
            for step in range(1, steps + 1):
                spent = (time.monotonic() - start) / 60
                done = max(step / steps, spent / minutes if minutes else 0.0)
                if done > 1:
                    step -= 1
                    break
                for group, rate in zip(optimizer.param_groups, rates, strict=True):
                    group["lr"] = rate * min(done / self._recipe.warm_up, 1 - done)
                losses += self._step(optimizer, workers, draw)
                if step % self._recipe.log_every == 0:
                    log.info("step %d, %.1f minutes: loss %.3f", step, spent, losses / self._recipe.log_every)
                    losses = 0.0
        for tensor in self._weights.values():
            tensor.requires_grad_(False)
        return step

    def _optimizer(self) -> Optimizer:
        import torch

        for tensor in self._weights.values():
            tensor.requires_grad_()
        layers = [tensor for name, tensor in self._weights.items() if name.startswith(LAYERS)]
        head = [tensor for name, tensor in self._weights.items() if not name.startswith(LAYERS)]
        groups = [{"params": layers, "lr": self._recipe.rate}, {"params": head, "lr": self._recipe.head_rate}]
        return torch.optim.AdamW(groups, weight_decay=self._recipe.decay, fused=True)

    def _draw(
        self, examples: Sequence[tuple[ReadingExample, tuple[ReadingExample, ...]]]
    ) -> Iterator[ReadingExample]:
        """Yield examples without end, each question once a round, some of them without an answer besides."""
        extra = self._recipe.unanswered / (1 - self._recipe.unanswered)
        while True:
            for example, near in self._chance.sample(list(examples), len(examples)):
                yield example
                if self._chance.random() < extra:
                    changed = (
                        rewritten(example, self._chance)
                        if self._chance.random() < self._recipe.changed
                        else None
                    )
                    if changed or near:
                        yield changed or self._chance.choice(near)

    def _step(
        self, optimizer: Optimizer, workers: ThreadPoolExecutor, draw: Iterator[ReadingExample]
    ) -> float:
        """Learn from one batch and return its loss; groups of like length are computed side by side."""
        import torch

        batch = [next(draw) for _ in range(self._recipe.batch)]
        windows = sorted(map(self._window, batch), key=lambda pair: len(pair[0].tokens))
        size = -(-len(windows) // _GROUPS)
        groups = [windows[start : start + size] for start in range(0, len(windows), size)]
        parameters = list(self._weights.values())

        def learn(group: Sequence[tuple[Window, tuple[int, int]]]) -> tuple[float, tuple[Tensor, ...]]:
            scores = SpanModel.of(self._base, self._weights)([window for window, _ in group])
            right = torch.tensor([target for _, target in group])
            loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), right.flatten(), reduction="sum")
            loss = loss / (2 * len(windows))
            return float(loss.detach()), torch.autograd.grad(loss, parameters)

        learnt = list(workers.map(learn, groups))
        for parameter, *gradients in zip(parameters, *(found for _, found in learnt), strict=True):
            parameter.grad = torch.stack(gradients).sum(0)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return sum(loss for loss, _ in learnt)

    def _window(self, example: ReadingExample) -> tuple[Window, tuple[int, int]]:
        """Return a window, one with the answer where there is one, and the tokens where it begins and ends."""
        question, text = self._tokenizer.pieces([example.question, example.text])
        windows = self._tokenizer.windows(
            question, text, length=self._settings.length, overlap=self._settings.overlap
        )
        if not example.answered:
            return self._chance.choice(windows), (0, 0)
        held = [(window, place) for window in windows if (place := _tokens_of(window, example)) is not None]
        return self._chance.choice(held) if held else (windows[0], (0, 0))


def _tokens_of(window: Window, example: ReadingExample) -> tuple[int, int] | None:
    """Return the first and the last token of the answer in a window that holds all of it."""
    inside = [
        place
        for place, (start, end) in enumerate(window.places)
        if start < example.end and end > example.start
    ]
    if not inside:
        return None
    first, last = window.places[inside[0]], window.places[inside[-1]]
    if first[0] > example.start or last[1] < example.end:
        return None
    return window.first + inside[0], window.first + inside[-1]


def f1_of(example: ReadingExample, answer: str) -> float:
    """Return F1 of an answer as the example's set defines it."""
    score = drcd_f1 if SOURCES[example.source].language == "zh" else squad_f1
    return best(score, answer, example.answers)


def _scores(reader: SpanReader, examples: Sequence[ReadingExample]) -> dict[str, float]:
    """Return the mean F1 of each set when its questions are read with their passage and something is answered."""
    values: dict[str, list[float]] = {}
    for example in examples:
        spans = reader.read(example.question, [example.text], k=1)
        values.setdefault(example.source, []).append(f1_of(example, spans[0].text if spans else ""))
    return {name: float(np.mean(found)) for name, found in values.items()}


def _fitted(
    reader: SpanReader,
    asked: Sequence[ReadingExample],
    near: Sequence[tuple[ReadingExample, ...]],
    chosen: Sequence[int],
    seed: int,
) -> Settings:
    """Return the settings with the null score and the probability of held-out questions.

    Half of these are asked of passages near them that do not answer, the others of these and their own.
    """
    chance = seeded(seed)
    scores, right = [], []
    alone: list[tuple[float, bool]] = []
    for number, (example, place) in enumerate(zip(asked, chosen, strict=True)):
        texts = [other.text for other in near[place]] + ([example.text] if number % 2 else [])
        spans = reader.read(example.question, texts, k=1)
        if spans:
            scores.append(spans[0].score)
            right.append(f1_of(example, spans[0].text) >= 0.5 and number % 2 == 1)
        changed = rewritten(example, chance)
        for one in (example, changed):
            spans = reader.read(one.question, [one.text], k=1) if one else []
            if spans:
                alone.append((spans[0].score, one is example))
    slope, offset = fit_logistic(scores, right)
    return replace(reader.settings, null=_parting(alone), slope=round(slope, 4), offset=round(offset, 4))


def _parting(scored: Sequence[tuple[float, bool]]) -> float:
    """Return the score that parts answered from unanswered questions with the best mean of both shares."""
    cuts = sorted(score for score, _ in scored)
    yes = np.array([score for score, answered in scored if answered])
    no = np.array([score for score, answered in scored if not answered])
    if not len(yes) or not len(no):
        return 0.0
    return round(max(cuts, key=lambda cut: float((yes >= cut).mean() + (no < cut).mean())), 3)


def fit_logistic(scores: Sequence[float], right: Sequence[bool]) -> tuple[float, float]:
    """Return slope and offset of P(right) = 1 / (1 + exp(-slope * score - offset)).

    By Newton's method on standardised scores, with a penalty of half the squared slope, so that scores which part
    perfectly give no infinite one.

    >>> slope, offset = fit_logistic([-2.0, -1.0, 1.0, 2.0, 0.5, -0.5], [False, False, True, True, False, True])
    >>> slope > 0, abs(offset) < 0.1
    (True, True)
    """
    values = np.asarray(scores, dtype=float)
    mean, spread = float(values.mean()), float(values.std()) or 1.0
    x = np.stack([(values - mean) / spread, np.ones(len(values))], axis=1)
    y = np.asarray(right, dtype=float)
    w, penalty = np.zeros(2), np.diag([1.0, 1e-3])
    for _ in range(_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -50, 50)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + penalty
        w = w + np.linalg.solve(hessian, x.T @ (y - p) - penalty @ w)
    return float(w[0] / spread), float(w[1] - w[0] * mean / spread)
