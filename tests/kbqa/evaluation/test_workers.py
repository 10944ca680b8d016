"""Several processes that ask give the same answers in the same order as one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import kbqa
from kbqa.config import Config
from kbqa.errors import DependencyError
from kbqa.evaluation import workers
from kbqa.evaluation.items import Item
from kbqa.evaluation.run import asker, evaluate, outcome

TOWNS = ["Osk", "Arl", "Brem", "Corf", "Dole", "Elm"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kbqa.KnowledgeBase]:
    folder = tmp_path_factory.mktemp("workers")
    (folder / "towns.txt").write_text("".join(f"{town}|mayor|{town} Berg\n" for town in TOWNS))
    with kbqa.build(folder / "towns.kb", graph=[folder / "towns.txt"]) as built:
        yield built


def test_two_processes_answer_as_one_does(base: kbqa.KnowledgeBase) -> None:
    items = [
        Item(str(number), f"Who is the mayor of {town}?", (f"{town} Berg",))
        for number, town in enumerate(TOWNS * 4)
    ]
    items.append(Item("none", "?!", ("nothing",)))  # a question that fails
    alone = [outcome(item, asker(base)) for item in items]
    with workers.asking(base.path, Config(), given_entities=False, workers=2) as ask:
        shared = list(ask(items))
    assert [one.failure for one in shared] == [one.failure for one in alone]
    assert shared[-1].failure
    for one, other in zip(shared[:-1], alone[:-1], strict=True):
        assert one.result is not None
        assert other.result is not None
        assert [answer.to_dict() for answer in one.result.answers] == [
            answer.to_dict() for answer in other.result.answers
        ]
    figures = evaluate(items, asker(base), set_name="mine", outcomes=iter(shared))
    assert figures.metrics["hits@1"].value == pytest.approx(24 / 25)


def _die(_: Item) -> None:
    os._exit(3)


def test_a_process_that_dies_is_an_error_with_advice(
    base: kbqa.KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_answer", _die)
    with (
        workers.asking(base.path, Config(), given_entities=False, workers=2) as ask,
        pytest.raises(DependencyError, match="fewer --workers"),
    ):
        list(ask([Item("1", "Who is the mayor of Osk?", ("Osk Berg",))]))


def test_the_speed_is_that_of_the_whole_run(base: kbqa.KnowledgeBase, tmp_path: Path) -> None:
    items = [Item("1", "Who is the mayor of Osk?", ("Osk Berg",))]
    figures = evaluate(items, asker(base), set_name="mine")
    assert figures.questions_per_second == pytest.approx(1 / figures.seconds)
    assert figures.seconds >= figures.predictions[0].seconds
    assert figures.to_dict()["seconds"] == round(figures.seconds, 3)
