"""Training the span reader: `kbqa train reader`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.errors import InputError
from kbqa.reading.span import SpanReader
from kbqa.reading.span_model import Settings, SpanModel, new_weights, read_weights, save_model
from kbqa.reading.windows import LONGEST_FACT, PairTokenizer, Window, with_facts
from kbqa.storage.encoder import BILINGUAL_FOLDER, DEFAULT, bert_encoder, load_encoder
from kbqa.training.bilingual_data import seeded
from kbqa.training.reader_fit import fitted, scores_by_set
from kbqa.training.reading_examples import (
    SOURCES,
    ReadingExample,
    nearest_others,
    read_source,
    split_by_passage,
)
from kbqa.training.reading_variants import hung, made_up, rewritten, shortened, without_answer
from kbqa.training.schedule import optimizer_of, scheduled
from kbqa.training.sentence_fit import sentence_weights
from kbqa.training.workers import single_threaded
from retrieval.bert import Bert

if TYPE_CHECKING:
    from random import Random

    from torch import Tensor
    from torch.optim import Optimizer


__all__ = ["MADE", "Learnt", "Recipe", "train_reader"]

log = logging.getLogger(__name__)

MADE = ("unanswered", "short", "hung", "made")
"""Kinds of windows that are made of the sets' questions."""
_GROUPS = 4


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
    unanswered: float = 0.6
    """Windows whose passage does not answer, for each question: its question changed, its answer taken out, or near."""
    short: float = 0.25
    """Windows of one sentence that answers, and as many of one that does not, for each question."""
    hung: float = 0.25
    """Windows with facts that hang on them, for each question."""
    made: float = 0.3
    """Windows with a question that was made up, for each question."""
    answers_weight: float = 0.5
    """Of the loss of whether a window answers, beside that of where."""
    log_every: int = 20
    """Steps."""

    def without(self, names: Collection[str]) -> Recipe:
        """Return the recipe without some kinds of windows; raises `InputError` for a name of neither kind nor set.

        >>> Recipe().without(["made"]).made
        0.0
        """
        unknown = sorted(set(names) - set(MADE) - SOURCES.keys())
        if unknown:
            known = ", ".join([*SOURCES, *MADE])
            raise InputError(
                f"{unknown[0]!r} is neither a set nor a kind of window; leave out some of {known}"
            )
        unanswered, short, hung, made = (
            0.0 if kind in names else share
            for kind, share in zip(MADE, (self.unanswered, self.short, self.hung, self.made), strict=True)
        )
        return replace(self, unanswered=unanswered, short=short, hung=hung, made=made)


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
    data: Path,
    out: Path,
    *,
    minutes: float | None,
    steps: int,
    seed: int,
    start: Path | None = None,
    recipe: Recipe | None = None,
    without: Collection[str] = (),
) -> Learnt:
    """Train a reader on public sets and write its folder.

    Args:
        data: The folder of public sets.
        out: The folder to write.
        minutes: When to stop, besides `steps`.
        steps: Batches at most; with 0 only what is fitted afterwards is fitted anew.
        seed: Of everything random.
        start: Folder of a reader to go on from, instead of beginning anew.
        recipe: Sizes and rates.
        without: Names of sets that are not learnt from, and kinds of windows that are not made ("unanswered", "short",
            "hung", "made").

    Raises:
        InputError: If a set is missing, `without` holds another name, or leaves nothing to learn from.
        ModelError: If the text encoder cannot be loaded.
    """
    encoder = load_encoder(DEFAULT)
    base = bert_encoder(encoder)
    assert base is not None
    recipe = (recipe or Recipe()).without(without)
    learnt, held_out = _read(data, seed, without)
    others = nearest_others(learnt, encoder, k=4) if steps else [()] * len(learnt)
    log.info("%d questions to learn from, %d held out", len(learnt), len(held_out))
    settings = Settings(encoder.name, seed=seed, knowledge="none")
    tokenizer = PairTokenizer(BILINGUAL_FOLDER / "tokenizer.json")
    weights = new_weights(base.bert, seed=seed) if start is None else read_weights(start, base.bert)
    course = _Course(base.bert, weights, tokenizer, settings, recipe, seeded(seed))
    done = course.run(list(zip(learnt, others, strict=True)), minutes=minutes, steps=steps)
    reader = SpanReader(SpanModel.of(base.bert, weights), tokenizer, settings)
    f1 = scores_by_set(reader, held_out)
    settings = fitted(reader, held_out, encoder, seed=seed)
    passages = [example.text for example in (*learnt, *held_out)]
    settings = replace(settings, sentence=sentence_weights(reader, held_out, passages, seed=seed))
    save_model(out, weights, settings)
    return Learnt(done, len(learnt), len(held_out), f1, settings)


def _read(
    data: Path, seed: int, without: Collection[str]
) -> tuple[list[ReadingExample], list[ReadingExample]]:
    learnt: list[ReadingExample] = []
    held_out: list[ReadingExample] = []
    for name, source in SOURCES.items():
        one, other = split_by_passage(read_source(data, name), source.share, seed=seed)
        learnt += one if name not in without else []
        held_out += other
    if not learnt:
        raise InputError("every set is left out; nothing is left to learn from")
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
        recipe = self._recipe
        optimizer = optimizer_of(
            self._weights, rate=recipe.rate, head_rate=recipe.head_rate, decay=recipe.decay
        )
        step, losses = 0, 0.0
        draw = self._draw(examples)
        with single_threaded(_GROUPS) as workers:
            for step in scheduled(optimizer, minutes=minutes, steps=steps, warm_up=recipe.warm_up):
                losses += self._step(optimizer, workers, draw)
                if step % recipe.log_every == 0:
                    log.info("step %d: loss %.3f", step, losses / recipe.log_every)
                    losses = 0.0
        for tensor in self._weights.values():
            tensor.requires_grad_(False)
        return step

    def _draw(
        self, examples: Sequence[tuple[ReadingExample, tuple[ReadingExample, ...]]]
    ) -> Iterator[ReadingExample]:
        """Yield examples without end, each question once a round, with others made of it."""
        chance, recipe = self._chance, self._recipe
        while True:
            for example, near in chance.sample(list(examples), len(examples)):
                yield example
                if chance.random() < recipe.unanswered and (other := self._unanswered(example, near)):
                    yield other
                if chance.random() < recipe.short:
                    yield shortened(example)
                    if other := self._unanswered(example, near):
                        yield shortened(other)
                if chance.random() < recipe.hung and (other := hung(example, near, chance)):
                    yield other
                if chance.random() < recipe.made and (other := made_up(example, chance)):
                    yield other

    def _unanswered(self, example: ReadingExample, near: Sequence[ReadingExample]) -> ReadingExample | None:
        """Return the question with a passage that does not answer it, made in one of three ways."""
        ways: list[Callable[[], ReadingExample | None]] = [
            lambda: rewritten(example, self._chance),
            lambda: without_answer(example),
            lambda: self._chance.choice(near) if near else None,
        ]
        first = self._chance.randrange(len(ways))
        found = (way() for way in ways[first:] + ways[:first])
        return next((other for other in found if other is not None and other.text.strip()), None)

    def _step(
        self, optimizer: Optimizer, workers: ThreadPoolExecutor, draw: Iterator[ReadingExample]
    ) -> float:
        """Learn from one batch and return its loss; groups of like length are computed side by side."""
        import torch

        batch = [next(draw) for _ in range(self._recipe.batch)]
        windows = sorted(map(self._target, batch), key=lambda one: len(one.window.tokens))
        size = -(-len(windows) // _GROUPS)
        groups = [windows[start : start + size] for start in range(0, len(windows), size)]
        parameters = list(self._weights.values())

        def learn(group: Sequence[_Target]) -> tuple[float, tuple[Tensor, ...]]:
            scores, answers = SpanModel.of(self._base, self._weights)([one.window for one in group])
            right = torch.tensor([(one.begin, one.end) for one in group])
            where = torch.nn.functional.cross_entropy(scores.flatten(0, 1), right.flatten(), reduction="sum")
            told = torch.tensor([float(one.told) for one in group])
            whether = torch.nn.functional.binary_cross_entropy_with_logits(answers, told, reduction="sum")
            loss = (where / 2 + self._recipe.answers_weight * whether) / len(windows)
            return float(loss.detach()), torch.autograd.grad(loss, parameters)

        learnt = list(workers.map(learn, groups))
        for parameter, *gradients in zip(parameters, *(found for _, found in learnt), strict=True):
            parameter.grad = torch.stack(gradients).sum(0)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return sum(loss for loss, _ in learnt)

    def _target(self, example: ReadingExample) -> _Target:
        """Return a window, one with the answer where there is one, and what is right about it."""
        question, text = self._tokenizer.pieces([example.question, example.text])
        windows = self._tokenizer.windows(
            question, text, length=self._settings.length, overlap=self._settings.overlap
        )
        if example.answered:
            held = [(one, place) for one in windows if (place := _tokens_of(one, example)) is not None]
            if held:
                window, (begin, end) = self._chance.choice(held)
                return _Target(window, begin, end, told=True)
            return _Target(windows[0], 0, 0, told=False)
        if example.facts:
            first = example.facts[0]
            windows = [one for one in windows if _inside(one, first.start, first.end)] or windows
            facts = self._tokenizer.pieces([fact.text for fact in example.facts])
            window = self._chance.choice(windows)
            grown = with_facts(
                window,
                [
                    (fact.start, fact.end, pieces.ids[:LONGEST_FACT])
                    for fact, pieces in zip(example.facts, facts, strict=True)
                ],
            )
            return _Target(grown, 0, 0, told=example.told and grown.tree is not None)
        return _Target(self._chance.choice(windows), 0, 0, told=False)


@dataclass(frozen=True, slots=True)
class _Target:
    """A window with the tokens where its answer begins and ends, and whether it answers at all."""

    window: Window
    begin: int
    end: int
    told: bool


def _inside(window: Window, start: int, end: int) -> bool:
    return any(first < end and last > start for first, last in window.places)


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
