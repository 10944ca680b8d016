"""Training a knowledge base's own reranker on questions made up about its facts: `kbqa train reranker`."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.config import Config
from kbqa.errors import InputError, QuestionError
from kbqa.reading.cross_reranker import CrossReranker, asked_entities
from kbqa.reading.entity_fusion import EntityVectors, Fusion, fusion_weights, new_fusion
from kbqa.reading.neighbourhood import Neighbourhood
from kbqa.reading.passage import SHIPPED_READER, LazyReader
from kbqa.reading.span import SpanReader
from kbqa.reading.span_model import Knowledge, SentenceWeights, SpanModel, read_weights, save_model
from kbqa.reading.windows import PairTokenizer, TextEntity, Window
from kbqa.stages import default_stages
from kbqa.storage.encoder import BILINGUAL_FOLDER, DEFAULT, bert_encoder, load_encoder
from kbqa.storage.locks import WRITER, locked
from kbqa.storage.parts import RERANKER
from kbqa.training.bilingual_data import seeded
from kbqa.training.embeddings import Recipe as GraphRecipe
from kbqa.training.embeddings import read_facts, train_embeddings
from kbqa.training.fact_questions import FactQuestion, FactQuestions
from kbqa.training.schedule import optimizer_of, scheduled
from kbqa.training.sentence_fit import Row, weights_of
from kbqa.training.workers import single_threaded
from kbqa.types import PassageEvidence, Question
from retrieval.bert import Bert
from retrieval.types import Hit, Passage

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from torch import Tensor
    from torch.optim import Optimizer

    from kbqa.knowledge_base import KnowledgeBase
    from kbqa.pipeline import Sources, Stages
    from kbqa.types import Scored

__all__ = ["Recipe", "Trained", "train_reranker"]

log = logging.getLogger(__name__)

_WITHOUT = frozenset({"reader", "knowledge", "matcher", "images"})
_GROUPS = 4
_SENTENCES = 8  # of each question
_LOG_EVERY = 20


@dataclass(frozen=True, slots=True)
class Recipe:
    """Sizes and rates.

    Attributes:
        questions: That are made up.
        held_out: Share of them that how sure it is is fitted on.
        batch: Questions.
        rate: Of the layers.
        head_rate: Of the scores, and of the fusion with entities.
        decay: Of weights.
        warm_up: Share of the course.
        graph: How the vectors of entities are learnt.
    """

    questions: int = 1500
    held_out: float = 0.1
    batch: int = 8
    rate: float = 5e-5
    head_rate: float = 5e-4
    decay: float = 0.01
    warm_up: float = 0.1
    graph: GraphRecipe = field(default_factory=lambda: GraphRecipe(dim=64, epochs=10))


@dataclass(frozen=True, slots=True)
class Trained:
    """What a course did.

    Attributes:
        folder: Where the weights are.
        questions: Made-up questions that were learnt from.
        steps: Batches.
        before: Share of held-out questions whose first sentence was right before the course.
        after: The same behind it.
    """

    folder: Path
    questions: int
    steps: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class _Group:
    """A question's sentences, as they are read.

    Attributes:
        windows: One of each sentence.
        scores: Of the first reranker.
        ranks: Of their passages in the search.
        right: Whether each is of a passage that was asked for; one is, and one is not.
    """

    windows: tuple[Window, ...]
    scores: tuple[float, ...]
    ranks: tuple[int, ...]
    right: tuple[bool, ...]


def train_reranker(
    base: KnowledgeBase,
    *,
    knowledge: Knowledge = "none",
    out: Path | None = None,
    minutes: float | None = 5.0,
    steps: int = 100_000,
    seed: int = 0,
    recipe: Recipe | None = None,
) -> Trained:
    """Teach a reranker which passages of one knowledge base facts are about, and write it into its folder.

    It starts from the shipped reader, learns from questions made up about the graph's facts, and what it should put
    last is what the knowledge base's own search finds for them. It is used when the knowledge base is opened again.

    Args:
        base: The knowledge base, open, with a graph and passages.
        knowledge: What is read with a sentence: facts about what it mentions (K-BERT), vectors of the entities that it
            mentions (ERNIE), those of all candidates that its names may mean (KnowBERT), or nothing.
        out: Another folder to write to.
        minutes: Time for the training itself.
        steps: Stop after so many batches, too.
        seed: Of everything random.
        recipe: Sizes and rates.

    Raises:
        InputError: If no question can be made up: no passage mentions an entity that facts are about.
        BusyError: If the knowledge base is being changed.
        ModelError: If the reader to start from cannot be loaded.
    """
    recipe = recipe or Recipe()
    sources, chance = base.sources, seeded(seed)
    encoder = bert_encoder(load_encoder(DEFAULT))
    assert encoder is not None
    weights = read_weights(SHIPPED_READER, encoder.bert)
    settings = replace(LazyReader().load().settings, knowledge=knowledge, seed=seed)
    fusion = None
    if knowledge in ("entities", "candidates"):
        fusion = new_fusion(knowledge, _vectors(sources, recipe, seed), dim=encoder.dim, seed=seed)
    model = SpanModel.of(encoder.bert, weights, fusion)
    reader = SpanReader(model, PairTokenizer(BILINGUAL_FOLDER / "tokenizer.json"), settings)
    groups = list(_groups(sources, reader, FactQuestions(sources, chance), recipe.questions))
    if len(groups) < 2:
        raise InputError(
            f"{base.path}: no questions can be made up to learn from; its passages must mention entities of its graph"
        )
    kept = groups[: max(1, int(recipe.held_out * len(groups)))]
    learnt = groups[len(kept) :]
    before = _first_right(model, kept)
    course = _Course(weights, fusion, encoder.bert, recipe)
    done = course.run(learnt, minutes=minutes, steps=steps, seed=seed)
    model = SpanModel.of(encoder.bert, weights, fusion)
    after = _first_right(model, kept)
    settings = replace(settings, sentence=_sentence_weights(model, kept))
    folder = out or base.path / RERANKER
    with locked(base.path, WRITER) if out is None else nullcontext():
        if fusion is not None:
            fusion.vectors.save(folder)
        save_model(folder, {**weights, **(fusion_weights(fusion) if fusion is not None else {})}, settings)
    return Trained(folder, len(learnt), done, before, after)


def _vectors(sources: Sources, recipe: Recipe, seed: int) -> EntityVectors:
    facts = read_facts(sources.graph)
    found = train_embeddings(facts, "transe", seed=seed, recipe=recipe.graph)
    return EntityVectors.of(found.embeddings, facts.entities, facts.relations)


def _groups(sources: Sources, reader: SpanReader, asked: FactQuestions, count: int) -> Iterator[_Group]:
    """Yield questions with the sentences that search finds, those that hold right and wrong ones."""
    stages = default_stages(sources, Config(without=_WITHOUT))
    lazy = LazyReader.of(reader)
    reranker = CrossReranker(
        lazy,
        Neighbourhood(
            sources.graph,
            sources.names,
            sources.corpus,
            vectors=sources.relation_vectors,
            encoder=sources.encoder,
        ),
    )
    for number, question in enumerate(asked.draw(count), start=1):
        group = _group(question, stages, reader, reranker)
        if group is not None:
            yield group
        if number % (_LOG_EVERY * 10) == 0:
            log.info("%d of %d questions made up", number, count)


def _group(asked: FactQuestion, stages: Stages, reader: SpanReader, reranker: CrossReranker) -> _Group | None:
    question = Question(asked.text)
    try:
        parsed = stages.parse.parse(question)
    except QuestionError:
        return None
    links = stages.link.link(question, parsed)
    hits = [hit for hit in stages.search.search(question, parsed, links) if isinstance(hit.item, Passage)]
    found = _one_each(stages.rerank.rerank(parsed, links, hits))[:_SENTENCES]
    if not any(one.hit.item.id in asked.right for one in found):
        own = Hit(asked.passage, 0.0, len(hits) + 1, "fused")
        found = found[: _SENTENCES - 1] + _one_each(stages.rerank.rerank(parsed, links, [own]))
    right = tuple(one.hit.item.id in asked.right for one in found)
    if all(right) or not any(right):
        return None
    evidence = [one.evidence for one in found if isinstance(one.evidence, PassageEvidence)]
    texts = reranker.read(parsed, links, evidence)
    windows = reader.windows(
        parsed.text,
        [one.text for one in texts],
        [one.facts for one in texts],
        [one.entities for one in texts],
        [_as_meant(one, asked.thing) for one in asked_entities(links)],
    )
    first: dict[int, Window] = {}
    for window in windows:
        first.setdefault(window.passage, window)
    if len(first) < len(texts):
        return None
    return _Group(
        tuple(first[at] for at in range(len(texts))),
        tuple(one.score for one in found),
        tuple(one.hit.rank for one in found),
        right,
    )


def _as_meant(named: TextEntity, thing: str) -> TextEntity:
    """Return what a question names as the entity that it was made up about, where it may mean that."""
    return replace(named, iri=thing) if thing in dict(named.meanings) else named


def _one_each(scored: Sequence[Scored]) -> list[Scored]:
    """Return the best sentence of each passage."""
    best: dict[str, Scored] = {}
    for one in scored:
        if isinstance(one.evidence, PassageEvidence) and not one.evidence.passage.question:
            best.setdefault(one.hit.item.id, one)
    return list(best.values())


class _Course:
    """Teaches a reranker's weights, in place."""

    def __init__(self, weights: dict[str, Tensor], fusion: Fusion | None, base: Bert, recipe: Recipe) -> None:
        self._weights = weights
        self._fusion = fusion
        self._base = base
        self._recipe = recipe

    def run(self, groups: Sequence[_Group], *, minutes: float | None, steps: int, seed: int) -> int:
        """Teach until the time or the steps are over and return the number of steps."""
        recipe = self._recipe
        optimizer = optimizer_of(
            self._weights,
            fusion_weights(self._fusion).values() if self._fusion is not None else (),
            rate=recipe.rate,
            head_rate=recipe.head_rate,
            decay=recipe.decay,
        )
        draw = _endless(groups, seed)
        step, losses = 0, 0.0
        with single_threaded(_GROUPS) as workers:
            for step in scheduled(optimizer, minutes=minutes, steps=steps, warm_up=recipe.warm_up):
                losses += self._step(optimizer, workers, [next(draw) for _ in range(recipe.batch)])
                if step % _LOG_EVERY == 0:
                    log.info("step %d: loss %.3f", step, losses / _LOG_EVERY)
                    losses = 0.0
        for tensor in self._weights.values():
            tensor.requires_grad_(False)
        return step

    def _step(self, optimizer: Optimizer, workers: ThreadPoolExecutor, batch: Sequence[_Group]) -> float:
        """Learn from some questions and return the loss: of the right sentences among all, and of each alone.

        Where names have several meanings, the loss of choosing the right ones is added.
        """
        import torch

        parameters = [tensor for group in optimizer.param_groups for tensor in group["params"]]

        def learn(group: _Group) -> tuple[float, tuple[Tensor | None, ...]]:
            model = SpanModel.of(self._base, self._weights, self._fusion)
            _, odds, linking = model.with_linking(group.windows)
            right = torch.tensor(group.right)
            among = torch.logsumexp(odds, 0) - torch.logsumexp(odds[right], 0)
            alone = torch.nn.functional.binary_cross_entropy_with_logits(odds, right.float())
            loss = (among + alone + (0.0 if linking is None else linking)) / len(batch)
            return float(loss.detach()), torch.autograd.grad(loss, parameters, allow_unused=True)

        learnt = list(workers.map(learn, batch))
        for parameter, *gradients in zip(parameters, *(found for _, found in learnt), strict=True):
            given = [gradient for gradient in gradients if gradient is not None]
            parameter.grad = torch.stack(given).sum(0) if given else None
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return sum(loss for loss, _ in learnt)


def _endless(groups: Sequence[_Group], seed: int) -> Iterator[_Group]:
    chance = seeded(seed)
    while True:
        yield from chance.sample(list(groups), len(groups))


def _odds(model: SpanModel, group: _Group) -> list[float]:
    import torch

    with torch.inference_mode():
        return [float(value) for value in model(group.windows)[1]]


def _first_right(model: SpanModel, groups: Sequence[_Group]) -> float:
    """Return the share of questions whose likeliest sentence is right."""
    found = [
        group.right[max(range(len(odds)), key=odds.__getitem__)]
        for group in groups
        if (odds := _odds(model, group))
    ]
    return sum(found) / len(found)


def _sentence_weights(model: SpanModel, groups: Sequence[_Group]) -> SentenceWeights:
    """Return the weights of sentences; from every second question what is right is taken away, as where nothing answers."""
    rows: list[list[Row]] = [
        [
            ([score, odds, 1 / rank], right)
            for score, odds, rank, right in zip(
                group.scores, _odds(model, group), group.ranks, group.right, strict=True
            )
            if number % 2 or not right
        ]
        for number, group in enumerate(groups)
    ]
    return weights_of(rows)
