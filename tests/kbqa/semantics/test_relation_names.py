"""What relations are called: as the graph says, written out, and from their other end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kbqa.semantics.form import Step
from kbqa.semantics.matcher import RelationMatcher
from kbqa.semantics.path_model import PathModel, new_parameters
from kbqa.semantics.path_scorer import _TURNED, PathScorer
from kbqa.semantics.relation_names import RelationName, all_relation_names
from kg.names import Names
from kg.store import Store
from kg.types import Iri, Triple
from tests.kbqa.semantics.test_paths import tiny_bert, tiny_encoder

X = "urn:x:"


def named(folder: Path, *local: str) -> tuple[list[Iri], Names]:
    with Store.in_memory() as store:
        iris = [Iri(X + name) for name in local]
        store.add([Triple(Iri(X + "a"), iri, Iri(X + "b")) for iri in iris], source="facts")
        return iris, Names.build(folder / "names.sqlite", store)


def test_abbreviations_are_written_out(tmp_path: Path) -> None:
    iris, names = named(tmp_path, "dob", "livesIn")
    with names:
        found = [(one.text, one.turned) for one in all_relation_names(iris, names)]
    assert found == [("dob", False), ("date of birth", False), ("lives in", False)]


@pytest.mark.parametrize(("local", "written"), [(("n", "s"), False), (("n", "s", "nw"), True)])
def test_points_of_the_compass_are_written_out_where_there_are_several(
    tmp_path: Path, local: tuple[str, ...], written: bool
) -> None:
    iris, names = named(tmp_path, *local)
    with names:
        texts = [one.text for one in all_relation_names(iris, names)]
    assert ("north" in texts) is ("south" in texts) is written


def test_a_relation_is_also_called_what_it_is_from_the_other_end(tmp_path: Path) -> None:
    (before, made), names = named(tmp_path, "predecessor", "made")
    with names:
        found = all_relation_names([before, made], names)
    assert found == [
        RelationName(before, "predecessor"),
        RelationName(before, "successor", turned=True),
        RelationName(made, "made"),
    ]


def test_the_name_of_the_way_back_scores_as_that_name_walked_the_other_way_a_little_lower(
    tmp_path: Path,
) -> None:
    """ "Whose successor is X" asks for the predecessor of X where the graph has no relation "successor"."""
    (before,), names = named(tmp_path, "predecessor")
    chance = np.random.default_rng(0)
    vectors = {name: chance.normal(size=16).astype(np.float32) for name in ("predecessor", "successor")}
    with names:
        scorer = PathScorer(tiny_encoder(), new_parameters(tiny_bert()), [before], names, vectors=vectors)
    (scores,) = scorer.score(["who [MASK]"])
    model = PathModel.of(tiny_bert(), new_parameters(tiny_bert()))
    (_, asked) = next(scorer._ask(["who [MASK]"]))
    for row, forward in ((1, True), (3, False)):
        walked = model.relations(torch.from_numpy(vectors["successor"])[None], forward=not forward).numpy()
        expected = float(asked[0] @ walked[0]) - _TURNED / float(model.scale())
        assert scores.named[0, row] == pytest.approx(expected, abs=1e-5)
        best = scores.named[0, row - 1 : row + 1].max()
        assert scores.cosines[0, scores.columns[Step(before, forward)]] == pytest.approx(best)


@pytest.mark.parametrize(
    ("word", "called"),
    [("part", "partOf"), ("party", None), ("count", "count"), ("county", None), ("director", "directedBy")],
)
def test_a_word_with_a_y_behind_it_is_another_word(tmp_path: Path, word: str, called: str | None) -> None:
    iris, names = named(tmp_path, "partOf", "count", "directedBy")
    with names:
        found = RelationMatcher(iris, names, None).by_words([word])
    assert [match.predicate for match in found] == ([Iri(X + called)] if called else [])
