"""Question and passage → windows of tokens that a reader takes, each token with its place in the passage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import ModelError

__all__ = ["PairTokenizer", "Pieces", "Window", "cut_windows"]

_MAX_QUESTION = 64  # tokens
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Pieces:
    """The tokens of a text.

    Attributes:
        ids: Of the tokens, without special ones.
        places: First character, and one past the last, of each token in the text.
    """

    ids: tuple[int, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a passage behind its question, as a reader takes it.

    Attributes:
        tokens: "[CLS] question [SEP] stretch [SEP]".
        first: Where the stretch begins among them.
        places: First character, and one past the last, of each token of the stretch in the passage.
        passage: Number of the passage.
    """

    tokens: tuple[int, ...]
    first: int
    places: tuple[Place, ...]
    passage: int = 0


class PairTokenizer:
    """Cuts questions and passages into the tokens of one model."""

    def __init__(self, path: Path) -> None:
        """Read a `tokenizer.json`.

        Raises:
            ModelError: If it cannot be read or has no [CLS] and [SEP].
        """
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing more specific
            raise ModelError(f"{path} holds no tokenizer: {error}; install kbqa again") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        start, separator = (self._tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
        if start is None or separator is None:
            raise ModelError(f"{path} has no [CLS] and [SEP]; install kbqa again")
        self._start: int = start
        self._separator: int = separator

    def pieces(self, texts: Sequence[str]) -> list[Pieces]:
        """Return the tokens of each text."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [Pieces(tuple(one.ids), tuple(one.offsets)) for one in encoded]

    def windows(
        self, question: Pieces, text: Pieces, *, length: int, overlap: int, passage: int = 0
    ) -> list[Window]:
        """Return the windows over a text; a text without tokens has none.

        Args:
            question: Of which at most 64 tokens are taken.
            text: What is read.
            length: Tokens of a window at most, all included.
            overlap: Tokens that two neighbouring windows share.
            passage: Number of the text.
        """
        head = (self._start, *question.ids[:_MAX_QUESTION], self._separator)
        room = length - len(head) - 1
        return [
            Window((*head, *text.ids[start:end], self._separator), len(head), text.places[start:end], passage)
            for start, end in cut_windows(len(text.ids), room, min(overlap, room - 1))
        ]


def cut_windows(count: int, room: int, overlap: int) -> Iterator[Place]:
    """Yield where windows over so many tokens begin and end; the last one is as full as the others.

    >>> list(cut_windows(10, 6, 2)), list(cut_windows(4, 6, 2)), list(cut_windows(11, 6, 2))
    ([(0, 6), (4, 10)], [(0, 4)], [(0, 6), (4, 10), (5, 11)])
    """
    start = 0
    while start < count:
        end = min(start + room, count)
        yield max(0, min(start, end - room)), end
        if end == count:
            return
        start = end - overlap
