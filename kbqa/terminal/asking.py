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

from kbqa.errors import DependencyError
from kbqa.terminal.output import ANSWERED, KNOWN, NOTHING_FOUND, fail, show_json
from retrieval.errors import ModelError

if TYPE_CHECKING:
    from kbqa.knowledge_base import KnowledgeBase
    from kbqa.reading.generate import Generator
    from kbqa.types import Result
    from kg.names import Names

__all__ = ["Asking", "open_generator"]

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
        generator: Puts answers into sentences, None where that is not asked for.
    """

    base: KnowledgeBase
    image: Path | None
    entities: tuple[str, ...] | None
    language: Literal["en", "zh", ""]
    as_json: bool
    generator: Generator | None = None

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
        told = self.generator.generate(result) if self.generator is not None else None
        if self.as_json:
            told_json = {"told": told.to_dict()} if told is not None else {}
            show_json({**result.to_dict(), **told_json}, indent=indent)
            return
        from kbqa.terminal.page import Page, console_for
        from kbqa.terminal.render import show_result

        show_result(Page(console_for(sys.stdout)), result, told)


def open_generator(name: str | None, names: Names) -> Generator:
    """Return what puts answers into sentences: a language model by its folder or id, or fixed forms without one.

    Raises:
        DependencyError: If the model cannot be loaded.
    """
    from kbqa.reading.generate import TemplateGenerator, load_generator

    if name is None:
        return TemplateGenerator(names)
    try:
        return load_generator(name, names)
    except ModelError as error:
        raise DependencyError(str(error)) from error


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
