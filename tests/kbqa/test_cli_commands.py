"""The commands on a real knowledge base: building, changing, describing, evaluating."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kbqa.cli import main

FILMS = """
@prefix e: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
e:Inception a e:Film ; rdfs:label "Inception"@en , "盗梦空间"@zh ; e:directedBy e:Nolan .
e:Nolan a e:Person ; rdfs:label "Christopher Nolan"@en , "诺兰"@zh .
e:directedBy rdfs:label "directed by"@en , "导演"@zh .
e:Film rdfs:label "film"@en .
"""
# Without the encoder a question takes a tenth of the time, and the command line is the same.
FAST = ["--without", "vectors"]
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the knowledge base films.kb."""
    place = tmp_path_factory.mktemp("films")
    (place / "films.ttl").write_text(FILMS, encoding="utf-8")
    (place / "broken.nt").write_text("<e:a> <e:b> <e:c> .\n<e:a> <e:b>\n", encoding="utf-8")
    (place / "plots").mkdir()
    (place / "plots" / "a.txt").write_text("Inception was shot in six countries.", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert main("build films.kb --graph films.ttl --passages plots".split()) == 0
    return place


@pytest.fixture
def kbqa_(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return a function that runs a command in that folder: words → exit code, stdout, stderr."""
    monkeypatch.chdir(folder)
    capsys.readouterr()

    def run(words: str, *more: str) -> tuple[int, str, str]:
        code = main([*words.split(), *more])
        return code, *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("build films.kb --graph films.ttl", 2, "kbqa: films.kb is there already"),
        ("build new.kb --graph broken.nt", 2, "kbqa: broken.nt, line "),
        ("build new.kb --graph nowhere.ttl", 2, "kbqa: nowhere.ttl: no such file"),
        ("build new.kb", 2, "nothing to build new.kb from"),
        ("build new.kb --graph films.ttl --text-encoder nobody/nothing", 3, "'nobody/nothing'"),
        ("add films.kb --graph broken.nt", 2, "kbqa: broken.nt, line "),
        ("add films.kb", 2, "films.kb"),
        ("add nowhere.kb --graph films.ttl", 2, "kbqa: nowhere.kb is no knowledge base"),
        ("remove films.kb --source plots/b.txt", 2, "plots/b.txt"),
        ("info films.ttl", 2, "kbqa: films.ttl is no knowledge base"),
        ("evaluate nowhere.jsonl --kb films.kb", 2, "nowhere.jsonl"),
        ("evaluate metaaq --kb films.kb", 2, "did you mean 'metaqa'?"),
        ("evaluate metaqa --kb films.kb", 2, "--data"),
        ("compare a.json b.json", 2, "a.json"),
    ],
)
def test_what_goes_wrong_is_one_line(kbqa_: Command, folder: Path, words: str, code: int, says: str) -> None:
    before = kbqa_("info films.kb")
    found, out, err = kbqa_(words)
    assert (found, out) == (code, "")
    assert err.startswith("kbqa: ") and err.count("\n") == 1
    assert says in err
    assert not (folder / "new.kb").exists()
    assert kbqa_("info films.kb") == before


def test_what_is_skipped_is_reported(kbqa_: Command) -> None:
    code, out, err = kbqa_("build skipped.kb --graph films.ttl broken.nt --on-error skip")
    assert (code, err) == (0, "")
    assert "  read      films.ttl: 10 triples\n  read      broken.nt: 1 triple, 1 refused\n" in out
    assert "  refused   broken.nt, line 2: " in out


def test_adding_and_removing(kbqa_: Command, folder: Path) -> None:
    (folder / "more.ttl").write_text(FILMS.replace("Inception", "Tenet"), encoding="utf-8")
    code, out, err = kbqa_("add films.kb --graph more.ttl")
    assert (code, out, err) == (0, "  read      more.ttl: 10 triples\n", "")
    question = ["ask", "Who directed Tenet?", "--kb", "films.kb", *FAST]
    assert kbqa_(*question)[0] == 0
    code, out, err = kbqa_("remove films.kb --source more.ttl")
    assert (code, out, err) == (0, "  removed   more.ttl: 10 triples\n", "")
    assert kbqa_(*question)[0] == 1
    described = json.loads(kbqa_("info films.kb --json")[1])
    assert [source["name"] for source in described["sources"]] == ["films.ttl", "plots/a.txt"]


def test_options_change_the_answer(kbqa_: Command) -> None:
    question = ["ask", "Who directed Inception?", "--kb", "films.kb", *FAST]
    assert kbqa_(*question)[0] == 0
    assert kbqa_(*question, "--without", "graph")[0] == 1
    assert kbqa_(*question, "--threshold", "1")[0] == 1
    chinese = json.loads(kbqa_("ask", "盗梦空间的导演是谁？", "--kb", "films.kb", "--json", *FAST)[1])
    assert chinese["answers"][0]["text"] == "诺兰"


def test_evaluating_and_comparing(kbqa_: Command, folder: Path) -> None:
    rows = [
        {"question": "Who directed Inception?", "answers": ["Christopher Nolan"]},
        {"question": "Who wrote Hamlet?", "answers": []},
        {"question": "Who directed Inception?", "answers": ["Steven Spielberg"], "id": "wrong"},
    ]
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    (folder / "set.jsonl").write_text(lines, encoding="utf-8")
    words = "evaluate set.jsonl --kb films.kb --without vectors"
    code, out, err = kbqa_(f"{words} --out a.json")
    assert (code, err) == (0, "")
    assert "hits@1" in out
    written = json.loads((folder / "a.json").read_text(encoding="utf-8"))
    promised = "set split n excluded unanswered metrics latency_ms peak_memory_mb config commit predictions"
    assert set(written) >= set(promised.split())
    assert written["n"] == 3
    assert written["config"]["without"] == ["vectors"]
    assert set(written["metrics"]["hits@1"]) == {"value", "low", "high"}
    assert kbqa_(f"{words} --without graph --out b.json")[0] == 0
    code, out, err = kbqa_("compare a.json b.json --json")
    assert (code, err) == (0, "")
    compared = json.loads(out)
    assert (compared["n"], compared["worse"]) == (3, 1)
    assert "hits@1" in kbqa_("compare a.json b.json")[1]
