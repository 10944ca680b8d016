"""Questions from the command line, a person or a pipe, and their answers on stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from kbqa.terminal.output import ANSWERED, KNOWN, NOTHING_FOUND, fail, show_json

if TYPE_CHECKING:
    from kbqa.knowledge_base import KnowledgeBase
    from kbqa.types import Result

__all__ = ["Asking"]

PROMPT = "? "


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks one knowledge base and shows the answers.

    Attributes:
        base: The knowledge base.
        image: A picture that the questions are about.
        entities: What they are about, instead of linking.
        language: Their language, "" to detect it.
        as_json: Whether answers are shown as JSON.
    """

    base: KnowledgeBase
    image: Path | None
    entities: tuple[str, ...] | None
    language: Literal["en", "zh", ""]
    as_json: bool

    def answer(self, question: str, *, indent: int | None = 2) -> int:
        """Answer a question and return the exit code."""
        # In a locale without UTF-8, Python hands over the bytes of an argument as half characters.
        readable = question.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        result = self.base.ask(readable, image=self.image, entities=self.entities, language=self.language)
        self._show(result, indent)
        return NOTHING_FOUND if result.abstained else ANSWERED

    def converse(self) -> int:
        """Answer questions until there are none, errors included; return the worst exit code of a pipe's."""
        typed = sys.stdin.isatty()
        codes = [self._answer_or_complain(question) for question in _questions(typed=typed)]
        return ANSWERED if typed else max(codes, default=ANSWERED)

    def _answer_or_complain(self, question: str) -> int:
        try:
            code = self.answer(question, indent=None)
        except KNOWN as error:
            code = fail(error)
        if not self.as_json:
            typer.echo()
        return code

    def _show(self, result: Result, indent: int | None) -> None:
        if self.as_json:
            show_json(result.to_dict(), indent=indent)
            return
        from kbqa.terminal.page import Page, console_for
        from kbqa.terminal.render import show_result

        show_result(Page(console_for(sys.stdout)), result)


def _questions(*, typed: bool) -> Iterator[str]:
    """Yield lines of stdin: from a person until an empty line, from a file all that are not empty."""
    if typed:
        with suppress(ImportError):
            import_module("readline")  # lets `input` edit lines and recall earlier ones
    while True:
        try:
            question = input(PROMPT if typed else "").strip()
        except EOFError:
            return
        if question:
            yield question
        elif typed:
            return
