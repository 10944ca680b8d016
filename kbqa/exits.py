"""Errors as one line on stderr, and the exit codes of the command line."""

from __future__ import annotations

import typer

from kbqa.errors import KbqaError
from kg.errors import EndpointError, GraphError
from retrieval.errors import ModelError, RetrievalError

__all__ = [
    "ANSWERED",
    "BAD_INPUT",
    "DEPENDENCY_FAILED",
    "INTERRUPTED",
    "NOTHING_FOUND",
    "complain",
    "fail",
]

ANSWERED, NOTHING_FOUND, BAD_INPUT, DEPENDENCY_FAILED, INTERRUPTED = 0, 1, 2, 3, 130


def fail(error: KbqaError | GraphError | RetrievalError | OSError) -> int:
    """Complain about an error and return the exit code that it means."""
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        complain(f"{place}{error.strerror or error}")
        return BAD_INPUT
    complain(str(error))
    if isinstance(error, KbqaError):
        return error.exit_code
    return DEPENDENCY_FAILED if isinstance(error, EndpointError | ModelError) else BAD_INPUT


def complain(message: str) -> None:
    """Write one line on stderr."""
    from kbqa.page import clean

    typer.echo(f"kbqa: {clean(message)}", err=True)
