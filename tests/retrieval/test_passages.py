"""Sentences and passages: ends, lengths, and offsets that are exact on any text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval import Document, sentences, split
from retrieval.passages import language_of


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Smith left. He ran.", ["Mr. Smith left.", "He ran."]),
        ("The U.S. Army came. It won.", ["The U.S. Army came.", "It won."]),
        ("J. R. R. Tolkien wrote. We read.", ["J. R. R. Tolkien wrote.", "We read."]),
        ("It costs 3.5 dollars. Cheap!", ["It costs 3.5 dollars.", "Cheap!"]),
        ('"Stop!" he said. "Why?" She left.', ['"Stop!" he said.', '"Why?"', "She left."]),
        ("Born in 1990. 20 people came.", ["Born in 1990.", "20 people came."]),
        ("See e.g. Fig. 3 for more... Then go.", ["See e.g. Fig. 3 for more...", "Then go."]),
        ("他说：“你好。”她走了！真的？是……对", ["他说：“你好。”", "她走了！", "真的？", "是……", "对"]),
        ("# Title\n\nOne line\nwrapped here.\n- item one\n- item two", None),
        ("no end at all", ["no end at all"]),
        ("  \n ", []),
        ("", []),
    ],
)
def test_sentence_ends(text: str, expected: list[str] | None) -> None:
    if expected is None:
        expected = ["# Title", "One line\nwrapped here.", "- item one", "- item two"]
    assert parts(text) == expected


def test_windows_line_ends() -> None:
    assert parts("One\r\n\r\nTwo.\r\nThree.") == ["One", "Two.", "Three."]


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.sampled_from("ab .!?。！\n\t北京\u3000…'\")A1,#-\r\ud7ff𝄞"), max_size=200),
    st.integers(1, 12),
    st.integers(0, 11),
)
def test_offsets_are_exact_and_nothing_is_lost(text: str, words: int, overlap: int) -> None:
    passages = split(Document("a", text, "", ""), words=words, overlap=min(overlap, words - 1))
    covered = set()
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text == passage.text.strip() != ""
        covered.update(range(passage.start, passage.end))
    assert all(text[place].isspace() for place in set(range(len(text))) - covered)
    starts = [(passage.start, passage.end) for passage in passages]
    assert starts == sorted(set(starts)), "every passage goes further than the last"


def test_lengths_and_overlap() -> None:
    text = " ".join(f"Sentence number {number} has exactly eight words here." for number in range(60))
    passages = split(Document("a", text, "", "en"))
    assert all(len(passage.text.split()) <= 120 for passage in passages)
    assert all(len(passage.text.split()) > 100 for passage in passages[:-1])
    for first, second in pairwise(passages):
        shared = text[second.start : first.end]
        assert len(shared.split()) == 16, "two whole sentences of eight words fit into twenty"
    assert len(split(Document("a", text, "", "en"), words=480, overlap=0)) == 1


def test_chinese_passages_have_at_most_200_characters() -> None:
    passages = split(Document("a", "北京是中国的首都，人口很多。" * 60, "", "zh"))
    lengths = [len(passage.text) for passage in passages]
    assert max(lengths) <= 235, "200 characters and their punctuation"
    assert min(lengths[:-1]) > 150


def test_a_sentence_longer_than_a_passage_is_cut() -> None:
    for text in ("word " * 1000, "字" * 1000, "x" * 5000 + " " + "y" * 5000):
        passages = split(Document("a", text, "", ""), words=50, overlap=10)
        assert all(sum(1 for _ in passage.text.split()) <= 50 for passage in passages)
        assert all(len(passage.text) <= 2001 for passage in passages)
        assert len(passages) > 1


def test_ids_are_stable_and_differ_by_source() -> None:
    one, two = (split(Document(source, "Same text.", "", ""))[0] for source in ("a", "b"))
    assert one.id == split(Document("a", "Same text.", "other title", "en"))[0].id != two.id
    assert one.id.startswith("p:")


def test_wrong_lengths_are_refused() -> None:
    for words, overlap in ((0, 0), (5, 5), (5, -1)):
        with pytest.raises(ValueError, match="overlap < words"):
            split(Document("a", "x", "", ""), words=words, overlap=overlap)


def test_title_and_language_are_kept() -> None:
    (passage,) = split(Document("a", "Text.", "Title", "en"))
    assert (passage.title, passage.language, passage.source) == ("Title", "en", "a")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hello", "en"),
        ("你好 world", "zh"),
        ("Привет мир", ""),
        ("", ""),
        ("1 + 1", ""),
        ("He said 好 to all of us", "en"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert language_of(text) == language
