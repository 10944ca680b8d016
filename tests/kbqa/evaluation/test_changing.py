"""What is measured on a large base that is opened and changed."""

from __future__ import annotations

from pathlib import Path

import pytest

import kbqa
from kbqa.evaluation import changing


def test_the_made_up_base_is_one(tmp_path: Path) -> None:
    changing.build(tmp_path, 25, 1_000, seed=0)
    with kbqa.open(tmp_path / "large.kb") as base:
        info = base.info()
    assert (info.passages, len([source for source in info.sources if source.kind == "passages"])) == (25, 3)
    assert kbqa.check(tmp_path / "large.kb").sound


def test_the_new_facts_are_ten_about_hubs_of_the_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changing.build(tmp_path, 25, 1_000, seed=0)
    monkeypatch.setattr(changing, "ROUNDS", 1)
    times = changing._change(tmp_path / "large.kb")
    assert all(0 < half <= most for half, most in times.values())
    with kbqa.open(tmp_path / "large.kb") as base:
        before = base.info()
        base.add(graph=[tmp_path / "new.ttl"])
        after = base.info()
    assert after.triples - before.triples == 10
    assert after.entities is not None and before.entities is not None
    assert after.entities - before.entities == 2


@pytest.mark.long
def test_measuring_for_real(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changing, "INDEXED", 64)
    numbers = {number.what: number.value for number in changing.changing(200, triples=2_000)}
    assert numbers["open 200 passages and 1,888 triples"] > 0
    assert all(value > 0 for value in numbers.values())
    assert sum("document" in what for what in numbers) == 6
    assert sum("ten facts" in what for what in numbers) == 4
