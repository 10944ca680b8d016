"""Questions that are no questions: each gets one clear line or an honest answer, and changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import kbqa
from kbqa.cli import main

FILMS = """
@prefix e: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
e:Inception a e:Film ; rdfs:label "Inception"@en , "盗梦空间"@zh ; e:directedBy e:Nolan .
e:Nolan a e:Person ; rdfs:label "Christopher Nolan"@en , "诺兰"@zh .
e:directedBy rdfs:label "directed by"@en , "导演"@zh .
e:Film rdfs:label "film"@en .
"""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    (folder / "films.ttl").write_text(FILMS, encoding="utf-8")
    (folder / "plot.txt").write_text("Inception was shot in six countries.", encoding="utf-8")
    kbqa.build(folder / "films.kb", graph=[folder / "films.ttl"], passages=[folder / "plot.txt"]).close()
    return folder / "films.kb"


@pytest.fixture(scope="module")
def base(films: Path) -> Iterator[kbqa.KnowledgeBase]:
    with kbqa.open(films) as opened:
        yield opened


@pytest.fixture
def unchanged(films: Path) -> Iterator[Path]:
    """Return the knowledge base, and check afterwards that no byte of it has changed."""

    def contents() -> dict[str, str]:
        return {
            path.relative_to(films).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(films.rglob("*"))
            if path.is_file()
        }

    before = contents()
    yield films
    assert contents() == before


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("", "the question is empty"),
        ("   \n\t ", "the question is empty"),
        ("\x00\x07", "the question is empty"),
        ("why " * 2_500, "the question has 10,000 characters; ask in at most"),
        ("为" * 10_000, "the question has 10,000 characters; ask in at most"),
        ("?!… —", "holds no word"),
        ("？！。、", "holds no word"),
        ('"}#', "holds no word"),
    ],
)
def test_what_cannot_be_asked_gets_one_line(
    unchanged: Path, capsys: pytest.CaptureFixture[str], question: str, says: str
) -> None:
    assert main(["ask", question, "--kb", str(unchanged)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("kbqa: ") and err.count("\n") == 1 and len(err) < 200
    assert says in err


@pytest.mark.parametrize(
    "question",
    [
        '"} DROP ALL #',
        "'; DROP TABLE names; --",
        "<https://example.org/Inception> } ; DELETE WHERE { ?s ?p ?o } #",
        "\\u0022 } UNION { ?s ?p ?o",
        "Кто является президентом Франции?",
        "من هو رئيس فرنسا؟",
        "qwertyuiop asdfghjkl",
        "👩‍🚀🚀 a",
        "who " * 400,
        "%s %d {0} {question} ${HOME}",
        "NEAR/2 (a OR b) AND NOT * : ^ ~",
    ],
)
def test_what_has_no_answer_is_refused_honestly(
    unchanged: Path, base: kbqa.KnowledgeBase, question: str
) -> None:
    result = base.ask(question)
    assert result.abstained
    assert not result.answers
    assert result.reason


def test_a_hostile_name_next_to_a_real_question_does_no_harm(
    unchanged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["ask", 'Who directed Inception"} DROP ALL # ?', "--kb", str(unchanged), "--json"])
    assert "DROP" not in json.loads(capsys.readouterr().out)["sparql"]
    assert main(["ask", "Who directed Inception?", "--kb", str(unchanged), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answers"][0]["text"] == "Christopher Nolan"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--image", "no-such.png"], "no-such.png"),
        (["--kb", "no-such.kb"], "no-such.kb is no knowledge base"),
        (["--kb", "/dev/null"], "/dev/null is no knowledge base"),
    ],
)
def test_what_is_not_there_is_named(
    unchanged: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    assert main(["ask", "Who directed Inception?", "--kb", str(unchanged), *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("kbqa: ") and err.count("\n") == 1
    assert says in err


def test_an_image_that_is_none_is_refused(
    unchanged: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fake = tmp_path / "fake.png"
    fake.write_text("no picture", encoding="utf-8")
    assert main(["ask", "What is this?", "--kb", str(unchanged), "--image", str(fake)]) == 2
    err = capsys.readouterr().err
    assert "fake.png" in err and err.count("\n") == 1
