"""A knowledge base's own matcher: trained from its graph or from questions, written safely, used and described."""

from __future__ import annotations

import json
import math
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

import kbqa
from kbqa.cli import main
from kbqa.config import Config
from kbqa.errors import BusyError, DependencyError, InputError
from kbqa.knowledge_base import KnowledgeBase
from kbqa.semantics.path_model import Settings, load_parameters, read_settings, save_parameters
from kbqa.storage.locks import WRITER, locked
from kbqa.training import graph_matcher
from kbqa.training.graph_matcher import train_graph_matcher
from retrieval.types import Floats

PEOPLE = "Anna Bruno Clara David Elena Franz Greta Hanno".split()
GRAPH = "@prefix e: <https://example.org/> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n" + "\n".join(
    [
        *(f'e:{name} rdfs:label "{name}" .' for name in PEOPLE),
        *(f'e:{relation} rdfs:label "{relation}"@en .' for relation in ("teacher", "city", "book")),
        *(f"e:{name} e:teacher e:{PEOPLE[n // 2]} ." for n, name in enumerate(PEOPLE) if n),
        *(f'e:{name} e:city e:Town{n % 3} . e:Town{n % 3} rdfs:label "Town {n % 3}" .' for n, name in enumerate(PEOPLE)),
        *(f'e:{name} e:book e:Work{n} . e:Work{n} rdfs:label "Work {n}" .' for n, name in enumerate(PEOPLE)),
    ]
)  # fmt: skip
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def built(shared_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a knowledge base whose encoder is tiny."""
    place = tmp_path_factory.mktemp("school")
    (place / "school.ttl").write_text(GRAPH, encoding="utf-8")
    kbqa.build(place / "school.kb", graph=[place / "school.ttl"], text_encoder=str(shared_teacher)).close()
    return place / "school.kb"


@pytest.fixture
def school(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of it, with few words to choose other ones from, and no matcher that is shipped."""
    monkeypatch.setattr(graph_matcher, "encoder_words", lambda folder: ["teacher", "student", "city", "老师"])
    for module in ("kbqa.training.graph_matcher", "kbqa.storage.parts", "kbqa.storage.info"):
        monkeypatch.setattr(f"{module}.SHIPPED_MATCHER", tmp_path / "nothing")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(built, tmp_path / "school.kb")
    return tmp_path / "school.kb"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command: words → exit code, stdout, stderr."""

    def run(words: str, *more: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words.split(), *more])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def taught(tmp_path: Path) -> Path:
    """Return a file of questions that ask for the teacher in words of their own."""
    return written(
        tmp_path / "asked.jsonl",
        [
            {"question": f"who sees {name}?", "answers": [PEOPLE[n // 2]], "entities": [name]}
            for n, name in enumerate(PEOPLE[:-1])
            if n
        ]
        + [{"question": "what is the sky", "answers": ["blue"]}],
    )


def written(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def train(
    folder: Path, *, steps: int = 2, questions: Path | None = None, out: Path | None = None
) -> graph_matcher.Trained:
    with KnowledgeBase.open(folder) as base:
        return train_graph_matcher(base, questions=questions, out=out, minutes=5, steps=steps)


# from its graph


def test_a_matcher_learns_from_the_graph_alone(school: Path) -> None:
    done = train(school)
    assert (done.folder, done.steps, done.questions, done.skipped) == (school / "matcher", 2, 0, ())
    assert sorted(path.name for path in done.folder.iterdir()) == ["config.json", "matcher.safetensors"]
    _, settings = load_parameters(done.folder)
    with KnowledgeBase.open(school) as base:
        assert settings.encoder == base.sources.encoder.name
        assert base.sources.matcher == school / "matcher"
    assert settings.trained_on == "questions made up about the graph"
    assert not [path for path in school.iterdir() if path.name.startswith(".matcher")]


def test_another_folder_leaves_the_knowledge_base_alone(school: Path, tmp_path: Path) -> None:
    done = train(school, out=tmp_path / "new" / "mine")
    assert done.folder == tmp_path / "new" / "mine"
    assert read_settings(done.folder).trained_on
    assert not (school / "matcher").exists()


@pytest.mark.parametrize(("fits", "scale"), [(True, 3.0), (False, math.log(16))])
def test_a_course_goes_on_from_what_is_shipped_for_the_encoder(
    school: Path, monkeypatch: pytest.MonkeyPatch, fits: bool, scale: float
) -> None:
    parameters, settings = load_parameters(train(school, steps=1).folder)
    shipped = school.parent / "shipped"
    marked = {**parameters, "scale": torch.tensor(3.0)}
    save_parameters(shipped, marked, settings if fits else Settings("another@1", "much"))
    monkeypatch.setattr(graph_matcher, "SHIPPED_MATCHER", shipped)
    after, _ = load_parameters(train(school, steps=1).folder)
    assert float(after["scale"]) == pytest.approx(scale, abs=0.02)


def test_what_cannot_be_learnt_from(school: Path, tmp_path: Path, shared_teacher: Path) -> None:
    (tmp_path / "names.ttl").write_text('<urn:a> <http://www.w3.org/2000/01/rdf-schema#label> "A" .')
    kbqa.build(tmp_path / "n.kb", graph=[tmp_path / "names.ttl"], text_encoder=str(shared_teacher)).close()
    with pytest.raises(InputError, match=r"n\.kb: its graph has no relations to learn"):
        train(tmp_path / "n.kb")
    with pytest.raises(InputError, match=r"nowhere\.jsonl: "):
        train(school, questions=tmp_path / "nowhere.jsonl")
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"question": "who?", "answers": []}\n{"question": 3}\n')
    with pytest.raises(InputError, match=r'broken\.jsonl, line 2: "question" is missing'):
        train(school, questions=broken)
    useless = written(tmp_path / "useless.jsonl", [{"question": "who is it?", "answers": ["Anna"]}] * 2)
    with pytest.raises(InputError, match=r"useless\.jsonl: no question can be learnt from \(no entity: 2\)"):
        train(school, questions=useless)
    assert not (school / "matcher").exists()


def test_an_encoder_that_is_no_bert_is_refused(tmp_path: Path) -> None:
    class Bag:
        name, dim = "bag@1", 4

        def encode(self, texts: Sequence[str]) -> Floats:
            return np.eye(4, dtype=np.float32)[[len(text) % 4 for text in texts]]

    (tmp_path / "a.ttl").write_text("<urn:a> <urn:knows> <urn:b> .")
    with (
        kbqa.build(tmp_path / "a.kb", graph=[tmp_path / "a.ttl"], text_encoder=Bag()) as base,
        pytest.raises(InputError, match="the text encoder bag@1 is no plain BERT"),
    ):
        train_graph_matcher(base, steps=1)


def test_a_knowledge_base_that_is_being_changed_is_busy(school: Path) -> None:
    with locked(school, WRITER), pytest.raises(BusyError, match="being changed by another process"):
        train(school, steps=1)
    assert not (school / "matcher").exists()


# written safely


def test_a_reader_finds_old_or_new_weights_at_any_time(school: Path) -> None:
    folder = train(school).folder
    parameters, settings = load_parameters(folder)
    versions = [
        {name: torch.full_like(tensor, number) for name, tensor in parameters.items()} for number in (0, 1)
    ]
    graph_matcher._put(folder, versions[0], settings)
    done = threading.Event()

    def write() -> None:
        for number in range(60):
            graph_matcher._put(folder, versions[(number + 1) % 2], settings)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while not done.is_set():
        found, _ = load_parameters(folder)
        (version,) = {float(value) for tensor in found.values() for value in (tensor.min(), tensor.max())}
        seen.append(version)
    writer.join()
    assert set(seen) == {0.0, 1.0}
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "matcher.safetensors"]


def test_what_an_interrupted_course_left_does_not_matter(school: Path) -> None:
    left = school / ".matcher.unfinished"
    left.mkdir()
    (left / "matcher.unfinished").write_bytes(b"half")
    folder = train(school).folder
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "matcher.safetensors"]
    assert not left.exists()


# used


@pytest.fixture
def learnt(school: Path, taught: Path) -> Path:
    done = train(school, steps=60, questions=taught)
    assert (done.questions, done.skipped) == (6, (("no entity", 1),))
    return school


def answer(folder: Path, *without: str) -> str:
    with KnowledgeBase.open(folder, config=Config(without=frozenset(without))) as base:
        return base.ask("who sees Hanno?").answers[0].text


def test_what_was_learnt_is_used_once_the_knowledge_base_is_opened_again(school: Path, taught: Path) -> None:
    before = answer(school)
    with KnowledgeBase.open(school) as base:
        done = train_graph_matcher(base, questions=taught, minutes=5, steps=60)
        assert (done.questions, done.skipped) == (6, (("no entity", 1),))
        assert base.ask("who sees Hanno?").answers[0].text == before
    assert answer(school) == "David" != before
    assert answer(school, "matcher") == before


def test_the_command_trains_and_info_says_so(school: Path, taught: Path, run: Run) -> None:
    assert "\n  matcher   none\n" in run("info school.kb")[1]
    assert json.loads(run("info school.kb --json")[1])["matcher"] is None
    code, out, err = run("train matcher --kb school.kb --questions asked.jsonl --steps 2")
    assert (code, err) == (0, "")
    assert out.startswith("school.kb/matcher: learnt from 6 questions in 2 steps and ")
    assert out.endswith("\nnot used  1 questions: no entity\n")
    assert "\n  matcher   its own, trained on 6 questions\n" in run("info school.kb")[1]
    described = {"own": True, "trained_on": "6 questions", "used": True}
    assert json.loads(run("info school.kb --json")[1])["matcher"] == described


def test_a_matcher_of_another_encoder_is_described_as_not_used(school: Path, run: Run) -> None:
    before = answer(school)
    parameters, _ = load_parameters(train(school).folder)
    save_parameters(school / "matcher", parameters, Settings("another@1", "much"))
    assert "trained on much · not used: made for another text encoder\n" in run("info school.kb")[1]
    assert answer(school) == before


def cut(folder: Path) -> None:
    weights = folder / "matcher.safetensors"
    weights.write_bytes(weights.read_bytes()[:500])


def of_other_sizes(folder: Path) -> None:
    parameters, settings = load_parameters(folder)
    save_parameters(folder, {**parameters, "attend": torch.zeros(3, 7)}, settings)


def without_a_change(folder: Path) -> None:
    parameters, settings = load_parameters(folder)
    save_parameters(folder, dict(list(parameters.items())[1:]), settings)


DAMAGES: list[Callable[[Path], object]] = [
    cut,
    of_other_sizes,
    without_a_change,
    lambda folder: (folder / "matcher.safetensors").unlink(),
    lambda folder: (folder / "config.json").unlink(),
    lambda folder: (folder / "config.json").write_text("[1]"),
    lambda folder: (folder / "config.json").write_text('{"encoder": 3, "trained_on": "x"}'),
    lambda folder: (folder / "config.json").write_bytes(b"\xff\xfe"),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_matcher_is_one_clear_line(
    school: Path, run: Run, damage: Callable[[Path], object]
) -> None:
    damage(train(school, steps=1).folder)
    code, out, err = run("ask --kb school.kb", "who sees Hanno?")
    assert (code, out) == (3, "")
    assert err.startswith("kbqa: the matcher in school.kb/matcher cannot be read: ")
    assert err.endswith("; train it again, or go --without matcher\n")
    assert err.count("\n") == 1
    assert run("ask --kb school.kb --without matcher", "who sees Hanno?")[0] == 0
    with KnowledgeBase.open(school) as base, pytest.raises(DependencyError, match="cannot be read"):
        base.ask("who sees Hanno?")
    assert run("train matcher --kb school.kb --steps 1")[0] == 0
    assert run("ask --kb school.kb", "who sees Hanno?")[0] in {0, 1}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "name either a knowledge base (--kb) or a folder of public sets (--data)"),
        ("--kb school.kb --data sets", "name either"),
        ("--data sets", "--data needs a folder to write to (--out)"),
        ("--data sets --out new --questions asked.jsonl", "--questions are learnt from with --kb only"),
        ("--kb school.kb --wordnet words", "--wordnet and --start go with --data only"),
        ("--kb school.kb --minutes 0", "--minutes and --steps must be more than 0, not 0 and "),
        ("--kb school.kb --minutes nan", "--minutes and --steps must be more than 0, not nan"),
        ("--kb school.kb --steps 0", "--minutes and --steps must be more than 0, not 8 and 0"),
        ("--kb nowhere.kb", "nowhere.kb is no knowledge base"),
        ("--kb school.kb --questions nowhere.jsonl", "nowhere.jsonl: "),
    ],
)
def test_bad_usage_is_one_line(school: Path, run: Run, words: str, says: str) -> None:
    code, out, err = run(f"train matcher {words}")
    assert (code, out) == (2, "")
    assert err.startswith("kbqa: ") and err.count("\n") == 1
    assert says in err
    assert not (school / "matcher").exists()
