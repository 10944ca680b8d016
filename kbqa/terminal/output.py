"""What the command line says to scripts: exit codes, errors as one line on stderr, JSON on stdout."""

from __future__ import annotations

import json
import sys
from typing import Any

import typer

from kbqa.errors import KbqaError
from kg.errors import EndpointError, GraphError
from retrieval.errors import EngineError, ModelError, RetrievalError

__all__ = [
    "ANSWERED",
    "BAD_INPUT",
    "DEPENDENCY_FAILED",
    "INTERRUPTED",
    "KNOWN",
    "NOTHING_FOUND",
    "complain",
    "fail",
    "show_json",
]

ANSWERED, NOTHING_FOUND, BAD_INPUT, DEPENDENCY_FAILED, INTERRUPTED = 0, 1, 2, 3, 130
KNOWN = (KbqaError, GraphError, RetrievalError, OSError)
"""What the command line tells in one line; anything else is a mistake of ours and keeps its traceback."""


def fail(error: KbqaError | GraphError | RetrievalError | OSError) -> int:
    """Complain about an error and return the exit code that it means.

    Raises:
        BrokenPipeError: If the error is that nobody reads what is written.
    """
    if isinstance(error, BrokenPipeError):
        raise error
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        complain(f"{place}{error.strerror or error}")
        return BAD_INPUT
    complain(str(error))
    if isinstance(error, KbqaError):
        return error.exit_code
    return DEPENDENCY_FAILED if isinstance(error, EndpointError | EngineError | ModelError) else BAD_INPUT


def complain(message: str) -> None:
    """Write one line on stderr."""
    from kbqa.terminal.page import clean

    typer.echo(f"kbqa: {clean(message)}", err=True)


def show_json(value: Any, *, indent: int | None = 2) -> None:
    """Write JSON on stdout; beyond ASCII only where stdout takes every character."""
    takes_all = sys.stdout.encoding.lower().replace("-", "") == "utf8"
    typer.echo(json.dumps(value, ensure_ascii=not takes_all, indent=indent))
