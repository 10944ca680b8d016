"""Question, passage and answers to choose from → how likely each is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from kbqa.encoders.hub import hub_folder, load_hub_model
from kbqa.errors import InputError
from kbqa.evaluation.text_metrics import chinese_f1, squad_f1
from kbqa.reading.span import SpanReader
from kg.text import has_cjk
from retrieval.passages import sentences
from retrieval.types import Floats, TextEncoder

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ChoiceReader", "EvidenceChoice", "HubChoice", "load_choice_reader", "softmax", "standard"]

_SPANS = 20
_BATCH = 8


class ChoiceReader(Protocol):
    """Question, passage and options → probabilities."""

    def choose(self, question: str, options: Sequence[str], passage: str) -> list[float]:
        """Return how likely each option is, summing to 1; raises `InputError` if there are fewer than two."""
        ...


class EvidenceChoice:
    """Chooses without having learnt to: three signs, each made comparable, count alike.

    An option is likely where the passage answers the question with the option behind it (log-odds of the reader), where
    stretches that the reader finds for the question alone say it, and where a sentence is near to both in meaning.
    """

    def __init__(self, reader: SpanReader, encoder: TextEncoder) -> None:
        """Prepare; the encoder compares meanings."""
        self._reader = reader
        self._encoder = encoder

    def choose(self, question: str, options: Sequence[str], passage: str) -> list[float]:
        """Return how likely each option is, summing to 1; alike for a passage without words."""
        _check(options)
        signs = self.signs(question, options, passage)
        return softmax(sum(standard(sign) for sign in signs.values()))

    def signs(self, question: str, options: Sequence[str], passage: str) -> dict[str, Floats]:
        """Return each sign of each option, higher is likelier."""
        joined = [f"{question} {option}" for option in options]
        found = {
            "said": np.array([self._reader.odds(one, [passage])[0] for one in joined]),
            "read": self._read(question, options, passage),
            "near": self._near(joined, passage),
        }
        return {name: np.nan_to_num(values, neginf=0.0) for name, values in found.items()}

    def _read(self, question: str, options: Sequence[str], passage: str) -> Floats:
        """Return the F1 of each option with the stretches that answer the question, weighed by their likelihood."""
        spans = self._reader.read(question, [passage], k=_SPANS)
        f1 = chinese_f1 if any(map(has_cjk, options)) else squad_f1
        if not spans:
            return np.zeros(len(options), dtype=np.float32)
        likely = softmax(np.array([span.score for span in spans]))
        return np.array(
            [
                sum(p * f1(span.text, option) for p, span in zip(likely, spans, strict=True))
                for option in options
            ]
        )

    def _near(self, joined: Sequence[str], passage: str) -> Floats:
        texts = [passage[start:end] for start, end in sentences(passage)]
        if not texts:
            return np.zeros(len(joined), dtype=np.float32)
        vectors = self._encoder.encode([*joined, *texts])
        nearest: Floats = (vectors[: len(joined)] @ vectors[len(joined) :].T).max(1)
        return nearest


class HubChoice:
    """Chooses with a multiple-choice checkpoint: "[CLS] passage [SEP] question option [SEP]", the passage cut to fit."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """Put the parts together; `load_choice_reader` does it from a folder."""
        self._model = model
        self._tokenizer = tokenizer

    def choose(self, question: str, options: Sequence[str], passage: str) -> list[float]:
        """Return how likely each option is, summing to 1."""
        import torch

        _check(options)
        pairs = [f"{question} {option}" for option in options]
        length = min(int(self._model.config.max_position_embeddings) - 2, 512)
        encoded = self._tokenizer(
            [passage] * len(pairs),
            pairs,
            truncation="only_first",
            max_length=length,
            padding=True,
            return_tensors="pt",
        )
        with torch.inference_mode():
            logits: Tensor = self._model(**{name: rows[None] for name, rows in encoded.items()}).logits[0]
        return [float(value) for value in torch.softmax(logits.float(), 0)]


def load_choice_reader(name: str) -> HubChoice:
    """Return the reader of a multiple-choice checkpoint.

    Args:
        name: A folder in the Hugging Face layout, or the id of a model in the local Hugging Face cache.

    Raises:
        ModelError: If it is missing, damaged, or lacks weights.
    """
    return HubChoice(*load_hub_model(hub_folder(name), "AutoModelForMultipleChoice"))


def _check(options: Sequence[str]) -> None:
    if len(options) < 2:
        raise InputError(f"there must be at least two answers to choose from, not {len(options)}")


def standard(values: Floats) -> Floats:
    """Return values with mean 0 and standard deviation 1, all 0 where they are alike.

    >>> standard(np.array([1.0, 3.0])).tolist(), standard(np.array([2.0, 2.0])).tolist()
    ([-1.0, 1.0], [0.0, 0.0])
    """
    spread = float(values.std())
    result: Floats = (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)
    return result


def softmax(values: Any) -> list[float]:
    """Return probabilities of log-odds; any shift of these gives the same.

    >>> softmax(np.array([0.0, 0.0])), softmax(np.array([1000.0, 0.0]))
    ([0.5, 0.5], [1.0, 0.0])
    """
    grown = np.exp(values - np.max(values))
    return [float(value) for value in grown / grown.sum()]
