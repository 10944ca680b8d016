"""Reads what the bilingual text encoder is trained on: pairs of Chinese and English text, and English text alone.

Only sets whose licence lets derived weights be shipped are read; each reader names it. A folder that is absent
counts as empty, except the dictionary and the sentences, without which there is nothing to learn.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kbqa.errors import InputError

__all__ = [
    "Entry",
    "Pair",
    "chinese_texts",
    "english_texts",
    "hold_out",
    "key",
    "label_pairs",
    "read_dictionary",
    "read_sentences",
    "seeded",
    "to_simplified",
]

DICTIONARY = "parallel_en_zh/cedict.txt.gz"
SENTENCES = "parallel_en_zh/tatoeba_train.tsv.gz"
MAX_BYTES = 200_000_000  # of one unpacked file; the largest set has 10 MB
MAX_GLOSSES = 2
LONGEST_GLOSS = 60  # characters; longer ones are explanations
LONG_WORDS = 110  # words of an English passage; the encoder is used on passages of this size

ENTRY = re.compile(r"(\S+) (\S+) \[[^\]]*\] /(.*)/$")
POINTERS = re.compile(r"(?i)\bvariant of|\bsee (also )?[㐀-鿿]|\bCL:|\balso written|\bused in\b|\bpr\. ")
ASIDES = re.compile(r"\([^)]*\)|\[[^\]]*\]")
CHARACTER_AND_SOUND = re.compile(r"[㐀-鿿]+\|?[㐀-鿿]*")


@dataclass(frozen=True, slots=True)
class Pair:
    """A Chinese (or mixed) text and an English one that means the same."""

    chinese: str
    english: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A dictionary entry: the word in both scripts and its English glosses, at least one, cleaned."""

    simplified: str
    traditional: str
    glosses: tuple[str, ...]


# ---------------------------------------------------------------- reading


def read_dictionary(data: Path) -> list[Entry]:
    """Return the entries of CC-CEDICT (CC BY-SA 4.0) that have a gloss of their own, in file order.

    Args:
        data: Folder with the public sets.

    Raises:
        InputError: If the dictionary is missing or damaged.
    """
    entries = []
    for line in _lines(_required(data, DICTIONARY)):
        found = ENTRY.match(line.strip())
        glosses = clean_glosses(found[3].split("/")) if found else ()
        if found and glosses:
            entries.append(Entry(found[2], found[1], glosses))
    return entries


def clean_glosses(glosses: Iterable[str]) -> tuple[str, ...]:
    """Return the glosses that say what a word means, without asides, at most two, each once.

    >>> clean_glosses(["to split the bill (idiom)", "see 開車|开车[kai1 che1]", "Beijing, capital of China"])
    ('to split the bill', 'Beijing')
    """
    kept: dict[str, None] = {}
    for gloss in glosses:
        plain = ASIDES.sub("", gloss)
        text = " ".join(CHARACTER_AND_SOUND.sub("", plain).split()).strip(" ,;")
        if not text or POINTERS.search(plain):
            continue
        name = text.partition(",")[0]
        if name != text and name[:1].isupper():
            kept[name] = None
        if len(text) <= LONGEST_GLOSS:
            kept[text] = None
    return tuple(kept)[:MAX_GLOSSES]


def read_sentences(data: Path) -> list[Pair]:
    """Return the sentence pairs of Tatoeba (CC BY 2.0 FR), in file order.

    Args:
        data: Folder with the public sets.

    Raises:
        InputError: If the file is missing or damaged.
    """
    rows = (line.rstrip("\n").split("\t") for line in _lines(_required(data, SENTENCES)))
    return [Pair(row[1].strip(), row[0].strip()) for row in rows if len(row) >= 2 and row[0] and row[1]]


def label_pairs(data: Path) -> list[Pair]:
    """Return names in both languages: emoji (MIT, Unicode CLDR) and countries (ODbL)."""
    with _in_form(data):
        return [*_emoji(data / "emoji_bilingual"), *_countries(data / "countries_flags/countries.json.gz")]


def english_texts(data: Path, *, seed: int) -> list[str]:
    """Return English questions and passages, each once, shuffled.

    Questions: NQ-open (CC BY-SA 3.0), WebQuestions (CC BY 4.0), SimpleQuestions (CC BY 3.0), QALD (MIT),
    SQuAD 1.1 train (CC BY-SA 4.0). Passages: SQuAD 1.1 train, COVID-QA (Apache-2.0).
    """
    with _in_form(data):
        texts = dict.fromkeys(
            [
                *_json_lines(data / "openqa/NQ-open.dev.jsonl.gz", "question"),
                *_web_questions(data / "webquestions/main__trainmodel.json.gz"),
                *_simple_questions(data / "simplequestions/annotated_wd_data_valid.txt.gz"),
                *_qald(data / "qald/qald-9-train-multilingual.json.gz"),
                *_squad(data / "mrc_extra/squad1_train_4000_questions.json.gz"),
                *_covid(data / "mrc_extra/covidqa_200423.json.gz"),
            ]
        )
    shuffled = [text for text in texts if text.strip()]
    seeded(seed).shuffle(shuffled)
    return shuffled


def chinese_texts(data: Path) -> list[str]:
    """Return Chinese prose to count words in: DRCD (CC BY-SA 3.0) and CMRC 2018 (CC BY-SA 4.0)."""
    sets = (data / "drcd/DRCD_dev.json.gz", data / "cmrc2018/cmrc2018_trial.json.gz")
    with _in_form(data):
        return [text for path in sets for text in _contexts(path)]


def _emoji(folder: Path) -> Iterator[Pair]:
    english, *chinese = (
        {row["hexcode"]: row["label"] for row in _json(folder / f"emojibase_{language}_compact.json.gz")}
        for language in ("en", "zh", "zh-hant")
    )
    for labels in chinese:
        for code, label in labels.items():
            if code in english and not label.startswith("区域指标"):
                yield Pair(label, english[code])


def _countries(path: Path) -> Iterator[Pair]:
    for country in _json(path):
        chinese = country["translations"].get("zho", {})
        for form in ("common", "official"):
            if form in chinese:
                yield Pair(chinese[form], country["name"][form])


def _json_lines(path: Path, field: str) -> Iterator[str]:
    for line in _lines(path):
        yield str(json.loads(line)[field])


def _web_questions(path: Path) -> Iterator[str]:
    for row in _json(path):
        yield str(row["qText"])


def _simple_questions(path: Path) -> Iterator[str]:
    for row in csv.reader(_lines(path), delimiter="\t", quoting=csv.QUOTE_NONE):
        yield row[-1]


def _qald(path: Path) -> Iterator[str]:
    for question in dict(_json(path) or {}).get("questions", []):
        for form in question["question"]:
            if form["language"] == "en":
                yield str(form["string"])


def _squad(path: Path) -> Iterator[str]:
    for row in _json(path):
        yield str(row["context"])
        for question in row.get("qas", row.get("questions", [])):
            yield str(question["question"] if isinstance(question, dict) else question)


def _covid(path: Path) -> Iterator[str]:
    for context in _contexts(path):
        words = context.split()
        for start in range(0, min(len(words), 20 * LONG_WORDS), LONG_WORDS):
            yield " ".join(words[start : start + LONG_WORDS])


def _contexts(path: Path) -> Iterator[str]:
    """Yield the paragraphs of a file in SQuAD's format."""
    for article in dict(_json(path) or {}).get("data", []):
        for paragraph in article["paragraphs"]:
            yield str(paragraph["context"])


# ---------------------------------------------------------------- held-out pairs


def hold_out(pairs: Sequence[Pair], count: int, *, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Return (pairs to train on, held-out pairs): no text of the second occurs in the first.

    Every held-out text is unique among the held-out ones, so that it has one right neighbour. Texts that differ
    in case, punctuation, spaces or Chinese script count as the same.

    Args:
        pairs: All pairs.
        count: How many to hold out.
        seed: For the choice.

    Raises:
        InputError: If there are not that many different pairs.

    >>> train, held = hold_out([Pair("走开！", "Leave!"), Pair("走開", "Go."), Pair("好", "Good.")], 1, seed=1)
    >>> held, train
    ([Pair(chinese='走开！', english='Leave!')], [Pair(chinese='好', english='Good.')])
    """
    held: list[Pair] = []
    used: set[str] = set()
    for pair in seeded(seed).sample(pairs, len(pairs)):
        keys = {key(pair.chinese), key(pair.english)}
        if len(held) < count and len(keys) == 2 and not keys & used:
            held.append(pair)
            used |= keys
    if len(held) < count:
        raise InputError(
            f"{len(pairs)} sentence pairs hold only {len(held)} different ones; {count} are held out"
        )
    return [pair for pair in pairs if not {key(pair.chinese), key(pair.english)} & used], held


def key(text: str) -> str:
    """Return what two texts share that are the same but for case, punctuation, spaces and Chinese script.

    >>> key("走開！") == key("走开")
    True
    """
    return re.sub(r"\W+", "", to_simplified(text)).casefold()


def seeded(seed: int) -> random.Random:
    """Return a source of chance that gives the same for the same seed."""
    return random.Random(seed)  # noqa: S311 (nothing secret)


def to_simplified(text: str) -> str:
    """Return the text in simplified characters.

    >>> to_simplified("漢語 word")
    '汉语 word'
    """
    return str(_converter().convert(text))


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


# ---------------------------------------------------------------- files


def _required(data: Path, name: str) -> Path:
    path = data / name
    if not path.is_file():
        raise InputError(
            f"{path} is missing: the bilingual encoder is trained on it; name its folder with --data"
        )
    return path


@contextmanager
def _in_form(data: Path) -> Iterator[None]:
    """Turn what a set of another form raises while it is read into an error that says so."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"a set in {data} is not in its published form ({error!r}); fetch it again"
        ) from error


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a gzip-compressed text, none if there is no such file."""
    if not path.is_file():
        return
    size = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                size += len(line)
                if size > MAX_BYTES:
                    raise InputError(
                        f"{path} holds over {MAX_BYTES:,} characters; use the set it is named after"
                    )
                yield line
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}; fetch the set again") from error


def _json(path: Path) -> Any:
    """Return the content of a gzip-compressed JSON file, an empty list if there is no such file."""
    text = "".join(_lines(path))
    try:
        return json.loads(text) if text else []
    except ValueError as error:
        raise InputError(f"{path} holds no JSON: {error}; fetch the set again") from error
