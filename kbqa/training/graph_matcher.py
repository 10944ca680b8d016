"""Training a knowledge base's own matcher: on questions made up about its graph, or on a user's questions."""

from __future__ import annotations

import logging
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from kbqa.errors import InputError
from kbqa.link import QuestionLinker
from kbqa.semantics.path_model import Settings, load_parameters, new_parameters, save_parameters
from kbqa.semantics.shape import Shapes
from kbqa.storage.encoder import BILINGUAL_FOLDER, bert_encoder
from kbqa.storage.locks import WRITER, locked
from kbqa.storage.parts import MATCHER, SHIPPED_MATCHER
from kbqa.training.examples import Example
from kbqa.training.matcher import graph_lesson
from kbqa.training.nouns import Nouns
from kbqa.training.path_course import Lesson, PathCourse, Recipe, Relations
from kbqa.training.schema_paths import SchemaPaths
from kbqa.training.strange import StrangeWords
from kbqa.training.supervision import Reason, Supervised, read_taught, supervise
from kbqa.training.thesaurus import NeighbourThesaurus, encoder_words
from kbqa.types import Language
from kg.same import Sameness
from kg.text import has_cjk

if TYPE_CHECKING:
    from torch import Tensor

    from kbqa.knowledge_base import KnowledgeBase
    from kbqa.pipeline import Sources
    from kbqa.semantics.path_scorer import BertEncoder

__all__ = ["Trained", "train_graph_matcher"]

log = logging.getLogger(__name__)

# Shares of the two languages in made-up questions, where names are in English and where they are in Chinese.
_MOSTLY_ENGLISH: tuple[Language, ...] = ("en", "en", "en", "zh")
_MOSTLY_CHINESE: tuple[Language, ...] = ("zh", "zh", "zh", "en")
_MADE_UP_BESIDE = 0.15
"""Share of made-up questions in a course of a user's own: they keep what his questions do not touch."""
_SELF_RATE, _TAUGHT_RATE = 1e-3, 1e-3
_SELF_WEIGHT, _TAUGHT_WEIGHT = 2.5, 4.0
_LOG_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Trained:
    """What a course did.

    Attributes:
        folder: Where the weights are.
        steps: Batches learnt from.
        seconds: Time for everything.
        questions: Questions of the user that were learnt from.
        skipped: Questions that teach nothing, by reason.
    """

    folder: Path
    steps: int
    seconds: float
    questions: int = 0
    skipped: tuple[tuple[str, int], ...] = ()


def train_graph_matcher(
    base: KnowledgeBase,
    *,
    questions: Path | None = None,
    out: Path | None = None,
    minutes: float = 8.0,
    steps: int = 100_000,
    seed: int = 0,
) -> Trained:
    """Teach a matcher the relations of one knowledge base, and write it into the knowledge base's folder.

    A knowledge base that is open then goes on with the matcher that it has; open it again to use the new one.

    Args:
        base: The knowledge base, open.
        questions: A `.jsonl` file of questions with answers, or with SPARQL; None for made-up questions only.
        out: Another folder to write to.
        minutes: Time for the training itself.
        steps: Stop after so many batches, too.
        seed: Of everything random.

    Raises:
        InputError: If the graph has no relations, the questions cannot be read, or none of them can be used.
        BusyError: If the knowledge base is being changed.
        KbqaError, ModelError: If its encoder, or the weights to start from, cannot be loaded.
    """
    started = time.monotonic()
    sources = base.sources
    encoder = bert_encoder(sources.encoder)
    if encoder is None:
        raise InputError(
            f"the text encoder {sources.encoder.name} is no plain BERT; no matcher can be made of it"
        )
    same = Sameness(sources.graph, sources.schema.same)
    shapes = Shapes(sources.graph, sources.schema, same=same)
    nouns = Nouns(encoder, sources.schema, sources.names)
    paths = SchemaPaths(shapes, sources.schema, sources.names, nouns=nouns)
    if not paths.relations:
        raise InputError(f"{base.path}: its graph has no relations to learn")
    skipped: Counter[Reason] = Counter()
    taught = _taught(questions, sources, shapes, same, skipped) if questions else []
    if questions and not taught:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in skipped.items())
        raise InputError(f"{questions}: no question can be learnt from ({reasons})")
    lessons = [_made_up(paths, encoder, share=_MADE_UP_BESIDE if taught else 1.0)]
    if taught:
        lessons.append(_questions(taught, paths))
    parameters = _start(sources, encoder, seed=seed)
    recipe = Recipe(rate=_TAUGHT_RATE if taught else _SELF_RATE)
    course = PathCourse(encoder, parameters, Relations(encoder), lessons, recipe=recipe, seed=seed)
    done = sum(1 for _ in course.steps(minutes=minutes, steps=steps))
    words = f"{len(taught)} questions" if taught else "questions made up about the graph"
    settings = Settings(sources.encoder.name, words, _TAUGHT_WEIGHT if taught else _SELF_WEIGHT)
    folder = out or base.path / MATCHER
    with locked(base.path, WRITER) if out is None else nullcontext():
        _put(folder, parameters, settings)
    return Trained(folder, done, time.monotonic() - started, len(taught), tuple(sorted(skipped.items())))


def _taught(
    file: Path, sources: Sources, shapes: Shapes, same: Sameness, skipped: Counter[Reason]
) -> list[Supervised]:
    """Return what a user's questions teach."""
    linker = QuestionLinker(sources.names, sources.graph, same=same)
    found = supervise(
        read_taught(file),
        graph=sources.graph,
        names=sources.names,
        shapes=shapes,
        link=linker.link,
        same=same,
        skipped=skipped,
    )
    taught = []
    for number, one in enumerate(found, start=1):
        if one is not None:
            taught.append(one)
        if number % _LOG_EVERY == 0:
            log.info("%d questions read, %d of use", number, len(taught))
    return taught


def _made_up(paths: SchemaPaths, encoder: BertEncoder, *, share: float) -> Lesson:
    """Return the lesson of questions made up about the graph, mostly in the language of its names."""
    names = paths.relations
    chinese = sum(has_cjk(name) for name in names) > len(names) / 2
    words = encoder_words(BILINGUAL_FOLDER)
    thesaurus, strange = NeighbourThesaurus(encoder, words), StrangeWords(words)
    languages = _MOSTLY_CHINESE if chinese else _MOSTLY_ENGLISH
    return graph_lesson(paths, share, languages=languages, thesaurus=thesaurus, strange=strange)


def _questions(taught: Sequence[Supervised], paths: SchemaPaths) -> Lesson:
    """Return the lesson of a user's questions.

    Of the paths that answer a question equally well the one is learnt that answers most questions of all:
    what leads to the right answers by chance does so for few.
    """
    common = Counter(path for one in taught for path in one.paths)

    def draw(count: int, chance: Random) -> list[Example]:
        return [example(one, chance) for one in chance.choices(taught, k=count)]

    def example(one: Supervised, chance: Random) -> Example:
        path = max(one.paths, key=lambda path: (common[path], -len(path)))
        hops = paths.hops(path, chance, chinese=one.language == "zh")
        return Example(one.question, hops, one.language, "questions")

    return Lesson("questions", draw, 1.0 - _MADE_UP_BESIDE, paths.relations)


def _start(sources: Sources, encoder: BertEncoder, *, seed: int) -> dict[str, Tensor]:
    """Return the shipped weights, or where they are of another encoder, weights before any training."""
    if SHIPPED_MATCHER.is_dir():
        parameters, settings = load_parameters(SHIPPED_MATCHER)
        if settings.encoder == sources.encoder.name:
            return parameters
    return new_parameters(encoder.bert, seed=seed)


def _put(folder: Path, parameters: dict[str, Tensor], settings: Settings) -> None:
    """Write a matcher so that a reader finds the old weights or the new ones at any time, never half of them."""
    if folder.is_dir():
        # One file after the other takes the place of the old one: the folder itself could not without a gap.
        save_parameters(folder, parameters, settings)
        return
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    save_parameters(unfinished, parameters, settings)
    unfinished.rename(folder)
