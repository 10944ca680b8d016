"""What can go wrong with a question or a knowledge base, and the exit code each error means.

KbqaError                    anything below                                        exit code 2
├── QuestionError            the question itself cannot be asked (empty, too long)
├── KnowledgeBaseError       the folder is missing, damaged, or of another version
│   └── BusyError            another process is writing to it
├── InputError               a file or option is wrong (names it)
└── DependencyError          a model, server or optional package is missing        exit code 3
"""

from __future__ import annotations

__all__ = ["BusyError", "DependencyError", "InputError", "KbqaError", "KnowledgeBaseError", "QuestionError"]


class KbqaError(Exception):
    """Any deliberate error of this package; its text is one line that says what, where and what to do."""

    exit_code = 2


class QuestionError(KbqaError):
    """The question is empty, too long, or holds nothing that could be asked for."""


class KnowledgeBaseError(KbqaError):
    """The knowledge base is missing, damaged, or was written by another version or with another encoder."""


class BusyError(KnowledgeBaseError):
    """Another process is writing to the knowledge base."""


class InputError(KbqaError):
    """A file, folder or option that the user named is not what it should be."""


class DependencyError(KbqaError):
    """Something outside this process is missing: a model, a server, an optional package."""

    exit_code = 3
