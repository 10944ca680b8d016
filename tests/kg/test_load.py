"""Files into the store: every format, and every way in which a file can be bad."""

from __future__ import annotations

import builtins
import errno
import gzip
import io
import os
import resource
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from kg import tabular
from kg.errors import GraphError, LoadError
from kg.load import FORMATS, Limits, load, read_triples
from kg.store import Store
from kg.types import RDFS_LABEL, XSD, Blank, Iri, Literal, Triple

FILES = {
    "a.ttl": "@prefix ex: <http://example.org/> .\nex:a ex:p ex:b , 'x'@en ; ex:q 5 .",
    "a.nt": "<http://example.org/a> <http://example.org/p> <http://example.org/b> .\n"
    '<http://example.org/a> <http://example.org/p> "x"@en .\n'
    '<http://example.org/a> <http://example.org/q> "5"^^<http://www.w3.org/2001/XMLSchema#integer> .\n',
    "a.rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://example.org/">'
    '<rdf:Description rdf:about="http://example.org/a"><ex:p rdf:resource="http://example.org/b"/>'
    '<ex:p xml:lang="en">x</ex:p><ex:q rdf:datatype="http://www.w3.org/2001/XMLSchema#integer">5</ex:q>'
    "</rdf:Description></rdf:RDF>",
    "a.jsonld": '{"@context": {"ex": "http://example.org/"}, "@id": "ex:a", "ex:q": 5,'
    '"ex:p": [{"@id": "ex:b"}, {"@value": "x", "@language": "en"}]}',
}
FILES["a.nq"] = FILES["a.nt"].replace(" .\n", " <urn:graph> .\n")
FILES["a.trig"] = FILES["a.ttl"].replace("ex:a", "ex:g { ex:a").rstrip(".") + "}"
FILES["a.owl"] = FILES["a.xml"] = FILES["a.rdf"]
EX = "http://example.org/"
EXPECTED = {
    Triple(Iri(EX + "a"), Iri(EX + "p"), Iri(EX + "b")),
    Triple(Iri(EX + "a"), Iri(EX + "p"), Literal("x", language="en")),
    Triple(Iri(EX + "a"), Iri(EX + "q"), Literal("5", XSD + "integer")),
}


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FILES)
def test_formats(store: Store, tmp_path: Path, name: str, packed: bool) -> None:
    content = FILES[name].encode()
    file = write(tmp_path / (name + ".gz" * packed), gzip.compress(content) if packed else content)
    report = load(store, file)
    assert set(store.triples()) == set(read_triples(file)) == EXPECTED
    assert (report.path, report.triples, report.skipped, report.problems) == (str(file), 3, 0, ())
    assert store.sources() == {str(file): 3}


@pytest.mark.parametrize(
    ("name", "format_name"),
    [
        ("a.ttl", "turtle"),
        ("a.nt", "ntriples"),
        ("a.nq", "nquads"),
        ("a.rdf", "rdfxml"),
        ("a.jsonld", "jsonld"),
    ],
)
@pytest.mark.parametrize("suffix", [".txt", "", ".data"])
def test_format_by_content(store: Store, tmp_path: Path, name: str, format_name: str, suffix: str) -> None:
    report = load(store, write(tmp_path / f"unknown{suffix}", FILES[name]))
    assert report.format == format_name
    assert set(store.triples()) == EXPECTED


def test_format_by_name(store: Store, tmp_path: Path) -> None:
    file = write(tmp_path / "a.dat", "x y z")
    for name in ("ttl", ".ttl", "turtle", "Turtle"):
        with pytest.raises(LoadError, match="line 1"):
            load(store, file, format=name)
    with pytest.raises(LoadError, match="no format 'word'; known are turtle"):
        load(store, file, format="word")


def test_prefixes_are_kept(store: Store, tmp_path: Path) -> None:
    assert load(store, write(tmp_path / "a.ttl", FILES["a.ttl"])).prefixes == {"ex": EX}
    assert store.ask("ASK { ex:a ex:p ex:b }")


def test_relative_iris_need_a_base(store: Store, tmp_path: Path) -> None:
    file = write(tmp_path / "a.ttl", "<a> <p> <b> .")
    with pytest.raises(LoadError, match="relative IRI: give the base"):
        load(store, file)
    with pytest.raises(LoadError, match="base 'x y' is not an IRI"):
        load(store, file, base="x y")
    load(store, file, base=EX)
    assert store.triples() == [Triple(Iri(EX + "a"), Iri(EX + "p"), Iri(EX + "b"))]


def test_blank_nodes_of_two_files_stay_apart(store: Store, tmp_path: Path) -> None:
    for name in ("a.ttl", "b.nt", "c.nt"):
        load(
            store, write(tmp_path / name, "_:x <urn:p> _:x ."), on_error="skip" if name == "c.nt" else "stop"
        )
    triples = store.triples()
    assert len({triple.subject for triple in triples}) == 3
    assert all(isinstance(triple.subject, Blank) and triple.subject == triple.object for triple in triples)


def test_a_context_elsewhere_is_never_fetched(store: Store, tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonld", '{"@context": "http://127.0.0.1:1/c", "@id": "urn:a", "urn:p": "x"}')
    with pytest.raises(LoadError, match="never fetched"):
        load(store, file)


def test_progress(store: Store, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    file = write(tmp_path / "a.nt", "".join(f"<urn:{n}> <urn:p> <urn:o> .\n" for n in range(80_000)))
    load(store, file, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 2 and seen == sorted(seen)
    assert seen[-1] == (file.stat().st_size, file.stat().st_size)
    seen.clear()
    load(
        store, write(tmp_path / "a.tsv", "a\tb\tc\n"), progress=lambda done, total: seen.append((done, total))
    )
    assert seen == sorted(seen) and seen[-1][0] == seen[-1][1]


# Tables


def table(
    tmp_path: Path, store: Store, content: str, name: str = "a.txt", **options: Any
) -> set[tuple[str, str, Any]]:
    """Load a table and return what is in it but the labels, in short."""
    load(store, write(tmp_path / name, content), **options)
    found = set()
    for subject, predicate, object_ in store.triples():
        if predicate != RDFS_LABEL:
            short = object_.value.removeprefix(tabular.PREFIXES["e"]) if isinstance(object_, Iri) else object_
            s, p = (
                subject.value.removeprefix(tabular.PREFIXES["e"]),
                predicate.value.removeprefix(tabular.PREFIXES["r"]),
            )
            found.add((s, p, short))
    return found


def test_pipe_rows(tmp_path: Path, store: Store) -> None:
    content = "The Dark Knight|directed_by|Christopher Nolan\nThe Dark Knight|releaseYear|2008\n\nHeat|releaseYear|1995\n"
    assert table(tmp_path, store, content) == {
        ("The_Dark_Knight", "directed_by", "Christopher_Nolan"),
        ("The_Dark_Knight", "releaseYear", Literal("2008", XSD + "integer")),
        ("Heat", "releaseYear", Literal("1995", XSD + "integer")),
    }
    labels = {triple.object.value for triple in store.triples(predicate=RDFS_LABEL)}
    assert labels == {"The Dark Knight", "Christopher Nolan", "Heat", "directed by", "release year"}
    assert store.ask("ASK { e:Heat r:releaseYear 1995 }")


@pytest.mark.parametrize(
    ("objects", "datatypes"),
    [
        (["1", "-20", "+3"], {"integer"}),
        (["1.5", "2"], {"decimal", "integer"}),
        (["1e6", "2.5E-3"], {"double"}),
        (["2008-07-18", "1999-12-31"], {"date"}),
        (["2008-13-18", "1999-12-31"], None),
        (["007", "008"], None),
        (["1234567890123456789012", "1"], None),
        (["1", "two"], None),
        ([*(str(n) for n in range(100)), "unknown"], {"integer", "string"}),
        (["He was born in Paris. He died there too. ", "She lived. Then she wrote books. "], {"string"}),
        (["word " * 15, "name", "long " * 20], {"string"}),
        (["他生于北京。", "她死了。"], {"string"}),
        (["Dr. No", "Mr. Smith"], None),
    ],
)
def test_kinds_of_objects(
    tmp_path: Path, store: Store, objects: list[str], datatypes: set[str] | None
) -> None:
    found = table(tmp_path, store, "".join(f"s{n}|p|{text}\n" for n, text in enumerate(objects)))
    literals = {triple[2].datatype.removeprefix(XSD) for triple in found if isinstance(triple[2], Literal)}
    assert literals == (datatypes or set())
    assert len(found) == len(objects)


def test_full_iris_stay(tmp_path: Path, store: Store) -> None:
    found = table(tmp_path, store, f"{EX}a\t<urn:p>\t<{EX}b>\nhttp not\tp\thttp://not an iri\n", "a.tsv")
    assert found == {(EX + "a", "urn:p", EX + "b"), ("http_not", "p", "http%3A%2F%2Fnot_an_iri")}
    assert not store.triples(Iri(EX + "a"), RDFS_LABEL)


@pytest.mark.parametrize("header", ["object,subject,predicate", "tail,HEAD,Relation", "o,s,p"])
def test_header(tmp_path: Path, store: Store, header: str) -> None:
    assert table(tmp_path, store, f'{header}\n"Nolan, C.",Heat,by\n', "a.csv") == {
        ("Heat", "by", "Nolan%2C_C.")
    }


def test_header_among_other_columns(tmp_path: Path, store: Store) -> None:
    content = "id,subject,predicate,object\n1,a,p,b\n"
    assert table(tmp_path, store, content, "a.csv") == {("a", "p", "b")}


def test_columns(tmp_path: Path, store: Store) -> None:
    content = "贾演,贾代化,父亲,贾家宁国府,贾家宁国府\n"
    options = {"columns": ("object", "subject", "predicate")}
    assert table(tmp_path, store, content, **options) == {("贾代化", "父亲", "贾演")}
    with pytest.raises(LoadError, match="columns must name subject, predicate and object once"):
        load(store, tmp_path / "a.txt", columns=("object", "subject"))
    with pytest.raises(LoadError, match="line 1: has 5 cells between ',', not 3; name the columns"):
        load(store, tmp_path / "a.txt")


def test_quoted_csv(tmp_path: Path, store: Store) -> None:
    content = 'a,p,"x ""y"", z"\nb,p,"two\nlines"\n'
    assert {triple[2] for triple in table(tmp_path, store, content, "a.csv")} == {
        "x_%22y%22%2C_z",
        "two%0Alines",
    }
    load(store, write(tmp_path / "b.csv", 'a,p,b\nx,p,"y"z\nc,p,d\n'), on_error="skip", source="b")
    assert store.sources()["b"] == 2 + 5  # two rows, four names and the predicate


def test_long_tables_are_read_twice_with_the_same_result(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "a.txt", "a|p|b\nwrong\nc|year|2000\nc|year|2001\n")
    once = load(store, file, source="once", format="pipe", on_error="skip")
    monkeypatch.setattr("kg.load.KEPT_ROWS", 2)
    twice = load(store, file, source="twice", format="pipe", on_error="skip")
    assert once == twice and once.skipped == 1 and once.triples == 3
    assert store.sources()["once"] == store.sources()["twice"] == len(store)


def test_spo(tmp_path: Path, store: Store) -> None:
    assert table(tmp_path, store, "北京\t首都\t中国\n", "CnDbpedia.spo") == {("北京", "首都", "中国")}


def test_different_names_have_different_iris() -> None:
    names = [
        "a b",
        "a_b",
        "a%20b",
        "a+b",
        "A b",
        "a/b",
        "é",
        "e\u0301",
        "a\u00a0b",
        "“”",
        "",
        "a:b",
        "\U0001f600",
    ]
    assert (
        len({tabular.entity_iri(name) for name in names})
        == len({tabular.relation_iri(n) for n in names})
        == len(names)
    )


def test_any_character_makes_a_valid_iri() -> None:
    for code in range(0x110000):
        if code % 7 == 0 and not 0xD800 <= code < 0xE000:  # a seventh, for time
            ox.NamedNode(tabular.entity_iri(chr(code)))


def test_real_tables(shared_data: Path, store: Store) -> None:
    file = shared_data / "metaqa" / "kb.txt.gz"
    if not file.exists():
        pytest.skip(f"no {file}")
    assert load(store, file, source="metaqa").triples == 133_582
    assert store.ask(
        'ASK { ?film rdfs:label "Inception" ; r:release_year 2010 ; r:directed_by e:Christopher_Nolan }'
    )
    kinds = {triple.predicate.value: type(triple.object) for triple in store.triples(limit=10**6)}
    literal = {
        name.rsplit(":", 1)[1] for name, kind in kinds.items() if kind is Literal and name.startswith("urn:")
    }
    assert literal == {"release_year"}


# Bad files


def refused(store: Store, file: Path, **options: Any) -> str:
    """Return the message with which a file is refused, after checking its shape and that nothing was changed."""
    before = len(store), store.sources()
    with pytest.raises(LoadError) as caught:
        load(store, file, **options)
    assert (len(store), store.sources()) == before
    assert str(caught.value).startswith(str(file)) and "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(file)) + 600
    return str(caught.value).removeprefix(str(file))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ttl", b"", ": is empty"),
        ("a.ttl.gz", gzip.compress(b"", mtime=0), ": is empty"),
        ("a.txt", b"\n\n \n", ": is in no format known"),
        ("a.tsv", b"\n\n", ": holds no rows"),
        ("a.nt.gz", b"not gzip", "is not a gzip file"),
        (
            "a.nt.gz",
            gzip.compress(FILES["a.nt"].encode(), mtime=0)[:-12],
            ", line 1: the gzip file is cut off",
        ),
        (
            "a.nt.gz",
            gzip.compress(FILES["a.nt"].encode(), mtime=0)[:-8] + bytes(8),
            "the gzip data are damaged",
        ),
        ("a.ttl", b'<urn:a> <urn:p> "\xff" .', ", line 1: Invalid UTF-8"),
        ("a.tsv", b"a\tb\tc\na\tb\t\xff\n", ", line 2: is not UTF-8 (byte 5 is 0xFF)"),
        ("a.txt", "a|b|c".encode("utf-16"), ", line 1: is in UTF-16"),
        (
            "a.txt",
            b"just some words\nand more\n",
            ": is in no format known from its name or first lines; known are",
        ),
        ("a.bin", bytes(range(256)), ": is in no format known"),
        ("a.ttl", b"<urn:a> <urn:p> <urn:b> .\n\n<urn:a> <urn:p> .\n", ", line 3: "),
        ("a.nt", b"<urn:a> <urn:p> <urn:b> .\nwrong\n", ", line 2: "),
        ("a.rdf", b"<rdf:RDF", ": "),
        ("a.jsonld", b'{"@id": ', ": "),
        ("a.tsv", b"a\tb\tc\na\tb\n", ", line 2: has 2 cells"),
        ("a.txt", b"a|b|c\nd||f\n", ", line 2: has an empty predicate"),
        ("a.tsv", b"a\tb\tc\n" + b"x" * 600 + b"\tb\tc\n", ", line 2: has a subject of 600 characters"),
        ("a.tsv", b"<http://a b>\tb\tc\n", ", line 1: has a subject that is not a valid IRI"),
        ("a.csv", b"1,2,3\n4,5,6\n", ", line 1: has a number as predicate"),
        ("a.csv", b'a,p,"never closed\n' + b"x\n" * 10, "is not valid CSV"),
        ("a.ttl", b"<urn:a> <urn:p> <<( <urn:a> <urn:p> 1 )>> .", "about a triple"),
        ("a.ttl", b"\x89PNG\r\n\x1a\n" + bytes(100), ", line 1: "),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("full", [False, True], ids=["empty", "full"])
def test_bad_files(store: Store, tmp_path: Path, name: str, content: bytes, message: str, full: bool) -> None:
    if full:
        store.add(EXPECTED, source="before")
    assert message in refused(store, write(tmp_path / name, content))


def test_no_file(store: Store, tmp_path: Path) -> None:
    assert "cannot open it: No such file" in refused(store, tmp_path / "missing.ttl")
    assert "is a folder" in refused(store, tmp_path)


def test_no_permission(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "a.ttl", FILES["a.ttl"])
    real = io.open

    def denied(path: Any, *rest: Any, **more: Any) -> Any:
        if path == file:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, *rest, **more)

    monkeypatch.setattr(io, "open", denied)
    monkeypatch.setattr(builtins, "open", denied)
    assert ": cannot open it: Permission denied" in refused(store, file)


def test_disk_error_while_reading(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "a.ttl.gz", gzip.compress(FILES["a.ttl"].encode()))

    def broken(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(gzip.GzipFile, "read", broken)
    assert "cannot read it: Input/output error" in refused(store, file)


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "a.ttl", FILES["a.ttl"])
    with Store.open(tmp_path / "kb", read_only=False) as store:
        store.add(EXPECTED, source="before")

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        class Full:
            bulk_extend = full

        real = store._open_inner
        monkeypatch.setattr(store, "_open_inner", Full())
        with pytest.raises(GraphError, match="No space left on device"):
            load(store, file)
        monkeypatch.setattr(store, "_open_inner", real)
        assert store.sources() == {"before": 3}


def test_nothing_is_left_of_a_large_file_that_fails_at_its_end(tmp_path: Path) -> None:
    content = "".join(f"<urn:{n}> <urn:p> <urn:o> .\n" for n in range(50_000)) + "wrong"
    with Store.open(tmp_path / "kb", read_only=False) as store:
        store.add(EXPECTED, source="before")
        assert "line 50001" in refused(store, write(tmp_path / "a.nt", content))
        assert "e" not in store.prefixes


@pytest.mark.parametrize("name", ["a.nt", "a.ttl", "a.tsv", "a.txt", "a.csv", "a.rdf", "a.jsonld", "a.trig"])
def test_line_of_a_gigabyte(store: Store, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    start = b'<urn:a> <urn:p> "' if name in ("a.nt", "a.ttl", "a.trig") else b"a|b|c"
    with file.open("wb") as stream:
        stream.write(start)
        stream.truncate(1 << 30)  # a hole: takes no space
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    options = {"format": "pipe"} if name == "a.txt" else {}
    message = refused(store, file, **options)
    assert "longer than 16,777,216 bytes" in message or "line 1: " in message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10


def test_line_limit_is_exact_in_tables(store: Store, tmp_path: Path) -> None:
    limits = Limits(line_bytes=100_000)
    row = "a|b|" + "c" * 99_995
    assert load(store, write(tmp_path / "a.txt", row + "\n"), limits=limits).triples == 1
    assert "line 2" in refused(store, write(tmp_path / "b.txt", "a|b|c\n" + row + "cc\n"), limits=limits)


def test_gzip_bomb(store: Store, tmp_path: Path) -> None:
    content = gzip.compress(b"<urn:a> <urn:p> <urn:o> .\n" * 200_000)
    file = write(tmp_path / "a.nt.gz", content)
    limits = Limits(free_bytes=1 << 20)
    assert "unpacks to more than 200 times its size" in refused(store, file, limits=limits)
    assert load(store, file, limits=Limits(free_bytes=1 << 20, ratio=2000)).triples == 200_000


# Skipping


def test_skipping_lines_is_exact(store: Store, tmp_path: Path) -> None:
    lines = [f"<urn:{n}> <urn:p> _:b .".encode() for n in range(5_000)]
    for bad, content in (
        (7, b"wrong"),
        (2_500, b'<urn:x> <urn:p> "\xff" .'),
        (4_999, b'<urn:x> <urn:p> "open .'),
    ):
        lines[bad - 1] = content
    report = load(store, write(tmp_path / "a.nt", b"\n".join(lines)), on_error="skip")
    assert (report.triples, report.skipped) == (4_997, 3)
    assert [problem.line for problem in report.problems] == [7, 2_500, 4_999]
    assert len(store) == 4_997
    assert len({triple.object for triple in store.triples()}) == 1


def test_skipping_rows(store: Store, tmp_path: Path) -> None:
    content = b"a|b|c\nwrong\nd|e|f\n\xff|b|c\n" + b"x\n" * 50
    report = load(store, write(tmp_path / "a.txt", content), on_error="skip", format="pipe")
    assert (report.triples, report.skipped, len(report.problems)) == (2, 52, 20)
    assert [problem.line for problem in report.problems[:3]] == [2, 4, 5]
    assert report.problems[0].reason == "has 1 cells between '|', not 3"


def test_skipping_statements(store: Store, tmp_path: Path) -> None:
    content = "@prefix e: <urn:> .\ne:a e:p x:y .\ne:a e:p 1 .\ne:a e:p , .\ne:a e:p 2 .\n"
    report = load(store, write(tmp_path / "a.ttl", content), on_error="skip")
    assert report.skipped == 2 and [problem.line for problem in report.problems] == [2, 4]
    assert {triple.object.value for triple in store.triples()} == {"1", "2"}


@pytest.mark.parametrize(
    ("name", "content"), [("a.rdf", b"<rdf:RDF"), ("a.ttl", b'<urn:a> <urn:p> "\xff", "\xff" .')]
)
def test_what_cannot_be_skipped_stops(store: Store, tmp_path: Path, name: str, content: bytes) -> None:
    assert "no way to skip it" in refused(store, write(tmp_path / name, content), on_error="skip")


def test_formats_are_listed() -> None:
    assert set(FORMATS) == set("turtle ntriples nquads trig rdfxml jsonld tsv csv pipe spo".split())
