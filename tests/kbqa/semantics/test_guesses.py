"""Guesses at what a graph does not state: walks, their training, chains over guesses, and what a person is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kbqa.cli import main
from kbqa.config import Config
from kbqa.errors import InputError
from kbqa.knowledge_base import KnowledgeBase
from kbqa.semantics.completion import FILE, StepModel, load_completion, save_completion, traits_of
from kbqa.semantics.form import Step, back
from kbqa.semantics.guess import guessed_ends
from kbqa.semantics.walks import Walker
from kbqa.stages import default_pipeline
from kbqa.training.completion import train_completion
from kbqa.types import Question
from kg.store import Store
from kg.types import XSD, Iri, Literal, Triple
from retrieval.errors import ModelError

E = "urn:kbqa:entity:"
R = "urn:kbqa:relation:"
FILMS, WRITERS, UNKNOWN = 60, 20, 5
WROTE, DIRECTED, YEAR = (
    Step(Iri(R + name), True) for name in ("written%20by", "directed%20by", "released%20in")
)


def film(number: int) -> Iri:
    return Iri(f"{E}Movie_{number}")


def writer(number: int) -> Iri:
    return Iri(f"{E}Author_{number % WRITERS}")


def table() -> str:
    """Return films whose writers directed them, six of seven at least; who directed the last five is not stated."""
    lines = []
    for number in range(FILMS):
        lines.append(f"Movie {number}\twritten by\tAuthor {number % WRITERS}")
        if number < FILMS - UNKNOWN:
            director = number + (number % 7 == 0)
            lines.append(f"Movie {number}\tdirected by\tAuthor {director % WRITERS}")
        lines.append(f"Author {number % WRITERS}\tborn in\tTown {number % 4}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the films as a knowledge base with a completion model."""
    place = tmp_path_factory.mktemp("guesses")
    (place / "films.tsv").write_text(table(), encoding="utf-8")
    folder = place / "films.kb"
    columns = ["--columns", "subject,predicate,object"]
    assert main(["build", str(folder), "--graph", str(place / "films.tsv"), *columns]) == 0
    assert main(["train", "completion", "--kb", str(folder)]) == 0
    return folder


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory() as store:
        facts = [Triple(film(number), WROTE.predicate, writer(number)) for number in range(4)]
        facts += [Triple(film(number), DIRECTED.predicate, writer(number)) for number in range(3)]
        facts += [Triple(film(0), DIRECTED.predicate, writer(1)), Triple(film(0), YEAR.predicate, year(1999))]
        store.add(facts, source="facts")
        yield store


def year(number: int) -> Literal:
    return Literal(str(number), XSD + "gYear")


def test_a_walk_shares_its_probability_among_the_ends_of_each_step(store: Store) -> None:
    walker = Walker(store)
    assert walker.walk(film(0), [DIRECTED]) == {writer(0): 0.5, writer(1): 0.5}
    assert walker.walk(film(0), [DIRECTED, back(WROTE)]) == {film(0): 0.5, film(1): 0.5}
    assert walker.walk(film(0), [YEAR]) == {year(1999): 1.0}
    assert walker.walk(film(0), [YEAR, WROTE]) == {}
    assert walker.walk(film(3), [DIRECTED]) == {}


def test_what_is_hidden_is_walked_in_neither_direction(store: Store) -> None:
    walker = Walker(store)
    assert walker.walk(film(0), [DIRECTED], hidden=DIRECTED) == {}
    # From the director's other films to their directors, but not back over this film's own fact.
    around = [WROTE, back(DIRECTED)]
    assert walker.walk(film(1), around) == {film(0): 0.5, film(1): 0.5}
    assert walker.walk(film(1), around, hidden=DIRECTED) == {film(0): 1.0}


def test_the_facts_of_a_walk_lead_from_start_to_end(store: Store) -> None:
    walker = Walker(store)
    facts = walker.facts(film(1), (WROTE, back(DIRECTED)), film(0))
    assert facts == (
        Triple(film(1), WROTE.predicate, writer(1)),
        Triple(film(0), DIRECTED.predicate, writer(1)),
    )
    assert walker.facts(film(1), (WROTE,), writer(0)) == ()


def test_only_ends_of_the_step_that_are_not_stated_are_candidates(store: Store) -> None:
    model = StepModel(((WROTE,),), np.ones(2, np.float32), (writer(0), year(1999)))
    assert set(traits_of(Walker(store), film(1), DIRECTED, model)) == {writer(0)}
    assert set(traits_of(Walker(store), film(1), DIRECTED, model, hidden=True)) == {writer(0), writer(1)}


def test_the_likeliest_end_is_guessed_with_its_reason(base: Path) -> None:
    with KnowledgeBase.open(base) as films:
        completion = load_completion(base / "completion", films.sources.graph)
        for number in range(FILMS - UNKNOWN, FILMS):
            first = completion.guesses(film(number), DIRECTED, k=3)[0]
            assert first.term == writer(number)
            assert 0.5 < first.probability < 1.0
            assert Triple(film(number), WROTE.predicate, writer(number)) in first.facts
        assert completion.guesses(film(0), Step(Iri(R + "nothing"), True), k=3) == []


def test_a_chain_goes_on_from_guesses_and_is_none_where_all_is_stated(base: Path) -> None:
    last = FILMS - 1
    with KnowledgeBase.open(base) as films:
        completion = load_completion(base / "completion", films.sources.graph)
        born = Step(Iri(R + "born%20in"), True)
        (first, *_) = guessed_ends(completion, film(last), [DIRECTED, born])
        assert first.term == Iri(f"{E}Town_{last % 4}")
        assert first.facts[-1] == Triple(writer(last), born.predicate, first.term)
        assert guessed_ends(completion, film(1), [DIRECTED, born]) == []
        assert guessed_ends(completion, film(last), [YEAR]) == []


def test_a_guess_is_the_reason_for_no_answer_and_an_answer_only_where_asked_for(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    last = FILMS - 1
    asked = ["ask", f"Who directed Movie {last}?", "--kb", str(base), "--json"]
    capsys.readouterr()
    assert main(asked) == 1
    refused = json.loads(capsys.readouterr().out)
    assert refused["answers"] == []
    assert f"a guess is 'Author {last % WRITERS}'" in refused["reason"]
    assert f"Movie {last} — written by → Author {last % WRITERS}" in refused["reason"]

    assert main([*asked, "--guesses", "--threshold", "0.2"]) == 0
    given = json.loads(capsys.readouterr().out)
    (first, *_) = given["answers"]
    assert (first["text"], first["guessed"]) == (f"Author {last % WRITERS}", True)
    assert "directed%20by" in given["sparql"] and f"Movie_{last}" in given["sparql"]

    assert main([*asked[:-1], "--guesses", "--threshold", "0.2", "--fluent"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"Author {last % WRITERS}  guess (")
    assert "It is not stated; a guess: " in shown


def test_what_the_graph_states_is_no_guess(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["ask", "Who directed Movie 1?", "--kb", str(base), "--json", "--guesses"]) == 0
    (first,) = json.loads(capsys.readouterr().out)["answers"]
    assert first["text"] == "Author 1" and "guessed" not in first


def test_training_says_how_often_the_first_guess_is_right(base: Path, tmp_path: Path) -> None:
    with KnowledgeBase.open(base) as films:
        done = train_completion(films.sources, tmp_path / "again", seed=0)
    assert done.right > 0.3
    assert abs(done.right - done.promised) < 0.15
    # The same seed gives the same model.
    assert (tmp_path / "again" / FILE).read_bytes() == (base / "completion" / FILE).read_bytes()


def test_a_graph_with_too_few_facts_cannot_be_learnt(tmp_path: Path) -> None:
    (tmp_path / "few.tsv").write_text("Osk\tknows\tPell\n", encoding="utf-8")
    columns = ["--columns", "subject,predicate,object"]
    assert main(["build", str(tmp_path / "few.kb"), "--graph", str(tmp_path / "few.tsv"), *columns]) == 0
    with KnowledgeBase.open(tmp_path / "few.kb") as few, pytest.raises(InputError, match="enough facts"):
        train_completion(few.sources, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_model_is_read_as_it_was_written(store: Store, tmp_path: Path) -> None:
    model = StepModel(
        ((WROTE,), (WROTE, back(DIRECTED))),
        np.array([1.5, -0.25, 0.125], np.float32),
        (writer(0), year(1999)),
        0.75,
        -0.5,
    )
    save_completion(tmp_path / "model", {DIRECTED: model})
    first = load_completion(tmp_path / "model", store).guesses(film(3), DIRECTED, k=1)[0]
    assert first.term == writer(0)  # writer(3) directs nothing


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "[]",
        '{"format": 2, "steps": []}',
        '{"format": 1, "steps": [{}]}',
        '{"format": 1, "steps": [{"predicate": "urn:p", "forward": true, "routes": [], "weights": [], "common": [],'
        ' "slope": 1, "shift": 0}]}',
        '{"format": 1, "steps": [{"predicate": "urn:p", "forward": true, "routes": [], "weights": [NaN],'
        ' "common": [], "slope": 1, "shift": 0}]}',
    ],
)
def test_a_damaged_model_is_a_clear_error(store: Store, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="kbqa train completion"):
        load_completion(tmp_path, store)


class Remote(Store):
    """A store that says it is far away."""

    @property
    def remote(self) -> bool:
        return True


def test_a_remote_graph_is_neither_learnt_nor_guessed(base: Path, tmp_path: Path) -> None:
    with KnowledgeBase.open(base) as films:
        far = Remote(films.sources.graph._inner, None, read_only=True, prefixes={})  # type: ignore[attr-defined]
        sources = replace(films.sources, graph=far)
        with pytest.raises(InputError, match="thousands of look-ups"):
            train_completion(sources, tmp_path / "out")
        pipeline = default_pipeline(sources, Config(guesses=True, threshold=0.0))
        result = pipeline.ask(Question(f"Who directed Movie {FILMS - 1}?"))
    assert not any(reading.guessed for reading in result.readings)
