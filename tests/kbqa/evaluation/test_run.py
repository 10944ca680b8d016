"""Runs over fake systems, scored by hand; the form of the report; a run over the real pipeline."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import kbqa
from kbqa.config import Config
from kbqa.errors import InputError, KnowledgeBaseError, QuestionError
from kbqa.evaluation.datasets import Item, load_set
from kbqa.evaluation.machine import commit, peak_memory_mb
from kbqa.evaluation.run import asker, evaluate, save, table
from kbqa.types import Answer, ImageEvidence, ParsedQuestion, Question, Result
from retrieval.types import Image

ITEMS = (
    Item("1", "capital of France?", ("Paris",), "en", ("France",), "one", hops=1),
    Item("2", "borders of Spain?", ("France", "Portugal"), "en", ("Spain",), "list", hops=1),
    Item("3", "法国的首都？", ("巴黎",), "zh", (), "one", hops=2),
    Item("4", "capital of Atlantis?", (), "en", (), "none"),
)


def answer(text: str, iri: str = "") -> Answer:
    return Answer(text, iri, 0.9, "graph", ())


def result(*answers: Answer, seconds: float = 0.001) -> Result:
    parsed = ParsedQuestion("", "en", (), (), (), "any")
    stages = {"parse": seconds, "link": 2 * seconds}
    return Result(Question("q"), parsed, (), (), (), answers, not answers, "", stages)


def fake(replies: dict[str, Result | Exception]) -> Callable[[Item], Result]:
    def ask(item: Item) -> Result:
        reply = replies.get(item.id, result())
        if isinstance(reply, Exception):
            raise reply
        return reply

    return ask


def test_figures_by_hand() -> None:
    ask = fake({"1": result(answer("paris")), "2": result(answer("Andorra"), answer("France"))})
    found = evaluate(ITEMS, ask, set_name="mine", split="dev", seed=3, excluded=2)
    # 1 right, 2 half right behind a wrong one, 3 unanswered, 4 rightly unanswered
    values = {name: one.value for name, one in found.metrics.items()}
    assert values["hits@1"] == pytest.approx((1 + 0 + 0 + 1) / 4)
    assert values["hit_any"] == pytest.approx((1 + 1 + 0 + 1) / 4)
    assert values["f1"] == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    assert values["exact_match"] == pytest.approx(2 / 4)
    assert values["mrr"] == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    assert values["recall@10"] == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    p, r = (1 + 0.5 + 1 + 1) / 4, (1 + 0.5 + 0 + 1) / 4
    assert values["qald_f1"] == pytest.approx(2 * p * r / (p + r))
    assert values["abstain_precision"] == pytest.approx(1 / 2)
    assert values["abstain_recall"] == 1
    assert (found.n, found.excluded, found.unanswered, found.failed) == (4, 2, 2, 0)
    assert found.config == {"setting": "entity linked", "seed": 3}
    for name, one in found.metrics.items():
        if name not in ("ece", "ece_equal_width"):
            assert one.low <= one.value <= one.high


def test_breakdown() -> None:
    ask = fake({"1": result(answer("Paris")), "3": result(answer("里昂"))})
    found = evaluate(ITEMS, ask, set_name="mine")
    assert {
        by: {value: group.n for value, group in groups.items()} for by, groups in found.breakdown.items()
    } == {
        "kind": {"list": 1, "none": 1, "one": 2},
        "hops": {"": 1, "1": 2, "2": 1},
        "language": {"en": 3, "zh": 1},
    }
    assert found.breakdown["kind"]["one"].metrics["hits@1"].value == 0.5
    assert found.breakdown["language"]["zh"].metrics["hits@1"].value == 0
    same = evaluate(ITEMS[:1], ask, set_name="mine")
    assert {by: list(groups) for by, groups in same.breakdown.items()} == {
        "kind": ["one"],
        "hops": ["1"],
        "language": ["en"],
    }
    assert table(same).startswith("mine · entity linked · kind one · hops 1 · language en · 1 questions")
    assert evaluate([Item("1", "?", ("x",))], ask, set_name="mine").breakdown == {}


def test_wrong_answers_refusals_and_calibration_by_hand() -> None:
    sure = fake(
        {"1": result(answer("Paris")), "2": result(answer("Andorra")), "4": result(answer("Poseidonis"))}
    )
    found = evaluate(ITEMS, sure, set_name="mine")
    values = {name: one.value for name, one in found.metrics.items()}
    # 1 right, 2 wrong, 3 refused though there is an answer, 4 answered though there is none
    assert values["answered_wrongly_rate"] == pytest.approx(2 / 4)
    assert values["abstained_wrongly_rate"] == pytest.approx(1 / 4)
    assert values["hits@1"] + values["answered_wrongly_rate"] + values["abstained_wrongly_rate"] == 1
    assert values["ece"] == pytest.approx((0.1 + 0.9 + 0.9) / 3)  # a bin for each of three answers of 0.9
    assert values["ece_equal_width"] == pytest.approx(0.9 - 1 / 3)
    # two thirds of the surest three are wrong, in whatever order; the refused one comes last
    assert values["aurc"] == pytest.approx((2 / 3 + 2 / 3 + 2 / 3 + 3 / 4) / 4)
    assert found.metrics["ece"].low is None
    assert [one.n for one in found.reliability] == [1, 1, 1]
    assert found.to_dict()["reliability"][0]["confidence"] == 0.9


def test_a_failing_question_is_wrong_and_the_run_goes_on() -> None:
    ask = fake({"1": QuestionError("the question is odd"), "3": result(answer("巴黎"))})
    found = evaluate(ITEMS, ask, set_name="mine")
    assert (found.n, found.unanswered, found.failed) == (4, 3, 1)
    assert found.metrics["hits@1"].value == pytest.approx(2 / 4)
    assert found.predictions[0].failure == "the question is odd"
    assert "first failure: the question is odd" in table(found)


def test_a_failure_on_an_unanswerable_question_is_no_abstention() -> None:
    found = evaluate(ITEMS[3:], fake({"4": QuestionError("odd")}), set_name="mine")
    assert found.metrics["hits@1"].value == 0
    assert found.metrics["f1"].value == 0
    assert found.metrics["abstain_recall"].value == 0


def test_a_damaged_base_and_a_bug_end_the_run() -> None:
    with pytest.raises(KnowledgeBaseError):
        evaluate(ITEMS, fake({"2": KnowledgeBaseError("damaged")}), set_name="mine")
    with pytest.raises(ZeroDivisionError):
        evaluate(ITEMS, fake({"2": ZeroDivisionError()}), set_name="mine")


def test_no_questions_are_refused() -> None:
    with pytest.raises(InputError, match="mine: holds no question"):
        evaluate([], fake({}), set_name="mine")


def test_aliases_and_files_of_images_count() -> None:
    iri = "http://example.org/nl"
    dutch = Item("1", "?", ("Holland",))
    ask = fake({"1": result(answer("Netherlands", iri))})
    assert evaluate([dutch], ask, set_name="s").metrics["hits@1"].value == 0
    names = {iri: ["Holland"]}
    assert evaluate([dutch], ask, set_name="s", aliases=names.__getitem__).metrics["hits@1"].value == 1
    image = ImageEvidence(Image("i:1", "flags/nl.png", "/somewhere/nl.png", "a flag"))
    shown = fake({"1": result(Answer("a flag", "i:1", 0.9, "image", (image,)))})
    for gold, right in (("flags/nl.png", 1), ("nl.png", 1), ("a flag", 1), ("be.png", 0)):
        assert evaluate([Item("1", "?", (gold,))], shown, set_name="s").metrics["hits@1"].value == right


def test_progress_settings_and_times() -> None:
    seen: list[tuple[int, int]] = []
    found = evaluate(
        ITEMS,
        fake({"1": result(answer("Paris"), seconds=0.1)}),
        set_name="mine",
        config=Config(without=frozenset({"vectors", "images"})),
        given_entities=True,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert found.config["without"] == ["images", "vectors"]
    assert found.config["setting"] == "entity given"
    assert set(found.stages_ms) == {"parse", "link"}
    assert found.stages_ms["link"].p95 > found.stages_ms["parse"].p95 > found.stages_ms["parse"].p50 > 0
    assert found.latency_ms.p95 >= found.latency_ms.p50 > 0


def test_the_report_has_the_promised_form(tmp_path: Path) -> None:
    ask = fake({"1": result(answer("Paris", "http://example.org/Paris"))})
    saved = save(evaluate(ITEMS, ask, set_name="mine", split="dev"), tmp_path / "run.json")
    report = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert report == saved.to_dict()
    assert {
        "set", "split", "n", "excluded", "unanswered", "metrics", "latency_ms", "peak_memory_mb", "config",
        "commit", "predictions",
    } <= set(report)  # fmt: skip
    assert set(report["metrics"]["hits@1"]) == {"value", "low", "high"}
    assert set(report["latency_ms"]) == {"p50", "p95"}
    assert report["peak_memory_mb"] > 10
    lines = Path(report["predictions"]).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4
    first = json.loads(lines[0])
    assert first["answers"] == [
        {"text": "Paris", "id": "http://example.org/Paris", "confidence": 0.9, "source": "graph"}
    ]
    assert (first["id"], first["gold"], first["scores"]["hits@1"]) == ("1", ["Paris"], 1.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.json", "run.predictions.jsonl"]


def test_a_report_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    found = evaluate(ITEMS, fake({}), set_name="mine")
    with pytest.raises(InputError, match="cannot be written"):
        save(found, tmp_path / "absent" / "run.json")


def test_the_table_names_everything() -> None:
    found = evaluate(ITEMS, fake({"1": result(answer("Paris"))}), set_name="mine", split="dev")
    text = table(found)
    assert text.startswith("mine dev · entity linked · 4 questions, 0 excluded, 3 unanswered, 0 failed")
    for part in ("hits@1", "0.500", "GERBIL", "hops", "milliseconds", "peak memory"):
        assert part in text


def test_the_table_shows_the_largest_groups_only() -> None:
    items = [Item(str(n), "?", ("a",), kind=f"kind {n % 30}") for n in range(40)]
    text = table(evaluate(items, fake({}), set_name="mine"))
    assert "… and 10 smaller groups" in text
    assert "kind 29" not in text and "kind 9 " in text


def test_the_asker_passes_on_what_the_item_says() -> None:
    calls = []

    class Base:
        def ask(self, question: str, **options: object) -> Result:
            calls.append((question, options))
            return result()

    item = Item("1", "谁？", ("a",), "zh", ("甲",), image="a.png")
    asker(Base())(item)
    asker(Base(), given_entities=True)(item)
    asker(Base(), given_entities=True)(Item("2", "Wer?", ("a",), "de"))
    assert calls == [
        ("谁？", {"image": "a.png", "entities": None, "language": "zh"}),
        ("谁？", {"image": "a.png", "entities": ("甲",), "language": "zh"}),
        ("Wer?", {"image": None, "entities": None, "language": ""}),
    ]


@pytest.mark.parametrize("name", ["geoquery", "metaqa", "pathquestion", "wc2014", "mlpq", "nlpcc2016", "hlm"])
def test_the_gold_answers_of_every_real_set_are_right(shared_data: Path, name: str) -> None:
    folders = {"mlpq": "mlpq_en_zh", "nlpcc2016": "nlpcc2016_kbqa", "hlm": "hlm_redchamber"}
    items = load_set(name, data=shared_data / folders.get(name, name), limit=400)

    def ask(item: Item) -> Result:
        iris = [text if text.startswith("http") else "" for text in item.answers]
        return result(*(answer(text, iri) for text, iri in zip(item.answers, iris, strict=True)))

    found = evaluate(items, ask, set_name=name)
    for metric in ("hits@1", "hit_any", "f1", "exact_match", "mrr", "qald_f1"):
        assert found.metrics[metric].value == 1.0


def test_machine() -> None:
    assert commit().startswith(f"v{kbqa.__version__}") or len(commit().removesuffix("-dirty")) == 40
    before = peak_memory_mb()
    filled = bytearray(b"x" * 200 * 2**20)
    assert peak_memory_mb() >= before
    assert peak_memory_mb() > len(filled) / 2**20


def test_entities_that_are_not_there_cannot_be_given() -> None:
    found = evaluate(ITEMS, fake({}), set_name="mine", given_entities=True)
    assert (found.config["setting"], found.config["given"]) == ("entity given", 2)
    assert "entity given (2 of 4; the others name none and are linked)" in table(found)
    whole = evaluate(ITEMS[:2], fake({}), set_name="mine", given_entities=True)
    assert "given" not in whole.config
    with pytest.raises(InputError, match="mine: names no entities"):
        evaluate(ITEMS[2:], fake({}), set_name="mine", given_entities=True)
