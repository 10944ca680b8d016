"""Metrics against cases computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kbqa.evaluation.metrics import (
    COLUMNS,
    METRICS,
    abstain_precision,
    abstain_recall,
    exact_match,
    f1,
    hit_any,
    hits_at_1,
    mrr,
    precision,
    qald_f1,
    recall,
    recall_at_k,
    scores,
)
from kbqa.evaluation.run import summarise

GOLD = frozenset({"a", "b", "c"})
# (answers, gold) and hits@1, hit_any, f1, exact_match, mrr by hand
CASES = [
    (["a", "b", "c"], GOLD, 1, 1, 1, 1, 1),
    (["c", "b", "a"], GOLD, 1, 1, 1, 1, 1),
    (["x", "a"], GOLD, 0, 1, 2 / 5, 0, 1 / 2),  # P 1/2, R 1/3
    (["a", "b", "c", "x"], GOLD, 1, 1, 6 / 7, 0, 1),  # P 3/4, R 1
    (["x", "y"], GOLD, 0, 0, 0, 0, 0),
    ([], GOLD, 0, 0, 0, 0, 0),
    ([], frozenset(), 1, 1, 1, 1, 1),
    (["a"], frozenset(), 0, 0, 0, 0, 0),
]


@pytest.mark.parametrize(("answers", "gold", "first", "some", "both", "equal", "rank"), CASES)
def test_one_question(answers, gold, first, some, both, equal, rank) -> None:
    assert hits_at_1(answers, gold) == first
    assert hit_any(answers, gold) == some
    assert f1(answers, gold) == pytest.approx(both)
    assert exact_match(answers, gold) == equal
    assert mrr(answers, gold) == rank


def test_precision_and_recall() -> None:
    assert precision(["a", "x", "y", "z"], GOLD) == 1 / 4
    assert recall(["a", "x", "y", "z"], GOLD) == 1 / 3


def test_recall_at_k_looks_at_the_first_k_only() -> None:
    assert recall_at_k(["x", "a", "b", "c"], GOLD, k=1) == 0
    assert recall_at_k(["x", "a", "b", "c"], GOLD, k=3) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="at least 1"):
        recall_at_k(["a"], GOLD, k=0)


def test_qald_f1_is_gerbils_and_not_macro_f1() -> None:
    # GERBIL: macro P = (1 + 1 + 0.5) / 3, macro R = (1 + 0 + 1) / 3; the unanswered one has P 1
    questions = [(["a"], {"a"}), ([], {"b"}), (["c", "x"], {"c"})]
    p, r = 2.5 / 3, 2 / 3
    assert qald_f1(questions) == pytest.approx(2 * p * r / (p + r))
    macro = sum(f1(*question) for question in questions) / 3
    assert macro == pytest.approx((1 + 0 + 2 / 3) / 3)
    assert qald_f1(questions) > macro


def test_qald_f1_can_exceed_both_macro_precision_and_recall() -> None:
    questions = [(["a"], {"a"}), ([], {"b"})]
    plain_precision = sum(precision(*question) for question in questions) / 2
    assert plain_precision == 0.5
    assert qald_f1(questions) == pytest.approx(2 / 3)


def test_qald_f1_of_wrong_answers_and_of_nothing() -> None:
    assert qald_f1([(["x"], {"a"})]) == 0
    assert qald_f1([([], set())]) == 1
    assert qald_f1([]) == 0


def test_abstention_is_scored_both_ways() -> None:
    questions = [([], set()), ([], {"a"}), ([], {"b"}), (["x"], set()), (["a"], {"a"})]
    assert abstain_precision(questions) == pytest.approx(1 / 3)
    assert abstain_recall(questions) == 1 / 2
    assert abstain_precision([(["a"], {"a"})]) is None
    assert abstain_recall([(["a"], {"a"})]) is None


def test_a_set_agrees_with_the_single_functions() -> None:
    questions = [(answers, gold) for answers, gold, *_ in CASES]
    metrics = summarise(np.array([list(scores(*question).values()) for question in questions]))
    assert set(metrics) == {metric.name for metric in METRICS}
    for name, function in (("hits@1", hits_at_1), ("f1", f1), ("mrr", mrr), ("recall@10", recall_at_k)):
        mean = sum(function(*question) for question in questions) / len(questions)
        assert metrics[name].value == pytest.approx(mean)
    assert metrics["qald_f1"].value == pytest.approx(qald_f1(questions))
    assert metrics["abstain_precision"].value == pytest.approx(abstain_precision(questions))
    assert metrics["abstain_recall"].value == pytest.approx(abstain_recall(questions))


def test_undefined_figures_are_none_and_not_zero() -> None:
    metrics = summarise(np.array([list(scores(["a"], {"a"}).values())] * 3))
    assert metrics["abstain_precision"].value is None
    assert metrics["abstain_recall"].to_dict() == {"value": None, "low": None, "high": None}


def test_names_of_the_metrics_are_fixed() -> None:
    names = [metric.name for metric in METRICS]
    assert names[:6] == ["hits@1", "hit_any", "f1", "exact_match", "mrr", "recall@10"]
    assert names[6:9] == ["qald_f1", "abstain_precision", "abstain_recall"]
    assert names[9:] == ["answered_wrongly_rate", "abstained_wrongly_rate"]
    assert tuple(scores([], set())) == COLUMNS
