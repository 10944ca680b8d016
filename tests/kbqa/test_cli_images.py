"""The commands about pictures, from training an encoder to asking about a picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from kbqa.cli import main

GRAPH = """
@prefix e: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
e:Redland a e:Land ; rdfs:label "Redland"@en ; e:capital e:Rosa .
e:Blueland a e:Land ; rdfs:label "Blueland"@en ; e:capital e:Azur .
e:Rosa rdfs:label "Rosa"@en . e:Azur rdfs:label "Azur"@en .
e:capital rdfs:label "capital"@en . e:Land rdfs:label "land"@en .
"""
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an image encoder of two steps, and a knowledge base that it was built with."""
    place = tmp_path_factory.mktemp("images")
    (place / "lands.ttl").write_text(GRAPH, encoding="utf-8")
    (place / "flags").mkdir()
    lines = []
    for name, color in (("Redland", "red"), ("Blueland", "blue")):
        picture = Image.new("RGB", (30, 20), "white")
        picture.paste(color, (0, 0, 15, 20))
        picture.save(place / "flags" / f"{name}.png")
        caption = f"a white and {color} flag"
        lines.append(json.dumps({"file": f"{name}.png", "caption": caption, "entities": [f"e:{name}"]}))
    (place / "flags" / "about.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert main("train image-text --data flags --out mine --steps 2".split()) == 0
        assert main("build x.kb --graph lands.ttl --images flags --image-encoder mine".split()) == 0
    return place


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return a function that runs a command in that folder: words → exit code, stdout, stderr."""
    monkeypatch.chdir(folder)
    capsys.readouterr()

    def command(words: str, *more: str) -> tuple[int, str, str]:
        code = main([*words.split(), *more])
        return code, *capsys.readouterr()

    return command


def test_a_question_about_a_picture_is_answered_from_the_graph(run: Command, folder: Path) -> None:
    Image.open("flags/Redland.png").resize((90, 60)).save("asked.jpg")
    question = "Which land is this flag of, and what is its capital?"
    code, out, _ = run("ask --kb x.kb --image asked.jpg --json", question)
    found = json.loads(out)
    assert code == 0
    assert [answer["text"] for answer in found["answers"]] == ["Redland", "Rosa"]
    assert {"image", "fact"} <= {item["kind"] for item in found["evidence"]}


def test_an_unknown_picture_is_refused(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kbqa.look.LEAST_COSINE", 1.1)  # two steps teach no likeness
    Image.linear_gradient("L").save("strange.png")
    code, out, _ = run("ask --kb x.kb --image strange.png --json", "What is its capital?")
    found = json.loads(out)
    assert (code, found["abstained"]) == (1, True)
    assert found["reason"].startswith("the knowledge base does not know this picture; the nearest is ")


def test_the_encoder_is_named_and_its_change_is_refused(run: Command, folder: Path) -> None:
    assert "seen by mine@" in run("info x.kb")[1]
    (folder / "mine").rename(folder / "kept")
    try:
        code, _, said = run("ask --kb x.kb --image flags/Redland.png", "Whose flag is this?")
        assert (code, said.count("\n")) == (3, 1)
        assert "'mine' is neither a folder nor" in said
    finally:
        (folder / "kept").rename(folder / "mine")


def test_scores_are_printed_and_compared(run: Command) -> None:
    code, out, _ = run("score-images flags --image-encoder mine --against mine")
    assert code == 0
    assert out.count("mine: 2 pictures, 2 descriptions") == 2
    assert "text → picture  R@1" in out and "first − second: +0.0 (+0.0 to +0.0" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("train image-text --data nowhere --out o", "nowhere: holds no folder with a manifest"),
        ("train image-text --data flags --out o --steps 0", "--steps and --minutes must be more than 0"),
        ("score-images nowhere --image-encoder mine", "nowhere: its manifests have no descriptions"),
        ("ask --kb x.kb --image about.jsonl What?", "about.jsonl"),
    ],
)
def test_what_goes_wrong_is_one_line(run: Command, words: str, says: str) -> None:
    code, _, said = run(words)
    assert (code, said.count("\n")) == (2, 1)
    assert says in said
