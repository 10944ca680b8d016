"""Questions as nobody should ask but somebody will: each ends soon, in an answer, a reason or one clear line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import kbqa
from kbqa.errors import QuestionError

SECONDS = 2.0

GRAPH = """
@prefix e: <https://towns.example/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
e:City rdfs:label "city"@en , "城市"@zh .
e:mayor rdfs:label "mayor"@en , "市长"@zh .
e:founded rdfs:label "founded"@en , "成立"@zh .
e:Lyra a e:City ; rdfs:label "Lyra"@en , "莱拉"@zh , "ليرا"@ar ; e:mayor e:Ann ; e:founded "1850-01-01"^^xsd:date .
e:Ann rdfs:label "Ann Bell"@en , "安贝尔"@zh .
""" + "".join(
    f'e:t{i} a e:City ; rdfs:label "Town {chr(65 + i % 26)}{i}" ; e:mayor e:m{i} . e:m{i} rdfs:label "Mayor {i}" .\n'
    for i in range(200)
)
TWO_HUNDRED = ", ".join(f"Town {chr(65 + i % 26)}{i}" for i in range(200))

# What is nothing that the graph knows: no answer, but a reason.
UNKNOWN = (
    "Who is the mayor of Xyzzyville?",
    "埃克斯城的市长是谁？",
    "What is the mayor of?",
    "Who?",
    "谁？",
    "是什么的什么？",
    "How many of them were there after that and why?",
    "Who is the founder of the mayor's mother's dentist in Qwertopolis?",
    "ليلى 的市长 whose кто?",
)
# Whatever comes of these, it comes in time.
ODD = (
    f"Who are the mayors of {TWO_HUNDRED}?"[:1_900],
    "、".join(f"Town {chr(65 + i % 26)}{i}" for i in range(200))[:1_900] + "的市长是谁？",
    "Which city was founded before 1900 and after 2000?",
    "哪个城市成立于1900年以前和2000年以后？",
    "Which city is not a city and is a city?",
    "Which cities have more than 5 and less than 3 mayors?",
    "Lyra Lyra Lyra Lyra Lyra Lyra Lyra Lyra Lyra Lyra mayor mayor mayor mayor mayor mayor",
    "the mayor of " * 100 + "Lyra",
    "莱拉的" + "市长的" * 100,
    "largest smallest oldest most fewest city not no or and Lyra before after 1900",
    "Who is the mayor of Lyra 👩‍⚖️🏙️?",
    "谁是 Lyra 的 mayor？？？!!!",
    "\u202eWho is the mayor of Lyra?\u202c",
    "Who is the mayor of ليرا?",
    "Ｗｈｏ ｉｓ ｔｈｅ ｍａｙｏｒ ｏｆ Ｌｙｒａ？",
    'Who is the mayor of "Lyra" } ; DROP ALL ; SELECT * WHERE { ?s ?p ?o } # ?',
    "Who is the mayor of <https://towns.example/Lyra> . FILTER(1=1) ?",
    "Who is the mayor of <script>alert('Lyra')</script>?",
    "Who is the mayor of Lyra'; DROP TABLE names; --?",
    "Who is the mayor of Lyra\\u0022\\n?",
    "Who is the mayor of %s {0} ${Lyra} {{Lyra}}?",
    "9" * 300 + " cities after " + "9" * 300,
    "Which cities were founded in the year -99999999999999999999?",
    "Which cities were founded on 2021-13-45?",
    "a" * 1_900,
    "城" * 1_900,
)
REFUSED = (
    "",
    " ",
    "?!…—。，",
    "👩‍🚀🚀",
    "\u200b\u200f",
    "a" * 10_000,
    "城市" * 5_000,
    "Who is the mayor of Lyra? " * 400,
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, bases: ModuleType) -> Iterator[kbqa.KnowledgeBase]:
    folder: Path = tmp_path_factory.mktemp("towns")
    (folder / "towns.ttl").write_text(GRAPH, encoding="utf-8")
    with kbqa.build(folder / "kb", graph=[folder / "towns.ttl"], text_encoder=bases.HashEncoder()) as opened:
        opened.ask("Who is the mayor of Lyra?")  # loads what the first question loads
        yield opened


def timed(base: kbqa.KnowledgeBase, question: str) -> kbqa.Result:
    for _ in range(2):  # a second time where a busy machine may be to blame
        started = time.perf_counter()
        result = base.ask(question)
        if (seconds := time.perf_counter() - started) < SECONDS:
            break
    assert seconds < SECONDS
    assert bool(result.answers) is not result.abstained
    assert result.answers or result.reason
    return result


@pytest.mark.parametrize("question", UNKNOWN)
def test_what_the_graph_does_not_know_has_a_reason(question: str, base: kbqa.KnowledgeBase) -> None:
    result = timed(base, question)
    assert result.abstained
    assert result.reason


@pytest.mark.parametrize("question", ODD, ids=[question[:24] for question in ODD])
def test_what_is_odd_ends_in_time(question: str, base: kbqa.KnowledgeBase) -> None:
    timed(base, question)


@pytest.mark.parametrize("question", REFUSED, ids=[repr(question[:12]) for question in REFUSED])
def test_what_is_no_question_gets_one_line(question: str, base: kbqa.KnowledgeBase) -> None:
    with pytest.raises(QuestionError) as refused:
        base.ask(question)
    assert 0 < len(str(refused.value)) < 300
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "question",
    [
        "Who is the mayor of Lyra?",
        "Who is the mayor of Lyra 👩‍⚖️🏙️?",
        "Ｗｈｏ ｉｓ ｔｈｅ ｍａｙｏｒ ｏｆ Ｌｙｒａ？",
        'Who is the mayor of "Lyra"?',
        "who IS the MAYOR of LYRA",
    ],
)
def test_what_surrounds_a_question_does_not_hide_it(question: str, base: kbqa.KnowledgeBase) -> None:
    assert [answer.text for answer in timed(base, question).answers] == ["Ann Bell"]


def test_one_of_two_hundred_names_is_still_found(base: kbqa.KnowledgeBase) -> None:
    assert [answer.text for answer in timed(base, "Who is the mayor of Town B27?").answers] == ["Mayor 27"]
