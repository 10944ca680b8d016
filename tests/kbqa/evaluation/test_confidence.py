"""Fitting confidence: what a fit finds, that no sign counts the wrong way, and that a hidden relation is hidden."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

import kbqa
from kbqa.errors import InputError
from kbqa.evaluation.confidence import Sample, _pruned, _without, fit, train_confidence
from kbqa.semantics.confidence import SIGNS, WEIGHTS, Weights, logistic, read_weights
from kg.types import Iri


def samples(count: int, *, slope: float, group: str = "one", seed: int = 0) -> list[Sample]:
    """Return readings that are right the more often the larger their first sign is, if `slope` is positive."""
    chance = Random(seed)
    made = []
    for _ in range(count):
        lead = chance.uniform(-4, 4)
        right = float(chance.random() < logistic(0.5 + slope * lead))
        made.append(Sample(group, (lead, *[0.0] * (len(SIGNS) - 1)), right))
    return made


def test_a_fit_finds_the_odds_that_made_the_samples() -> None:
    weights = fit(samples(4000, slope=1.0))
    assert weights.bias == pytest.approx(0.5, abs=0.15)
    assert weights.of["lead"] == pytest.approx(1.0, abs=0.15)
    assert all(weights.of[name] == pytest.approx(0.0, abs=1e-6) for name in SIGNS[1:])


def test_a_sign_that_speaks_the_wrong_way_does_not_count() -> None:
    assert fit(samples(4000, slope=-1.0)).of["lead"] == 0.0


def test_every_set_counts_the_same() -> None:
    many = [Sample("many", (0.0,) * len(SIGNS), 1.0)] * 90 + [Sample("many", (0.0,) * len(SIGNS), 0.0)] * 10
    few = [Sample("few", (0.0,) * len(SIGNS), 0.0)] * 9 + [Sample("few", (0.0,) * len(SIGNS), 1.0)]
    assert logistic(fit([*many, *few]).bias) == pytest.approx(0.5, abs=0.01)


def test_the_shipped_weights_are_whole_and_point_the_right_way() -> None:
    weights = read_weights(WEIGHTS)
    assert set(weights.of) == set(SIGNS)
    good = {"lead": 4.0, "learnt": -0.1, "far": 0.0, "said": 1.0, "explained": 1.0, "weakest": 1.0}
    bad = {"lead": -2.0, "learnt": -8.0, "far": 0.4, "unsaid": 2.0}
    nothing = dict.fromkeys(SIGNS, 0.0)
    assert logistic(weights.odds(nothing | good)) > 0.8
    assert logistic(weights.odds(nothing | bad)) < 0.3


def test_odds_are_a_sum() -> None:
    weights = Weights(1.0, {"lead": 2.0, "far": -3.0})
    assert weights.odds({"lead": 0.5, "far": 1.0}) == pytest.approx(-1.0)


def test_a_hidden_relation_is_not_asked(tmp_path: Path) -> None:
    graph = tmp_path / "g.nt"
    graph.write_text(
        "".join(
            f"<urn:x:a{n}> <urn:x:{name}> <urn:x:b{n}> .\n" for n in range(3) for name in ("made", "owns")
        )
    )
    with kbqa.build(tmp_path / "kb", graph=[graph]) as base:
        left = {one.iri for one in _without(base.sources, Iri("urn:x:made")).schema.predicates}
    assert left == {Iri("urn:x:owns")}


def test_hidden_facts_are_not_stated_in_either_direction(tmp_path: Path) -> None:
    graph = tmp_path / "g.nt"
    graph.write_text(
        "<urn:x:a> <urn:x:made> <urn:x:b> .\n<urn:x:c> <urn:x:made> <urn:x:a> .\n"
        "<urn:x:a> <urn:x:owns> <urn:x:c> .\n<urn:x:c> <urn:x:made> <urn:x:b> .\n"
    )
    with kbqa.build(tmp_path / "kb", graph=[graph]) as base:
        left = _pruned(base.sources, {(Iri("urn:x:a"), Iri("urn:x:made"))}).graph
        facts = {(one.subject, one.predicate, one.object) for one in left.triples()}
    assert {(ends[0].value[-1], ends[2].value[-1]) for ends in facts if "label" not in ends[1].value} == {
        ("a", "c"),
        ("c", "b"),
    }


def test_weights_to_start_from_are_kept_and_only_other_signs_fitted() -> None:
    chance = Random(1)
    made = []
    for _ in range(4000):
        lead, asked = chance.uniform(-4, 4), float(chance.random() < 0.5)
        right = float(chance.random() < logistic(0.5 + lead + 1.5 * asked))
        signs = {"lead": lead, "asked": asked}
        made.append(Sample("one", tuple(signs.get(name, 0.0) for name in SIGNS), right))
    known = Weights(0.5, {name: 1.0 if name == "lead" else 0.0 for name in SIGNS if name != "asked"})
    weights = fit(made, known)
    assert (weights.bias, weights.of["lead"]) == (0.5, 1.0)
    assert weights.of["asked"] == pytest.approx(1.5, abs=0.2)
    assert list(weights.of) == list(SIGNS)


def test_a_file_that_holds_no_weights_is_told(tmp_path: Path) -> None:
    (tmp_path / "w.json").write_text("{}")
    with pytest.raises(InputError, match="holds no weights of confidence"):
        train_confidence(tmp_path, tmp_path / "out.json", limit=1, seed=0, start=tmp_path / "w.json")


def test_signs_that_are_all_known_are_kept_as_they_are() -> None:
    samples = [Sample("one", (1.0, *[0.0] * (len(SIGNS) - 1)), right) for right in (1.0, 0.0)]
    known = Weights(0.5, dict.fromkeys(SIGNS, 0.25))
    assert fit(samples, known) == known
