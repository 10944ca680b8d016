"""Questions written as files: they come back as they were, and a share of them is kept apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kbqa.cli import main
from kbqa.errors import InputError
from kbqa.evaluation.datasets import load_set
from kbqa.evaluation.gold import Gold
from kbqa.evaluation.items import Item, read_jsonl
from kbqa.evaluation.question_files import parted, write_questions
from kbqa.training.supervision import read_taught

SPARQL = "SELECT ?x { <http://example.org/storm> <http://example.org/director> ?x }"


def test_everything_comes_back(tmp_path: Path) -> None:
    items = [
        Item("a", "Who?\u2028Really?", ("Ann", "7", "http://example.org/x")),
        Item("b", "谁？", (), "zh", ("w:France", "法国"), "spouse nationality", hops=2, query=SPARQL),
    ]
    write_questions(tmp_path / "mine.jsonl", items)
    assert read_jsonl(tmp_path / "mine.jsonl") == items
    assert [one.sparql for one in read_taught(tmp_path / "mine.jsonl")] == ["", SPARQL]


def test_a_picture_is_found_from_the_file(tmp_path: Path) -> None:
    picture = tmp_path / "images" / "a.png"
    picture.parent.mkdir()
    picture.touch()
    (tmp_path / "sub").mkdir()
    write_questions(tmp_path / "sub" / "mine.jsonl", [Item("a", "Who?", ("x",), image=str(picture))])
    (found,) = read_jsonl(tmp_path / "sub" / "mine.jsonl")
    assert Path(found.image).samefile(picture)


def test_what_a_file_says_goes_before_its_query(tmp_path: Path) -> None:
    said = Item("a", "Who?", ("Ann",), entities=("Storm",), kind="mine", hops=3, query=SPARQL)
    silent = Item("b", "Who?", ("Ann",), query=SPARQL)
    write_questions(tmp_path / "mine.jsonl", [said, silent])
    first, second = load_set(tmp_path / "mine.jsonl")
    assert first.gold is not None
    assert first.gold == second.gold
    assert (first.entities, first.kind, first.hops) == (("Storm",), "mine", 3)
    assert (second.entities, second.kind, second.hops) == (("http://example.org/storm",), "select", 1)


@pytest.mark.parametrize(
    ("name", "item", "reason"),
    [
        ("mine.json", Item("a", "Who?", ()), "must be called something.jsonl"),
        ("no/mine.jsonl", Item("a", "Who?", ()), "cannot be written: No such file"),
        ("mine.jsonl", Item("a", "Who?", (), gold=Gold((), ())), "neither answers nor a query"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, name: str, item: Item, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        write_questions(tmp_path / name, [item])
    assert not list(tmp_path.iterdir())


def test_a_share_is_random_seeded_and_keeps_equal_words_together() -> None:
    items = [Item(str(n), f"q{n % 50}", ("x",)) for n in range(100)]
    first, rest = parted(items, share=0.8, seed=1)
    assert (len(first), len(rest)) == (80, 20)
    assert sorted([*first, *rest], key=lambda item: int(item.id)) == items
    assert first == sorted(first, key=lambda item: int(item.id))
    assert {item.question for item in first}.isdisjoint(item.question for item in rest)
    assert parted(items, share=0.8, seed=1) == (first, rest)
    assert parted(items, share=0.8, seed=2) != (first, rest)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 80.0, float("nan"), 0.01])
def test_a_share_leaves_something_for_both(share: float) -> None:
    with pytest.raises(InputError, match="share"):
        parted([Item(str(n), f"q{n}", ()) for n in range(10)], share=share, seed=0)


# the command


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, the current one, with a known set of ten questions in data/."""
    (tmp_path / "data").mkdir()
    lines = "".join(f"who made [Film {n}]\tAnn|Bob {n}\n" for n in range(10))
    (tmp_path / "data" / "1hop_vanilla_qa_dev.txt").write_text(lines, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_known_set_as_a_file(sets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("questions metaqa-1 --data data --out all.jsonl".split()) == 0
    assert capsys.readouterr().out == "all.jsonl: 10 questions\n"
    assert load_set(sets / "all.jsonl") == load_set("metaqa-1", data=sets / "data")
    assert main("questions all.jsonl --out few.jsonl --limit 3 --seed 4".split()) == 0
    assert load_set(sets / "few.jsonl") == load_set("metaqa-1", data=sets / "data", limit=3, seed=4)


def test_a_share_and_the_rest(sets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "questions metaqa-1 --data data --out learn.jsonl --share 0.8 --rest measure.jsonl --seed 5"
    assert main(words.split()) == 0
    assert capsys.readouterr().out == "learn.jsonl: 8 questions\nmeasure.jsonl: 2 questions\n"
    ids = [json.loads(line)["id"] for part in ("learn", "measure") for line in open_lines(sets, part)]
    assert sorted(ids) == sorted(f"1hop-{n}" for n in range(1, 11))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("questions metaqa-1 --data data --out a.jsonl --share 0.8", "give both"),
        ("questions metaqa-1 --data data --out a.jsonl --rest b.jsonl", "give both"),
        ("questions metaqa-1 --data data --out a.jsonl --share 0.8 --rest ./a.jsonl", "must be two files"),
        ("questions metaqa-1 --data data --out a.jsonl --share 2 --rest b.jsonl", "between 0 and 1, not 2"),
        ("questions metaqa-1 --data data --out a.txt", "a.txt: a file of questions"),
        ("questions metaqa-1 --data data", "Missing option '--out'"),
        ("questions metaqa-1 --data data --split nope --out a.jsonl", "no split 'nope'"),
        ("questions nothing.jsonl --out a.jsonl", "nothing.jsonl: "),
    ],
)
def test_bad_usage_is_one_line(sets: Path, capsys: pytest.CaptureFixture[str], words: str, says: str) -> None:
    assert main(words.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.startswith("kbqa: ") and err.count("\n") == 1
    assert [path.name for path in sets.iterdir()] == ["data"]


def open_lines(folder: Path, part: str) -> list[str]:
    return (folder / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
