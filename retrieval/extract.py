"""Text out of HTML, PDF and Word files."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from retrieval.errors import DocumentError
from retrieval.files import MAX_BYTES

if TYPE_CHECKING:
    from pypdf import PdfReader

__all__ = ["MAX_PAGES", "Extracted", "extract_docx", "extract_html", "extract_pdf"]

MAX_PAGES = 2000
MAX_HTML = 16 * 1024 * 1024  # characters; finding the main text takes 40 times as much memory, measured
MAX_ARCHIVE = 4 * MAX_BYTES  # of a .docx, unpacked


class Extracted(NamedTuple):
    """The text of a file and its title, "" where it has none."""

    text: str
    title: str


def extract_html(page: str, name: str) -> Extracted:
    """Return the main text of an HTML page; all of its text where no main part can be told.

    Raises:
        DocumentError: If it is too long.
    """
    import trafilatura

    if len(page) > MAX_HTML:
        raise DocumentError(name, None, f"is longer than {MAX_HTML // 2**20} MiB; split it")
    _no_stray_messages("trafilatura")
    if "<html" not in page[:10_000].lower():  # a bare fragment would be taken for no HTML at all
        page = f"<html><body>{page}</body></html>"
    metadata = trafilatura.extract_metadata(page)
    text = trafilatura.extract(page, include_comments=False, include_tables=True)
    title = (metadata.title if metadata else None) or ""
    return Extracted(text or trafilatura.html2txt(page) or "", title)


@cache
def _no_stray_messages(library: str) -> None:
    """Keep what a library logs off the terminal, unless the application asks for it by its own handlers."""
    logging.getLogger(library).addHandler(logging.NullHandler())


def extract_pdf(content: bytes, name: str) -> Extracted:
    """Return the text of a PDF, a blank line between pages.

    Raises:
        DocumentError: If it is encrypted, damaged, too long, or holds no text.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    _no_stray_messages("pypdf")
    # a damaged file makes pypdf fail in any of these ways, depending on what is damaged
    damage = (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        RecursionError,
        OSError,
    )
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentError(name, None, "is encrypted; save it without a password")
        return _read_pages(reader, name)
    except damage as error:
        raise DocumentError(name, None, f"the PDF is damaged: {error}") from error


def _read_pages(reader: PdfReader, name: str) -> Extracted:
    """Return the text of an opened PDF."""
    if len(reader.pages) > MAX_PAGES:
        raise DocumentError(name, None, f"has {len(reader.pages)} pages, more than {MAX_PAGES}; split it")
    parts, size = [], 0
    for page in reader.pages:
        parts.append(page.extract_text())
        size += len(parts[-1])
        if size > MAX_BYTES:
            raise DocumentError(name, None, f"holds over {MAX_BYTES // 2**20} MiB of text; split it")
    if not size:
        raise DocumentError(name, None, "holds no text; a scanned PDF needs character recognition first")
    title = reader.metadata.title if reader.metadata else None
    return Extracted("\n\n".join(parts), str(title or ""))


def extract_docx(content: bytes, name: str) -> Extracted:
    """Return the text of a Word file, a paragraph or table row per line, a blank line between paragraphs.

    Raises:
        DocumentError: If it is damaged, or python-docx is not installed.
    """
    try:
        import docx
    except ImportError as error:
        raise DocumentError(name, None, "needs python-docx; run: pip install python-docx") from error
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_ARCHIVE:
                raise DocumentError(name, None, f"unpacks to over {MAX_ARCHIVE // 2**20} MiB; split it")
        document = docx.Document(io.BytesIO(content))
        text = "\n\n".join(_blocks(document))
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError, OSError) as error:
        raise DocumentError(name, None, f"the Word file is damaged: {error}") from error
    return Extracted(text, document.core_properties.title or "")


def _blocks(document: Any) -> Iterator[str]:
    """Yield the text of each paragraph and table of a Word file."""
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            yield "\n".join(f"| {' | '.join(_cells(row))} |" for row in block.rows)
        elif block.text.strip():
            yield block.text


def _cells(row: Any) -> Iterator[str]:
    """Yield the text of each cell of a table row, a cell that is merged of several once."""
    before = None
    for cell in row.cells:
        if cell._tc is not before:
            yield " ".join(cell.text.split())
        before = cell._tc
