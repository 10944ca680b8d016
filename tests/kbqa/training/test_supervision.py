"""Paths from questions with answers or SPARQL, over a small graph with a hub, homonyms and cycles."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from kbqa.errors import InputError
from kbqa.evaluation.items import Item
from kbqa.link import QuestionLinker
from kbqa.semantics.form import Step
from kbqa.semantics.shape import Shapes
from kbqa.training.examples import MASK
from kbqa.training.gold import find_gold
from kbqa.training.links import Things
from kbqa.training.paths import PathSearch
from kbqa.training.sparql_paths import read_path
from kbqa.training.supervision import Reason, Supervised, Taught, read_taught, supervise
from kg.errors import QueryError
from kg.names import Names
from kg.profiling import profile
from kg.same import IDENTITIES, Sameness
from kg.store import Store
from kg.types import RDFS_LABEL, XSD, Iri, Literal, Triple

E = "http://example.org/"
HUB = 10_000


def iri(name: str) -> Iri:
    return Iri(E + name)


def label(name: str, text: str, language: str = "") -> Triple:
    return Triple(iri(name), RDFS_LABEL, Literal(text, language=language))


def fact(subject: str, predicate: str, value: str | Literal) -> Triple:
    return Triple(iri(subject), iri(predicate), iri(value) if isinstance(value, str) else value)


def number(value: int) -> Literal:
    return Literal(str(value), XSD + "integer")


FACTS = [
    *(label(name, text) for name, text in [
        ("storm", "Storm Over Fen"), ("harbour", "The Last Harbour"), ("quartz", "Quartz Night"),
        ("maren", "Maren Vogel"), ("ilse", "Ilse Brandt"), ("tomas", "Tomas Rill"), ("otto", "Otto Wendt"),
        ("drama", "Drama"), ("oslo", "Oslo"), ("norway", "Norway"), ("jade1", "Jade"), ("jade2", "Jade"),
    ]),
    label("liming", "李明", "zh"), label("river", "长河", "zh"), label("book", "山水记", "zh"),
    label("xian", "西安", "zh"),
    fact("storm", "director", "maren"), fact("harbour", "director", "maren"), fact("quartz", "director", "otto"),
    fact("storm", "actor", "ilse"), fact("storm", "actor", "tomas"), fact("harbour", "actor", "ilse"),
    fact("quartz", "actor", "tomas"),
    fact("storm", "genre", "drama"), fact("harbour", "genre", "drama"), fact("quartz", "genre", "drama"),
    fact("storm", "minutes", number(118)), fact("harbour", "minutes", number(94)),
    fact("quartz", "minutes", number(101)),
    fact("storm", "opened", Literal("1994-03-02", XSD + "date")),
    fact("storm", "tagline", Literal("no shelter")),
    fact("maren", "born", "oslo"), fact("otto", "born", "oslo"), fact("oslo", "country", "norway"),
    fact("jade1", "director", "otto"), fact("jade2", "director", "maren"), fact("jade2", "minutes", number(77)),
    fact("book", "author", "liming"), fact("river", "author", "liming"), fact("liming", "born", "xian"),
    fact("ilse", "friend", "tomas"), fact("tomas", "friend", "otto"), fact("otto", "friend", "ilse"),
]  # fmt: skip
TWICE = [
    *(label(name, text) for name, text in [
        ("storm", "Storm Over Fen"), ("harbour", "The Last Harbour"), ("maren", "Maren Vogel"), ("oslo", "Oslo"),
    ]),
    *(label(name, text, "zh") for name, text in [
        ("zh/maren", "沃格尔"), ("zh/oslo", "奥斯陆"), ("zh/harbour", "最后的港湾"), ("zh/norway", "挪威"),
    ]),
    *(Triple(iri(one), IDENTITIES[0], iri(other)) for one, other in [
        ("maren", "zh/maren"), ("zh/oslo", "oslo"), ("zh/harbour", "harbour"),
    ]),
    fact("storm", "director", "maren"), fact("harbour", "director", "maren"), fact("zh/harbour", "导演", "zh/maren"),
    fact("zh/maren", "出生地", "zh/oslo"), fact("oslo", "country", "zh/norway"),
]  # fmt: skip
HUB_FACTS = [fact(f"extra{n}", "genre", "drama") for n in range(HUB)]


@dataclass(frozen=True)
class Setting:
    store: Store
    names: Names
    shapes: Shapes
    linker: QuestionLinker
    same: Sameness

    @property
    def things(self) -> Things:
        return Things(self.same)

    def taught(
        self, question: str, *answers: str, entities: tuple[str, ...] = (), sparql: str = "", hops: int = 0
    ) -> Supervised | Reason:
        item = Item("1", question, answers, entities=entities, hops=hops)
        return self.supervise([Taught(item, sparql, "mine.jsonl, line 4")])[0]

    def supervise(self, taught: Sequence[Taught]) -> list[Supervised | Reason]:
        results: list[Supervised | Reason] = []
        for one in taught:
            skipped: Counter[Reason] = Counter()
            (found,) = supervise(
                [one],
                graph=self.store,
                names=self.names,
                shapes=self.shapes,
                link=self.linker.link,
                same=self.same,
                skipped=skipped,
            )
            assert (found is None) == bool(skipped)
            results.append(found if found is not None else next(iter(skipped)))
        return results


@contextmanager
def opened(folder: Path, facts: Sequence[Triple]) -> Iterator[Setting]:
    with Store.in_memory() as store:
        store.add(facts, source="films")
        with Names.build(folder / "names.sqlite", store) as names:
            schema = profile(store)
            same = Sameness(store, schema.same)
            shapes = Shapes(store, schema, same=same)
            yield Setting(store, names, shapes, QuestionLinker(names, store, same=same), same)


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    with opened(tmp_path_factory.mktemp("supervision"), [*FACTS, *HUB_FACTS]) as setting:
        yield setting


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    """Return a graph that knows most things under two IRIs, and says part of the facts of each."""
    with opened(tmp_path_factory.mktemp("twice"), TWICE) as setting:
        yield setting


def steps(found: Supervised | Reason) -> list[str]:
    assert isinstance(found, Supervised), found
    return [said(path) for path in found.paths]


def said(path: Sequence[Step]) -> str:
    return "".join(("/" if s.forward else "^") + s.predicate.value.removeprefix(E) for s in path)


def test_one_step_and_mask(setting: Setting) -> None:
    found = setting.taught("Who directed Storm Over Fen?", "Maren Vogel", hops=1)
    assert isinstance(found, Supervised)
    assert found.question == f"Who directed {MASK}?"
    assert (said(found.paths[0]), found.f1, found.language, found.topic) == (
        "/director",
        1.0,
        "en",
        iri("storm"),
    )


def test_backward_step(setting: Setting) -> None:
    found = setting.taught(
        "What did Maren Vogel direct?", "Storm Over Fen", "The Last Harbour", "Jade", hops=1
    )
    assert steps(found) == ["^director"]


def test_path_back_leaves_out_the_entity(setting: Setting) -> None:
    found = setting.taught(
        "Which films share a director with Storm Over Fen?", "The Last Harbour", "Jade", hops=2
    )
    assert steps(found) == ["/director^director"]


def test_entity_counts_where_it_is_an_answer(setting: Setting) -> None:
    found = setting.taught(
        "Films by the director of Storm Over Fen?", "Storm Over Fen", "The Last Harbour", "Jade"
    )
    assert isinstance(found, Supervised)
    assert "/director^director" in steps(found)
    assert found.f1 == 1.0


def test_a_step_and_back_at_the_end_leads_to_others(tmp_path: Path) -> None:
    """ "Born where the director was born" is not the director: no detour through the town teaches what one step says."""
    facts = [
        *(label(name, name) for name in ("Storm", "Maren", "Otto", "Vik")),
        fact("Storm", "director", "Maren"),
        fact("Maren", "born", "Vik"),
    ]
    for folder in ("alone", "two"):
        (tmp_path / folder).mkdir()
    with opened(tmp_path / "alone", facts) as alone:
        assert steps(alone.taught("Who directed Storm?", "Maren")) == ["/director"]
    with opened(tmp_path / "two", [*facts, fact("Otto", "born", "Vik")]) as two:
        born = two.taught("Who was born where the director of Storm was?", "Otto")
        assert steps(born) == ["/director/born^born"]
        assert isinstance(born, Supervised) and born.f1 == 1.0


def test_three_steps(setting: Setting) -> None:
    found = setting.taught("In which country was the director of Quartz Night born?", "Norway")
    assert "/director/born/country" in steps(found)


def test_ambiguous_paths_are_all_kept_shortest_first(setting: Setting) -> None:
    found = setting.taught("What about Tomas Rill and that person?", "Otto Wendt", entities=("Tomas Rill",))
    assert steps(found)[0] == "/friend"
    assert "^actor/director" not in steps(found)  # leads to Maren Vogel as well
    assert "^friend^friend" in steps(found)  # round the cycle the other way
    lengths = [path.count("/") + path.count("^") for path in steps(found)]
    assert lengths == sorted(lengths)


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("How long is Storm Over Fen?", "118", "/minutes"),
        ("How long is Storm Over Fen?", "118.0", "/minutes"),
        ("When did Storm Over Fen open?", "2 March 1994", "/opened"),
        ("What is the tagline of Storm Over Fen?", "No shelter!", "/tagline"),
        ("What is the genre of Storm Over Fen?", E + "drama", "/genre"),
    ],
)
def test_answers_of_every_kind(setting: Setting, question: str, answer: str, expected: str) -> None:
    assert steps(setting.taught(question, answer))[0] == expected


def test_chinese(setting: Setting) -> None:
    found = setting.taught("《山水记》的作者出生在哪里？", "西安")
    assert isinstance(found, Supervised)
    assert (found.question, found.language) == (f"《{MASK}》的作者出生在哪里？", "zh")
    assert steps(found)[0] == "/author/born"


def test_hub_as_topic_and_on_the_way(setting: Setting) -> None:
    found = setting.taught("Which people made Drama?", "Maren Vogel", "Otto Wendt", entities=("Drama",))
    assert steps(found)[0] == "^genre/director"
    answers = ("Storm Over Fen", "The Last Harbour")
    through = setting.taught("What is like Quartz Night?", *answers, hops=2)
    assert steps(through) == ["/actor^actor"]  # the genre's 10,000 others are not what was asked for


def test_paths_do_not_go_on_from_the_entity(setting: Setting) -> None:
    question = "How long are the other films with an actor of Storm Over Fen?"
    found = setting.taught(question, "94", "101")
    assert isinstance(found, Supervised)
    assert (steps(found)[0], found.f1) == ("/actor^actor/minutes", 1.0)


def test_few_facts_of_a_hub_are_read(setting: Setting) -> None:
    reads: list[int] = []

    class Counting:
        prefixes, remote = setting.store.prefixes, False

        def triples(self, *pattern: object, limit: int) -> list[Triple]:
            found = setting.store.triples(*pattern, limit=limit)  # type: ignore[arg-type]
            reads.append(len(found))
            return found

    finder = PathSearch(Counting(), setting.shapes, setting.things)  # type: ignore[arg-type]
    gold = find_gold(("Storm Over Fen",), setting.names, setting.things)
    assert finder.find(iri("quartz"), gold) is not None
    assert sum(reads) < 1_000


def test_homonyms_are_told_apart_by_their_answers(setting: Setting) -> None:
    first = setting.taught("Who directed Jade?", "Otto Wendt", hops=1)
    second = setting.taught("Who directed Jade?", "Maren Vogel", hops=1)
    assert isinstance(first, Supervised)
    assert isinstance(second, Supervised)
    assert (first.topic, second.topic) == (iri("jade1"), iri("jade2"))


def test_best_path_need_not_be_perfect(setting: Setting) -> None:
    found = setting.taught("Who acts in Storm Over Fen?", "Ilse Brandt", "Tomas Rill", "A Stranger", hops=1)
    assert isinstance(found, Supervised)
    assert steps(found) == ["/actor"]
    assert found.f1 == pytest.approx(0.8)


def test_entity_by_iri_and_by_name(setting: Setting) -> None:
    for given in (E + "storm", "storm over fen"):
        found = setting.taught("So who directed Storm Over Fen", "Maren Vogel", entities=(given,), hops=1)
        assert isinstance(found, Supervised)
        assert found.question == f"So who directed {MASK}"


@pytest.mark.parametrize(
    ("question", "answers", "entities", "reason"),
    [
        ("Who directed Storm Over Fen?", ("Nobody At All",), (), "no path"),
        ("Who directed Storm Over Fen?", (), (), "no answers"),
        ("Who is it?", ("Maren Vogel",), (), "no entity"),
        ("Who is it?", ("Maren Vogel",), ("Storm Over Fen",), "no entity"),
        ("???", ("Maren Vogel",), (), "not readable"),
        (f"Who directed {MASK}?", ("Maren Vogel",), (), "not readable"),
        ("Who directed Storm Over Fen?", tuple(map(str, range(5_001))), (), "too many answers"),
    ],
)
def test_what_teaches_nothing(
    setting: Setting, question: str, answers: tuple[str, ...], entities: tuple[str, ...], reason: str
) -> None:
    assert setting.taught(question, *answers, entities=entities) == reason


def test_sparql_gives_the_path(setting: Setting) -> None:
    sparql = (
        f"PREFIX : <{E}> SELECT DISTINCT ?x {{ :storm :director ?d . ?x :director ?d FILTER(?x != :storm) }}"
    )
    found = setting.taught("What else by that of Storm Over Fen?", "Jade", sparql=sparql)
    assert isinstance(found, Supervised)
    assert steps(found) == ["/director^director"]
    assert found.f1 == pytest.approx(2 / 3)
    assert found.question == f"What else by that of {MASK}?"


def test_sparql_needs_no_answers(setting: Setting) -> None:
    found = setting.taught("Who made Quartz Night?", sparql=f"SELECT ?x {{ <{E}quartz> <{E}director> ?x }}")
    assert isinstance(found, Supervised)
    assert found.f1 == 1.0


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT (COUNT(?x) AS ?n) { <urn:a> <urn:p> ?x }",
        "ASK { <urn:a> <urn:p> ?x }",
        "SELECT ?x ?y { <urn:a> <urn:p> ?x . ?x <urn:p> ?y }",
        "SELECT ?x { <urn:a> <urn:p> ?x } ORDER BY ?x LIMIT 1",
        "SELECT ?x { <urn:a> <urn:p> ?x . <urn:b> <urn:p> ?x }",
        "SELECT ?x { <urn:a> <urn:p> ?x . ?x <urn:p> ?y }",
        "SELECT ?x { <urn:a> ?p ?x }",
        "SELECT ?x { <urn:a> <urn:p>|<urn:q> ?x }",
        "SELECT ?x { <urn:a> <urn:p> ?x FILTER(?x > 3) }",
        "SELECT ?x { ?y <urn:p> ?x }",
        "SELECT ?x { <urn:a> <urn:p> ?y . ?y <urn:p> ?y . ?y <urn:p> ?x }",
        "SELECT ?x { { <urn:a> <urn:p> ?x } UNION { <urn:a> <urn:q> ?x } }",
        "SELECT ?x { <urn:a> <urn:p> ?x OPTIONAL { ?x <urn:q> ?y } }",
    ],
)
def test_other_queries_are_no_path(sparql: str) -> None:
    assert read_path(sparql) is None


def test_sparql_with_property_path_and_prefixes() -> None:
    found = read_path("SELECT ?x { w:a w:p/^w:q [ w:r ?x ] }", prefixes={"w": E})
    assert found is not None
    assert (found[0], said(found[1])) == (iri("a"), "/p^q/r")


def test_sparql_from_a_value() -> None:
    found = read_path('SELECT ?x { ?x <urn:title> "Storm"@EN }')
    assert found == (Literal("Storm", language="en"), (Step(Iri("urn:title"), False),))


def test_sparql_of_another_graph_or_too_long(setting: Setting) -> None:
    question = "Who directed Storm Over Fen?"
    assert setting.taught(question, "x", sparql="SELECT ?x { <urn:a> <urn:p> ?x }") == "not a path"
    long = f"SELECT ?x {{ <{E}storm> {'/'.join([f'<{E}friend>'] * 4)} ?x }}"
    assert setting.taught(question, "x", sparql=long) == "not a path"


@pytest.mark.parametrize("sparql", ["SELECT ?x { ", "SELECT ?x { nope:a nope:b ?x }", "DROP ALL"])
def test_wrong_sparql_names_its_place(setting: Setting, sparql: str) -> None:
    with pytest.raises(QueryError):
        read_path(sparql)
    with pytest.raises(InputError, match=r'^mine\.jsonl, line 4: "sparql" cannot be read: [^\n]+$'):
        setting.taught("Who directed Storm Over Fen?", "x", sparql=sparql)


def test_read_taught(tmp_path: Path) -> None:
    lines = [
        json.dumps({"question": "Who?", "answers": ["x"], "entities": ["y"], "sparql": " SELECT * {} "}),
        "",
        json.dumps({"question": "谁？", "answers": [7]}),
    ]
    plain, packed = tmp_path / "q.jsonl", tmp_path / "q.jsonl.gz"
    plain.write_text("\n".join(lines), encoding="utf-8")
    packed.write_bytes(gzip.compress("\n".join(lines).encode()))
    for file in (plain, packed):
        first, second = read_taught(file)
        assert (first.sparql, first.place) == ("SELECT * {}", f"{file}, line 1")
        assert (second.item.answers, second.sparql, second.place) == (("7",), "", f"{file}, line 3")


def test_read_taught_refuses_other_sparql(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"question": "Who?", "answers": []}\n{"question": "Who?", "answers": [], "sparql": 3}\n')
    with pytest.raises(InputError, match=r"q\.jsonl, line 2: \"sparql\" must be a text"):
        read_taught(file)


def test_counts_and_order_are_the_same_each_time(setting: Setting) -> None:
    items = [
        Taught(Item("1", "Who directed Storm Over Fen?", ("Maren Vogel",))),
        Taught(Item("2", "Who directed Storm Over Fen?", ())),
        Taught(Item("3", "Who is it?", ("Maren Vogel",))),
        Taught(Item("4", "Who plays in Quartz Night?", ("Tomas Rill",))),
    ]
    runs = []
    for _ in range(2):
        skipped: Counter[Reason] = Counter()
        shapes = Shapes(setting.store, profile(setting.store))
        found = supervise(
            iter(items),
            graph=setting.store,
            names=setting.names,
            shapes=shapes,
            link=setting.linker.link,
            skipped=skipped,
        )
        runs.append((list(found), skipped))
    assert runs[0] == runs[1]
    assert [one is None for one in runs[0][0]] == [False, True, True, False]
    assert runs[0][1] == {"no answers": 1, "no entity": 1}


def test_remote_graph_is_asked_by_query(setting: Setting) -> None:
    class Remote:
        prefixes, remote = setting.store.prefixes, True
        select, triples = setting.store.select, setting.store.triples

    finder = PathSearch(Remote(), setting.shapes, setting.things)  # type: ignore[arg-type]
    found = finder.find(iri("quartz"), find_gold(("Norway",), setting.names, setting.things))
    assert found is not None
    assert "/director/born/country" in [said(path) for path in found.paths]


# things of several IRIs


@pytest.mark.parametrize("answer", ["奥斯陆", "Oslo", E + "oslo", E + "zh/oslo"])
def test_paths_pass_between_the_iris_of_a_thing(twice: Setting, answer: str) -> None:
    found = twice.taught("Where was the director of Storm Over Fen born?", answer)
    assert isinstance(found, Supervised)
    assert (steps(found), found.f1) == (["/director/出生地"], 1.0)


def test_paths_pass_on_and_on(twice: Setting) -> None:
    found = twice.taught("In which country was the director of Storm Over Fen born?", "挪威")
    assert steps(found) == ["/director/出生地/country"]


def test_a_path_begins_at_any_iri_of_its_topic(twice: Setting) -> None:
    assert steps(twice.taught("沃格尔导演了什么？", "Storm Over Fen", "The Last Harbour")) == ["^director"]


def test_a_thing_of_two_iris_is_one_answer(twice: Setting) -> None:
    both = twice.taught(
        "Which films did Maren Vogel direct?", "Storm Over Fen", "最后的港湾", "The Last Harbour"
    )
    assert isinstance(both, Supervised)
    assert both.f1 == 1.0
    other = twice.taught("Which other film has the director of Storm Over Fen?", "最后的港湾")
    assert isinstance(other, Supervised)
    assert (steps(other)[0], other.f1) == ("/director^director", 1.0)


def test_a_path_back_leaves_out_every_iri_of_the_entity(twice: Setting) -> None:
    found = twice.taught("最后的港湾的导演还导演了什么？", "Storm Over Fen")
    assert isinstance(found, Supervised)
    assert set(steps(found)) == {"/director^director", "/导演^director"}
    assert found.f1 == 1.0


def test_identity_is_no_step_of_a_query(twice: Setting) -> None:
    same = IDENTITIES[0].value
    sparql = f"SELECT ?x {{ <{E}storm> <{E}director>/<{same}>/<{E}出生地> ?x }}"
    found = twice.taught("Where was the director of Storm Over Fen born?", "Oslo", sparql=sparql)
    assert isinstance(found, Supervised)
    assert (steps(found), found.f1) == (["/director/出生地"], 1.0)
    only = f"SELECT ?x {{ <{E}maren> <{same}> ?x }}"
    assert twice.taught("Who is Maren Vogel?", "沃格尔", sparql=only) == "not a path"


def test_a_query_may_begin_at_another_iri_than_the_linker_finds(twice: Setting) -> None:
    sparql = f"SELECT ?x {{ <{E}zh/maren> <{E}出生地> ?x }}"
    found = twice.taught("Where was Maren Vogel born?", "Oslo", sparql=sparql)
    assert isinstance(found, Supervised)
    assert (found.question, found.f1) == (f"Where was {MASK} born?", 1.0)


def test_a_remote_graph_passes_between_iris_too(twice: Setting) -> None:
    class Remote:
        prefixes, remote = twice.store.prefixes, True
        select, triples = twice.store.select, twice.store.triples

    things = Things(Sameness(Remote(), twice.same.predicates))  # type: ignore[arg-type]
    search = PathSearch(Remote(), twice.shapes, things)  # type: ignore[arg-type]
    found = search.find(iri("storm"), find_gold(("Oslo",), twice.names, things))
    assert found is not None
    assert ([said(path) for path in found.paths], found.f1) == (["/director/出生地"], 1.0)
