"""Files to documents: text, Markdown, HTML, PDF, Word and JSON lines.

Nothing is trusted: sizes are limited, also after decompression, encodings are detected, and what cannot be read
is refused with file, line and reason instead of being read half.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from retrieval.decode import decode
from retrieval.errors import DocumentError
from retrieval.extract import Extracted, extract_docx, extract_html, extract_pdf
from retrieval.files import MAX_BYTES, Refuse, Refused, open_binary, read_limited, read_lines, walk
from retrieval.passages import Document, language_of, sentences, split

__all__ = ["FORMATS", "Document", "Refused", "read_documents", "sentences", "split"]

TEXT_FORMATS = (".txt", ".md", ".html", ".htm", ".jsonl")
FORMATS = (*TEXT_FORMATS, ".pdf", ".docx")
_HEADING = re.compile(r"\s*#[ \t]+(.+?)[ \t#]*(?:\r?\n|$)")


def read_documents(
    paths: Sequence[Path],
    *,
    on_refused: Refuse | None = None,
    root: Path | None = None,
) -> Iterator[Document]:
    """Yield the documents of files and folders, in the order given, folders recursively and sorted.

    A file is one document; a .jsonl file is one per line: {"text", "id"?, "title"?, "entities"?, "language"?}, or a
    question with its answer: {"question", "answer", …}.
    Text formats may be gzipped. Hidden files are passed over.

    Args:
        paths: Files and folders.
        on_refused: Told about everything that cannot be read; reading then goes on.
        root: Folder that the names of sources are relative to; by default they are as given in `paths`.

    Yields:
        Documents that hold text.

    Raises:
        DocumentError: At the first thing that cannot be read, if `on_refused` is None.
    """
    refuse = on_refused or _raise_refused
    for path in paths:
        for file in walk(Path(path), refuse):
            name = file.relative_to(root).as_posix() if root else file.as_posix()
            try:
                yield from _read_file(file, name, refuse)
            except DocumentError as error:
                refuse(Refused(name, error.line, error.reason))
            except OSError as error:
                refuse(Refused(name, None, f"cannot be read: {error.strerror or error}"))


def _raise_refused(refused: Refused) -> None:
    raise DocumentError(refused.path, refused.line, refused.reason)


def _read_file(path: Path, name: str, refuse: Refuse) -> Iterator[Document]:
    """Yield the documents of one file."""
    suffix = _suffix(path.name)
    if suffix is None:
        raise DocumentError(name, None, f"unknown kind of file; documents are {' '.join(FORMATS)}")
    if not path.is_file():
        raise DocumentError(name, None, "no such file")
    if suffix == ".jsonl":
        yield from _read_jsonl(path, name, refuse)
        return
    with open_binary(path, name) as file:
        content = read_limited(file, name, limit=MAX_BYTES)
    extracted = _extract(content, suffix, name)
    if not extracted.text.strip():
        raise DocumentError(name, None, "is empty" if not content.strip() else "holds no text")
    yield Document(name, extracted.text, extracted.title, language_of(extracted.text))


def _suffix(filename: str) -> str | None:
    """Return the format of a file name, or None if it is not known.

    >>> _suffix("A.TXT.gz"), _suffix("a.pdf"), _suffix("a.pdf.gz"), _suffix("a.exe")
    ('.txt', '.pdf', None, None)
    """
    lower = filename.lower()
    bare = lower.removesuffix(".gz")
    known = TEXT_FORMATS if bare != lower else FORMATS
    suffix = os.path.splitext(bare)[1]  # noqa: PTH122 - of a name, not of a path
    return suffix if suffix in known else None


def _extract(content: bytes, suffix: str, name: str) -> Extracted:
    """Return the text and title of a file's bytes."""
    if suffix == ".pdf":
        return extract_pdf(content, name)
    if suffix == ".docx":
        return extract_docx(content, name)
    text = decode(content, name)
    if suffix in (".html", ".htm"):
        return extract_html(text, name)
    heading = _HEADING.match(text) if suffix == ".md" else None
    return Extracted(text, heading.group(1) if heading else "")


def _read_jsonl(path: Path, name: str, refuse: Refuse) -> Iterator[Document]:
    """Yield a document per line; bad lines are refused one by one."""
    seen: dict[str, int] = {}
    number = 0
    for number, line in read_lines(path, name, refuse=refuse):
        if not line.strip():
            continue
        try:
            document, key = _parse_line(line, name, number)
            if key in seen:
                raise DocumentError(name, number, f"the id {key!r} was used on line {seen[key]} already")
        except DocumentError as error:
            refuse(Refused(name, error.line, error.reason))
            continue
        seen[key] = number
        yield document
    if number == 0:
        raise DocumentError(name, None, "is empty")


def _parse_line(line: bytes, name: str, number: int) -> tuple[Document, str]:
    """Return the document of one line and its id."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"is not JSON: {error}"
        raise DocumentError(name, number, reason) from error
    if not isinstance(record, dict):
        raise DocumentError(name, number, 'must be an object such as {"text": "…"}')
    text, question = _said(record, name, number)
    key = _field({"id": str(record["id"])}, "id", name, number) if "id" in record else str(number)
    language = _field(record, "language", name, number) or language_of(f"{question}\n{text}")
    entities = record.get("entities") or []
    if not isinstance(entities, list) or not all(isinstance(entity, str) for entity in entities):
        raise DocumentError(name, number, '"entities" must be a list of names or IRIs')
    named = tuple(_field({"entities": entity}, "entities", name, number) for entity in entities)
    title = _field(record, "title", name, number)
    return Document(f"{name}#{key}", text, title, language, named, question), key


def _said(record: dict[str, object], name: str, number: int) -> tuple[str, str]:
    """Return the text of a line and the question that it answers, "" where it is no pair."""
    if "question" not in record and "answer" not in record:
        text = _field(record, "text", name, number)
        if not text.strip():
            raise DocumentError(name, number, '"text" is missing or empty')
        return text, ""
    if "text" in record:
        raise DocumentError(name, number, 'has a "text" and also a question or answer; make two lines of it')
    question, answer = (_field(record, key, name, number) for key in ("question", "answer"))
    for key, value in (("question", question), ("answer", answer)):
        if not value.strip():
            raise DocumentError(name, number, f'"{key}" is missing or empty; a pair has both')
    return answer, question.strip()


def _field(record: dict[str, object], key: str, name: str, number: int) -> str:
    """Return a text field, "" where it is absent."""
    value = record.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DocumentError(name, number, f'"{key}" must be a text')
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise DocumentError(name, number, f'"{key}" holds half a surrogate pair') from error
    return value
