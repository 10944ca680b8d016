"""Two runs side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kbqa.errors import InputError
from kbqa.evaluation.compare import compare
from kbqa.evaluation.items import Item
from kbqa.evaluation.run import evaluate, save
from kbqa.types import Answer, ParsedQuestion, Question, Result

ITEMS = [Item(str(n), f"question {n}", ("right",)) for n in range(40)]


def run(path: Path, right: Sequence[int], items: Sequence[Item] = ITEMS) -> Path:
    def ask(item: Item) -> Result:
        text = "right" if int(item.id) in right else "wrong"
        parsed = ParsedQuestion("", "en", (), (), (), "any")
        answers = (Answer(text, "", 0.9, "graph", ()),)
        return Result(Question("q"), parsed, (), (), (), answers, False, "", {})

    path.parent.mkdir(exist_ok=True)
    save(evaluate(items, ask, set_name="mine", split="dev"), path)
    return path


def test_the_difference_is_paired(tmp_path: Path) -> None:
    a, b = run(tmp_path / "a.json", range(20)), run(tmp_path / "b.json", range(1, 30))
    found = compare(a, b)
    hits = found.metrics["hits@1"]
    assert (hits.a, hits.b) == (0.5, 0.725)
    assert hits.change.value == pytest.approx(0.225)
    assert (found.n, found.better, found.worse) == (40, 10, 1)
    assert 0 < hits.change.low < 0.225 < hits.change.high
    assert hits.p == pytest.approx(24 / 2**11, abs=0.006)  # sign test: 2 * (1 + 11) / 2**11
    assert found.metrics["abstain_recall"].change.value is None
    text = found.table()
    assert "mine dev · 40 questions" in text
    assert "+0.225" in text
    assert "in B only: 10, in A only: 1" in text


def test_equal_runs_show_no_difference(tmp_path: Path) -> None:
    a, b = run(tmp_path / "a.json", range(20)), run(tmp_path / "b.json", range(20))
    hits = compare(a, b).metrics["hits@1"]
    assert (hits.change.value, hits.change.low, hits.change.high, hits.p) == (0, 0, 0, 1)


def test_the_order_of_the_questions_does_not_matter(tmp_path: Path) -> None:
    a = run(tmp_path / "a.json", range(20))
    b = run(tmp_path / "b.json", range(30), items=ITEMS[::-1])
    found = compare(a, b)
    assert (found.better, found.worse) == (10, 0)
    assert json.loads(json.dumps(found.to_dict()))["metrics"]["f1"]["difference"]["value"] == 0.25


def test_a_moved_folder_is_still_read(tmp_path: Path) -> None:
    run(tmp_path / "old" / "a.json", range(20))
    (tmp_path / "old").rename(tmp_path / "new")
    moved = tmp_path / "new" / "a.json"
    assert compare(moved, moved).n == 40


@pytest.mark.parametrize(
    "items",
    [
        ITEMS[:39],
        [*ITEMS, Item("40", "question 40", ("right",))],
        [*ITEMS[:39], replace(ITEMS[39], question="another")],
        [*ITEMS[:39], replace(ITEMS[39], answers=("right", "more"))],
    ],
)
def test_different_questions_are_refused(tmp_path: Path, items: list[Item]) -> None:
    a, b = run(tmp_path / "a.json", range(20)), run(tmp_path / "b.json", range(20), items=items)
    for one, other in ((a, b), (b, a)):
        with pytest.raises(InputError, match="different questions") as caught:
            compare(one, other)
        assert "\n" not in str(caught.value)


def test_broken_files_are_named(tmp_path: Path) -> None:
    a = run(tmp_path / "a.json", range(20))
    with pytest.raises(InputError, match=r"absent\.json: cannot be read"):
        compare(a, tmp_path / "absent.json")
    for content in ("", "{", "[]", "{}", '{"set": "mine"}', "[" * 100_000):
        (tmp_path / "bad.json").write_text(content)
        with pytest.raises(InputError, match=r"bad\.json: is not what"):
            compare(a, tmp_path / "bad.json")


def test_broken_predictions_are_named(tmp_path: Path) -> None:
    a = run(tmp_path / "a.json", range(20))
    predictions = tmp_path / "a.predictions.jsonl"
    lines = predictions.read_text().splitlines(keepends=True)
    predictions.write_text("".join(lines[:-1]))
    with pytest.raises(InputError, match="holds 39 predictions, not 40"):
        compare(a, a)
    predictions.write_text("".join([*lines[:-1], lines[0]]))
    with pytest.raises(InputError, match="line 40: the id '0' comes a second time"):
        compare(a, a)
    predictions.write_text('{"id": "0"}\n')
    with pytest.raises(InputError, match="line 1: is not a prediction"):
        compare(a, a)
    predictions.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        compare(a, a)
