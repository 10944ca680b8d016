"""The real input that the project promises to run on, where the public data sets are at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import kbqa
from kbqa.evaluation.datasets import load_set, prepare
from kbqa.evaluation.run import asker, evaluate


@pytest.fixture(scope="module")
def movies(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[kbqa.KnowledgeBase]:
    place = tmp_path_factory.mktemp("metaqa") / "movies.kb"
    with kbqa.build(place, graph=[shared_data / "metaqa" / "kb.txt.gz"]) as base:
        yield base


@pytest.fixture(scope="module")
def geography(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[kbqa.KnowledgeBase]:
    place = tmp_path_factory.mktemp("geoquery") / "geo.kb"
    with kbqa.build(place, graph=[shared_data / "geoquery" / "geo.ttl.gz"]) as base:
        yield base


@pytest.fixture(scope="module")
def red_chamber(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[kbqa.KnowledgeBase]:
    folder = tmp_path_factory.mktemp("hlm")
    files = prepare("hlm", data=shared_data / "hlm_redchamber", out=folder / "files")
    with kbqa.build(
        folder / "hlm.kb", graph=files.graph, passages=files.passages, images=files.images
    ) as base:
        yield base


def texts(result: kbqa.Result) -> set[str]:
    return {answer.text for answer in result.answers}


def test_who_directed_the_dark_knight(movies: kbqa.KnowledgeBase) -> None:
    result = movies.ask("who directed The Dark Knight")
    assert texts(result) == {"Christopher Nolan"}
    assert "r:directed_by" in result.sparql
    assert result.answers[0].confidence > 0.8


def test_films_that_share_an_actor(movies: kbqa.KnowledgeBase) -> None:
    result = movies.ask("which films share an actor with Top Hat")
    assert {"Swing Time", "The Gay Divorcee"} <= texts(result)
    assert "Top Hat" not in texts(result)
    assert result.sparql.count("r:starred_actors") >= 2


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("what genre is Inception", {"Action"}),
        ("when was Casablanca released", {"1942"}),
        (
            "which films were directed by Christopher Nolan and starred Michael Caine",
            {"Batman Begins", "The Dark Knight", "The Prestige"},
        ),
    ],
)
def test_more_film_questions(movies: kbqa.KnowledgeBase, question: str, answers: set[str]) -> None:
    assert texts(movies.ask(question)) == answers


def test_geography_baseline(geography: kbqa.KnowledgeBase, shared_data: Path) -> None:
    items = load_set("geoquery", data=shared_data / "geoquery", split="dev")
    figures = evaluate(
        items, asker(geography, given_entities=False), set_name="geoquery", split="dev", seed=0
    )
    assert figures.n == 50
    assert figures.metrics["exact_match"].value >= 0.74


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("贾宝玉的父亲是谁", {"贾政"}),
        ("林黛玉的母亲是谁", {"贾敏"}),
        ("贾政的儿子有哪些", {"贾珠", "贾宝玉", "贾环"}),
        ("王熙凤的丈夫是谁", {"贾琏"}),
    ],
)
def test_questions_about_the_red_chamber(
    red_chamber: kbqa.KnowledgeBase, question: str, answers: set[str]
) -> None:
    assert texts(red_chamber.ask(question)) == answers


def test_a_portrait_answers(red_chamber: kbqa.KnowledgeBase) -> None:
    result = red_chamber.ask("林黛玉长什么样？")
    assert result.answers[0].source == "image"
    assert "林黛玉" in result.answers[0].evidence[0].to_dict()["source"]
