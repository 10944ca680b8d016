"""The question sets that are known by name, and any `.jsonl` file of questions."""

from __future__ import annotations

import difflib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from kbqa.errors import InputError
from kbqa.evaluation.adapters.ckbqa import CKBQA_SPLITS, read_ckbqa
from kbqa.evaluation.adapters.files import get_file
from kbqa.evaluation.adapters.hlm import read_hlm
from kbqa.evaluation.adapters.lcquad import read_lcquad, read_lcquad2
from kbqa.evaluation.adapters.metaqa import read_metaqa
from kbqa.evaluation.adapters.mlpq import read_mlpq
from kbqa.evaluation.adapters.nlpcc import read_nlpcc2016
from kbqa.evaluation.adapters.paths import PATHQUESTION_SPLITS, read_pathquestion, read_wc2014
from kbqa.evaluation.adapters.plots import read_plot_questions
from kbqa.evaluation.adapters.qald import QALD_FILES, read_qald
from kbqa.evaluation.adapters.reading import READING_FILES, read_reading
from kbqa.evaluation.gold import read_gold
from kbqa.evaluation.items import Item, read_jsonl
from kbqa.evaluation.prepare import PreparedFiles, prepare

__all__ = ["SETS", "Item", "KnownSet", "PreparedFiles", "QuestionSet", "load_set", "prepare", "read_set"]

Reader = Callable[[Path, str], list[Item]]


@dataclass(frozen=True, slots=True)
class KnownSet:
    """A set that is known by name.

    Attributes:
        readers: Each reads one part of it: (folder, split) → questions.
        splits: The names of its splits, the default one first.
        gold_missing: True if a question without answers is one whose answers the set's authors left out.
    """

    readers: tuple[Reader, ...]
    splits: tuple[str, ...]
    gold_missing: bool = False


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions to be asked.

    Attributes:
        name: The set's name, or the file's.
        split: The split that was read, "" for files.
        items: The questions, in the order of the set.
        excluded: How many questions were left out because the set does not say what is right.
    """

    name: str
    split: str
    items: tuple[Item, ...]
    excluded: int = 0


def _read_geoquery(data: Path, split: str) -> list[Item]:
    return [replace(item, language="en") for item in read_jsonl(get_file(data, f"{split}.jsonl"))]


def _parts(
    reader: Callable[..., list[Item]], parameter: str, values: tuple[object, ...]
) -> tuple[Reader, ...]:
    return tuple(partial(reader, **{parameter: value}) for value in values)


_METAQA = _parts(read_metaqa, "hops", (1, 2, 3))
_PATHQUESTION = _parts(read_pathquestion, "hops", (2, 3))
_MLPQ = {
    f"mlpq-{hops}-{language}": partial(read_mlpq, hops=hops, language=language)
    for hops in (2, 3)
    for language in ("en", "zh")
}
_MLPQ_SPLITS = ("dev", "train", "test", "all")

SETS: Mapping[str, KnownSet] = MappingProxyType(
    {
        "geoquery": KnownSet((_read_geoquery,), ("dev", "train", "test")),
        "metaqa": KnownSet(_METAQA, ("dev", "train", "test")),
        **{
            f"metaqa-{hops}": KnownSet((reader,), ("dev", "train", "test"))
            for hops, reader in enumerate(_METAQA, start=1)
        },
        "pathquestion": KnownSet(_PATHQUESTION, PATHQUESTION_SPLITS),
        **{
            f"pathquestion-{hops}": KnownSet((reader,), PATHQUESTION_SPLITS)
            for hops, reader in enumerate(_PATHQUESTION, start=2)
        },
        "wc2014": KnownSet(_parts(read_wc2014, "file", ("WC-P1", "WC-P2")), ("all",)),
        "wc2014-1": KnownSet(_parts(read_wc2014, "file", ("WC-P1",)), ("all",)),
        "wc2014-2": KnownSet(_parts(read_wc2014, "file", ("WC-P2",)), ("all",)),
        "mlpq": KnownSet(tuple(_MLPQ.values()), _MLPQ_SPLITS),
        **{name: KnownSet((reader,), _MLPQ_SPLITS) for name, reader in _MLPQ.items()},
        "nlpcc2016": KnownSet((read_nlpcc2016,), ("test", "train"), gold_missing=True),
        "hlm": KnownSet((read_hlm,), ("all",)),
        **{
            edition: KnownSet((partial(read_qald, edition=edition),), tuple(splits))
            for edition, splits in QALD_FILES.items()
        },
        "qald-zh": KnownSet((partial(read_qald, edition="qald-10", language="zh"),), ("test",)),
        "lcquad": KnownSet((read_lcquad,), ("train", "test")),
        "lcquad-2": KnownSet((read_lcquad2,), ("all",)),
        "ckbqa": KnownSet((partial(read_ckbqa, year=2019),), CKBQA_SPLITS[2019]),
        **{
            f"ckbqa-{year}": KnownSet((partial(read_ckbqa, year=year),), splits)
            for year, splits in CKBQA_SPLITS.items()
        },
        **{name: KnownSet((partial(read_reading, name=name),), ("all",)) for name in READING_FILES},
        "wikimovies": KnownSet((read_plot_questions,), ("dev", "train", "test")),
        "wikimovies-back": KnownSet(_parts(read_plot_questions, "back", (True,)), ("dev", "train", "test")),
    }
)


def load_set(
    name_or_path: str | Path,
    *,
    data: Path | None = None,
    split: str = "",
    limit: int | None = None,
    seed: int = 0,
) -> list[Item]:
    """Return the questions of a set; see `read_set`, which also says which split that was.

    Example:
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "mine.jsonl")
    ...     _ = file.write_text('{"question": "Who?", "answers": [7]}', encoding="utf-8")
    ...     load_set(file)[0].answers
    ('7',)
    """
    return list(read_set(name_or_path, data=data, split=split, limit=limit, seed=seed).items)


def read_set(
    name_or_path: str | Path,
    *,
    data: Path | None = None,
    split: str = "",
    limit: int | None = None,
    seed: int = 0,
) -> QuestionSet:
    """Return the questions of a known set or of a `.jsonl(.gz)` file.

    Args:
        name_or_path: A key of `SETS`, or a file.
        data: The folder that holds the set's files; not needed for a file.
        split: One of the set's splits; "" for its default one. Files have none.
        limit: Take a random sample of so many questions, in the order of the set; None for all.
        seed: Of the sample.

    Raises:
        InputError: If there is no such set, split or file, `data` is missing, or a file is malformed.
    """
    name = str(name_or_path)
    if limit is not None and limit < 1:
        raise InputError(f"the limit must be at least 1, not {limit}")
    if name in SETS:
        whole = _read_known(name, data, split)
    elif name.lower().endswith((".jsonl", ".jsonl.gz")):
        whole = QuestionSet(Path(name).name, "", tuple(read_jsonl(Path(name))))
    else:
        raise _unknown(name)
    sample = _sample(whole, limit, seed)
    return replace(sample, items=tuple(map(_with_gold, sample.items)))


def _with_gold(item: Item) -> Item:
    """Return a question with what its gold query is made of, which gives what it does not say itself."""
    gold = read_gold(item.query) if item.query else None
    if gold is None:
        return item
    return replace(
        item,
        gold=gold,
        entities=item.entities or gold.entities,
        kind=item.kind or gold.operation,
        hops=item.hops or gold.links,
    )


def _read_known(name: str, data: Path | None, split: str) -> QuestionSet:
    known = SETS[name]
    if data is None:
        raise InputError(f"{name}: needs --data DIR, the folder that holds its files")
    split = split or known.splits[0]
    if split not in known.splits:
        raise InputError(f"{name}: has no split {split!r}; its splits are {', '.join(known.splits)}")
    items = [item for reader in known.readers for item in reader(Path(data), split)]
    kept = tuple(item for item in items if item.answers or not known.gold_missing)
    if not kept:
        raise InputError(f"{data}: the {split} split of {name} holds no question")
    return QuestionSet(name, split, kept, len(items) - len(kept))


def _sample(whole: QuestionSet, limit: int | None, seed: int) -> QuestionSet:
    if limit is None or limit >= len(whole.items):
        return whole
    places = random.Random(seed).sample(range(len(whole.items)), limit)  # noqa: S311 - no secret
    items = tuple(whole.items[place] for place in sorted(places))
    return QuestionSet(whole.name, whole.split, items, whole.excluded)


def _unknown(name: str) -> InputError:
    near = difflib.get_close_matches(name, SETS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(SETS)}"
    return InputError(f"there is no set {name!r}; {hint} Or name a .jsonl file of questions")
