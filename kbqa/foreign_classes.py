"""Classes that a graph has no such name for, found by their IRIs or by what their names mean in the other language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kbqa.parsing.language import tokenize
from kbqa.semantics.remember import Remembered
from kbqa.types import Language
from kg.names import Names
from kg.text import has_cjk, readable
from kg.types import Iri
from retrieval.types import Floats, TextEncoder

__all__ = ["ForeignClasses"]

# 病人 and "patient" have 0.96 with the built-in encoder, 员工 and "employee" 0.80, 医生 and "patient" 0.68.
_SAME, _LEAD = 0.8, 0.1
_MOST = 500  # classes that are compared
_REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class _Foreign:
    """The names of classes that lack one in some language, each with its class."""

    classes: tuple[Iri, ...]
    vectors: Floats


class ForeignClasses:
    """Finds the class that a noun means: 病人 where a graph says "patient", "insect" for :Insect labelled "insect pest"."""

    def __init__(self, names: Names, classes: Iterable[Iri], encoder: TextEncoder | None) -> None:
        """Prepare for one graph.

        Args:
            names: Of its things.
            classes: Most frequent first.
            encoder: Gives like vectors to what means the same in both languages; None goes by the IRIs alone.
        """
        self._names = names
        self._classes = tuple(classes)[:_MOST]
        self._encoder = encoder
        self._foreign: dict[Language, _Foreign | None] = {}
        self._known: Remembered[str, tuple[Iri | None]] = Remembered(_REMEMBERED)

    def find(self, nouns: Sequence[str], language: Language) -> list[Iri | None]:
        """Return for each noun of a question the class that means the same, None where there is none or no one surely."""
        called = [self._called.get(noun.lower()) for noun in nouns]
        meant = iter(
            self._meant([noun for noun, cls in zip(nouns, called, strict=True) if cls is None], language)
        )
        return [cls or next(meant) for cls in called]

    @cached_property
    def _called(self) -> dict[str, Iri]:
        """What IRIs of classes say in small letters → class, where one class only says so."""
        said = [(text.lower(), cls) for cls in self._classes if _is_word(text := readable(cls.value))]
        several = Counter(text for text, _ in said)
        return {text: cls for text, cls in said if several[text] == 1}

    def _meant(self, nouns: Sequence[str], language: Language) -> list[Iri | None]:
        """Return for each noun the class whose name in the other language means the same."""
        foreign = self._of(language) if nouns and self._encoder is not None else None
        if foreign is None or self._encoder is None:
            return [None] * len(nouns)
        new = [noun for noun in dict.fromkeys(nouns) if self._known.get(noun) is None]
        found = {noun: known[0] for noun in nouns if (known := self._known.get(noun)) is not None}
        for noun, cosines in zip(
            new, self._encoder.encode(new) @ foreign.vectors.T if new else (), strict=True
        ):
            found[noun] = _clearest(cosines, foreign.classes)
            self._known.put(noun, (found[noun],))
        return [found[noun] for noun in nouns]

    def _of(self, language: Language) -> _Foreign | None:
        """Return the names of the classes that lack one in a language."""
        if language not in self._foreign:
            named = [(cls, text) for cls in self._classes for text in self._lacking(cls, language)]
            assert self._encoder is not None
            self._foreign[language] = (
                _Foreign(tuple(cls for cls, _ in named), self._encoder.encode([text for _, text in named]))
                if named
                else None
            )
        return self._foreign[language]

    def _lacking(self, cls: Iri, language: Language) -> list[str]:
        """Return a class's names and what its IRI says, none where one of its names is in a language."""
        stated = {name.text for name in self._names.of(cls)}
        if any(has_cjk(text) is (language == "zh") for text in stated):
            return []
        return sorted(text for text in {*stated, readable(cls.value)} if has_cjk(text) or _is_word(text))


def _is_word(text: str) -> bool:
    """Return whether a Latin name is made of words, as "Solo Artist" is and "Q5" is not."""
    return all(token.text.isalpha() and len(token.text) > 1 for token in tokenize(text, "en"))


def _clearest(cosines: Floats, classes: Sequence[Iri]) -> Iri | None:
    best = int(np.argmax(cosines))
    others = [float(cosine) for cosine, cls in zip(cosines, classes, strict=True) if cls != classes[best]]
    if cosines[best] < _SAME or cosines[best] - max(others, default=0.0) < _LEAD:
        return None
    return classes[best]
