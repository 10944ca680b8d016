"""The bundled passages: enough of them, the right shape, the right language, nothing said twice."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

import kbqa.world

PASSAGES = Path(kbqa.world.__file__).parent / "data" / "passages"
FILES = sorted(PASSAGES.glob("*/*.md"))
ENGLISH = [path for path in FILES if path.parent.name == "en"]
CHINESE = [path for path in FILES if path.parent.name == "zh"]
HAN = re.compile(r"[\u4e00-\u9fff]")


def read(path: Path) -> tuple[str, str]:
    """Return title and prose of a passage file."""
    title, blank, *prose = path.read_text(encoding="utf-8").split("\n")
    assert title.startswith("# "), f"{path.name}: the first line is no title: {title!r}"
    assert blank == "", f"{path.name}: no blank line under the title"
    return title[2:], "\n".join(prose).strip()


def sentences(prose: str) -> list[str]:
    """Return the sentences of a passage in either language."""
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+(?=[A-Z])|(?<=[。！？])", prose) if part.strip()]


def name(path: Path) -> str:
    """Return a readable test id."""
    return f"{path.parent.name}/{path.stem}"


def test_there_are_enough_passages() -> None:
    assert len(FILES) >= 80
    assert len(ENGLISH) >= 50
    assert len(CHINESE) >= 30
    assert len(FILES) == len(ENGLISH) + len(CHINESE)


def test_the_folder_is_small_and_holds_nothing_else() -> None:
    everything = [path for path in PASSAGES.rglob("*") if path.is_file()]
    assert sorted(everything) == FILES
    assert sum(path.stat().st_size for path in everything) < 300_000


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_is_clean_text_under_an_ascii_name(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    assert re.fullmatch(r"[a-z0-9_]+\.md", path.name)
    assert text == unicodedata.normalize("NFC", text)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\r" not in text and "\t" not in text and "  " not in text and "\ufeff" not in text
    assert not re.search(r"[<>*_`\[\]]", text), "prose, not markup"


@pytest.mark.parametrize("path", ENGLISH, ids=name)
def test_an_english_passage_has_the_right_length_and_language(path: Path) -> None:
    title, prose = read(path)
    assert 80 <= len(prose.split()) <= 160
    assert not HAN.search(title + prose)
    assert prose.endswith(".")


@pytest.mark.parametrize("path", CHINESE, ids=name)
def test_a_chinese_passage_has_the_right_length_and_language(path: Path) -> None:
    title, prose = read(path)
    assert HAN.match(title)
    assert 150 <= len(prose) <= 300
    assert len(HAN.findall(prose)) / len(prose) > 0.65
    assert prose.endswith("。")
    assert "," not in prose and ". " not in prose, "Chinese punctuation in Chinese text"


@pytest.mark.parametrize("path", CHINESE, ids=name)
def test_a_chinese_passage_is_in_simplified_characters(path: Path) -> None:
    opencc = pytest.importorskip("opencc")
    text = path.read_text(encoding="utf-8").replace("毕昇", "")  # the inventor's name is written so
    assert opencc.OpenCC("t2s").convert(text) == text


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_passage_speaks_about_its_title_in_sentences_of_readable_length(path: Path) -> None:
    title, prose = read(path)
    found = sentences(prose)
    subject = title.split()[0] if path.parent.name == "en" else title
    assert subject in prose
    assert len(found) >= 6
    longest = 200 if path.parent.name == "en" else 80
    assert [sentence for sentence in found if len(sentence) > longest] == []


@pytest.mark.parametrize("path", ENGLISH, ids=name)
def test_a_sentence_stands_alone(path: Path) -> None:
    """A single sentence has to answer a question, so none begins with a pronoun."""
    pronouns = ("It ", "Its ", "He ", "She ", "His ", "Her ", "They ", "Their ", "This ", "These ")
    assert [sentence for sentence in sentences(read(path)[1]) if sentence.startswith(pronouns)] == []


def test_no_sentence_and_no_title_occurs_twice() -> None:
    said = Counter(sentence for path in FILES for sentence in sentences(read(path)[1]))
    assert [sentence for sentence, count in said.items() if count > 1] == []
    titles = Counter(read(path)[0] for path in FILES)
    assert [title for title, count in titles.items() if count > 1] == []


@pytest.mark.parametrize(
    ("file", "fact"),
    [
        ("en/luxembourg.md", "Luxembourg, France and Germany meet at a point in the river Moselle"),
        ("en/mount_everest.md", "first climbed by Edmund Hillary and Tenzing Norgay on 29 May 1953"),
        ("en/nigeria.md", "The flag of Nigeria was designed by Michael Taiwo Akinkunmi"),
        ("zh/switzerland.md", "瑞士于2002年加入联合国"),
        ("zh/mount_everest.md", "1953年5月29日"),
    ],
)
def test_facts_that_other_tests_ask_for_are_there(file: str, fact: str) -> None:
    assert fact in (PASSAGES / file).read_text(encoding="utf-8")
