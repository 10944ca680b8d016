"""Evidence from passages → answers: stretches of text that the span reader finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from kbqa.errors import DependencyError
from kbqa.reading.span import Span, SpanReader, load_span_reader
from kbqa.reading.span_model import read_settings
from kbqa.semantics.learnt import bert_encoder
from kbqa.storage.encoder import BILINGUAL_FOLDER, DEFAULT, load_encoder
from kbqa.types import Answer, ParsedQuestion, PassageEvidence, Scored
from retrieval.errors import ModelError
from retrieval.passages import sentences
from retrieval.types import Passage, TextEncoder

__all__ = ["SHIPPED_READER", "PassageReader", "open_reader"]

SHIPPED_READER = Path(__file__).parents[1] / "weights" / "reader"
_MAX_ANSWERS = 3
_MAX_PASSAGES = 4


class PassageReader:
    """Reads answers out of the passages of evidence; loads its model when the first question needs it."""

    def __init__(self, folder: Path = SHIPPED_READER, encoder: TextEncoder | None = None) -> None:
        """Prepare.

        Args:
            folder: Of the reader.
            encoder: A text encoder that is loaded anyway; used if the reader was made of it.
        """
        self._folder = folder
        self._encoder = encoder
        self._reader: SpanReader | None = None
        self._lock = Lock()

    def read(self, parsed: ParsedQuestion, scored: Sequence[Scored]) -> list[Answer]:
        """Return answers out of the passages of some evidence, best first, each with the sentence that holds it.

        Raises:
            DependencyError: If the reader cannot be loaded.
        """
        found = {
            item.evidence.passage.id: item.evidence.passage
            for item in scored
            if isinstance(item.evidence, PassageEvidence)
        }
        passages = list(found.values())[:_MAX_PASSAGES]
        if not passages:
            return []
        reader = self._load()
        spans = reader.read(parsed.text, [passage.text for passage in passages], k=_MAX_ANSWERS)
        return [
            _answer(span, passages[span.passage], reader.probability(span.score))
            for span in spans
            if span.text
        ]

    def _load(self) -> SpanReader:
        with self._lock:
            if self._reader is None:
                self._reader = open_reader(self._folder, self._encoder)
            return self._reader


def open_reader(folder: Path, encoder: TextEncoder | None = None) -> SpanReader:
    """Return the reader in a folder.

    Args:
        folder: That `kbqa train reader` wrote.
        encoder: A text encoder that is loaded anyway; used if the reader was made of it, else the shipped one is.

    Raises:
        DependencyError: If it is missing, damaged, or was made of another encoder than the shipped one.
    """
    try:
        if encoder is None or encoder.name != read_settings(folder).encoder:
            encoder = load_encoder(DEFAULT)
        layers = bert_encoder(encoder)
        if layers is None:
            raise ModelError(f"{encoder.name} has no layers to read with")
        return load_span_reader(folder, BILINGUAL_FOLDER / "tokenizer.json", layers.bert, encoder.name)
    except ModelError as error:
        raise DependencyError(f"{error}; or go on without a reader: --without reader") from error


def _answer(span: Span, passage: Passage, confidence: float) -> Answer:
    first, last = _around(passage.text, span.start, span.end)
    place = passage.start
    evidence = PassageEvidence(
        passage,
        place + first,
        place + last,
        passage.text[first:last],
        (place + span.start, place + span.end),
    )
    return Answer(span.text, passage.id, confidence, "passage", (evidence,), ("passage",))


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the sentences begin and end that hold a stretch of a text."""
    spans = [span for span in sentences(text) if span[0] < end and span[1] > start]
    return min(start, spans[0][0]), max(end, spans[-1][1])
