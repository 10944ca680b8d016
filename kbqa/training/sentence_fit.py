"""What is fitted to the scores of sentences that a search finds for held-out questions: which come first, and how sure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kbqa.config import Config
from kbqa.reading.cross_reranker import likeliest
from kbqa.reading.span import SpanReader
from kbqa.reading.span_model import SentenceWeights
from kbqa.storage.build import build
from kbqa.training.bilingual_data import seeded
from kbqa.training.reader_fit import fit_logistic
from kbqa.training.reading_examples import ReadingExample
from kbqa.types import PassageEvidence, Question
from retrieval.types import Hit, Passage

if TYPE_CHECKING:
    from kbqa.pipeline import Stages

__all__ = ["Row", "sentence_weights", "weights_of"]

_MOST = 1100  # questions that are asked
_WITHOUT = frozenset({"reader", "images"})
Row = tuple[list[float], bool]
"""Score, log-odds and one over the rank of a sentence, and whether it is right."""


def sentence_weights(
    reader: SpanReader, held_out: Sequence[ReadingExample], passages: Sequence[str], *, seed: int
) -> SentenceWeights:
    """Return the weights of the scores of a sentence: first so that the right ones come first, then how sure the first is.

    Questions are asked of a knowledge base of all passages, as a user would; for every second one what its own passage
    says is taken out of what is found, so that nothing there answers.

    Args:
        reader: Whose scores are weighed.
        held_out: Questions that it did not learn from; at most 1,100 random ones are asked.
        passages: That are searched, those of the questions among them.
        seed: Of the sample.
    """
    from kbqa.stages import default_stages

    chosen = seeded(seed).sample(list(held_out), min(_MOST, len(held_out)))
    with TemporaryDirectory() as scratch:
        file = Path(scratch) / "passages.jsonl"
        file.write_text("".join(json.dumps({"text": text}) + "\n" for text in dict.fromkeys(passages)))
        with build(Path(scratch) / "base", passages=[file]) as base:
            stages = default_stages(base.sources, Config(without=_WITHOUT))
            groups = [
                group
                for number, example in enumerate(chosen)
                if (group := list(_rows(reader, stages, example, own=bool(number % 2))))
            ]
    return weights_of(groups)


def weights_of(groups: Sequence[Sequence[Row]]) -> SentenceWeights:
    """Return the weights that put the right sentences first and say how sure the first one is.

    Args:
        groups: For each question its sentences: score, log-odds and one over the rank of each, and whether it is right. How
            sure the first is follows from how often it is, so some questions should have no right one.
    """
    score, odds, rank, offset = fit_logistic(
        [row for group in groups for row, _ in group], [right for group in groups for _, right in group]
    )

    def log_odds(row: Sequence[float]) -> float:
        return score * row[0] + odds * row[1] + rank * row[2] + offset

    firsts = [max(group, key=lambda pair: log_odds(pair[0])) for group in groups]
    steep, moved = fit_logistic([[log_odds(row)] for row, _ in firsts], [right for _, right in firsts])
    return SentenceWeights(
        round(steep * score, 4),
        round(steep * odds, 4),
        round(steep * offset + moved, 4),
        round(steep * rank, 4),
    )


def _rows(reader: SpanReader, stages: Stages, example: ReadingExample, *, own: bool) -> Iterator[Row]:
    """Yield score, log-odds, and one over the rank of each sentence that is read, and whether it holds an answer."""
    question = Question(example.question)
    parsed = stages.parse.parse(question)
    found = [
        hit
        for hit in stages.search.search(question, parsed, ())
        if isinstance(hit.item, Passage) and (own or not _is_of(hit.item, example))
    ]
    hits = [replace(hit, rank=rank) for rank, hit in enumerate(found, 1)]
    scored = stages.rerank.rerank(parsed, (), hits)
    read = [scored[place] for place in likeliest(scored)]
    texts = [item.evidence.text for item in read if isinstance(item.evidence, PassageEvidence)]
    for item, text, odds in zip(read, texts, reader.odds(parsed.text, texts), strict=True):
        right = _is_own(item.hit, example) and any(answer in text for answer in example.answers)
        yield [item.score, odds, 1 / item.hit.rank], right


def _is_own(hit: Hit, example: ReadingExample) -> bool:
    return isinstance(hit.item, Passage) and _is_of(hit.item, example)


def _is_of(passage: Passage, example: ReadingExample) -> bool:
    """Return whether a passage is a part of the one that the question is about."""
    return passage.text in example.text
