"""Files of triples into a store, or out of a file as they are."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Literal, Protocol, TypeVar

import pyoxigraph as ox

from kg import tabular, wide
from kg.convert import OxTerm, triple_from_ox
from kg.errors import LoadError
from kg.files import Limits, Progress, open_data, read_lines
from kg.formats import FORMATS, Format, by_name, detect
from kg.headers import Header, find_header
from kg.store import OxTriple, Store
from kg.types import Triple

__all__ = ["FORMATS", "Limits", "LoadReport", "Problem", "load", "read_triples"]

OnError = Literal["stop", "skip"]
_Node = TypeVar("_Node", bound=OxTerm)
_Row = TypeVar("_Row")
_Counted = TypeVar("_Counted", contravariant=True)
_Parse = Callable[[Iterator[tuple[int, str]]], Iterator[_Row]]
MAX_PROBLEMS = 20
HEAD_BYTES = 1 << 16
BLOCK_LINES = 2_000
KEPT_ROWS = 200_000  # of a table, some 60 MB; a longer one is read twice
PARSER_BYTES = 16 << 20  # what pyoxigraph's parsers buffer at most
NO_LIMITS_GIVEN = Limits()


@dataclass(frozen=True, slots=True)
class Problem:
    """A malformed line or statement that was left out."""

    path: str
    line: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What came of a file.

    Attributes:
        path: The file.
        format: Name of its format.
        triples: Statements read, repeated ones included; of a table without the labels.
        skipped: Malformed statements left out.
        problems: The first 20 of them.
        prefixes: Prefix → namespace, as the file declares them.
    """

    path: str
    format: str
    triples: int
    skipped: int
    problems: tuple[Problem, ...]
    prefixes: Mapping[str, str]


def load(
    store: Store,
    path: Path,
    *,
    source: str | None = None,
    format: str | None = None,
    base: str | None = None,
    columns: tuple[str, ...] | None = None,
    on_error: OnError = "stop",
    progress: Progress | None = None,
    limits: Limits = NO_LIMITS_GIVEN,
) -> LoadReport:
    """Load a file into a store, all of it or nothing.

    Skipping works per line in N-Triples, N-Quads and tables, and per statement in Turtle and TriG, where the
    parser goes on after the next full stop; a broken file of the other formats, and broken UTF-8 in Turtle
    or TriG, stops the load all the same. Named graphs are not kept apart. Blank nodes get new labels, so
    that those of two files never meet.

    Args:
        store: Where to.
        path: A file, plain or gzip.
        source: The name under which its triples can be removed; the path if None.
        format: A key or extension of `FORMATS`; None to tell by the name or the first lines.
        base: What relative IRIs are relative to.
        columns: What the columns of a table of triples are, e.g. ("object", "subject", "predicate"); others are
            ignored. Or the names of all columns of a table of things, for one without a header.
        on_error: Whether a malformed statement stops the load or is skipped and counted.
        progress: Called with bytes done and bytes in all, about once a mebibyte.
        limits: What the file may demand.

    Raises:
        LoadError: If the file cannot be read; it says where and why.
        GraphError: If the store cannot be written.

    Example:
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Store.in_memory() as store:
    ...     file = Path(folder) / "films.txt"
    ...     _ = file.write_text("Inception|directed_by|Christopher Nolan", encoding="utf-8")
    ...     load(store, file).triples
    ...     store.select("SELECT ?name { e:Inception r:directed_by/rdfs:label ?name }")[0]["name"].value
    1
    'Christopher Nolan'
    """
    reading = _Reading(Path(path), format, base, columns, on_error, progress, limits)
    store.bulk_load(reading.triples(), source=str(path) if source is None else source)
    report = reading.report()
    store.add_prefixes(report.prefixes)
    return report


def read_triples(
    path: Path,
    *,
    format: str | None = None,
    base: str | None = None,
    columns: tuple[str, ...] | None = None,
    on_error: OnError = "stop",
    progress: Progress | None = None,
    limits: Limits = NO_LIMITS_GIVEN,
) -> Iterator[Triple]:
    """Yield the triples of a file as `load` would store them, in the file's order; arguments as there.

    Raises:
        LoadError: While reading, at the first thing that is wrong (or cannot be skipped).
    """
    reading = _Reading(Path(path), format, base, columns, on_error, progress, limits)
    for subject, predicate, object_ in reading.triples():
        yield triple_from_ox(ox.Quad(subject, predicate, object_))


class _Profile(Protocol[_Counted]):
    """Learns from all rows of a table what they say, then says it."""

    def count(self, row: _Counted, /) -> None: ...

    def triples(self, rows: Iterator[_Counted], /) -> Iterator[OxTriple]: ...


@dataclass(slots=True)
class _Reading:
    """One file being read, and what is known of it so far."""

    path: Path
    format_name: str | None
    base: str | None
    columns: tuple[str, ...] | None
    on_error: OnError
    progress: Progress | None
    limits: Limits
    found: Format | None = None
    head: bytes = b""
    count: int = 0
    skipped: int = 0
    problems: list[Problem] = field(default_factory=list)
    prefixes: dict[str, str] = field(default_factory=dict)

    def triples(self) -> Iterator[OxTriple]:
        """Yield all triples; the other fields are complete after the last one."""
        self.found = self._find_format()
        if self.found.rdf is None:
            yield from self._table(self.found)
        elif self.on_error == "skip" and self.found.name in ("ntriples", "nquads"):
            yield from self._lines(self.found.rdf)
        else:
            yield from self._document(self.found, self.found.rdf)

    def report(self) -> LoadReport:
        name = self.found.name if self.found else ""
        return LoadReport(str(self.path), name, self.count, self.skipped, tuple(self.problems), self.prefixes)

    def fail(self, line: int | None, reason: str) -> None:
        """Note a malformed statement, or stop at it."""
        if self.on_error == "stop":
            raise LoadError(str(self.path), line, reason)
        self.skipped += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(str(self.path), line, reason))

    def _find_format(self) -> Format:
        with open_data(self.path, limits=self.limits, separator=b"") as stream:
            head = self.head = stream.read(HEAD_BYTES)
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise LoadError(str(self.path), 1, "is in UTF-16; convert it to UTF-8")
        return by_name(self.format_name, self.path) if self.format_name else detect(self.path, head)

    def _document(self, format_: Format, rdf: ox.RdfFormat) -> Iterator[OxTriple]:
        """Yield what the parser finds in the whole file."""
        with open_data(
            self.path, limits=self.limits, separator=format_.anchor, progress=self.progress
        ) as stream:
            parser = self._parser(stream, rdf)
            yield from self._accept(self._parsed(parser, can_skip=format_.name in ("turtle", "trig")))
            self.prefixes = dict(parser.prefixes)

    def _parser(self, stream: IO[bytes], rdf: ox.RdfFormat) -> ox.QuadParser:
        try:
            return ox.parse(stream, rdf, base_iri=self.base, rename_blank_nodes=True)
        except ValueError as error:
            raise LoadError(str(self.path), None, f"the base {self.base!r} is not an IRI: {error}") from None

    def _parsed(self, parser: ox.QuadParser, *, can_skip: bool) -> Iterator[ox.Quad]:
        """Yield quads; after an error go on with the next statement if that is wanted and possible."""
        last: tuple[int | None, int | None] | None = None
        while True:
            try:
                quad = next(parser, None)
            except SyntaxError as error:
                position = (error.lineno, error.offset)
                reason = _reason(error)
                if self.on_error == "skip" and (not can_skip or position == last or "UTF-8" in reason):
                    raise LoadError(str(self.path), error.lineno, f"{reason}; no way to skip it") from None
                last = position
                self.fail(error.lineno, reason)
                continue
            except MemoryError:  # the parser's own limit
                reason = f"a value is longer than {PARSER_BYTES:,} bytes; is this the right format?"
                raise LoadError(str(self.path), None, reason) from None
            if quad is None:
                return
            yield quad

    def _lines(self, rdf: ox.RdfFormat) -> Iterator[OxTriple]:
        """Yield what the parser finds in each line; a bad one costs no other."""
        token = secrets.token_hex(8)
        with open_data(self.path, limits=self.limits, progress=self.progress) as stream:
            lines = read_lines(stream, path=self.path, limits=self.limits)
            while block := list(islice(lines, BLOCK_LINES)):
                for subject, predicate, object_ in self._accept(self._block(block, rdf)):
                    yield _renamed(subject, token), predicate, _renamed(object_, token)

    def _block(self, block: list[tuple[int, bytes]], rdf: ox.RdfFormat) -> list[ox.Quad]:
        try:
            return list(ox.parse(b"\n".join(line for _, line in block), rdf))
        except SyntaxError:
            return [quad for number, line in block for quad in self._line(number, line, rdf)]

    def _line(self, number: int, line: bytes, rdf: ox.RdfFormat) -> list[ox.Quad]:
        try:
            return list(ox.parse(line, rdf))
        except SyntaxError as error:
            self.fail(number, _reason(error))
            return []

    def _accept(self, quads: Iterator[ox.Quad] | list[ox.Quad]) -> Iterator[OxTriple]:
        for quad in quads:
            subject, predicate, object_ = quad.subject, quad.predicate, quad.object
            if isinstance(subject, ox.Triple) or isinstance(object_, ox.Triple):
                self.fail(None, f"holds a triple about a triple (RDF 1.2), which is not supported: {object_}")
                continue
            self.count += 1
            yield subject, predicate, object_

    def _table(self, format_: Format) -> Iterator[OxTriple]:
        """Yield what a table says: one of things, or one of triples."""
        header = self._header(format_)
        if header is None:
            self.prefixes = dict(tabular.PREFIXES)
            parse = partial(
                tabular.parse_rows, separator=format_.separator, columns=self.columns, fail=self.fail
            )
            yield from self._twice(parse, tabular.Profile(), KEPT_ROWS)
            return
        self.prefixes = dict(wide.PREFIXES)
        profile = wide.Profile(header)
        most = len(tabular.ROLES) * KEPT_ROWS // len(header.names)
        yield from self._twice(partial(wide.parse_records, header=header, fail=self.fail), profile, most)
        self.count = profile.statements()

    def _header(self, format_: Format) -> Header | None:
        if format_.name not in ("csv", "tsv"):
            return None
        head = self.head.decode("utf-8", errors="replace")
        try:
            return find_header(head, format_.separator, path=self.path, columns=self.columns)
        except tabular.RowError as error:
            raise LoadError(str(self.path), 1, str(error)) from None

    def _twice(self, parse: _Parse[_Row], profile: _Profile[_Row], most: int) -> Iterator[OxTriple]:
        """Read the file twice: what the objects of each predicate are shows only at its end.

        Args:
            parse: Makes rows of numbered lines.
            profile: Told all rows before it makes triples of them.
            most: How many rows are kept, so that a file that has no more is read but once.
        """
        kept: list[_Row] = []
        for row in self._rows(parse, half=0):
            profile.count(row)
            self.count += 1
            if self.count <= most:
                kept.append(row)
        if not self.count and not self.skipped:
            raise LoadError(str(self.path), None, "holds no rows")
        if self.count <= most:
            yield from profile.triples(iter(kept))
            self._report_rows(1, 1, half=1)
        else:
            self.skipped, self.problems = 0, []
            yield from profile.triples(self._rows(parse, half=1))

    def _report_rows(self, done: int, total: int, *, half: int) -> None:
        if self.progress is not None:
            size = self.path.stat().st_size
            self.progress((half * total + done) * size // (2 * total), size)

    def _rows(self, parse: _Parse[_Row], *, half: int) -> Iterator[_Row]:
        report = partial(self._report_rows, half=half)
        with open_data(self.path, limits=self.limits, progress=report) as stream:
            try:
                yield from parse(self._texts(read_lines(stream, path=self.path, limits=self.limits)))
            except tabular.RowError as error:
                raise LoadError(str(self.path), None, str(error)) from None

    def _texts(self, lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, str]]:
        for number, line in lines:
            try:
                yield number, line.decode("utf-8")
            except UnicodeDecodeError as error:
                self.fail(number, f"is not UTF-8 (byte {error.start + 1} is 0x{line[error.start]:02X})")


def _renamed(term: _Node, token: str) -> _Node | ox.BlankNode:
    return ox.BlankNode(f"{token}x{term.value}") if isinstance(term, ox.BlankNode) else term


def _reason(error: SyntaxError) -> str:
    """Return the parser's message without the position, which the caller has, and what to do where known."""
    text = re.sub(r"^Parser error [^:]*: | \(line \d+\)$", "", " ".join(str(error.msg).split()))
    if "No scheme found" in text:
        return f"{text}; it has a relative IRI: give the base it is relative to"
    if "LoadDocumentCallback" in text:
        return "needs a context from elsewhere, which is never fetched; put the context into the file"
    return text
