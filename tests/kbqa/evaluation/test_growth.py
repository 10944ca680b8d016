"""The made-up world that grows, and what is measured on it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from kbqa.errors import InputError
from kbqa.evaluation.growth import Grown, growth, growth_table
from kbqa.evaluation.scaled import World
from kg.load import load
from kg.store import Store


def test_a_world_has_the_size_asked_for_and_is_the_same_again() -> None:
    for size in (5_000, 50_000):
        lines = list(World.of_size(size, seed=3).lines())
        assert abs(len(lines) - size) < 0.1 * size
        assert lines == list(World.of_size(size, seed=3).lines())
    assert list(World.of_size(5_000, seed=4).lines()) != list(World.of_size(5_000, seed=3).lines())


def test_a_world_is_valid_with_names_of_their_own_and_hubs(tmp_path: Path) -> None:
    with Store.in_memory() as store:
        world = World.of_size(20_000, seed=0)
        text = "".join(world.lines()).encode()
        (tmp_path / "world.nt").write_bytes(text)
        load(store, tmp_path / "world.nt")
        labels = Counter(
            (t.subject.value.rsplit("/", 1)[0], t.object.value) for t in store.triples(limit=10**6) if t.predicate.value.endswith("label") and t.subject.value[-1].isdecimal()
        )  # fmt: skip
        assert max(labels.values()) == 1
        cited = Counter(t.object for t in store.triples(limit=10**6) if t.predicate.value.endswith("/cites"))
        assert max(cited.values()) > 20 * sorted(cited.values())[len(cited) // 2]


def test_questions_speak_of_things_that_are_there() -> None:
    world = World.of_size(5_000, seed=0)
    text = "".join(world.lines())
    asked = world.questions(100)
    assert len(set(asked)) > 90
    assert sum("？" in question for question in asked) == 20
    labels = {line.split('"')[1] for line in text.splitlines() if '"' in line and "label" in line}
    assert all(any(label in question for label in labels) for question in asked)


def test_a_graph_too_small_to_compare_is_refused() -> None:
    with pytest.raises(InputError, match="at least 100,000"):
        growth(10)


def test_the_table_says_how_numbers_grew() -> None:
    def grown(times: float) -> Grown:
        return Grown(
            int(1_000 * times), 2.0 * times, 1.0, {"names": 1.0}, 10.0, 0.5, 1.0, 20.0, 0.9, {"query": (3.0, 4.0 * times)}
        )  # fmt: skip

    lines = growth_table([grown(1), grown(10)]).splitlines()
    assert lines[0].split() == ["1,000", "10,000", "grew"]
    assert [
        line.split()[-2] for line in lines if line.startswith(("build, s", "query: p50", "query: p95"))
    ] == [
        "10.0",
        "1.0",
        "10.0",
    ]


@pytest.mark.slow
def test_measuring_for_real(tmp_path: Path) -> None:
    from kbqa.evaluation.growth import measure

    found = measure(5_000, tmp_path, questions=30, seed=0)
    assert found.answered > 0.7
    assert found.build_megabytes > 50
    assert found.latency["all stages"][0] <= found.latency["all stages"][1]
    assert json.loads((tmp_path / "questions.json").read_text())
