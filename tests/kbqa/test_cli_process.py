"""The command line as its users meet it: real processes, pipes and terminals."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

FILMS = """
@prefix e: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
e:Inception a e:Film ; rdfs:label "Inception"@en , "盗梦空间"@zh ; e:directedBy e:Nolan .
e:Nolan a e:Person ; rdfs:label "Christopher Nolan"@en , "诺兰"@zh .
e:directedBy rdfs:label "directed by"@en , "导演"@zh .
e:Film rdfs:label "film"@en .
"""
# Without the encoder a question takes a tenth of the time, and the command line is the same.
FAST = ["--without", "vectors"]


def run(
    *words: str, folder: Path, stdin: str = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kbqa", *words],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **(env or {})},
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with `films.kb`, built by the command line."""
    place = tmp_path_factory.mktemp("films")
    (place / "films.ttl").write_text(FILMS, encoding="utf-8")
    (place / "broken.nt").write_text("<e:a> <e:b> <e:c> .\n<e:a> <e:b>\n", encoding="utf-8")
    (place / "plots").mkdir()
    (place / "plots" / "a.txt").write_text("Inception was shot in six countries.", encoding="utf-8")
    (place / "plots" / "b.txt").write_text("The hallway turned in Cardington.", encoding="utf-8")
    words = "build films.kb --graph films.ttl broken.nt --passages plots --on-error skip"
    done = run(*words.split(), folder=place)
    assert done.returncode == 0, done.stderr
    assert "  read      films.ttl: 10 triples\n" in done.stdout
    assert "  read      broken.nt: 1 triple, 1 refused\n" in done.stdout
    assert "  refused   broken.nt, line 2: " in done.stdout
    assert done.stderr == ""
    return place


def test_a_question_is_answered(folder: Path) -> None:
    done = run("ask", "Who directed Inception?", "--kb", "films.kb", folder=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Christopher Nolan  ")
    assert "  query     SELECT " in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_chinese_survives_a_narrow_locale(folder: Path) -> None:
    narrow = {"LC_ALL": "C", "LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    words = ["ask", "盗梦空间的导演是谁？", "--kb", "films.kb", *FAST]
    done = run(*words, folder=folder, env=narrow)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(run(*words, "--json", folder=folder, env=narrow).stdout)
    assert (found["question"], found["answers"][0]["text"]) == ("盗梦空间的导演是谁？", "诺兰")


def test_questions_come_from_a_pipe(folder: Path) -> None:
    words = ["ask", "--kb", "films.kb", "--json", *FAST]
    done = run(*words, folder=folder, stdin="Who directed Inception?\n\n?!\n")
    assert done.returncode == 2
    assert [json.loads(line)["question"] for line in done.stdout.splitlines()] == ["Who directed Inception?"]
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("ask x --kb nowhere.kb", 2, "kbqa: nowhere.kb is no knowledge base"),
        ("biuld", 2, "Did you mean 'build'?"),
        ("build new.kb --endpoint http://127.0.0.1:9/", 3, "kbqa: http://127.0.0.1:9/: cannot be reached"),
    ],
)
def test_what_goes_wrong_is_one_line(folder: Path, words: str, code: int, says: str) -> None:
    done = run(*words.split(), folder=folder)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("kbqa: ") and done.stderr.count("\n") == 1
    assert says in done.stderr
    assert not (folder / "new.kb").exists()


def test_a_closed_pipe_is_left_quietly(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "kbqa", "info", "films.kb", "--json"],
            cwd=folder,
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stderr == ""
    assert done.returncode == 1


class Terminal:
    """A command in a real terminal."""

    def __init__(self, words: Sequence[str], folder: Path, columns: int = 60) -> None:
        import fcntl
        import pty
        import struct
        import termios

        self.screen = b""
        self._end, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kbqa", *words],
            cwd=folder,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={**env, "TERM": "xterm-256color"},
            start_new_session=True,
            # tests that run in the background of a shell inherit that Ctrl-C is ignored
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )
        os.close(inner)

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def wait_for(self, text: str, *, count: int = 1, seconds: float = 60.0) -> None:
        """Read the screen until it shows a text so many times."""
        until = time.monotonic() + seconds
        while self.screen.decode(errors="replace").count(text) < count:
            ready, _, _ = select.select([self._end], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"no {text!r} on the screen: {self.screen.decode(errors='replace')}"
            self._read()

    def finish(self) -> int:
        """Read the screen until the command ends and return its exit code."""
        while self._read():
            pass
        return self.process.wait(timeout=60)

    def _read(self) -> bool:
        try:
            chunk = os.read(self._end, 65536)
        except OSError:  # what Linux says of a terminal that its command has left
            return False
        self.screen += chunk
        return bool(chunk)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a Unix terminal")
def test_a_conversation_in_a_terminal(folder: Path) -> None:
    terminal = Terminal(["ask", "--kb", "films.kb", *FAST], folder)
    terminal.wait_for("? ")
    terminal.type("Who directed Inception?\n")
    terminal.wait_for("Christopher Nolan")
    terminal.type("?!\n")
    terminal.wait_for("kbqa: the question")
    terminal.type("\x1b[A\x1b[A\n")  # the arrow up twice: the first question again
    terminal.wait_for("directed by of Inception", count=2)
    terminal.type("\n")
    assert terminal.finish() == 0
    assert b"\x1b[" in terminal.screen


@pytest.mark.skipif(sys.platform == "win32", reason="needs a Unix terminal")
def test_ctrl_d_and_ctrl_c_end_a_conversation(folder: Path) -> None:
    terminal = Terminal(["ask", "--kb", "films.kb", *FAST], folder)
    terminal.wait_for("? ")
    terminal.type("\x04")
    assert terminal.finish() == 0
    terminal = Terminal(["ask", "--kb", "films.kb", *FAST], folder)
    terminal.wait_for("? ")
    # readline misses a signal that comes just before it starts to wait; a person presses the keys again
    for _ in range(20):
        terminal.process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            terminal.process.wait(timeout=1)
            break
    assert terminal.finish() == 130
    assert b"kbqa: interrupted" in terminal.screen
    assert b"Traceback" not in terminal.screen


@pytest.mark.skipif(sys.platform == "win32", reason="needs a Unix terminal")
def test_progress_and_width_in_a_terminal(folder: Path) -> None:
    terminal = Terminal(["build", "seen.kb", "--graph", "films.ttl", "--passages", "plots"], folder)
    assert terminal.finish() == 0
    screen = terminal.screen.decode(errors="replace")
    assert "triples of films.ttl" in screen
    assert "  read      " in screen.replace("\x1b[2m", "").replace("\x1b[0m", "")
