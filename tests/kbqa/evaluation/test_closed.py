"""Sets whose graph is not at hand: reading them, the closed vocabulary, and scores of the parts of answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import kbqa
from kbqa.cli import main
from kbqa.errors import InputError
from kbqa.evaluation.answers import answered_by
from kbqa.evaluation.closed import check_named, given, iri_key, write_closed
from kbqa.evaluation.compare import compare
from kbqa.evaluation.datasets import QuestionSet, read_set
from kbqa.evaluation.items import Item
from kbqa.evaluation.parts import PART_COLUMNS, Parts, WordRanker, structure_of
from kbqa.evaluation.run import evaluate, table
from kbqa.knowledge_base import KnowledgeBase
from kbqa.semantics.form import Counted, Exists, Extreme, Follow, Form, Having, Lacks, Members, Step, Thing
from kbqa.types import ParsedQuestion, Question, Reading, Result
from kg.load import read_triples
from kg.store import Store
from kg.types import Candidate, Iri, Link, Literal, Mention

RES, ONT = "http://dbpedia.org/resource/", "http://dbpedia.org/ontology/"
QUERIES = {
    "Who directed The Silent Lake?": f"SELECT ?x WHERE {{ <{RES}The_Silent_Lake_(film)> <{ONT}director> ?x }}",
    "Which films were directed by Ada Quill?": (
        f"SELECT ?x WHERE {{ ?x a <{ONT}Film> ; <{ONT}director> <{RES}Ada_Quill> }}"
    ),
    "How many books did Ada Quill write?": f"SELECT COUNT(?x) WHERE {{ ?x <{ONT}author> <{RES}Ada_Quill> }}",
    "What is the highest mountain?": (
        f"SELECT ?x WHERE {{ ?x a <{ONT}Mountain> ; <{ONT}elevation> ?e }} ORDER BY DESC(?e) LIMIT 1"
    ),
    "Who is unreadable?": "SELECT nonsense",
}


@pytest.fixture
def qald(tmp_path: Path) -> Path:
    def record(number: int, question: str, query: str) -> dict[str, object]:
        rows = [{"x": {"type": "uri", "value": RES + "Someone"}}]
        return {
            "id": number,
            "question": [{"language": "de", "string": "Wer?"}, {"language": "en", "string": f" {question}"}],
            "query": {"sparql": query},
            "answers": [{"head": {}, "results": {"bindings": rows}}],
        }

    records = [record(number, *pair) for number, pair in enumerate(QUERIES.items(), start=1)]
    yes = {
        "question": [{"language": "de", "string": "Ja?"}],
        "query": {},
        "id": 9,
        "answers": [{"boolean": True}],
    }
    file = tmp_path / "qald-9-train-multilingual.json"
    file.write_text(json.dumps({"questions": [*records, yes]}), encoding="utf-8")
    return tmp_path


@pytest.fixture
def base(qald: Path) -> Iterator[KnowledgeBase]:
    write_closed("qald", data=qald, out=qald / "closed.nt")
    with kbqa.build(qald / "closed.kb", graph=[qald / "closed.nt"]) as built:
        yield built


def test_qald_is_read_with_what_its_queries_are_made_of(qald: Path) -> None:
    items = read_set("qald", data=qald).items
    assert [item.question for item in items] == list(QUERIES)  # the one asked in German only is left out
    assert items[1].answers == (RES + "Someone",)
    assert [item.kind for item in items] == ["select", "select", "count", "superlative", ""]
    assert [item.hops for item in items] == [1, 1, 1, 1, 0]
    assert items[2].entities == (RES + "Ada_Quill",)
    assert items[4].gold is None and items[4].query


def test_qald_of_another_form_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "qald-9-train-multilingual.json"
    for content, reason in (
        ("[]", "list of"),
        ("{", "is not JSON"),
        ('{"questions": [{"id": 3}]}', "question 3 is of another form"),
        ('{"questions": []}', "asks no question in 'en'"),
    ):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=reason):
            read_set("qald", data=tmp_path)


def test_lcquad_has_queries_but_no_answers(tmp_path: Path) -> None:
    record = {
        "_id": "7",
        "corrected_question": "Who? ",
        "sparql_query": f"SELECT ?x {{ <{RES}A> <{ONT}p> ?x }}",
    }
    (tmp_path / "train-data.json").write_text(json.dumps([record]), encoding="utf-8")
    (item,) = read_set("lcquad", data=tmp_path).items
    assert (item.id, item.question, item.answers, item.entities) == ("7", "Who?", (), (RES + "A",))
    found = {"DBPedia": {"entities": [RES + "A"], "relations": ["", ONT + "p"]}}
    (tmp_path / "lcquad2_ground_truth_final.json").write_text(
        json.dumps({"1": {"text": "Who?", "result": found}}), encoding="utf-8"
    )
    (item,) = read_set("lcquad-2", data=tmp_path).items
    assert item.gold is not None and (item.gold.relations, item.gold.operation) == ((ONT + "p",), "")
    write_closed("lcquad", data=tmp_path, out=tmp_path / "closed.nt")
    assert len(list(read_triples(tmp_path / "closed.nt"))) == 3  # two names and the fact


def test_ckbqa(tmp_path: Path) -> None:
    text = '\ufeffq1:德国的首都？\nselect ?x where { <德国_（国家）> <首都> ?x. }\n<柏林_（城市）>\t"Berlin"\n\nq2：谁？\nask { <a> <100%> "b" }\n'
    (tmp_path / "ccks2019_valid.txt").write_text(text, encoding="utf-8")
    first, second = read_set("ckbqa", data=tmp_path).items
    assert (first.question, first.answers) == ("德国的首都？", ("柏林_（城市）", "Berlin"))
    assert (first.entities, second.answers, second.kind) == (("德国_（国家）",), (), "ask")
    assert given([first])[0].entities == ("urn:closed:德国_（国家）",)
    write_closed("ckbqa", data=tmp_path, out=tmp_path / "closed.nt")
    names = {triple.object.value for triple in read_triples(tmp_path / "closed.nt")}
    assert {"德国 （国家）", "德国", "首都"} <= names
    (tmp_path / "ccks2019_valid.txt").write_text("q1:德国的首都？\n<柏林>\n", encoding="utf-8")
    with pytest.raises(InputError, match="the question q1 has no query"):
        read_set("ckbqa", data=tmp_path)


def test_the_closed_vocabulary_answers_its_own_queries(qald: Path, base: KnowledgeBase) -> None:
    graph = base.sources.graph
    for query in list(QUERIES.values())[:2]:
        assert len(graph.select(query)) == 1
    assert graph.ask(f"ASK {{ ?x <{ONT}elevation> ?e FILTER(isNumeric(?e)) }}")
    names = [name.text for name in base.sources.names.of(Iri(RES + "The_Silent_Lake_(film)"))]
    assert set(names) == {"The Silent Lake (film)", "The Silent Lake"}


def test_parts_are_scored_on_the_closed_vocabulary(qald: Path, base: KnowledgeBase) -> None:
    items = read_set("qald", data=qald).items
    ranker = WordRanker(base.sources, frozenset())
    found = evaluate(
        items,
        lambda item: base.ask(item.question),
        set_name="qald",
        config={"graph": "closed"},
        parts=Parts(ranker),
        answers=False,
    )
    values = {name: one.value for name, one in found.metrics.items()}
    assert "hits@1" not in values and "ece" not in values
    assert values["entity_hits@1"] == 1.0  # of four: one names no entity, and none is linked
    assert values["relation_recall@5"] >= 0.5
    assert values["operation"] == 1.0
    assert found.gold_queries == {"read": 4, "rewritten": 1, "unreadable": 1}
    assert list(found.breakdown["kind"]) == ["", "count", "select", "superlative"]
    text = table(found)
    assert "on the closed: far easier than the set's own graph, no score of the set" in text
    assert "4 read, 1 of them after they were put right; 1 cannot be read" in text
    assert "unanswered" not in text.splitlines()[0]


class Fixed:
    def rank(self, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Iri]:
        return [Iri(ONT + name) for name in ("a", "b", "c", "d", "director", "e")]


def linked(*names: str) -> list[Link]:
    return [
        Link(Mention(0, 1, "x"), [Candidate(Iri(RES + name), "entity", 1.0, name, "exact")]) for name in names
    ]


def test_scores_of_parts_by_hand(qald: Path) -> None:
    item = read_set("qald", data=qald).items[0]
    form = Counted(Follow(Thing(Iri(RES + "Other")), Step(Iri(ONT + "director"), True)))
    reading = Reading(form, "", "", "", 1.0, 1.0, "count", ())
    parsed = ParsedQuestion("", "en", (), (), (), "any")
    result = Result(
        Question("q"), parsed, linked("Other", "The_Silent_Lake_(film)"), [reading], (), (), True, ""
    )
    found = Parts(Fixed()).scores(item, result)
    assert tuple(found) == PART_COLUMNS
    assert (found["entity_hits@1"], found["entity_precision"], found["entity_recall"]) == (0, 0.5, 1)
    assert (found["relation_hits@1"], found["relation_recall@5"]) == (0, 1)
    assert (found["operation"], found["entity_count"], found["relation_count"]) == (0, 1, 1)
    assert (found["understood"], found["structure"]) == (1, 0)
    nothing = Parts(Fixed()).scores(item, None)
    assert nothing["structure_known"] == nothing["entity_known"] == nothing["relation_known"] == 1
    assert sum(nothing.values()) == 3
    assert not any(Parts(Fixed()).scores(Item("1", "?", ()), result).values())


THING, STEP = Thing(Iri("w:a")), Step(Iri("w:p"), True)


@pytest.mark.parametrize(
    ("form", "operation", "entities", "links"),
    [
        (THING, "select", 1, 0),
        (Follow(THING, STEP), "select", 1, 1),
        (Exists(Follow(THING, STEP)), "ask", 1, 1),
        (Extreme(Follow(THING, STEP), STEP, True), "superlative", 1, 2),
        (Counted(Having(Members(Iri("w:C")), STEP, ">", Literal("5"))), "count", 0, 1),
        (Having(Members(Iri("w:C")), STEP, ">", Literal("5")), "filter", 0, 1),
        (Having(Members(Iri("w:C")), STEP, ">", Follow(THING, STEP)), "comparison", 1, 2),
        (Lacks(Members(Iri("w:C")), STEP, None), "negation", 0, 1),
    ],
)
def test_structure_of_forms(form: Form, operation: str, entities: int, links: int) -> None:
    found = structure_of(form)
    assert (found.operation, found.entities, found.links) == (operation, entities, links)


def test_numbered_iris_have_no_closed_vocabulary() -> None:
    numbered = Item("1", "?", (), entities=("http://www.wikidata.org/entity/Q937",))
    with pytest.raises(InputError, match=r"IRIs are numbers such as .*Q937.*--kb"):
        check_named("qald-7", [numbered])
    check_named("qald", [Item("1", "?", (), entities=(RES + "Q",))])


def test_iris_are_equal_however_they_are_encoded() -> None:
    assert iri_key(RES + "Z%C3%BCrich") == iri_key(RES + "Zürich") == iri_key(RES + "Zu\u0308rich")


def test_missing_answers_come_from_the_graph() -> None:
    from kg.types import Triple

    store = Store.in_memory()
    store.add([Triple(Iri("http://x/a"), Iri("http://x/p"), Iri("http://x/b"))], source="test")
    items = (
        Item("given", "?", ("kept",), query="SELECT nonsense"),
        Item("run", "?", (), query="SELECT ?x { <http://x/a> <http://x/p> ?x }"),
        Item("ask", "?", (), query="PREFIX w: <http://x/> ask { w:a w:p w:b }"),
        Item("empty", "?", (), query="SELECT ?x { <http://x/b> <http://x/p> ?x }"),
        Item("refused", "?", (), query="SELECT COUNT(?x) WHERE { ?x ?y ?z }"),
    )
    found = answered_by(QuestionSet("mine", "", items, excluded=1), store)
    assert [(item.id, item.answers) for item in found.items] == [
        ("given", ("kept",)),
        ("run", ("http://x/b",)),
        ("ask", ("true",)),
    ]
    assert found.excluded == 3
    with pytest.raises(InputError, match="no gold query gives an answer"):
        answered_by(QuestionSet("mine", "", items[3:]), store)


def test_the_command_says_what_it_measured_on(
    qald: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(qald / "cache"))
    out = qald / "figures.json"
    command = ["evaluate", "qald", "--data", str(qald), "--without", "vectors"]
    assert main([*command, "--out", str(out)]) == 0
    assert "closed vocabulary of the set's own gold IRIs" in capsys.readouterr().out
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["config"]["graph"] == "closed vocabulary of the set's own gold IRIs"
    assert figures["gold_queries"] == {"read": 4, "rewritten": 1, "unreadable": 1}
    assert figures["reliability"] == [] and "f1" not in figures["metrics"]
    assert compare(out, out).main == "structure"
    assert main([*command, "--choose-threshold"]) == 2
    assert "no threshold can be chosen" in capsys.readouterr().err


def test_with_a_base_of_the_user_answers_are_scored_too(
    qald: Path, base: KnowledgeBase, capsys: pytest.CaptureFixture[str]
) -> None:
    out = qald / "figures.json"
    place = ["--kb", str(base.path), "--without", "vectors", "--choose-threshold"]
    assert main(["evaluate", "qald", "--data", str(qald), *place, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "closed vocabulary" not in shown
    assert "(most right less wrong)" in shown and "(in use)" in shown
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert {"hits@1", "qald_f1", "ece", "aurc", "entity_f1", "structure"} <= figures["metrics"].keys()
    assert figures["n"] == len(QUERIES)


@pytest.mark.parametrize(
    ("name", "folder", "n", "unreadable"),
    [("qald", "qald", 408, 0), ("qald-plus", "qald", 150, 2), ("ckbqa", "ckbqa_ccks", 766, 0)],
)
def test_real_sets_have_readable_queries(
    shared_data: Path, name: str, folder: str, n: int, unreadable: int
) -> None:
    items = read_set(name, data=shared_data / folder).items
    assert len(items) == len({item.id for item in items}) == n
    assert sum(item.gold is None for item in items) == unreadable
