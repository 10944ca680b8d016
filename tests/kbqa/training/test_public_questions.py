"""The readers of public training questions: each published form, what is kept out, and the real sets where present."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest

from kbqa.errors import InputError
from kbqa.training.examples import MASK, Example, Hop
from kbqa.training.public_chains import read_chain
from kbqa.training.public_mentions import mask_capitals, mask_name
from kbqa.training.public_questions import SOURCES, public_examples
from kbqa.training.public_spans import Asked, find_names
from kbqa.training.public_wikidata import properties

WD, WDT = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/direct/"
PEOPLE = (
    "ann lee",
    "bo diddley",
    "cy twombly",
    "dora maar",
    "ezra pound",
    "faye wong",
    "gus hall",
    "hedy lamarr",
)


def put(path: Path, content: Any) -> None:
    """Write JSON, packed if the name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")


def qald(question: str, sparql: str, language: str = "en") -> dict[str, Any]:
    return {"question": [{"language": language, "string": question}], "query": {"sparql": sparql}}


def found(examples: list[Example]) -> list[tuple[str, tuple[tuple[str, bool], ...]]]:
    return [(one.question, tuple((hop.name, hop.forward) for hop in one.hops)) for one in examples]


def test_absent_sets_give_nothing(tmp_path: Path) -> None:
    assert public_examples(tmp_path) == []


def test_every_source_names_its_licence() -> None:
    assert all(source.licence and source.citation and source.folder for source in SOURCES.values())


def test_simple_questions(tmp_path: Path) -> None:
    lines = [f"Q{at}\tP19\tQ1\twhere was {name} born" for at, name in enumerate(PEOPLE)]
    lines += [f"Q{at}\tR57\tQ1\twhat film did {name} direct?" for at, name in enumerate(PEOPLE)]
    lines += ["Q1\tP99999\tQ2\twhere was bo diddley born"]
    folder = tmp_path / "simplequestions"
    folder.mkdir()
    packed = gzip.compress("\n".join(lines).encode())
    (folder / "annotated_wd_data_train_answerable.txt.gz").write_bytes(packed)
    (folder / "annotated_wd_data_test_answerable.txt.gz").write_bytes(packed.replace(b"P19", b"P20"))
    examples = public_examples(tmp_path)
    assert {one.question for one in examples} == {f"where was {MASK} born", f"what film did {MASK} direct?"}
    assert {one.hops[0].forward for one in examples if "born" in one.question} == {True}
    assert {one.hops[0].forward for one in examples if "direct" in one.question} == {False}
    names = set(properties()["P19"].names.values()) | set(properties()["P57"].names.values())
    assert {one.hops[0].name for one in examples} <= names
    assert {one.language for one in examples} == {"en"}


def test_simple_questions_of_another_form(tmp_path: Path) -> None:
    (tmp_path / "simplequestions").mkdir()
    (tmp_path / "simplequestions/annotated_wd_data_train_answerable.txt").write_text("Q1\tP19\n", "utf-8")
    with pytest.raises(
        InputError, match=r"annotated_wd_data_train_answerable\.txt is not in its published form"
    ):
        public_examples(tmp_path)


def test_damaged_json_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "rubq").mkdir()
    (tmp_path / "rubq/RuBQ_1.0_dev.json").write_text("[{", "utf-8")
    with pytest.raises(InputError, match=r"RuBQ_1\.0_dev\.json holds no JSON"):
        public_examples(tmp_path)


def test_damaged_gzip_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "rubq").mkdir()
    (tmp_path / "rubq/RuBQ_1.0_dev.json.gz").write_bytes(b"no gzip")
    with pytest.raises(InputError, match=r"RuBQ_1\.0_dev\.json\.gz cannot be read"):
        public_examples(tmp_path)


def test_qald_over_dbpedia_gives_chains_nouns_and_both_languages(tmp_path: Path) -> None:
    one = qald(
        "Which films did Ang Lee direct?",
        "PREFIX dbo: <http://dbpedia.org/ontology/> PREFIX res: <http://dbpedia.org/resource/> "
        "SELECT DISTINCT ?uri WHERE { ?uri a dbo:Film ; dbo:director res:Ang_Lee . }",
    )
    one["question"].append({"language": "zh", "string": "Ang Lee 导演了哪些电影？"})
    one["question"].append({"language": "de", "string": "Welche Filme drehte Ang Lee?"})
    two = qald(
        "Who is the mayor of the capital of French Polynesia?",
        "SELECT ?x { dbr:French_Polynesia dbo:capital ?y . ?y dbo:leaderName ?x }",
    )
    put(tmp_path / "qald/qald-9-train-multilingual.json.gz", {"questions": [one, two]})
    examples = public_examples(tmp_path)
    assert examples[0] == Example(
        f"Which films did {MASK} direct?", (Hop("director", False, "entity", "film"),), "en", "dbpedia"
    )
    assert found(examples[1:]) == [
        (f"{MASK} 导演了哪些电影？", (("director", False),)),
        (f"Who is the mayor of the capital of {MASK}?", (("capital", True), ("leader name", True))),
    ]


def test_questions_of_the_tests_stay_out(tmp_path: Path) -> None:
    asked = [
        qald(f"Who was the {role} of Emma?", f"SELECT ?x {{ dbr:Emma dbo:{role} ?x }}")
        for role in ("author", "editor")
    ]
    put(tmp_path / "qald/qald-8-train-multilingual.json", {"questions": asked})
    put(
        tmp_path / "qald/qald-9-test-multilingual.json",
        {"questions": [qald("who was the  author of Emma", "")]},
    )
    assert [one.hops[0].name for one in public_examples(tmp_path)] == ["editor"]


def test_linked_test_questions_stay_out(tmp_path: Path) -> None:
    asked = [qald("Who wrote Emma?", "SELECT ?x { dbr:Emma dbo:author ?x }")]
    put(tmp_path / "qald/qald-8-train-multilingual.json", {"questions": asked})
    put(tmp_path / "lcquad/lcquad2_ground_truth_final.json", {"1": {"text": "Who wrote Emma?"}})
    assert public_examples(tmp_path) == []


def test_rubq_and_qald_over_wikidata(tmp_path: Path) -> None:
    put(
        tmp_path / "rubq/RuBQ_2.0_dev.json",
        [
            {
                "question_eng": "Which city is the capital of Chad?",
                "query": "SELECT ?a WHERE { wd:Q657 wdt:P36 ?a }",
            },
            {"question_eng": "Is it?", "query": None},
        ],
    )
    put(
        tmp_path / "qald/spinach_qald_9_plus_en_train.json",
        [
            {
                "question": "Who developed Skype?",
                "sparql": f"SELECT ?u WHERE {{ <{WD}Q40984> <{WDT}P178> ?u . }}",
            }
        ],
    )
    questions = {one.question: one.hops[0] for one in public_examples(tmp_path)}
    assert set(questions) == {f"Which city is the capital of {MASK}?", f"Who developed {MASK}?"}
    assert all(hop.forward for hop in questions.values())


def test_web_questions_need_others_that_say_it_alike(tmp_path: Path) -> None:
    spouse = ["/people/person/spouse_s", "/people/marriage/spouse"]
    asked = [(f"w{at}", f"who is {name} married to?", name, [[spouse, 1]]) for at, name in enumerate(PEOPLE)]
    asked += [
        (f"v{at}", f"what about {name}?", name, [[["/x/y/odd"], 1]]) for at, name in enumerate(PEOPLE[:2])
    ]
    folder = tmp_path / "webquestions"
    # words tell a relation only where other questions are about other things
    others = [
        (f"o{at}", f"where is {name}?", name, [[["/x/y/place"], 1]]) for at, name in enumerate(PEOPLE * 3)
    ]
    put(
        folder / "main__trainmodel.json",
        [{"qId": q, "qText": text, "answers": ["x"]} for q, text, _, _ in asked + others],
    )
    put(
        folder / "d-freebase__trainmodel.json",
        [{"qId": q, "freebaseKey": name.replace(" ", "_")} for q, _, name, _ in asked + others],
    )
    put(
        folder / "d-freebase-brp__trainmodel.json",
        [{"qId": q, "relPaths": paths} for q, _, _, paths in asked + others],
    )
    assert found(public_examples(tmp_path)) == [
        (f"who is {MASK} married to?", (("spouse", True),)),
        (f"where is {MASK}?", (("place", True),)),
    ]


def grail(question: str, edges: list[dict[str, Any]], function: str = "none") -> dict[str, Any]:
    nodes = [
        {"nid": 0, "node_type": "class", "friendly_name": "Play", "question_node": 1},
        {"nid": 1, "node_type": "entity", "friendly_name": "The Illusion", "question_node": 0},
        {"nid": 2, "node_type": "class", "friendly_name": "Production", "question_node": 0},
    ]
    return {"question": question, "function": function, "graph_query": {"nodes": nodes, "edges": edges}}


def test_grail_qa(tmp_path: Path) -> None:
    near = {"start": 0, "end": 1, "relation": "theater.play.productions"}
    chain = [
        {"start": 1, "end": 2, "relation": "a.b.staged_as"},
        {"start": 0, "end": 2, "relation": "a.b.made_into"},
    ]
    put(
        tmp_path / "complex_freebase/tog_grailqa_1000.json",
        [
            grail("which play is produced by the illusion?", [near]),
            grail("how many plays did the illusion have?", [near], "count"),
            grail("what came of the illusion?", chain),
            grail("what came of something else?", chain),
        ],
    )
    examples = public_examples(tmp_path)
    assert found(examples) == [
        (f"which play is produced by {MASK}?", (("productions", False),)),
        (f"what came of {MASK}?", (("staged as", True), ("made into", False))),
    ]
    assert {one.hops[-1].noun for one in examples} == {"play"}


def test_kdconv_keeps_turns_that_ask_for_the_attribute(tmp_path: Path) -> None:
    def talk(turn: str, name: str, attribute: str) -> dict[str, Any]:
        reply = {"message": "…", "attrs": [{"name": name, "attrname": attribute, "attrvalue": "x"}]}
        return {"messages": [{"message": turn}, reply]}

    put(
        tmp_path / "kdconv/film_dev.json.gz",
        [
            talk("赌城圣约翰的导演是谁？", "赌城圣约翰（1998年电影）", "导演"),
            talk("那你知道他出生在哪里吗？", "周星驰", "出生地"),
            talk("是的，具体哪年上映的呀？", "无间道", "上映时间"),
            talk("看过《无间道》吗？", "无间道", "上映时间"),
            talk("听说过黄一山这个人吗？", "黄一山", "出生地"),
        ],
    )
    assert [
        (one.question, one.hops[0].name, one.hops[0].kind, one.source) for one in public_examples(tmp_path)
    ] == [
        (f"{MASK}的导演是谁？", "导演", "entity", "kdconv-film"),
        (f"你知道{MASK}出生在哪里吗？", "出生地", "entity", "kdconv-film"),
        (f"{MASK}具体哪年上映的呀？", "上映时间", "date", "kdconv-film"),
    ]
    assert {one.language for one in public_examples(tmp_path)} == {"zh"}


@pytest.mark.parametrize(
    "sparql",
    [
        "ASK { dbr:A dbo:b dbr:C }",
        "SELECT (COUNT(?x) AS ?n) { dbr:A dbo:b ?x }",
        "SELECT ?x { dbr:A dbo:b ?x FILTER(?x > 3) }",
        "SELECT ?x { { dbr:A dbo:b ?x } UNION { dbr:A dbo:c ?x } }",
        "SELECT ?x { dbr:A dbo:b ?x . OPTIONAL { ?x dbo:c ?y } }",
        "SELECT ?x { dbr:A dbo:b ?x } ORDER BY ?x LIMIT 1",
        "SELECT ?x { dbr:A dbo:b ?x . dbr:B dbo:c ?x }",
        "SELECT ?x { dbr:A dbo:b ?x . ?x dbo:c ?y }",
        "SELECT ?x { ?x a dbo:Film }",
        "SELECT ?x { dbr:A ?p ?x }",
        "SELECT ?x { dbr:A dbo:b/dbo:c ?x }",
        'SELECT ?x { ?x dbo:b "text" }',
        "SELECT ?x { dbr:A dbo:a ?b . ?b dbo:a ?c . ?c dbo:a ?d . ?d dbo:a ?x }",
        "",
    ],
)
def test_anything_but_a_chain_is_no_chain(sparql: str) -> None:
    assert read_chain(sparql) is None


def test_names_are_masked_only_when_clear() -> None:
    assert mask_name("Where is São Paulo?", "Sao_Paulo") == f"Where is {MASK}?"
    assert mask_name("Who led Rome before Rome fell?", "Rome") is None
    assert mask_name("Who is the king?", "The_Lion_King_of_the_Hill") is None
    assert mask_capitals("Who invented the telephone?") is None
    assert mask_capitals("Which singer of Bremen town musicians is old?") is None


def test_spans_come_in_the_order_asked_and_may_be_missing() -> None:
    spans = find_names([Asked("where was ann lee born", "P19", "Q1"), Asked("", "P19", "Q2")])
    assert len(spans) == 2 and spans[1] is None


def test_the_property_table_names_each_relation_once_in_a_vocabulary() -> None:
    for vocabulary in ("wikidata", "wikidata-aliases", "wikidata-zh"):
        names = [one.names[vocabulary] for one in properties().values()]
        assert all(names)
        assert sorted({name for name in names if names.count(name) > 1}) == []


def test_the_real_sets(shared_data: Path) -> None:
    start = time.perf_counter()
    examples = public_examples(shared_data)
    seconds = time.perf_counter() - start
    counts = {
        source: sum(one.source == source for one in examples) for source in {e.source for e in examples}
    }
    print(f"{len(examples)} examples in {seconds:.1f} s: {counts}")
    assert len(examples) > 8_000
    assert {"wikidata", "wikidata-zh", "dbpedia", "freebase", "kdconv-film"} <= set(counts)
    assert all(one.question.count(MASK) == 1 and 1 <= len(one.hops) <= 3 for one in examples)
    assert len(set(examples)) == len(examples)
