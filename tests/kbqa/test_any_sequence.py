"""Whatever is done to a knowledge base, in whatever order, it equals one that is built anew from what it holds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import kbqa
import kbqa.storage.apply
import kbqa.storage.changes
import kbqa.storage.journal
from kbqa.knowledge_base import KnowledgeBase

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
LYON = f'<urn:lyon> {LABEL} "Lyon" .\n<urn:lyon> <urn:in> <urn:france> .\n<urn:lyon> {TYPE} <urn:City> .\n'
PARIS = f'<urn:paris> {LABEL} "Paris"@en .\n<urn:paris> <urn:mayor> "Anne" .\n<urn:paris> <urn:in> <urn:france> .\n'
FRANCE = f'<urn:france> {LABEL} "France"@en .\n<urn:france> {LABEL} "法国"@zh .\n'
OTHER_LYON = f'<urn:lyon2> {LABEL} "Lyon" .\n<urn:lyon2> <urn:in> <urn:texas> .\n'
CONTENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "g/one.nt": ("graph", (LYON, LYON + FRANCE, OTHER_LYON)),
    "g/two.nt": ("graph", (PARIS, FRANCE + PARIS, LYON)),
    "t/a.txt": (
        "passages",
        ("Lyon is in France. Paris is larger.", "Wine.", "法国的首都是巴黎。", "Wine. " * 150),
    ),
    "t/b.txt": ("passages", ("Wine.", "Paris, not Lyon, is the capital of France.")),
    "t/c.jsonl": (
        "passages",
        (
            '{"text": "A river.", "entities": ["Paris", "Atlantis"]}\n{"text": "Lyon."}\n',
            '{"text": "A river.", "title": "Lyon", "id": "x"}\n',
            '{"question": "Where is Lyon?", "answer": "A river.", "id": "x"}\n',
        ),
    ),
    "i/flag.png": ("images", ("red", "blue")),
    "i/lyon.png": ("images", ("green", "red")),
}
FOLDERS = {"graph": "g", "passages": "t", "images": "i"}


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Held:
    """Files on the disk, and the contents that a knowledge base should hold."""

    bases: ModuleType
    files: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, choice: int) -> None:
        contents = CONTENTS[name][1]
        self.files[name] = contents[choice % len(contents)]
        put(name, self.files[name])

    def delete(self, name: str) -> None:
        if self.files.pop(name, None) is not None:
            Path(name).unlink()

    def after(self, action: str, name: str) -> dict[str, str]:
        """Return what should be held after an action."""
        kind = CONTENTS[name][0]
        if action == "add":
            return self.held | ({name: self.files[name]} if name in self.files else {})
        if action == "update":
            return {n: t for n, t in self.held.items() if CONTENTS[n][0] != kind} | self.of_kind(kind)
        if action == "remove":
            return {other: text for other, text in self.held.items() if other != name}
        return dict(self.held)

    def of_kind(self, kind: str) -> dict[str, str]:
        return {name: text for name, text in self.files.items() if CONTENTS[name][0] == kind}

    def act(self, base: KnowledgeBase, action: str, name: str) -> None:
        kind = CONTENTS[name][0]
        if action == "add" and name in self.files:
            base.add(**{kind: [name]})
        elif action == "update" and self.of_kind(kind):
            base.update(**{kind: [FOLDERS[kind]]})
        elif action == "remove" and name in self.held:
            base.remove(source=name)
        elif action == "compact":
            kbqa.compact("x.kb")
        elif action == "refresh":
            base.refresh()

    def happens(self, action: str, name: str) -> bool:
        return action != "update" or bool(self.of_kind(CONTENTS[name][0]))


def put(name: str, content: str) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    if name.endswith(".png"):
        Image.new("RGB", (4, 3), content).save(name)
    else:
        Path(name).write_text(content, encoding="utf-8")


@contextmanager
def dying(at: int) -> Iterator[list[str]]:
    """Let the process die, as far as that can be done from within, at the `at`-th step; 0 for never."""
    passed: list[str] = []

    def step(name: str) -> None:
        passed.append(name)
        if len(passed) == at:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        for module in (kbqa.storage.apply, kbqa.storage.changes, kbqa.storage.journal):
            patch.setattr(module, "step", step)
        yield passed


def built_anew(held: dict[str, str], bases: ModuleType) -> dict[str, Any]:
    """Return the contents of a knowledge base that is built from these files."""
    with tempfile.TemporaryDirectory() as scratch, chdir(scratch):
        for name, content in held.items():
            put(name, content)
        given = {kind: [name for name in held if CONTENTS[name][0] == kind] for kind in FOLDERS}
        kbqa.build("new.kb", **given, **bases.encoders()).close()
        return bases.contents("new.kb")


ACTIONS = st.tuples(
    st.sampled_from(
        ["write", "write", "delete", "add", "add", "update", "update", "remove", "compact", "refresh"]
    ),
    st.sampled_from(sorted(CONTENTS)),
    st.integers(0, 3),
    st.sampled_from([0, 0, 0, *range(1, 16)]),
)
STARTS = st.fixed_dictionaries({name: st.integers(-2, 3) for name in CONTENTS}).filter(
    lambda chosen: any(choice >= 0 for choice in chosen.values())
)


def run(start: dict[str, int], actions: list[tuple[str, str, int, int]], bases: ModuleType) -> None:
    """Build a base, do something to it, and compare it with one that is built anew."""
    with tempfile.TemporaryDirectory() as scratch, chdir(scratch):
        world = Held(bases)
        for name, choice in start.items():
            if choice >= 0:
                world.write(name, choice)
        world.held = dict(world.files)
        given = {kind: list(world.of_kind(kind)) for kind in FOLDERS}
        base = kbqa.build("x.kb", **given, **bases.encoders())
        for action, name, choice, at in actions:
            if action == "write":
                world.write(name, choice)
            elif action == "delete":
                world.delete(name)
            elif world.happens(action, name):
                base = change(base, world, action, name, at)
        base.close()
        findings = kbqa.check("x.kb", thorough=True, **bases.encoders()).findings
        assert not findings, [str(finding) for finding in findings]
        if world.held:
            assert bases.contents("x.kb") == built_anew(world.held, bases)
        else:
            assert bases.contents("x.kb")["sources"] == []


def change(base: KnowledgeBase, world: Held, action: str, name: str, at: int) -> KnowledgeBase:
    """Carry out one action, die in the middle of it if asked to, and open the base again after that."""
    with dying(at) as passed:
        try:
            world.act(base, action, name)
        except Killed:
            base.close()
            base = world.bases.open_base("x.kb")
            if "after commit" not in passed:
                return base
    world.held = world.after(action, name)
    return base


@settings(
    max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(start=STARTS, actions=st.lists(ACTIONS, min_size=3, max_size=8))
def test_a_few_sequences(
    start: dict[str, int], actions: list[tuple[str, str, int, int]], bases: ModuleType
) -> None:
    run(start, actions, bases)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(start=STARTS, actions=st.lists(ACTIONS, min_size=5, max_size=25))
def test_many_sequences(
    start: dict[str, int], actions: list[tuple[str, str, int, int]], bases: ModuleType
) -> None:
    run(start, actions, bases)


def test_a_sequence_with_everything(bases: ModuleType) -> None:
    names = iter(["t/a.txt", "g/two.nt", "i/flag.png", "g/one.nt", "t/c.jsonl", "i/lyon.png"])
    kinds = ["add", "update", "add", "remove", "update", "compact"]
    actions = [
        step
        for number, (action, name) in enumerate(zip(kinds, names, strict=True))
        for step in (("write", name, number, 0), (action, name, 0, 5 * number), (action, name, 0, 0))
    ]
    run(dict.fromkeys(CONTENTS, 0), actions, bases)
