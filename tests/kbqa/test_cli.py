"""The command line: what it accepts, prints and returns. The knowledge bases here are stand-ins."""

from __future__ import annotations

import errno
import io
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

import kbqa
from kbqa.cli import app, main, spread
from kbqa.config import Config
from kbqa.errors import BusyError, DependencyError, InputError, QuestionError
from kbqa.storage.report import Refusal, Report, SourceReport
from kbqa.types import Answer, FactEvidence, ParsedQuestion, Question, Result
from kg.errors import EndpointError, LoadError, QueryTimeout
from kg.types import Iri, Triple
from retrieval.errors import DocumentError, ModelError

FACT = FactEvidence(Triple(Iri("e:France"), Iri("r:capital"), Iri("e:Paris")), "France — capital → Paris")
REPORT = Report(
    sources=(SourceReport("a.ttl", "graph", 2),),
    refused=(Refusal("b.ttl", 7, "expected '.'"),),
    refused_in_all=1,
)


def result_of(question: str, *texts: str) -> Result:
    parsed = ParsedQuestion(question, "en", (), (), (), "any")
    answers = [Answer(text, f"e:{text}", 0.97, "graph", (FACT,), ("graph",)) for text in texts]
    reason = "" if texts else "no fact speaks of it"
    return Result(Question(question), parsed, [], [], [], answers, not texts, reason, {"parse": 0.001})


class StandIn:
    """Knows the capital of France, and fails as it is told to."""

    report = REPORT

    def __init__(self, failure: BaseException | None = None) -> None:
        self.failure = failure
        self.calls: list[tuple[str, Any]] = []
        self.closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed = True

    def ask(self, question: str, **given: Any) -> Result:
        self.calls.append((question, given))
        if self.failure is not None and "fail" in question:
            raise self.failure
        return result_of(question, "Paris") if "France" in question else result_of(question)

    def add(self, **given: Any) -> Report:
        self.calls.append(("add", given))
        return REPORT

    def remove(self, **given: Any) -> Report:
        self.calls.append(("remove", given))
        return REPORT

    def info(self) -> Any:
        from kbqa.storage.info import Info

        names = "triples entities predicates classes names passages images vectors".split()
        numbers = dict.fromkeys(names, 1)
        return Info(
            "films.kb", 1, "minilm", "", **numbers, languages={}, label_languages={}, sources=(), bytes=9
        )


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Return what every command opens instead of a knowledge base."""
    stand_in = StandIn()

    def give(*arguments: object, **options: object) -> StandIn:
        stand_in.calls.append(("opened", (arguments, options)))
        return stand_in

    for name in ("open", "open_world", "build"):
        monkeypatch.setattr(kbqa, name, give)
    return stand_in


def only_line(text: str) -> str:
    """Return the one line of an error."""
    assert text.endswith("\n")
    assert text.count("\n") == 1, text
    assert text.startswith("kbqa: ")
    assert "Traceback" not in text
    return text.removeprefix("kbqa: ").rstrip()


def test_an_answer_is_printed_and_exits_with_0(base: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "What is the capital of France?"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Paris  sure (0.97)\n")
    assert "France — capital → Paris" in out
    assert err == ""
    assert base.closed


def test_nothing_found_exits_with_1(base: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "What is the capital of Atlantis?"]) == 1
    assert capsys.readouterr().out.startswith("Not in this knowledge base.\n")


def test_words_of_a_question_need_no_quotes(base: StandIn) -> None:
    assert main(["ask", "capital", "of", "France", "--json"]) == 0
    assert base.calls[-1][0] == "capital of France"


def test_json_has_the_promised_form(base: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "capital of France", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) >= {"question", "answers", "sparql", "evidence", "seconds", "abstained"}
    assert found["question"] == "capital of France"
    assert found["answers"] == [{"text": "Paris", "id": "e:Paris", "confidence": 0.97, "source": "graph"}]
    assert found["evidence"][0]["kind"] == "fact"
    assert found["abstained"] is False
    assert main(["ask", "Atlantis", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["answers"] == [] and found["abstained"] is True


def test_options_reach_the_knowledge_base(base: StandIn) -> None:
    words = "ask France --kb films.kb --image a.png --entity France --entity e:Paris --language en"
    assert main([*words.split(), "--without", "passages", "--without", "images", "--threshold", "0.3"]) == 0
    opened, asked = base.calls
    config = Config(without=frozenset({"passages", "images"}), threshold=0.3)
    assert opened == ("opened", ((Path("films.kb"),), {"config": config}))
    assert asked[1] == {"image": Path("a.png"), "entities": ("France", "e:Paris"), "language": "en"}


def test_without_a_knowledge_base_the_world_is_asked(base: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kbqa, "open", None)
    assert main(["ask", "France"]) == 0
    assert base.calls[0] == ("opened", ((), {"config": Config()}))
    assert base.calls[1][1] == {"image": None, "entities": None, "language": ""}


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (QuestionError("the question is empty"), 2),
        (BusyError("films.kb is being written by another process"), 2),
        (InputError("x"), 2),
        (LoadError("a.ttl", 3, "expected '.'"), 2),
        (QueryTimeout("stopped after 10 s"), 2),
        (DocumentError("a.pdf", None, "is damaged"), 2),
        (PermissionError(errno.EACCES, "Permission denied", "films.kb/graph"), 2),
        (OSError(errno.ENOSPC, "No space left on device"), 2),
        (DependencyError("x"), 3),
        (EndpointError("http://127.0.0.1:9/: connection refused"), 3),
        (ModelError("no such model\n  download it: …"), 3),
    ],
)
def test_every_error_is_one_line_with_its_exit_code(
    base: StandIn, capsys: pytest.CaptureFixture[str], failure: BaseException, code: int
) -> None:
    base.failure = failure
    assert main(["ask", "fail"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert only_line(err)


def test_an_error_of_the_file_system_names_the_file(
    base: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    base.failure = PermissionError(errno.EACCES, "Permission denied", "films.kb/graph")
    main(["ask", "fail"])
    assert only_line(capsys.readouterr().err) == "films.kb/graph: Permission denied"


def test_an_error_cannot_steer_the_terminal(base: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    base.failure = InputError("bad \x1b[2J name")
    main(["ask", "fail"])
    assert "\x1b" not in capsys.readouterr().err


def test_an_error_that_nobody_foresaw_is_not_hidden(base: StandIn) -> None:
    base.failure = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError):
        main(["ask", "fail"])


def test_an_interruption_exits_with_130(base: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    base.failure = KeyboardInterrupt()
    assert main(["ask", "fail"]) == 130
    assert only_line(capsys.readouterr().err) == "interrupted"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["aks"], "No such command 'aks'. Did you mean 'ask'?"),
        (["ask", "x", "--wiht", "y"], "--wiht"),
        (["ask", "x", "--without", "brains"], "there is no part 'brains' to go without; the parts are graph"),
        (
            ["ask", "x", "--threshold", "high"],
            "Invalid value for '--threshold': Input should be a valid number",
        ),
        (["ask", "x", "--threshold", "2"], "between 0 and 1"),
        (["ask", "x", "--language", "de"], "'de' is not one of 'en', 'zh'"),
        (["build"], "Missing argument 'DIR'; see kbqa build --help"),
        (["build", "a.kb", "--graph"], "--graph"),
        (["build", "a.kb", "--on-error", "panic"], "'panic' is not one of 'stop', 'skip'"),
        (["remove", "a.kb"], "Missing option '--source'"),
        (["info"], "Missing argument 'DIR'"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_bad_usage_is_one_line_and_exits_with_2(
    base: StandIn, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in only_line(err)


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_names_the_commands_with_examples(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    out = capsys.readouterr().out
    for command in (
        "ask",
        "build",
        "add",
        "update",
        "remove",
        "info",
        "check",
        "compact",
        "evaluate",
        "compare",
        "bench",
    ):
        assert f"\n  {command} " in out
    assert 'kbqa ask "Which countries border both France and Germany?"' in out


@pytest.mark.parametrize(
    "command",
    ["ask", "build", "add", "update", "remove", "info", "check", "compact", "evaluate", "compare", "bench"],
)
def test_every_command_has_help_with_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"\n    kbqa {command} " in out
    assert max(len(line) for line in out.splitlines()) <= 100


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"kbqa {kbqa.__version__}\n"


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(option: str) -> None:
    heavy = "torch transformers spacy faiss rdflib numpy pyoxigraph tantivy rich PIL"
    code = (
        "import sys; from kbqa.cli import main; main([sys.argv[1]]); "
        f"print([name for name in {heavy.split()!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, option], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("build a.kb --graph x y", "build a.kb --graph x --graph y"),
        ("build a.kb --graph x --graph y", "build a.kb --graph x --graph y"),
        (
            "build a.kb --graph x y --images p --replace",
            "build a.kb --graph x --graph y --images p --replace",
        ),
        ("build a.kb --graph=x y", "build a.kb --graph=x y"),
        ("build a.kb --graph --images p", "build a.kb --graph --images p"),
        ("ask --without graph question", "ask --without graph question"),
        ("add a.kb --passages x y -- z", "add a.kb --passages x --passages y -- z"),
        ("", ""),
    ],
)
def test_several_values_after_one_option(words: str, expected: str) -> None:
    assert spread(words.split()) == expected.split()


def test_build_hands_everything_over(base: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    words = "build films.kb --graph a.ttl b.nt --passages plots --images posters --columns subject,predicate,object"
    assert (
        main(
            [
                *words.split(),
                "--on-error",
                "skip",
                "--text-encoder",
                "mine",
                "--image-encoder",
                "none",
                "--replace",
            ]
        )
        == 0
    )
    arguments, options = base.calls[0][1]
    assert arguments == (Path("films.kb"),)
    assert options == {
        "graph": ["a.ttl", "b.nt"],
        "passages": ["plots"],
        "images": ["posters"],
        "endpoint": None,
        "text_encoder": "mine",
        "image_encoder": "none",
        "on_error": "skip",
        "columns": ("subject", "predicate", "object"),
        "progress": None,
        "replace": True,
        "label_predicates": (),
        "vectors": None,
        "vector_db": None,
        "ray": None,
    }
    out, err = capsys.readouterr()
    assert "  read      a.ttl: 2 triples\n" in out
    assert "  refused   b.ttl, line 7: expected '.'\n" in out
    assert err == ""


def test_add_and_remove_report_what_they_did(base: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["add", "films.kb", "--passages", "a.txt", "b.txt"]) == 0
    assert base.calls[-1][1]["passages"] == ["a.txt", "b.txt"]
    assert "  read      a.ttl: 2 triples\n" in capsys.readouterr().out
    assert main(["remove", "films.kb", "--source", "a.ttl"]) == 0
    assert base.calls[-1] == ("remove", {"source": "a.ttl"})
    assert "  removed   a.ttl: 2 triples\n" in capsys.readouterr().out


def test_info_for_people_and_scripts(base: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "films.kb"]) == 0
    assert "films.kb · 9 B · generation 1" in capsys.readouterr().out
    assert main(["info", "films.kb", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["triples"] == 1


class Typed(io.StringIO):
    """A terminal's stdin."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[str]], None]:
    """Return a function that types lines at the prompt; after the last one comes Ctrl-D."""

    def prepare(lines: Sequence[str]) -> None:
        waiting = iter(lines)

        def read(prompt: str = "") -> str:
            assert prompt == "? "
            line = next(waiting, None)
            if line is None:
                raise EOFError
            return line

        monkeypatch.setattr(sys, "stdin", Typed())
        monkeypatch.setattr("builtins.input", read)

    return prepare


def test_a_conversation_goes_on_after_errors(
    base: StandIn, capsys: pytest.CaptureFixture[str], type_in: Callable[[Sequence[str]], None]
) -> None:
    for failure in (QuestionError("it cannot be asked"), OSError(errno.EIO, "it cannot be read")):
        base.failure = failure
        type_in(["fail", "capital of France", "Atlantis"])
        assert main(["ask"]) == 0
        out, err = capsys.readouterr()
        assert "Paris  sure" in out and "Not in this knowledge base." in out
        assert only_line(err).startswith("it cannot be")


def test_an_empty_line_ends_a_conversation(base: StandIn, type_in: Callable[[Sequence[str]], None]) -> None:
    type_in(["capital of France", "  ", "never asked"])
    assert main(["ask"]) == 0
    assert [question for question, _ in base.calls[1:]] == ["capital of France"]


def test_questions_from_a_pipe(
    base: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    base.failure = EndpointError("the server is down")
    monkeypatch.setattr(sys, "stdin", io.StringIO("capital of France\n\nAtlantis\nfail\nFrance"))
    assert main(["ask", "--json"]) == 3
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["question"] for line in lines] == ["capital of France", "Atlantis", "France"]
    assert only_line(err) == "the server is down"


def test_an_empty_question_is_asked_not_waited_for(base: StandIn) -> None:
    main(["ask", ""])
    assert base.calls[-1][0] == ""


def test_half_characters_of_an_argument_do_no_harm(base: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "France \udcff", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["question"] == "France \ufffd"


def test_the_application_is_an_ordinary_typer_one(base: StandIn) -> None:
    from typer.testing import CliRunner

    done = CliRunner().invoke(app, ["ask", "capital of France", "--json"])
    assert json.loads(done.stdout)["answers"][0]["text"] == "Paris"
