"""The way of a question through all stages, with parts switched off and stages replaced."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from kbqa.config import Config
from kbqa.errors import QuestionError
from kbqa.pipeline import Pipeline, Sources, Stages
from kbqa.stages import default_pipeline, default_stages
from kbqa.types import Answer, ParsedQuestion, Question, Reading, Scored
from kg.types import Link
from retrieval.types import Hit

STAGES = ["parse", "link", "query", "search", "rerank", "read", "decide"]
PLAIN = frozenset({"vectors"})


class Recorder:
    """Every stage in one object; notes the order of the calls and passes marked values on."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.parsed = ParsedQuestion("Who?", "en", (), (), (), "any")
        self.answer = Answer("Anna", "", 0.9, "graph", (), ("graph",))

    def parse(self, question: Question) -> ParsedQuestion:
        self.calls.append("parse")
        return self.parsed

    def link(self, question: Question, parsed: ParsedQuestion) -> list[Link]:
        self.calls.append("link")
        assert parsed is self.parsed
        return []

    def query(self, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Reading]:
        self.calls.append("query")
        return []

    def search(self, question: Question, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Hit]:
        self.calls.append("search")
        return []

    def rerank(self, parsed: ParsedQuestion, links: Sequence[Link], hits: Sequence[Hit]) -> list[Scored]:
        self.calls.append("rerank")
        return []

    def read(
        self,
        parsed: ParsedQuestion,
        links: Sequence[Link],
        readings: Sequence[Reading],
        scored: Sequence[Scored],
    ) -> list[Answer]:
        self.calls.append("read")
        return [self.answer]

    def decide(self, parsed: ParsedQuestion, answers: Sequence[Answer]) -> tuple[list[Answer], str]:
        self.calls.append("decide")
        return list(answers), ""


def recorded(config: Config) -> tuple[Recorder, Any]:
    recorder = Recorder()
    stages = Stages(*[recorder] * len(STAGES))
    return recorder, Pipeline(stages, config).ask(Question("Who?"))


def test_stages_are_called_in_order_and_timed() -> None:
    recorder, result = recorded(Config())
    assert recorder.calls == STAGES
    assert list(result.seconds) == STAGES
    assert all(spent >= 0.0 for spent in result.seconds.values())
    assert result.answers == [recorder.answer]
    assert not result.abstained


@pytest.mark.parametrize(
    ("without", "skipped"),
    [
        ({"graph"}, {"query"}),
        ({"passages"}, set()),
        ({"passages", "images"}, {"search"}),
        ({"graph", "passages", "images"}, {"query", "search"}),
    ],
)
def test_parts_that_are_switched_off_are_not_called(without: set[str], skipped: set[str]) -> None:
    recorder, result = recorded(Config(without=frozenset(without)))
    assert recorder.calls == [stage for stage in STAGES if stage not in skipped]
    assert list(result.seconds) == STAGES


def ask(sources: Sources, text: str, **settings: Any) -> Any:
    config = Config(**{"without": PLAIN, **settings})
    return default_pipeline(sources, config).ask(Question(text))


def test_a_question_to_the_graph(lands_sources: Sources) -> None:
    result = ask(lands_sources, "Which countries border both Arvania and Belmora?")
    assert [answer.text for answer in result.answers] == ["Corvia"]
    assert not result.abstained
    assert result.reason == ""
    assert "w:borders" in result.sparql
    assert lands_sources.graph.select(result.sparql)
    assert {item.to_dict()["kind"] for item in result.evidence} >= {"fact"}


def test_a_question_to_a_passage(lands_sources: Sources) -> None:
    result = ask(lands_sources, "Where does the Velda spring?", without=frozenset({"vectors", "graph"}))
    (answer,) = result.answers
    assert (answer.text, answer.source) == ("Grey Hills", "passage")
    place = answer.evidence[0].to_dict()
    assert (place["source"], place["start"], place["end"]) == ("letter.txt", 11, 47)
    assert result.sparql == ""


def test_a_question_to_a_chinese_passage(lands_sources: Sources) -> None:
    question = "维尔达和发源于哪里？"
    result = ask(lands_sources, question, without=frozenset({"graph"}), threshold=0.3)
    assert [answer.text for answer in result.answers] == ["灰山"]
    result = ask(lands_sources, question, without=frozenset({"graph", "reader"}), threshold=0.3)
    assert [answer.text for answer in result.answers] == ["维尔达和发源于灰山。"]


def test_a_question_for_a_picture(lands_sources: Sources) -> None:
    result = ask(lands_sources, "What does the flag of Arvania look like?")
    assert [answer.id for answer in result.answers] == ["i:Arvania"]
    assert result.evidence[0].to_dict()["path"].endswith("Arvania.png")


@pytest.mark.parametrize("text", ["What is the price of a bicycle?", "今天天气怎么样？"])
def test_what_is_not_there_is_not_answered(lands_sources: Sources, text: str) -> None:
    result = ask(lands_sources, text)
    assert result.abstained
    assert list(result.answers) == []
    assert result.reason
    assert result.sparql == ""


def test_the_graph_can_be_left_out(lands_sources: Sources) -> None:
    result = ask(lands_sources, "What is the capital of Arvania?", without=frozenset({"graph", "vectors"}))
    assert result.abstained
    assert list(result.readings) == []


def test_passages_can_be_left_out(lands_sources: Sources) -> None:
    result = ask(lands_sources, "Where does the Velda spring?", without=frozenset({"graph", "passages"}))
    assert result.abstained
    assert list(result.hits) == []


def test_the_threshold_decides(lands_sources: Sources) -> None:
    assert ask(lands_sources, "What is the capital of Arvania?", threshold=0.9).answers
    assert ask(lands_sources, "What is the capital of Arvania?", threshold=1.0).abstained


def test_the_number_of_readings_is_kept(lands_sources: Sources) -> None:
    for readings in (1, 2):
        assert (
            len(ask(lands_sources, "What is the capital of Arvania?", readings=readings).readings) == readings
        )


def test_a_stage_can_be_replaced(lands_sources: Sources) -> None:
    config = Config(without=PLAIN)
    recorder = Recorder()
    stages = replace(default_stages(lands_sources, config), decide=recorder)
    result = Pipeline(stages, config).ask(Question("What is the capital of Arvania?"))
    assert recorder.calls == ["decide"]
    assert result.answers[0].text == "Lunden"


def test_vectors_take_part_where_they_are_on(lands_sources: Sources) -> None:
    result = ask(lands_sources, "What is the capital of Arvania?", without=frozenset())
    assert [answer.text for answer in result.answers] == ["Lunden"]


def test_a_result_is_plain_json(lands_sources: Sources) -> None:
    for text in (
        "Which rivers flow through Corvia?",
        "阿瓦尼亚的首都是哪里？",
        "Show me the flag of Corvia",
        "Why?",
    ):
        data = json.loads(json.dumps(ask(lands_sources, text).to_dict()))
        assert {"question", "answers", "sparql", "evidence", "seconds", "abstained"} <= set(data)
        assert list(data["seconds"]) == STAGES
        assert all(set(answer) == {"text", "id", "confidence", "source"} for answer in data["answers"])


def test_questions_that_cannot_be_asked_are_refused_before_anything_else(lands_sources: Sources) -> None:
    for text in ("", "?!", "a" * 10_000):
        with pytest.raises(QuestionError):
            ask(lands_sources, text)


@pytest.mark.parametrize(
    "text",
    [
        'What is the capital of "} DROP ALL #"?',
        "What is the capital of <https://lands.example/Arvania>?",
        "Who is `Robert'); DROP TABLE names;--`?",
        'Arvania" OR "1"="1',
        "names NEAR/2 MATCH * OR (Arvania AND \\",
        "\ud800Arvania\x00capital",
        "🌍 Arvania 🌍",
    ],
)
def test_hostile_questions_change_nothing(lands_sources: Sources, text: str) -> None:
    before = len(lands_sources.graph)
    result = ask(lands_sources, text)
    json.dumps(result.to_dict(), ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert len(lands_sources.graph) == before


def test_the_real_encoder_finds_what_words_do_not(lands_sources: Sources) -> None:
    from retrieval.text_encoder import load_text_encoder

    sources = replace(lands_sources, encoder=load_text_encoder())
    result = default_pipeline(sources).ask(Question("Which nations adjoin Arvania?"))
    assert 0.0 <= max((reading.confidence for reading in result.readings), default=0.0) <= 1.0
    best = [reading.terms for reading in result.readings]
    assert any({term.value[-7:] for term in terms} == {"Belmora", "/Corvia"} for terms in best)
