"""Reading-comprehension sets: paragraphs with questions that are answered by stretches of them.

SQuAD 1.1 and 2.0 (Rajpurkar et al., EMNLP 2016, ACL 2018), and what is written in the same form: CMRC 2018 (Cui et al.,
EMNLP 2019), DRCD (Shao et al., arXiv:1806.00920), XQuAD (Artetxe et al., ACL 2020) and BiPaR (Jing et al., EMNLP 2019), the
last two by language, of which English and Chinese are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import get_file, read_json
from kbqa.evaluation.items import Item
from kbqa.types import Language

__all__ = ["READING_FILES", "Paragraph", "read_paragraphs", "read_reading"]

READING_FILES = {
    "squad1": ("squad1_train_4000_questions.json", "train-v1.1.json", "dev-v1.1.json"),
    "squad2": ("cs224n-dev-v2.0.json", "dev-v2.0.json"),
    "drcd": ("DRCD_dev.json",),
    "cmrc2018": ("cmrc2018_trial.json", "cmrc2018_dev.json"),
    "xquad-en": ("xquad.en.json",),
    "xquad-zh": ("xquad.zh.json",),
    "bipar-en": ("bipar_en_valid.json", "bipar_en_test.json"),
    "bipar-zh": ("bipar_zh_valid.json", "bipar_zh_test.json"),
}
"""Set → names of its file, the first that is there is read."""
_CHINESE = frozenset({"drcd", "cmrc2018", "xquad-zh", "bipar-zh"})


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph with its questions.

    Attributes:
        id: Unique in its file: its number, from 1.
        title: Of the article, "" where the set has none.
        text: All of it.
        questions: Of it, with their answers.
    """

    id: str
    title: str
    text: str
    questions: tuple[Item, ...]


def read_reading(data: Path, split: str, *, name: str) -> list[Item]:
    """Return the questions of a set; those that its paragraph does not answer have no answers.

    Args:
        data: The folder of the set.
        split: There is one only.
        name: A key of `READING_FILES`.

    Raises:
        InputError: If the file is missing or is not in SQuAD's form.
    """
    return [item for paragraph in read_paragraphs(data, name) for item in paragraph.questions]


def read_paragraphs(data: Path, name: str) -> Iterator[Paragraph]:
    """Yield the paragraphs of a set in order; arguments and errors as of `read_reading`."""
    path = get_file(data, *READING_FILES[name])
    language: Language = "zh" if name in _CHINESE else "en"
    records = read_json(path)
    try:
        for number, (title, record) in enumerate(_records(records), start=1):
            yield _paragraph(str(number), title, record, language)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"{path}: is not in the form of SQuAD: {error!r}") from error


def _records(content: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield titles and paragraphs of SQuAD's articles, or of a bare list of paragraphs."""
    if isinstance(content, list):
        yield from (("", record) for record in content)
        return
    for article in content["data"]:
        title = str(article.get("title") or "").replace("_", " ")
        yield from ((title, record) for record in article["paragraphs"])


def _paragraph(key: str, title: str, record: dict[str, Any], language: Language) -> Paragraph:
    text = record["context"]
    if not isinstance(text, str):
        raise ValueError(f"the context of paragraph {key} is no text")
    questions = [
        _question(f"{key}-{place}", asked, key, text, language) for place, asked in enumerate(record["qas"])
    ]
    return Paragraph(key, title, text, tuple(questions))


def _question(number: str, record: dict[str, Any], source: str, text: str, language: Language) -> Item:
    """Return a question; an answer that its paragraph does not hold word for word is left out."""
    told = [record] if "answer" in record else record["answers"]
    answers = [str(answer["answer"] if "answer" in answer else answer["text"]) for answer in told]
    held = () if record.get("is_impossible") else tuple(dict.fromkeys(a for a in answers if a and a in text))
    return Item(
        id=str(record.get("id") or number),
        question=str(record["question"]).strip(),
        answers=held,
        language=language,
        kind="impossible" if record.get("is_impossible") else "",
        sources=(source,),
    )
