"""The lines that a person reads: labelled rows, wrapped and coloured on a terminal only.

Into a file or pipe, lines are left whole and plain, so that they can be searched and copied. Everything is
shown without control characters, so that nothing in a knowledge base can steer the terminal.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from kbqa.storage.report import Progress

__all__ = ["Page", "clean", "console_for", "progress_bar", "shorten"]

INDENT, COLUMN = 2, 10
NARROWEST = 20  # columns of text that are kept beside the labels, however narrow the terminal
WIDEST = 100  # columns after which the right end of a headline does not move further
LINE_BREAK = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\s*")
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def console_for(file: TextIO) -> Console:
    """Return a console that writes to a file: coloured on a terminal unless NO_COLOR is set, else plain."""
    terminal = file.isatty()
    plain = bool(os.environ.get("NO_COLOR")) or not terminal
    return Console(
        file=file,
        force_terminal=terminal,
        color_system=None if plain else "auto",
        highlight=False,
        markup=False,
        emoji=False,
    )


class Page:
    """Writes rows of a label and a text, wrapped under itself."""

    def __init__(self, console: Console) -> None:
        """Prepare to write to a console."""
        self._console = console
        self._wraps = console.is_terminal

    def headline(self, text: str, right: str = "", *, style: str = "") -> None:
        """Write a bold text and, at the right end of the terminal, a short one of another style."""
        head = Text(clean(text), style="bold")
        gap = min(self._console.width, WIDEST) - head.cell_len - cell_len(right)
        if not right:
            self._over_all(head)
        elif self._wraps and gap < len("  "):
            self._over_all(head)
            self._print(Text(right, style=style))
        else:
            self._print(Text.assemble(head, " " * (gap if self._wraps else 2), (right, style)))

    def gap(self) -> None:
        """Write an empty line."""
        self._console.print()

    def row(self, label: str, text: str, *, style: str = "") -> None:
        """Write a label and a text, unless that is empty; its further lines stand below its first."""
        if not text:
            return
        head = label + " " * max(2, COLUMN - cell_len(label))
        hanging = INDENT + COLUMN
        first, *others = self._wrapped(clean(text), style, taken=INDENT + cell_len(head), hanging=hanging)
        self._print(Text.assemble(" " * INDENT, (head, "dim"), first))
        for line in others:
            self._print(Text.assemble(" " * hanging, line))

    def _over_all(self, text: Text) -> None:
        """Write a text over the whole width."""
        for part in text.wrap(self._console, self._console.width) if self._wraps else [text]:
            self._print(part)

    def _wrapped(self, text: str, style: str, *, taken: int, hanging: int) -> list[Text]:
        """Return the lines of a text whose first one starts after `taken` columns, the others after `hanging`."""
        whole = Text(text, style=style)
        if not self._wraps:
            return [whole]
        extra = taken - hanging
        lead = Text(" " * extra) + whole if extra > 0 else whole
        lines = list(lead.wrap(self._console, max(NARROWEST, self._console.width - hanging)))
        return [lines[0][extra:] if extra > 0 else lines[0], *lines[1:]] if lines else [whole]

    def _print(self, text: Text) -> None:
        text.rstrip()
        self._console.print(text, soft_wrap=True)


@contextmanager
def progress_bar(file: TextIO) -> Iterator[Progress | None]:
    """Give a function that shows the progress of long work on a terminal, or None where there is none."""
    if not file.isatty():
        yield None
        return
    from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console_for(file), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(clean(what), total=None)
            bar.update(tasks[what], completed=done, total=total or None)

        yield report


def clean(text: str) -> str:
    r"""Return a text in one line without characters that steer a terminal.

    >>> clean("a\x1b[31m red\n b")
    'a[31m red b'
    """
    spaced = LINE_BREAK.sub(" ", text).strip()
    return "".join(
        char
        for char in spaced
        if unicodedata.category(char) not in ("Cc", "Cs") and char not in BIDI_CONTROLS
    )


def shorten(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters, with "…" for what was cut off."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
