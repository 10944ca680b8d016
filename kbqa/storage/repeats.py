"""Passages that say word for word what another document says already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kbqa.storage.intake import Item
from kbqa.storage.report import MAX_REFUSALS, Repeat
from retrieval.corpus_tables import likeness_of, words_of
from retrieval.types import Passage

__all__ = ["Repeats"]

Alike = Callable[[Sequence[str]], Mapping[str, Sequence[str]]]


@dataclass(slots=True)
class Repeats:
    """Collects what is there twice.

    Attributes:
        alike: Returns the sources of stored passages with the words of each of some texts.
        remembers: Whether what was noted is not stored and must be kept in mind.
        gone: Sources that are stored and do not count, because they are about to be removed or replaced.
        found: The first thousand repeats.
        total: How many there were.
    """

    alike: Alike
    remembers: bool = False
    gone: Mapping[str, None] = field(default_factory=dict)
    found: list[Repeat] = field(default_factory=list)
    total: int = 0
    _seen: dict[int, str] = field(default_factory=dict)

    def note(self, items: Iterable[Item]) -> None:
        """Compare the passages of a batch with those that are there, and with each other."""
        passages = [(item.file, item.content) for item in items if isinstance(item.content, Passage)]
        stored = self.alike([words_of(passage) for _, passage in passages])
        if not self.remembers:
            self._seen.clear()
        for file, passage in passages:
            words = words_of(passage)
            likeness = likeness_of(words)
            others = [source for source in stored.get(words, ()) if not self._is_gone(source, file)]
            first = self._seen.setdefault(likeness, others[0] if others else passage.source)
            if first != passage.source:
                self._add(Repeat(passage.source, first))

    def _is_gone(self, source: str, file: str) -> bool:
        """Return whether a stored source goes, or is of the file that is being read anew."""
        plain = source.partition("#")[0]
        return source in self.gone or plain in self.gone or file in (source, plain)

    def _add(self, repeat: Repeat) -> None:
        self.total += 1
        if len(self.found) < MAX_REFUSALS:
            self.found.append(repeat)
