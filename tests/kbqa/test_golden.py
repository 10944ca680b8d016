"""The golden questions about the bundled world, answered by the real system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kbqa

HERE = Path(__file__).parent
QUESTIONS = [json.loads(line) for line in (HERE / "golden.jsonl").read_text(encoding="utf-8").splitlines()]
FLAGS = Path(kbqa.__file__).parent / "world" / "data" / "flags"
LEAST_RIGHT = 57
REFUSED = [json.loads(line) for line in (HERE / "refused.jsonl").read_text(encoding="utf-8").splitlines()]
MOST_ANSWERED = 0.15


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        with kbqa.open_world() as base:
            yield base


def is_right(row: dict[str, Any], result: kbqa.Result) -> bool:
    """Say whether a result is what a person would accept, by the kind of question."""
    if row["kind"] == "refuse":
        return result.abstained and not result.answers
    if not result.answers:
        return False
    first = result.answers[0]
    if "entity" in row:
        pictures = [item.to_dict() for item in first.evidence]
        return first.source == "image" and any(
            item["kind"] == "image" and row["entity"] in item["text"] for item in pictures
        )
    if "contains" in row:
        return any(part in first.text for part in row["contains"])
    wanted = [set(row["answers"]), *(set(other) for other in row.get("accept", []))]
    given = {answer.text for answer in result.answers}
    return given in wanted or {text.removesuffix(" km²") for text in given} in wanted


def ask(world: Any, row: dict[str, Any]) -> kbqa.Result:
    image = FLAGS / row["image"] if "image" in row else None
    return world.ask(row["question"], image=image)


def test_the_set_is_what_the_project_promises() -> None:
    english = [row for row in QUESTIONS if row["id"].startswith("en")]
    kinds = {row["kind"] for row in QUESTIONS}
    assert len(english) >= 40
    assert len(QUESTIONS) - len(english) >= 20
    assert kinds >= {"graph", "text", "image", "refuse"}
    assert sum(row["kind"] == "refuse" for row in QUESTIONS) >= 6


def test_golden_questions(world: Any) -> None:
    wrong = []
    for row in QUESTIONS:
        result = ask(world, row)
        if not is_right(row, result):
            given = [(answer.text[:60], round(answer.confidence, 2)) for answer in result.answers[:4]]
            wrong.append(f"{row['id']} {row['question']} → {given or result.reason}")
    print(f"\n{len(QUESTIONS) - len(wrong)} of {len(QUESTIONS)} right", *wrong, sep="\n  ")
    assert len(QUESTIONS) - len(wrong) >= LEAST_RIGHT, wrong


def test_every_given_answer_shows_what_it_rests_on(world: Any) -> None:
    for row in QUESTIONS[:12]:
        result = ask(world, row)
        assert result.evidence, row["question"]
        assert result.sparql.startswith("PREFIX") or result.sparql == "" or "SELECT" in result.sparql
        assert set(result.seconds) == {"parse", "link", "query", "search", "rerank", "read", "decide"}


def test_what_the_world_does_not_hold_is_refused(world: Any) -> None:
    """Its relations are near to what is asked for ("the GDP of Germany", "the king of Spain") and yet no answer."""
    answered = []
    for row in REFUSED:
        result = world.ask(row["question"])
        if result.answers:
            first = result.answers[0]
            answered.append(f"{row['id']} {row['question']} → {first.text[:60]} ({first.confidence:.2f})")
    print(f"\n{len(answered)} of {len(REFUSED)} answered", *answered, sep="\n  ")
    assert len(answered) <= MOST_ANSWERED * len(REFUSED), answered
