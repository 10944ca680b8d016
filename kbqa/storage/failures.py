"""Errors of the parts below, told as errors of this package."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kbqa.errors import DependencyError, InputError, KbqaError, KnowledgeBaseError
from kg.errors import EndpointError, GraphError, LoadError, QueryTimeout
from retrieval.errors import DocumentError, EngineError, ModelError, RetrievalError

__all__ = ["told"]


@contextmanager
def told(folder: Path, *, after: str = "nothing was changed") -> Iterator[None]:
    """Turn any deliberate error of the graph and retrieval sides, and of the file system, into ours.

    Args:
        folder: The knowledge base.
        after: The state that a full disk leaves, as the error says it.

    Raises:
        InputError: For a file that cannot be read as what it was given for.
        DependencyError: For a server or model that failed.
        KnowledgeBaseError: For a damaged part.
        KbqaError: For a full disk and other failures of the file system.
    """
    try:
        yield
    except (LoadError, DocumentError) as error:
        raise InputError(_line(error)) from error
    except (EndpointError, EngineError, ModelError, QueryTimeout) as error:
        raise DependencyError(_line(error)) from error
    except (GraphError, RetrievalError) as error:
        if _is_full(error):
            raise _full(folder, after) from error
        raise KnowledgeBaseError(_rebuild(folder, _line(error))) from error
    except OSError as error:
        if _is_full(error):
            raise _full(folder, after) from error
        place = f"{error.filename}: " if error.filename else ""
        raise KbqaError(f"{place}{error.strerror or error}; {after} in {folder}") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _rebuild(folder: Path, message: str) -> str:
    return f"{message} (knowledge base {folder}: kbqa build {folder} … --replace makes it anew)"


def _is_full(error: BaseException | None) -> bool:
    """Return whether a full disk is behind an error: SQLite and Oxigraph say it in words only."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        words = str(error).lower()
        if "no space left" in words or "disk is full" in words or "disk quota exceeded" in words:
            return True
        error = error.__cause__ or error.__context__
    return False


def _full(folder: Path, after: str) -> KbqaError:
    return KbqaError(f"the disk of {folder} is full: free some space and try again; {after}")
