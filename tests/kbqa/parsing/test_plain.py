"""Questions without asides about their entity, and with one noun for what shares a name."""

from __future__ import annotations

import pytest

from kbqa.parsing.parser import Parser
from kbqa.parsing.plain import in_plain_words, without_asides
from kbqa.types import Question
from kg.types import Candidate, Iri, Link, Mention


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ("Which town has the same name as [MASK]?", "Which town is the namesake of [MASK]?"),
        (
            "What is the population of the city with the same name as [MASK]?",
            "What is the population of the city that is the namesake of [MASK]?",
        ),
        ("Where is the one that shares the same name with [MASK]?", "Where is the namesake of [MASK]?"),
        (
            "Who is the person after whom the crater [MASK] was named?",
            "Who is the namesake of the crater [MASK]?",
        ),
        ("Who is the man whose name was used to name [MASK]?", "Who is the namesake of [MASK]?"),
        ("Where does the author of [MASK], an English novel, live?", "Where does the author of [MASK] live?"),
        ("Who wrote [MASK], one of the best novels of 1815?", "Who wrote [MASK]?"),
    ],
)
def test_english(question: str, plain: str) -> None:
    assert in_plain_words(question, "en") == plain


@pytest.mark.parametrize(
    "question",
    [
        "Which films have the same director as [MASK]?",
        "Which countries have the same name as their capital, [MASK]?",
        "Who was [MASK] named after?",
        "Which is longer, [MASK], the Amazon or the Nile?",
        "Who made [MASK], and when?",
        "Does [MASK] have a namesake?",
    ],
)
def test_english_that_stays_as_it_is(question: str) -> None:
    assert in_plain_words(question, "en") == question


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ("与[MASK]同名的城市在哪里", "[MASK]的同名的城市在哪里"),
        ("与[MASK]有相同名称的东西在哪里", "[MASK]的同名在哪里"),
        ("和战舰[MASK]名字一样的人是谁的儿子", "战舰[MASK]的同名是谁的儿子"),
        ("[MASK]，一部法国电影，它的导演是谁", "[MASK]的导演是谁"),
        ("美国的一位作家[MASK]的母校在哪里", "[MASK]的母校在哪里"),
    ],
)
def test_chinese(question: str, plain: str) -> None:
    assert in_plain_words(question, "zh") == plain


@pytest.mark.parametrize(
    "question",
    [
        "谁是第一个登上[MASK]的人",
        "哪一部电影由[MASK]导演",
        "帮我找一部由[MASK]导演的电影",
        "和[MASK]同年上映的电影有哪些",
        "最喜欢的一个由[MASK]写的故事",
    ],
)
def test_chinese_that_stays_as_it_is(question: str) -> None:
    assert in_plain_words(question, "zh") == question


def link(text: str, name: str, kind: str = "entity") -> Link:
    start = text.index(name)
    meaning = Candidate(Iri(f"urn:{name}"), kind, 1.0, name, "exact")  # type: ignore[arg-type]
    return Link(Mention(start, start + len(name), name), [meaning])


@pytest.mark.parametrize(
    ("text", "names", "left", "words"),
    [
        (
            "What is the currency of Japan, an island country in Asia?",
            ("Japan", "Asia"),
            ["Japan"],
            ["currency", "japan"],
        ),
        ("欧洲的一个国家德国的首都是什么？", ("德国", "欧洲"), ["德国"], ["德国", "首都"]),
        # An aside of something that is itself in an aside is no aside of the question.
        ("Who wrote Emma, a novel?", ("novel", "Emma"), ["Emma"], ["wrote", "emma"]),
        ("Which rivers flow through Japan and Asia?", ("Japan", "Asia"), ["Japan", "Asia"], None),
    ],
)
def test_words_and_mentions_of_asides_are_left_out(
    text: str, names: tuple[str, ...], left: list[str], words: list[str] | None
) -> None:
    parsed = Parser().parse(Question(text))
    plain, links = without_asides(parsed, [link(text, name) for name in names])
    assert [one.mention.text for one in links] == left
    assert plain.text == text
    if words is None:
        assert plain == parsed
    else:
        assert [token.text for token in plain.tokens if not token.function] == words


def test_what_only_a_class_is_followed_by_is_no_aside() -> None:
    text = "Which of the countries, a list please, border Peru?"
    parsed = Parser().parse(Question(text))
    assert without_asides(parsed, [link(text, "countries", "class")])[0] == parsed
