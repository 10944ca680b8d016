"""Text with a blank and what may fill it → how likely each is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from kbqa.encoders.hub import hub_folder, load_hub_model
from kbqa.errors import InputError
from kbqa.reading.choice import softmax, standard
from kbqa.reading.span import SpanReader
from kg.text import has_cjk
from retrieval.errors import ModelError
from retrieval.types import Floats, TextEncoder

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["BLANK", "ClozeReader", "EvidenceCloze", "HubCloze", "load_cloze_reader"]

BLANK = "[BLANK]"
"""Marks what is to be filled."""
_SPANS = 20
_AROUND = 60  # characters on either side of a blank that an option is compared with
_BESIDE = 5  # characters on either side that may be those of the passage
_MANY = 16  # options that a model fills in together


class ClozeReader(Protocol):
    """Text with a blank, options and a passage → probabilities."""

    def fill(self, text: str, options: Sequence[str], passage: str = "") -> list[float]:
        """Return how likely each option fills the blank, summing to 1.

        Args:
            text: With exactly one "[BLANK]".
            options: At least two.
            passage: What the text is about, "" where it stands alone.

        Raises:
            InputError: If the text has no blank or several, or there are fewer than two options.
        """
        ...


class EvidenceCloze:
    """Fills blanks without having learnt to.

    An option is likely where it is near in meaning to what stands around the blank. With a passage it is likely where
    the reader finds it when it is asked for the blank, and where the passage has it between the same words; both signs
    are made comparable and count alike.
    """

    def __init__(self, reader: SpanReader, encoder: TextEncoder) -> None:
        """Prepare; the encoder compares meanings."""
        self._reader = reader
        self._encoder = encoder

    def fill(self, text: str, options: Sequence[str], passage: str = "") -> list[float]:
        """Return how likely each option fills the blank, summing to 1."""
        before, after = parted(text, options)
        if not passage:
            return softmax(standard(self._around(before, after, options)))
        between = np.array([shared_around(before, option, after, passage) for option in options], dtype=float)
        return softmax(standard(self._read(before, after, options, passage)) + standard(between))

    def _around(self, before: str, after: str, options: Sequence[str]) -> Floats:
        vectors = self._encoder.encode([before[-_AROUND:] or after, after[:_AROUND] or before, *options])
        near: Floats = (vectors[2:] @ vectors[:2].T).sum(1)
        return near

    def _read(self, before: str, after: str, options: Sequence[str], passage: str) -> Floats:
        asked = "什么" if has_cjk(before + after) else "what"
        question = " ".join(f"{before} {asked} {after}".split())
        spans = self._reader.read(question, [passage], k=_SPANS)
        if not spans:
            return np.zeros(len(options), dtype=np.float32)
        likely = softmax(np.array([span.score for span in spans]))
        return np.array(
            [
                sum(p for p, span in zip(likely, spans, strict=True) if option in span.text)
                for option in options
            ]
        )


class HubCloze:
    """Fills blanks with a masked language model: the mean log-likelihood of an option's tokens, all of them masked."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """Put the parts together; `load_cloze_reader` does it from a folder."""
        self._model = model
        self._tokenizer = tokenizer

    def fill(self, text: str, options: Sequence[str], passage: str = "") -> list[float]:
        """Return how likely each option fills the blank, summing to 1; the text is cut around it where it is long."""
        before, after = parted(text, options)
        ids = [self._ids(option) for option in options]
        if not all(ids):
            raise InputError(f"the model has no tokens for {options[ids.index([])]!r}")
        context = self._ids(f"{passage} {before}".strip()), self._ids(after)
        scores = [0.0] * len(options)
        rows = sorted(range(len(options)), key=lambda row: len(ids[row]))
        for start in range(0, len(rows), _MANY):
            chosen = rows[start : start + _MANY]
            for row, score in zip(chosen, self._scores([ids[row] for row in chosen], *context), strict=True):
                scores[row] = score
        return softmax(np.array(scores))

    def _ids(self, text: str) -> list[int]:
        found: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    def _scores(
        self, options: Sequence[Sequence[int]], before: Sequence[int], after: Sequence[int]
    ) -> list[float]:
        import torch

        tokenizer, places = self._tokenizer, []
        room = min(int(self._model.config.max_position_embeddings) - 4, 510)
        rows = []
        for option in options:
            ahead, behind = shared_room(len(before), len(after), room - len(option))
            row = [tokenizer.cls_token_id, *before[len(before) - ahead :]]
            places.append(len(row))
            rows.append(
                [*row, *[tokenizer.mask_token_id] * len(option), *after[:behind], tokenizer.sep_token_id]
            )
        longest = max(map(len, rows))
        padded = [row + [tokenizer.pad_token_id] * (longest - len(row)) for row in rows]
        mask = [[1] * len(row) + [0] * (longest - len(row)) for row in rows]
        with torch.inference_mode():
            logits: Tensor = self._model(
                input_ids=torch.tensor(padded), attention_mask=torch.tensor(mask)
            ).logits.float()
        likely = torch.log_softmax(logits, -1)
        return [
            float(likely[number, torch.arange(place, place + len(option)), torch.tensor(list(option))].mean())
            for number, (place, option) in enumerate(zip(places, options, strict=True))
        ]


def load_cloze_reader(name: str) -> HubCloze:
    """Return the reader of a masked language model.

    Args:
        name: A folder in the Hugging Face layout, or the id of a model in the local Hugging Face cache.

    Raises:
        ModelError: If it is missing, damaged, lacks weights (as RoBERTa-wwm-ext lacks its head), or has no mask.
    """
    place = hub_folder(name)
    model, tokenizer = load_hub_model(place, "AutoModelForMaskedLM")
    if None in (tokenizer.mask_token_id, tokenizer.cls_token_id, tokenizer.sep_token_id):
        raise ModelError(f"the tokenizer in {place} has no [MASK], [CLS] or [SEP]")
    return HubCloze(model, tokenizer)


def parted(text: str, options: Sequence[str]) -> tuple[str, str]:
    """Return what stands before and behind the blank; raises `InputError` as `ClozeReader.fill` does.

    >>> parted("The sky is [BLANK] today.", ["blue", "red"])
    ('The sky is ', ' today.')
    """
    before, *rest = text.split(BLANK)
    if len(rest) != 1:
        raise InputError(f"the text must have one {BLANK}, not {len(rest)}: {text[:80]!r}")
    if len(options) < 2:
        raise InputError(f"there must be at least two options to fill the blank, not {len(options)}")
    return before, rest[0]


def shared_around(before: str, option: str, after: str, passage: str) -> int:
    """Return how many characters beside the blank stand beside the option in a passage, at most 5 on either side.

    >>> shared_around("red, ", "green", ", blue", "It was red, green, brown and green.")
    8
    """
    most, place = 0, passage.find(option)
    while place >= 0:
        ahead = _same(reversed(before), reversed(passage[:place]))
        behind = _same(after, passage[place + len(option) :])
        most, place = max(most, ahead + behind), passage.find(option, place + 1)
    return most


def _same(one: Iterable[str], other: Iterable[str]) -> int:
    """Return how many characters two texts begin with alike, at most 5."""
    pairs = islice(zip(one, other, strict=False), _BESIDE)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def shared_room(before: int, after: int, room: int) -> tuple[int, int]:
    """Return how many tokens before and behind a blank are kept: as many of each as there is room for.

    >>> shared_room(100, 100, 60), shared_room(10, 100, 60), shared_room(5, 5, 60), shared_room(9, 9, -1)
    ((30, 30), (10, 50), (5, 5), (0, 0))
    """
    half = max(0, room) // 2
    ahead = min(before, max(half, room - after))
    return max(0, ahead), max(0, min(after, room - ahead))
