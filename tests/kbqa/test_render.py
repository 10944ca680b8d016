"""What a person sees of a result."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from kbqa.semantics.form import Thing
from kbqa.storage.info import Info, MatcherInfo
from kbqa.storage.report import Refusal, Report, SourceReport
from kbqa.terminal.page import Page, clean, console_for, progress_bar
from kbqa.terminal.render import confidence_word, show_result
from kbqa.terminal.summary import show_info, show_report
from kbqa.types import (
    Answer,
    Evidence,
    FactEvidence,
    ImageEvidence,
    ParsedQuestion,
    PassageEvidence,
    Question,
    Reading,
    Result,
)
from kg.types import Iri, Triple
from retrieval.types import Image, Passage

W = "https://example.org/"
SPARQL = "SELECT DISTINCT ?x WHERE { ?x w:borders w:France ; w:borders w:Germany . ?x a w:Country }"


def fact(subject: str, predicate: str, value: str) -> FactEvidence:
    triple = Triple(Iri(W + subject), Iri(W + predicate), Iri(W + value))
    return FactEvidence(triple, f"{subject} — {predicate} → {value}")


def quote(text: str, source: str = "passages/luxembourg.md") -> PassageEvidence:
    return PassageEvidence(Passage("p:1", text, source, 100, 100 + len(text)), 112, 112 + len(text), text)


def reading(words: str, confidence: float = 0.97) -> Reading:
    short = SPARQL if confidence > 0.5 else "SELECT ?other"
    full = f"PREFIX w: <{W}>\n{short}"
    return Reading(Thing(Iri(W + "x")), full, short, words, confidence, confidence, "select", ())


def result(
    *answers: Answer,
    language: str = "en",
    readings: tuple[Reading, ...] = (),
    reason: str = "",
) -> Result:
    parsed = ParsedQuestion("?", "zh" if language == "zh" else "en", (), (), (), "any")
    seconds = {"parse": 0.002, "link": 0.003, "query": 0.014, "decide": 0.0}
    return Result(Question("?"), parsed, [], readings, [], answers, not answers, reason, seconds)


def answer(text: str, *evidence: Evidence, confidence: float = 0.97, source: str = "graph") -> Answer:
    kind = "passage" if source == "passage" else "image" if source == "image" else "graph"
    return Answer(text, W + text, confidence, kind, evidence, (kind,))


@pytest.fixture
def neighbours() -> Result:
    found = [
        answer(name, fact(name, "borders", "France"), fact(name, "borders", "Germany"))
        for name in ("Belgium", "Luxembourg", "Switzerland")
    ]
    point = quote("the point where Germany, France and Luxembourg meet")
    found[1] = replace(found[1], evidence=(*found[1].evidence, point))
    return result(
        *found,
        readings=(
            reading("countries that border France and border Germany"),
            reading("countries that border France or Germany", 0.02),
        ),
    )


def shown(value: Result, *, width: int | None = None, colour: bool = False) -> str:
    """Return what is written: to a pipe, or to a terminal of a width."""
    file = io.StringIO()
    if width is None:
        show_result(Page(console_for(file)), value)
    else:
        system = "standard" if colour else None
        console = Console(
            file=file, width=width, force_terminal=True, color_system=system, highlight=False, markup=False
        )
        show_result(Page(console), value)
    return file.getvalue()


def test_everything_an_answer_rests_on_is_shown(neighbours: Result) -> None:
    assert shown(neighbours).splitlines() == [
        "Belgium · Luxembourg · Switzerland  sure (0.97)",
        "",
        "  facts     Belgium — borders → France, Germany · Luxembourg — borders → France, Germany · "
        "Switzerland — borders → France, Germany",
        f"  query     {SPARQL}",
        "  in words  countries that border France and border Germany",
        "  passage   “the point where Germany, France and Luxembourg meet”  "
        "passages/luxembourg.md, characters 112–163",
        "  also read as  countries that border France or Germany (0.02)",
        "  19 ms     parse 2 · link 3 · query 14 · decide 0",
    ]


@pytest.mark.parametrize("width", [30, 50, 80, 200])
def test_no_line_is_wider_than_the_terminal(neighbours: Result, width: int) -> None:
    text = shown(neighbours, width=width)
    # On a very narrow terminal the text beside the labels keeps twenty columns.
    assert max(len(line) for line in text.splitlines()) <= max(width, 32)
    assert " ".join(SPARQL.split()) in " ".join(text.split())


def test_wide_characters_count_double() -> None:
    passage = quote("长江发源于青藏高原，全长六千三百公里，是亚洲最长的河流。" * 4, "长江.md")
    text = shown(result(answer("长江", passage), language="zh"), width=60)
    widths = [sum(2 if ord(char) > 0x2E80 else 1 for char in line) for line in text.splitlines()]
    assert max(widths) <= 60
    assert "长江发源于青藏高原" in text.replace("\n", "").replace(" ", "")


def test_the_confidence_stands_at_the_right_of_a_terminal(neighbours: Result) -> None:
    first = shown(neighbours, width=80).splitlines()[0]
    assert len(first) == 80
    assert first.endswith("   sure (0.97)")


def test_chinese_questions_get_chinese_labels() -> None:
    value = result(
        answer("巴黎", fact("法国", "首都", "巴黎"), confidence=0.7),
        language="zh",
        readings=(reading("法国的首都"),),
    )
    lines = shown(value).splitlines()
    assert lines[0] == "巴黎  很可能 (0.70)"
    assert [line.split()[0] for line in lines[2:]] == ["事实", "查询", "意思", "19"]
    assert "解析 2 · 链接 3 · 查询 14" in lines[-1]


def test_an_abstention_says_why() -> None:
    lines = shown(result(reason="no fact speaks of moons", readings=(reading("moons", 0.2),))).splitlines()
    assert lines[0] == "Not in this knowledge base."
    assert lines[2] == "  why       no fact speaks of moons"
    assert lines[3] == "  read as   moons (0.20)"
    assert "query" not in "".join(lines[2:4])
    assert shown(result(language="zh", reason="没有")).splitlines()[0] == "知识库里没有答案。"


def test_long_lists_are_cut_and_counted() -> None:
    first = shown(result(*(answer(f"film {number}") for number in range(242)))).splitlines()[0]
    assert first.startswith("film 0 · film 1 · ")
    assert " · film 29 · and 212 more" in first
    assert "film 30" not in first


def test_a_huge_answer_is_cut() -> None:
    first = shown(result(answer("a" * 100_000))).splitlines()[0]
    assert len(first) < 700
    assert "…  sure" in first


def test_facts_are_cut_and_counted() -> None:
    facts = [fact("Germany", "borders", f"C{number}") for number in range(11)]
    others = [fact(f"S{number}", "borders", "Germany") for number in range(9)]
    line = next(line for line in shown(result(answer("x", *facts, *others))).splitlines() if "facts" in line)
    assert "Germany — borders → C0, C1, C2, C3, C4, C5, C6, C7, and 3 more · S0" in line
    assert line.endswith("and 4 more")


def test_a_passage_that_is_the_answer_is_not_repeated() -> None:
    sentence = "Bhutan measures happiness."
    value = result(answer(sentence, quote(sentence, "bhutan.md"), source="passage"))
    assert shown(value).count(sentence) == 1
    assert "  passage   bhutan.md, characters 112–138" in shown(value)


def test_a_picture_is_named_by_its_file() -> None:
    picture = ImageEvidence(Image("i:1", "flags/japan.png", "/kb/images/japan.png", "Flag of Japan"))
    assert "  picture   /kb/images/japan.png" in shown(
        result(answer("Flag of Japan", picture, source="image"))
    )


def test_no_file_can_steer_the_terminal() -> None:
    hostile = "\x1b[2Jgone\x07 \u202eevil\nnext\x9b31m [red]x[/red]"
    value = result(answer(hostile, quote(hostile, "\x1b]0;title\x07.md")), reason=hostile)
    for text in (shown(value), shown(value, width=80)):
        assert not any(char in text for char in "\x1b\x07\u202e\x9b")
        assert "[red]x[/red]" in text


def test_colour_is_for_terminals_only(neighbours: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert console_for(Terminal()).color_system is not None
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert console_for(io.StringIO()).color_system is None
    assert not console_for(io.StringIO()).is_terminal
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    show_result(Page(console_for(terminal)), neighbours)
    assert "\x1b" not in terminal.getvalue()
    assert "\x1b[" in shown(neighbours, width=80, colour=True)


@pytest.mark.parametrize(
    ("confidence", "word"),
    [(1.0, "sure"), (0.85, "sure"), (0.849, "likely"), (0.65, "likely"), (0.649, "unsure"), (0.0, "unsure")],
)
def test_confidence_words(confidence: float, word: str) -> None:
    assert confidence_word(confidence) == word


def test_clean_keeps_every_script() -> None:
    assert clean("naïve 上海 Ελλάδα 👩‍🚀") == "naïve 上海 Ελλάδα 👩‍🚀"


def test_a_report_names_what_was_read_and_refused() -> None:
    report = Report(
        sources=(SourceReport("a.ttl", "graph", 12_000, 1), SourceReport("p.md", "passages", 3)),
        refused=(Refusal("a.ttl", 7, "expected '.'"),),
        refused_in_all=5000,
        unlinked=("Atlantis",),
    )
    file = io.StringIO()
    show_report(Page(console_for(file)), report, done="read")
    assert file.getvalue().splitlines() == [
        "  read      a.ttl: 12,000 triples, 1 refused",
        "  read      p.md: 3 passages",
        "  refused   a.ttl, line 7: expected '.'",
        "  refused   and 4,999 more",
        "  unlinked  Atlantis",
    ]


def test_a_knowledge_base_is_described() -> None:
    info = Info(
        path="films.kb",
        generation=3,
        encoder="minilm-abc",
        endpoint="",
        triples=1234,
        entities=200,
        predicates=9,
        classes=2,
        names=300,
        passages=5,
        images=1,
        vectors=6,
        languages={"en": 4, "zh": 1},
        label_languages={"": 300},
        sources=(SourceReport("a.ttl", "graph", 1234),),
        bytes=1_500_000,
    )
    file = io.StringIO()
    show_info(Page(console_for(file)), info, sources=True)
    assert file.getvalue().splitlines() == [
        "  graph     1,234 triples · 200 entities · 9 predicates · 2 classes",
        "  names     300 (no language 300)",
        "  passages  5 (en 4, zh 1)",
        "  images    1 · found by their captions only",
        "  vectors   6 by minilm-abc",
        "  matcher   none",
        "  folder    films.kb · 1.5 MB · generation 3",
        "  source    a.ttl: 1,234 triples",
    ]


@pytest.mark.parametrize(
    ("matcher", "line"),
    [
        (MatcherInfo(True, "60 questions", True), "its own, trained on 60 questions"),
        (
            MatcherInfo(False, "public questions", True),
            "the one that is shipped, trained on public questions",
        ),
        (
            MatcherInfo(False, "x", False),
            "the one that is shipped, trained on x · not used: made for another text encoder",
        ),
    ],
)
def test_the_matcher_is_described(matcher: MatcherInfo, line: str) -> None:
    info = Info("f.kb", 1, "m", "", 1, 1, 1, 1, 1, 1, 1, 1, {}, {}, sources=(), bytes=9, matcher=matcher)
    file = io.StringIO()
    show_info(Page(console_for(file)), info, sources=False)
    assert f"  matcher   {line}" in file.getvalue().splitlines()


def test_a_long_report_is_cut() -> None:
    report = Report(sources=tuple(SourceReport(f"{n}.md", "passages", 1) for n in range(500)))
    file = io.StringIO()
    show_report(Page(console_for(file)), report, done="read")
    lines = file.getvalue().splitlines()
    assert len(lines) < 20
    assert lines[-1] == "  read      and 488 more sources"


def test_progress_is_shown_on_terminals_only() -> None:
    def run(file: io.StringIO) -> Callable[[str, int, int], None] | None:
        with progress_bar(file) as progress:
            if progress:
                progress("films.ttl [bold]", 50, 100)
                progress("vectors", 0, 0)
            return progress

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    pipe, terminal = io.StringIO(), Terminal()
    assert run(pipe) is None
    assert pipe.getvalue() == ""
    assert run(terminal) is not None
    assert "films.ttl [bold]" in terminal.getvalue()
