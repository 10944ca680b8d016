"""What was read into a knowledge base and what was refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, Literal

from kbqa.errors import InputError

__all__ = [
    "Kind",
    "OnError",
    "Progress",
    "Refusal",
    "Refusals",
    "Repeat",
    "Report",
    "SourceReport",
    "silent",
    "some_of",
]

Kind = Literal["graph", "passages", "images"]
OnError = Literal["stop", "skip"]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is (0 where unknown)."""

MAX_REFUSALS = 1000


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file, or a line of one (counted from 1), that was left out, and why."""

    path: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}, line {self.line}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What came of one file.

    Attributes:
        name: The file as the user named it; the name by which it can be removed.
        kind: What it was read as.
        items: How many triples, passages or images were read from it.
        refused: How many lines or statements of it were refused.
    """

    name: str
    kind: Kind
    items: int
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Repeat:
    """A passage of a source that says word for word what one of another source says.

    Attributes:
        source: Where it was read.
        first: Where it was before.
    """

    source: str
    first: str

    def __str__(self) -> str:
        return f"{self.source} says again what {self.first} says"


@dataclass(frozen=True, slots=True)
class Report:
    """What a build, an addition, an update or a removal did.

    Attributes:
        sources: The files that were read or removed, by kind and name.
        refused: What was left out; the first thousand.
        refused_in_all: How many things were left out.
        unlinked: Entities that documents or manifests name and the graph does not hold; the first thousand.
        removed: The files of an update that are no longer there, and what had come of them.
        unchanged: How many files of an update were passed over, because they are as they were.
        repeats: Passages that another source has word for word; the first thousand.
        repeats_in_all: How many of these there are. They are kept.
        generation: The state of the knowledge base afterwards.
        seconds: How long it took.
    """

    sources: tuple[SourceReport, ...] = ()
    refused: tuple[Refusal, ...] = ()
    refused_in_all: int = 0
    unlinked: tuple[str, ...] = ()
    removed: tuple[SourceReport, ...] = ()
    unchanged: int = 0
    repeats: tuple[Repeat, ...] = ()
    repeats_in_all: int = 0
    generation: int = 1
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and dicts, ready for JSON."""
        return asdict(self)


@dataclass(slots=True)
class Refusals:
    """Collects what is refused, or stops at the first of it.

    Attributes:
        on_error: "stop" raises, "skip" collects.
    """

    on_error: OnError
    found: list[Refusal] = field(default_factory=list)
    total: int = 0
    by_path: dict[str, int] = field(default_factory=dict)

    def add(self, path: str, line: int | None, reason: str) -> None:
        """Note that something is left out.

        Raises:
            InputError: With `on_error="stop"`.
        """
        refusal = Refusal(path, line, reason)
        if self.on_error == "stop":
            raise InputError(str(refusal))
        self.total += 1
        self.by_path[path] = self.by_path.get(path, 0) + 1
        if len(self.found) < MAX_REFUSALS:
            self.found.append(refusal)

    def uncounted(self, path: str, count: int) -> None:
        """Count things left out of which no more is known."""
        if count > 0:
            self.total += count
            self.by_path[path] = self.by_path.get(path, 0) + count


def some_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return the first thousand of some names."""
    return tuple(islice(names, MAX_REFUSALS))


def silent(what: str, done: int, total: int) -> None:
    """Take note of progress without telling anybody."""
