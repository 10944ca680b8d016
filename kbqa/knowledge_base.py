"""A knowledge base in a folder: open it, ask it, add to it, remove from it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from typing import Literal as OneOf

from kbqa.errors import BusyError, InputError, KnowledgeBaseError
from kbqa.storage.failures import told
from kbqa.storage.info import Info, describe
from kbqa.storage.locks import READERS, WRITER, locked
from kbqa.storage.manifest import read_manifest
from kbqa.storage.parts import Parts, open_parts
from kbqa.storage.placing import is_pending, restore
from kbqa.storage.report import OnError, Progress, Refusals, Report, silent

if TYPE_CHECKING:
    from kbqa.config import Config
    from kbqa.pipeline import Pipeline, Sources
    from kbqa.storage.changes import Plan
    from kbqa.storage.graph_part import Loading
    from kbqa.storage.journal import Change
    from kbqa.types import Language, Result
    from retrieval.types import ImageEncoder, TextEncoder

__all__ = ["KnowledgeBase"]

WAIT_SECONDS = 60.0
PAUSE_SECONDS = 0.01
LATER = "the change is written down and will be finished when the knowledge base is opened next"


class KnowledgeBase:
    """One knowledge base, open for questions; a context manager.

    It shows the state in which it was opened, whatever other processes do, until `refresh`. Questions may be
    asked from several threads. A matcher that is trained meanwhile is used once the knowledge base is opened
    again, or refreshed after a change.

    Attributes:
        path: Its folder.
        report: What the last build, addition, update or removal through this object did, None before.
    """

    def __init__(self, path: Path, parts: Parts, *, config: Config | None = None) -> None:
        """Wrap open parts; use `kbqa.open` or `kbqa.build`."""
        self.path = path
        self.report: Report | None = None
        self._config = config
        self._state = _State(parts)
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        config: Config | None = None,
        text_encoder: TextEncoder | None = None,
        image_encoder: ImageEncoder | None = None,
    ) -> KnowledgeBase:
        """Return the knowledge base in a folder, after finishing a change that was interrupted.

        Args:
            path: The folder.
            config: What the pipeline uses.
            text_encoder: The encoder, where the knowledge base was built with one that was handed in.
            image_encoder: The same for images.

        Raises:
            KnowledgeBaseError: If there is none, it is damaged, or of another version or encoder.
            BusyError: If another process is carrying out a change for longer than a minute.
        """
        folder = Path(path)
        return cls(folder, _open(folder, text_encoder, image_encoder), config=config)

    def ask(
        self,
        question: str,
        *,
        image: str | Path | None = None,
        entities: Sequence[str] | None = None,
        language: str = "",
    ) -> Result:
        """Return the answers to a question with everything that led to them.

        Args:
            question: The question, in English or Chinese.
            image: A picture that belongs to it.
            entities: IRIs or names that it is about, instead of finding them in it.
            language: "en", "zh", or "" to detect it.

        Raises:
            QuestionError: If the question is empty, too long, or holds no word.
            DependencyError: If the encoder or the endpoint fails.
        """
        from kbqa.types import Question

        given = None if entities is None else tuple(entities)
        asked = Question(question, _language(language), given, "" if image is None else str(image))
        with self._using() as state, told(self.path):
            return state.pipeline(self._config).ask(asked)

    def add(
        self,
        *,
        graph: Sequence[str | Path] = (),
        passages: Sequence[str | Path] = (),
        images: Sequence[str | Path] = (),
        on_error: OnError = "stop",
        columns: tuple[str, ...] | None = None,
        progress: Progress | None = None,
        ray: str | None = None,
    ) -> Report:
        """Add files, or what has changed in them, to every part or to none, and return what was read.

        A file that was added before under the same name is replaced.

        Args:
            graph: Files of triples, and folders of such files.
            passages: Documents, and folders of documents.
            images: Pictures, manifests of pictures, and folders of these.
            on_error: Whether a malformed line or file stops everything or is skipped and reported.
            columns: What the columns of tables are, see `kg.load.load`.
            progress: Told what is being done, how much of it is done and how much there is.
            ray: Address of a Ray cluster that computes the vectors, "local" for one on this machine.

        Raises:
            InputError: If an input cannot be read.
            BusyError: If another process is changing the knowledge base.
            DependencyError: If the cluster cannot be reached or fails.
            KbqaError: If the disk is full or the folder cannot be written.
        """
        from kbqa.storage.graph_part import Loading
        from kbqa.storage.intake import Inputs

        inputs = Inputs(tuple(graph), tuple(passages), tuple(images))
        inputs.check(f"add to {self.path}")
        loading = Loading(columns, Refusals(on_error), progress or silent)
        return self._write(loading, lambda plan: plan.add(inputs), ray)

    def update(
        self,
        *,
        graph: Sequence[str | Path] = (),
        passages: Sequence[str | Path] = (),
        images: Sequence[str | Path] = (),
        on_error: OnError = "stop",
        columns: tuple[str, ...] | None = None,
        progress: Progress | None = None,
        ray: str | None = None,
    ) -> Report:
        """Make every part hold what files hold now, or change nothing, and return what was done.

        Files that are as they were are recognised by their content and passed over, others are added or replaced.
        Files that came from below one of the folders and are no longer there are removed.

        Args:
            graph: Files of triples, and folders of such files.
            passages: Documents, and folders of documents.
            images: Pictures, manifests of pictures, and folders of these.
            on_error: Whether a malformed line or file stops everything or is skipped and reported.
            columns: What the columns of tables are, see `kg.load.load`.
            progress: Told what is being done, how much of it is done and how much there is.
            ray: Address of a Ray cluster that computes the vectors, "local" for one on this machine.

        Raises:
            InputError: If an input cannot be read.
            BusyError: If another process is changing the knowledge base.
            DependencyError: If the cluster cannot be reached or fails.
            KbqaError: If the disk is full or the folder cannot be written.
        """
        from kbqa.storage.graph_part import Loading
        from kbqa.storage.intake import Inputs

        inputs = Inputs(tuple(graph), tuple(passages), tuple(images))
        inputs.check(f"update {self.path}")
        loading = Loading(columns, Refusals(on_error), progress or silent)
        return self._write(loading, lambda plan: plan.update(inputs), ray)

    def remove(self, *, source: str) -> Report:
        """Remove what came from a file, or from all files below a folder, and return what that was.

        Args:
            source: The name under which the file was added, e.g. "plots/old.txt", one line of a .jsonl
                file, e.g. "plots.jsonl#7", or a folder, e.g. "plots/".

        Raises:
            InputError: If nothing was added from it; names similar ones.
            BusyError: If another process is changing the knowledge base.
            KbqaError: If the disk is full or the folder cannot be written.
        """
        from kbqa.storage.changes import find_sources
        from kbqa.storage.graph_part import Loading

        loading = Loading(None, Refusals("stop"), silent)
        return self._write(loading, lambda plan: plan.remove(*find_sources(plan.before, source)))

    def refresh(self) -> bool:
        """Take up what other processes have written, and return whether there was anything."""
        with self._lock:
            manifest = read_manifest(self.path)
            old = self._state
            same = manifest == old.parts.manifest and old.parts.version.is_of(self.path, manifest)
            if same and not is_pending(self.path):
                return False
            pictured = old.parts.image_encoder
            if pictured is not None and pictured.name != manifest.image_encoder:
                pictured = None  # another base took its place, which says itself what it was built with
            self._state = _State(_open(self.path, old.parts.encoder, pictured, before=old.parts))
        old.retire()
        return True

    def info(self) -> Info:
        """Return what the knowledge base holds."""
        with self._using() as state, told(self.path):
            return describe(self.path, state.parts)

    @property
    def sources(self) -> Sources:
        """The open parts, as a pipeline takes them; valid until `refresh`, `add`, `remove` or `close`."""
        return self._state.parts.sources()

    def close(self) -> None:
        """Close every part, after the questions that are being answered."""
        self._state.retire()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _using(self) -> Iterator[_State]:
        """Keep one state open for the duration of a call."""
        with ExitStack() as stack:
            with self._lock:
                state = self._state
                stack.enter_context(state.used(self.path))
            yield state

    def _write(
        self, loading: Loading, prepare: Callable[[Plan], Change | None], ray: str | None = None
    ) -> Report:
        """Prepare a change, make it happen, carry it out, and show it."""
        from kbqa.storage.apply import carry_out, remove_old_graphs

        started = time.perf_counter()
        with told(self.path, after=LATER), locked(self.path, WRITER):
            carry_out(self.path)
            self.refresh()
            with self._using() as state:
                plan = self._plan(state.parts, loading, prepare, ray)
            carry_out(self.path)
            self.refresh()
            remove_old_graphs(self.path, self._state.parts.manifest.graph_version)
        self.report = replace(
            plan.report(),
            generation=self._state.parts.manifest.generation,
            seconds=time.perf_counter() - started,
        )
        return self.report

    def _plan(
        self, before: Parts, loading: Loading, prepare: Callable[[Plan], Change | None], ray: str | None
    ) -> Plan:
        """Prepare a change and make it happen; whatever goes wrong, nothing has been touched."""
        from kbqa.cluster import encoding
        from kbqa.storage.changes import Plan
        from kbqa.storage.journal import Staging

        with told(self.path):
            staging = Staging(self.path)
            try:
                loaded_from = before.manifest.encoder_from or before.encoder
                with encoding(loaded_from, before.encoder, ray) as encode_all:
                    plan = Plan(self.path, before, staging, loading, encode_all)
                    change = prepare(plan)
                if change is not None:
                    staging.commit(change)
                return plan
            finally:
                staging.discard()


class _State:
    """Open parts with their pipeline, closed when nobody uses them any more."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._pipeline: Pipeline | None = None
        self._users = 0
        self._retired = False
        self._lock = threading.Lock()

    def pipeline(self, config: Config | None) -> Pipeline:
        from kbqa.stages import default_pipeline

        with self._lock:
            if self._pipeline is None:
                self._pipeline = default_pipeline(self.parts.sources(), config)
            return self._pipeline

    @contextmanager
    def used(self, folder: Path) -> Iterator[None]:
        with self._lock:
            if self._retired:
                raise KnowledgeBaseError(f"{folder} was closed; open it again")
            self._users += 1
        try:
            yield
        finally:
            self._leave()

    def retire(self) -> None:
        with self._lock:
            if self._retired:
                return
            self._retired = True
            self._users += 1
        self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            last = self._retired and self._users == 0
        if last:
            self.parts.close()


def _open(
    folder: Path,
    encoder: TextEncoder | None,
    image_encoder: ImageEncoder | None,
    *,
    before: Parts | None = None,
) -> Parts:
    """Open the parts of a knowledge base in one state, after finishing what was interrupted."""
    deadline = time.monotonic() + WAIT_SECONDS
    with told(folder, after="nothing was opened"):
        restore(folder)
        while True:
            read_manifest(folder)  # says it clearly where there is no knowledge base
            _finish(folder, deadline)
            left = max(0.0, deadline - time.monotonic())
            with locked(folder, READERS, shared=True, seconds=left):
                if not is_pending(folder):
                    manifest = read_manifest(folder)
                    return open_parts(folder, manifest, encoder, image_encoder, before=before)


def _finish(folder: Path, deadline: float) -> None:
    """Carry out a pending change, or wait for the process that is about to."""
    if not is_pending(folder):
        return
    from kbqa.storage.apply import carry_out

    while is_pending(folder):
        try:
            with locked(folder, WRITER):
                carry_out(folder)
        except BusyError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(PAUSE_SECONDS)


def _language(language: str) -> Language | OneOf[""]:
    known: dict[str, Language | OneOf[""]] = {"en": "en", "zh": "zh", "": ""}
    if language not in known:
        raise InputError(f"the language must be en, zh, or empty to detect it, not {language!r}")
    return known[language]
