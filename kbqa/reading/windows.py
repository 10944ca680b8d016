"""Question and passage → windows of tokens that a reader takes, each token with its place in the passage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kbqa.encoders.sentence_tree import Mention, SentenceTree, grow_tree
from retrieval.errors import ModelError

__all__ = [
    "LONGEST_FACT",
    "Meanings",
    "PairTokenizer",
    "Pieces",
    "TextEntity",
    "TextFact",
    "TokenEntity",
    "Window",
    "cut_windows",
    "with_entities",
    "with_facts",
]

LONGEST_FACT = 24
"""Tokens of a fact; what is longer is cut."""

_MAX_QUESTION = 64  # tokens
_POSITIONS = 512  # that the model knows
Place = tuple[int, int]
Meanings = tuple[tuple[str, float], ...]
"""IRIs that a name may mean, and how likely each is before anything around it is read, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class TokenEntity:
    """Tokens of a window that name an entity.

    Attributes:
        first: First token.
        end: One past the last token.
        iri: Of the entity, as far as is known.
        meanings: What else the tokens may mean, that entity among them; empty where nothing else was looked for.
    """

    first: int
    end: int
    iri: str
    meanings: Meanings = ()


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
        tree: The tokens with facts hung on what they mention, None where there are none.
        entities: What its tokens name.
    """

    tokens: tuple[int, ...]
    first: int
    places: tuple[Place, ...]
    passage: int = 0
    tree: SentenceTree | None = None
    entities: tuple[TokenEntity, ...] = ()

    @property
    def size(self) -> int:
        """Tokens, with those of facts."""
        return len(self.tree or self.tokens)


@dataclass(frozen=True, slots=True)
class TextFact:
    """A fact in words about a stretch of a passage.

    Attributes:
        start: First character of the stretch in the passage's text; 0 where the passage as a whole is about the entity.
        end: One past its last character; 0 where the passage as a whole is.
        text: Relation and other end, such as "capital Paris".
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class TextEntity:
    """An entity that a stretch of a text names.

    Attributes:
        start: First character of the stretch.
        end: One past its last character.
        iri: Of the entity.
        meanings: What else the stretch may mean, that entity among them; empty where nothing else was looked for.
    """

    start: int
    end: int
    iri: str
    meanings: Meanings = ()


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


def with_facts(window: Window, facts: Sequence[tuple[int, int, Sequence[int]]]) -> Window:
    """Return a window with facts hung on stretches of its passage.

    Args:
        window: Without facts.
        facts: First character of the stretch, one past its last, and the tokens of the fact; the most useful first.
            Those that hang on nothing in the window are passed over.
    """
    hung: dict[tuple[int, int], list[tuple[int, ...]]] = {}
    for start, end, tokens in facts:
        inside = [at for at, (first, last) in enumerate(window.places) if first < end and last > start]
        if inside and tokens:
            place = (window.first + inside[0], window.first + inside[-1] + 1)
            hung.setdefault(place, []).append(tuple(tokens))
    if not hung:
        return window
    mentions = [Mention(*place, tuple(branches)) for place, branches in hung.items()]
    tree = grow_tree(window.tokens, mentions, length=_POSITIONS)
    return replace(window, tree=tree if len(tree) > len(window.tokens) else None)


def with_entities(
    window: Window, question: Pieces, asked: Sequence[TextEntity], said: Sequence[TextEntity]
) -> Window:
    """Return a window with the entities that its question and its stretch of the passage name.

    Args:
        window: Without entities.
        question: Its question.
        asked: What that names.
        said: What the passage names; what is not in the window is passed over.
    """
    ahead = question.places[: window.first - 2]
    found = [*_placed(asked, ahead, 1), *_placed(said, window.places, window.first)]
    return replace(window, entities=tuple(found))


def _placed(entities: Sequence[TextEntity], places: Sequence[Place], start: int) -> Iterator[TokenEntity]:
    """Yield where the entities of a text are among tokens that begin at `start`."""
    for one in entities:
        inside = [at for at, (first, last) in enumerate(places) if first < one.end and last > one.start]
        if inside:
            yield TokenEntity(start + inside[0], start + inside[-1] + 1, one.iri, one.meanings)


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
