"""Documents of every format, and everything that must be refused."""

from __future__ import annotations

import gzip
import io
import json
import os
from pathlib import Path

import pytest

from retrieval import Document, DocumentError, Refused, read_documents, split
from retrieval import files as file_limits

CHINESE = "北京是中国的首都，人口超过两千万。它有三千多年的历史。"
TRADITIONAL = "北京是中國的首都，人口超過兩千萬。它有三千多年的歷史。"


def read(*paths: Path, root: Path | None = None) -> tuple[list[Document], list[Refused]]:
    refused: list[Refused] = []
    return list(read_documents(paths, on_refused=refused.append, root=root)), refused


def write(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def make_pdf(*pages: str) -> bytes:
    """Return a small PDF with a line of text per page."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(count))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for page, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" if text else ""
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * page} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    return f"{out}{head}trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF".encode()


def test_text_and_markdown(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "Plain text.")
    write(tmp_path / "b.MD", "\n# The Title #\r\n\r\nBody.")
    (plain, marked), refused = read(tmp_path)
    assert not refused
    assert plain == Document((tmp_path / "a.txt").as_posix(), "Plain text.", "", "en")
    assert (marked.title, marked.text) == ("The Title", "\n# The Title #\r\n\r\nBody.")


def test_html_gives_the_main_text_without_script(tmp_path: Path) -> None:
    body = "<p>London is the capital of England. It lies on the Thames.</p>" * 3
    page = f"<html><head><title>London</title><script>evil()</script></head><body>{body}</body></html>"
    ((document,), refused) = read(write(tmp_path / "a.html", page))
    assert not refused
    assert "lies on the Thames" in document.text
    assert "evil" not in document.text
    assert document.title == "London"
    ((short,), _) = read(write(tmp_path / "b.htm", "<p>Tiny page"))
    assert short.text.strip() == "Tiny page"


def test_html_in_a_declared_encoding(tmp_path: Path) -> None:
    page = f'<html><head><meta charset="gb2312"></head><body><p>{CHINESE}</p></body></html>'
    ((document,), _) = read(write(tmp_path / "a.html", page.encode("gbk")))
    assert CHINESE in document.text
    assert document.language == "zh"


def test_pdf(tmp_path: Path) -> None:
    ((document,), refused) = read(write(tmp_path / "a.pdf", make_pdf("First page.", "Second page.")))
    assert not refused
    assert document.text == "First page.\n\nSecond page."


def test_docx_keeps_paragraphs_and_tables(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    file = docx.Document()
    file.add_paragraph("Rivers of Europe.")
    table = file.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Danube", "2850 km"
    file.core_properties.title = "Rivers"
    file.save(tmp_path / "a.docx")
    ((document,), refused) = read(tmp_path / "a.docx")
    assert not refused
    assert (document.title, document.text) == ("Rivers", "Rivers of Europe.\n\n| Danube | 2850 km |")


def test_docx_reads_merged_cells_once(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    file = docx.Document()
    table = file.add_table(rows=2, cols=3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Rivers\nof Europe"
    for column, text in enumerate(("Danube", "2850", "2850")):
        table.cell(1, column).text = text
    file.save(tmp_path / "a.docx")
    ((document,), _) = read(tmp_path / "a.docx")
    assert document.text == "| Rivers of Europe |  |\n| Danube | 2850 | 2850 |"


def test_html_keeps_tables_readable(tmp_path: Path) -> None:
    text = "".join(f"<p>The river number {n} of Europe is long, as far as is known.</p>" for n in range(6))
    table = "<table><tr><th>River</th><th>Length</th></tr><tr><td>Danube</td><td>2850 km</td></tr></table>"
    ((document,), _) = read(write(tmp_path / "a.html", f"<html><body>{text}{table}{text}</body></html>"))
    assert "| River | Length |" in document.text
    assert "| Danube | 2850 km |" in document.text


def test_rows_of_a_markdown_table_are_not_cut(tmp_path: Path) -> None:
    rows = [f"| River {n} in St. Petersburg | {n}. longest! Yes |" for n in range(60)]
    ((document,), _) = read(write(tmp_path / "a.md", "# Rivers\n\n" + "\n".join(rows)))
    passages = split(document, words=40, overlap=10)
    assert len(passages) > 5
    assert all(line in ("# Rivers", "", *rows) for passage in passages for line in passage.text.split("\n"))


def test_a_huge_page_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.extract.MAX_HTML", 2**20)
    page = "<html><body>" + "<p>Page after page.</p>" * 2**16 + "</body></html>"
    documents, refused = read(write(tmp_path / "a.html", page))
    assert (documents, [item.reason for item in refused]) == ([], ["is longer than 1 MiB; split it"])


def test_jsonl_lines(tmp_path: Path) -> None:
    rows = [
        {"text": "A film.", "id": "f1", "title": "Film", "entities": ["w:film", "Film"], "language": "en"},
        {"text": "电影。", "id": 7},
        {"text": "No id."},
        {"question": " Why? ", "answer": "因为是的。", "id": "q"},
    ]
    path = write(tmp_path / "a.jsonl", "\ufeff" + "\n\n".join(json.dumps(row) for row in rows) + "\n")
    documents, refused = read(path, root=tmp_path)
    assert not refused
    assert documents == [
        Document("a.jsonl#f1", "A film.", "Film", "en", ("w:film", "Film")),
        Document("a.jsonl#7", "电影。", "", "zh"),
        Document("a.jsonl#5", "No id.", "", "en"),
        Document("a.jsonl#q", "因为是的。", "", "zh", (), "Why?"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "is not JSON"),
        ("[1]", "must be an object"),
        ("{}", '"text" is missing'),
        ('{"text": " "}', '"text" is missing'),
        ('{"text": 3}', '"text" must be a text'),
        ('{"question": "x"}', '"answer" is missing or empty'),
        ('{"question": " ", "answer": "x"}', '"question" is missing or empty'),
        ('{"question": "x", "answers": ["x"]}', '"answer" is missing or empty'),
        ('{"question": "x", "answer": ["x"]}', '"answer" must be a text'),
        ('{"question": "x", "answer": "y", "text": "z"}', "make two lines of it"),
        ('{"text": "x", "title": 1}', '"title" must be a text'),
        ('{"text": "x", "entities": "w:x"}', '"entities" must be a list'),
        ('{"text": "x", "entities": [1]}', '"entities" must be a list'),
        ('{"text": "\\ud800"}', "surrogate"),
        ('{"text": "x", "id": "\\ud800"}', "surrogate"),
        ('{"text": "x", "entities": ["\\ud800"]}', "surrogate"),
        ('{"text": "x", "id": "first"}', "used on line 1"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_bad_jsonl_lines_are_refused_one_by_one(tmp_path: Path, line: str, reason: str) -> None:
    good = ['{"text": "one", "id": "first"}', line, '{"text": "three"}']
    documents, refused = read(write(tmp_path / "a.jsonl", "\n".join(good)))
    assert [document.text for document in documents] == ["one", "three"]
    assert [(item.line, reason in item.reason) for item in refused] == [(2, True)], refused


def test_a_jsonl_line_that_is_not_utf8(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"text": "ok"}\n{"text": "\xff\xfe"}\n')
    documents, refused = read(path)
    assert [document.text for document in documents] == ["ok"]
    assert [(item.line, item.reason) for item in refused] == [(2, "is not UTF-8")]


def test_a_jsonl_line_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_limits, "MAX_LINE", 1000)
    monkeypatch.setattr(file_limits, "CHUNK", 100)
    lines = ['{"text": "one"}', json.dumps({"text": "x" * 5000}), '{"text": "three"}']
    documents, refused = read(write(tmp_path / "a.jsonl", "\n".join(lines)))
    assert [document.text for document in documents] == ["one", "three"]
    assert [item.line for item in refused] == [2]


@pytest.mark.parametrize("name", ["a.txt.gz", "a.md.gz", "a.html.gz"])
def test_gzip(tmp_path: Path, name: str) -> None:
    ((document,), _) = read(write(tmp_path / name, gzip.compress(b"Packed words here.")))
    assert document.text.strip() == "Packed words here."


@pytest.mark.parametrize("name", ["a.txt.gz", "a.jsonl.gz"])
@pytest.mark.parametrize("damage", ["cut", "header", "middle"])
def test_damaged_gzip_is_refused(tmp_path: Path, name: str, damage: str) -> None:
    noise = json.dumps({"text": os.urandom(3000).hex()})
    content = bytearray(gzip.compress(noise.encode()))
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "header":
        content[:2] = b"no"
    else:
        content[200:260] = b"\xff" * 60
    documents, refused = read(write(tmp_path / name, bytes(content)))
    assert not documents
    assert len(refused) == 1
    assert "gzip" in refused[0].reason


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "utf-8"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "utf-16"),
        (CHINESE, "utf-32"),
        (CHINESE, "gb18030"),
        ("首都北京。", "gbk"),
        (TRADITIONAL, "big5"),
        ("Ünïcödé für Großmütter, naïve café à Zürich. Der Fluss fließt.", "cp1252"),
    ],
)
def test_encodings_are_detected(tmp_path: Path, text: str, encoding: str) -> None:
    ((document,), refused) = read(write(tmp_path / "a.txt", text.encode(encoding)))
    assert not refused
    assert document.text == text


def test_a_long_file_cut_inside_a_character_is_detected(tmp_path: Path) -> None:
    text = "a" + CHINESE * 4000
    ((document,), _) = read(write(tmp_path / "a.txt", text.encode("gb18030")))
    assert document.text == text


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "is empty"),
        ("a.md", b" \n\t ", "is empty"),
        ("a.jsonl", b"", "is empty"),
        ("a.html", b"<html></html>", "holds no text"),
        ("a.exe", b"MZ", "unknown kind of file; documents are .txt .md"),
        ("noextension", b"x", "unknown kind of file"),
        ("a.pdf.gz", b"x", "unknown kind of file"),
        ("a.txt", b"\xef\xbb\xbf\xff\xfe", "is not valid utf-8"),
        ("a.txt", b"text\0\1\2", "binary"),
        ("a.txt", bytes(range(256)) * 20, ""),
        ("a.jsonl", '{"text": "x"}'.encode("utf-16"), "is not UTF-8"),
        ("a.pdf", b"", "damaged"),
        ("a.pdf", b"%PDF-1.4 nonsense", "damaged"),
        ("a.pdf", make_pdf("Text.")[:300], "damaged"),
        ("a.pdf", make_pdf(""), "scanned"),
        ("a.docx", b"PK\3\4 nonsense", "damaged"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    documents, refused = read(write(tmp_path / name, content))
    assert not documents
    assert [item.path for item in refused] == [(tmp_path / name).as_posix()]
    assert reason in refused[0].reason


def test_an_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make_pdf("Secret."))))
    writer.encrypt("word", algorithm="RC4-128")
    writer.write(tmp_path / "a.pdf")
    documents, refused = read(tmp_path / "a.pdf")
    assert not documents
    assert "encrypted" in refused[0].reason


def test_sizes_are_limited_also_after_unpacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.documents.MAX_BYTES", 2**20)
    monkeypatch.setattr("retrieval.extract.MAX_PAGES", 2)
    write(tmp_path / "a.txt", b"x" * (2**20 + 1))
    write(tmp_path / "b.txt.gz", gzip.compress(b"x" * 2**24))
    write(tmp_path / "c.pdf", make_pdf("1", "2", "3"))
    documents, refused = read(tmp_path)
    assert not documents
    assert [item.reason for item in refused] == [
        "is larger than 1 MiB; split it",
        "is larger than 1 MiB; split it",
        "has 3 pages, more than 2; split it",
    ]


def test_a_word_file_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    monkeypatch.setattr("retrieval.extract.MAX_ARCHIVE", 1000)
    docx.Document().save(tmp_path / "a.docx")
    _, refused = read(tmp_path / "a.docx")
    assert "unpacks to over" in refused[0].reason


def test_folders_are_read_sorted_without_hidden_files(tmp_path: Path) -> None:
    for name in ("z.txt", "sub/b.txt", "sub/a.txt", ".hidden.txt", ".git/x.txt"):
        write(tmp_path / "docs" / name, "text")
    write(tmp_path / "docs" / "photo.xyz", "text")
    documents, refused = read(tmp_path / "docs", root=tmp_path)
    assert [document.source for document in documents] == ["docs/z.txt", "docs/sub/a.txt", "docs/sub/b.txt"]
    assert [item.path for item in refused] == ["docs/photo.xyz"]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    _, refused = read(tmp_path / "nowhere.txt")
    assert refused == [Refused((tmp_path / "nowhere.txt").as_posix(), None, "no such file")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "x").chmod(0)
    _, refused = read(tmp_path / "a.txt")
    assert "Permission denied" in refused[0].reason


def test_without_a_listener_the_first_refusal_is_raised(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"text": "ok"}\n{')
    documents = read_documents([path])
    assert next(documents).text == "ok"
    with pytest.raises(DocumentError, match=r"a\.jsonl, line 2: is not JSON"):
        next(documents)


def test_a_file_becomes_passages_with_offsets_into_it(tmp_path: Path) -> None:
    content = "# Rivers\n\n" + "The Danube is long. " * 100
    ((document,), _) = read(write(tmp_path / "a.md", content))
    passages = split(document)
    assert len(passages) > 2
    assert all(content[passage.start : passage.end] == passage.text for passage in passages)
    assert {passage.title for passage in passages} == {"Rivers"}
