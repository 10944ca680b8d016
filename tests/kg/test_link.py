from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.link import Linker, link
from kg.names import Names
from kg.store import Store
from kg.types import RDF_TYPE, RDFS_LABEL, Iri, Link, Literal, Term, Triple

EX = "http://example.org/"
ALIAS = Iri("http://www.w3.org/2004/02/skos/core#altLabel")
DIRECTED_BY, CAPITAL, GENRE, BORDERS = (
    Iri(EX + name) for name in ("directed_by", "capital", "genre", "borders")
)


def iri(name: str) -> Iri:
    return Iri(EX + name)


def label(name: str, text: str) -> Triple:
    return Triple(iri(name), RDFS_LABEL, Literal(text))


FACTS = [
    label("france", "France"),
    label("switzerland", "Switzerland"),
    label("ny", "New York"),
    label("nyc", "New York City"),
    Triple(iri("ny"), ALIAS, Literal("Empire State")),
    label("knight", "The Dark Knight"),
    label("lotr", "The Lord of the Rings"),
    label("it", "It"),
    label("who", "Who"),
    label("reds", "Reds"),
    label("Country", "country"),
    label("paris", "Paris"),
    label("parisTexas", "Paris"),
    label("nolan", "Christopher Nolan"),
    label("we", "W.E."),
    label("dream", "红楼梦"),
    label("yao", "姚明"),
    label("mingdynasty", "明朝"),
    label("nanjing", "南京市"),
    label("bridge", "长江大桥"),
    label("mayor", "市长"),
    label("compatriot", "国人"),
    label("masses", "人民"),
    label("french", "Französin"),
    Triple(iri("french"), ALIAS, Literal("French")),
    Triple(iri("french"), GENRE, Literal("comedy")),
    Triple(iri("france"), RDF_TYPE, iri("Country")),
    Triple(iri("france"), CAPITAL, iri("paris")),
    Triple(iri("parisTexas"), DIRECTED_BY, iri("nolan")),
    Triple(iri("knight"), DIRECTED_BY, iri("nolan")),
    *(Triple(iri("parisTexas"), BORDERS, iri(f"place{i}")) for i in range(20)),
]


@pytest.fixture(scope="module")
def linker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Linker]:
    with Store.in_memory() as store:
        store.add(FACTS, source="test")
        with Names.build(tmp_path_factory.mktemp("link") / "names", store) as names:
            yield Linker(names, store)


def best(links: list[Link]) -> dict[str, Term]:
    return {link.mention.text: link.candidates[0].term for link in links}


@pytest.mark.parametrize(
    ("question", "mention", "name"),
    [
        ("Who directed The Dark Knight?", "The Dark Knight", "knight"),
        ("who directed the dark knight", "the dark knight", "knight"),
        ("who directed dark knight", "dark knight", "knight"),
        ("what is france's capital", "france", "france"),
        ("What is France’s capital?", "France", "france"),
        ('who made "It"?', "It", "it"),
        ("who made It", "It", "it"),
        ("who directed [Who]", "Who", "who"),
        ("《红楼梦》是谁写的", "红楼梦", "dream"),
        ("「紅樓夢」的作者是誰", "紅樓夢", "dream"),
        ("姚明的妻子是谁", "姚明", "yao"),
        ("who directed the dark nigth", "the dark nigth", "knight"),
        ("what is the capital of Swizerland", "Swizerland", "switzerland"),
        ('films like "Lord of the Rngs"', "Lord of the Rngs", "lotr"),
        ("who wrote The Lord of the Rngs?", "The Lord of the Rngs", "lotr"),
        ("what borders the empire state", "empire state", "ny"),
        ("who starred in W.E.?", "W.E.", "we"),
        ("films by “Nolan”", "Nolan", "nolan"),
        ("a French film", "French", "french"),
        ("When was Nolan born?", "Nolan", "nolan"),
        ("which films did nolan make", "nolan", "nolan"),
        ("how long is the rings lord film", "rings lord", "lotr"),
    ],
)
def test_finds(linker: Linker, question: str, mention: str, name: str) -> None:
    first = linker.link(question)[0]
    assert (first.mention.text, first.candidates[0].term) == (mention, iri(name))
    assert question[first.mention.start : first.mention.end] == mention


@pytest.mark.parametrize(
    "question",
    [
        "who is it",
        "Who is that?",
        "it was who?",
        "",
        "   ",
        "?!…",
        "这是谁的",
        "what is the capital",
        '""',
        "[]",
    ],
)
def test_ordinary_words_are_no_entities(linker: Linker, question: str) -> None:
    assert linker.link(question) == []


@pytest.mark.parametrize(
    "question",
    [
        "Who made the Nolan Chronicles?",  # another thing, which the graph does not know
        "Who wrote Knight of the Realm?",
        "Who is Jonathan Nolan?",
    ],
)
def test_a_part_of_an_unknown_name_is_no_part_of_a_known_one(linker: Linker, question: str) -> None:
    found = {candidate.term for link in linker.link(question) for candidate in link.candidates}
    assert not found & {iri("nolan"), iri("knight")}


def test_the_longer_name_wins(linker: Linker) -> None:
    assert best(linker.link("who lives in New York City")) == {"New York City": iri("nyc")}
    assert best(linker.link("who lives in New York")) == {"New York": iri("ny")}


def test_class_in_the_plural(linker: Linker) -> None:
    found = linker.link("which countries border France")
    assert best(found) == {"France": iri("france"), "countries": iri("Country")}
    assert {link.candidates[0].kind for link in found} == {"class", "entity"}


def test_string_value(linker: Linker) -> None:
    found = linker.link("which films are a comedy")
    assert found[0].candidates[0].term == Literal("comedy")
    assert found[0].candidates[0].kind == "value"


def test_homonyms_by_context(linker: Linker) -> None:
    capital = linker.link("Which country has the capital Paris?")
    assert best(capital)["Paris"] == iri("paris")
    film = linker.link("Was Paris directed by Christopher Nolan?")
    assert best(film)["Paris"] == iri("parisTexas")
    assert {candidate.term for link in film for candidate in link.candidates} >= {iri("paris")}


def test_homonyms_by_prominence_where_nothing_else_tells(linker: Linker) -> None:
    assert best(linker.link("Paris"))["Paris"] == iri("parisTexas")


def test_chinese_words_decide_between_overlaps(linker: Linker) -> None:
    given = linker.link("南京市长江大桥", words=["南京市", "长江大桥"])
    strengths = {link.mention.text: link.candidates[0].score for link in given}
    assert strengths["市长"] < min(strengths["南京市"], strengths["长江大桥"])
    tied = linker.link("中国人民", words=["中国", "人民"])
    assert [link.mention.text for link in tied] == ["人民", "国人"]
    tied = linker.link("中国人民", words=["中", "国人", "民"])
    assert [link.mention.text for link in tied] == ["国人", "人民"]
    assert tied[0].candidates[0].score > tied[1].candidates[0].score


def test_what_is_quoted_is_not_cut(linker: Linker) -> None:
    assert set(best(linker.link('who made "New York City"'))) == {"New York City"}


def test_scores_and_order(linker: Linker) -> None:
    found = linker.link("did Christopher Nolan see Paris and New York City before the comedy", k=1)
    scores = [link.candidates[0].score for link in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert all(len(link.candidates) == 1 for link in found)
    exact, typo = linker.link("Christopher Nolan")[0], linker.link("Christofer Nolan")[0]
    assert exact.candidates[0].score > typo.candidates[0].score
    assert (exact.candidates[0].how, typo.candidates[0].how) == ("exact", "fuzzy")


@pytest.mark.parametrize(
    "question", ["Paris " * 2_000, "红楼梦" * 3_000, '"' * 5_000, "[" * 5_000 + "]" * 5_000, "x" * 10_000]
)
def test_long_questions_are_bounded(linker: Linker, question: str) -> None:
    assert len(linker.link(question)) <= 12


def test_hostile_text(linker: Linker) -> None:
    linker.link('"} DROP ALL # [France] \x00 \ud83d\ude00 %s {} \\')
    assert best(linker.link("France")) == {"France": iri("france")}


def test_function_equals_linker(linker: Linker) -> None:
    question = "Who directed The Dark Knight?"
    assert link(question, names=linker._names, graph=linker._graph) == linker.link(question)


def test_the_name_just_as_asked_comes_before_more_prominent_ones_without_the_article(tmp_path: Path) -> None:
    facts = [
        label("unknown", "Unknown"),
        label("theUnknown", "The Unknown"),
        Triple(iri("theUnknown"), BORDERS, iri("place")),
        *(Triple(iri("unknown"), BORDERS, iri(f"place{i}")) for i in range(3)),
    ]
    with Store.in_memory() as store:
        store.add(facts, source="test")
        with Names.build(tmp_path / "names.sqlite", store) as names:
            (exact,) = link("Who stars in The Unknown?", names=names, graph=store)
            (bare,) = link("Who stars in Unknown?", names=names, graph=store)
    assert [one.term for one in exact.candidates] == [iri("theUnknown"), iri("unknown")]
    assert bare.candidates[0].term == iri("unknown")


@pytest.mark.parametrize(
    ("question", "mention", "term"),
    [
        ("临江水务的电话是多少", "临江水务", "water"),  # in the middle of 青州临江水务有限公司
        ("德润轴承在哪个城市", "德润轴承", "bearings"),
        ("临江热力的地址", "临江热力", "heat"),
        ("临江的公司有哪些", "", ""),  # two characters may be anything
        ("有限公司有几家", "", ""),  # all have it
        ("姚明是临江水务的员工吗", "姚明", "yao"),  # another name is surer
    ],
)
def test_a_part_of_one_chinese_name_is_that_name(
    tmp_path: Path, question: str, mention: str, term: str
) -> None:
    named = {
        "water": "青州临江水务有限公司",
        "heat": "青州临江热力有限公司",
        "bearings": "德润轴承厂",
        "yao": "姚明",
    }
    store = Store.in_memory()
    store.add([label(name, text) for name, text in named.items()], source="firms")
    with Names.build(tmp_path / "names.sqlite", store) as names:
        found = link(question, names=names, graph=store)
    best = [(one.mention.text, one.candidates[0].term) for one in found[:1]]
    assert best == ([(mention, iri(term))] if mention else [])
