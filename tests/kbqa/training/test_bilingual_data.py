"""Reading the public sets, and held-out pairs that never leak."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from kbqa.errors import InputError
from kbqa.training.bilingual_data import (
    Entry,
    Pair,
    clean_glosses,
    english_texts,
    hold_out,
    key,
    read_dictionary,
    read_sentences,
)
from kbqa.training.bilingual_pairs import long_pairs, mixed_pairs, number_pairs, question_pairs


def test_dictionary_has_both_scripts_and_clean_glosses(data: Path) -> None:
    entries = read_dictionary(data)
    assert entries[0] == Entry("老师", "老師", ("teacher",))
    assert entries[3] == Entry("猫", "貓", ("cat",))
    assert len(entries) == 11  # the entry that only points to another is left out


@pytest.mark.parametrize(
    ("gloss", "kept"),
    [
        ("variant of 和[he2]", ()),
        ("CL:個|个[ge4]", ()),
        ("to run (a business)", ("to run",)),
        ("lettuce (from Taiwanese 萵仔菜, POJ pr. [e-á])", ("lettuce",)),
        ("Nanjing, city in Jiangsu", ("Nanjing", "Nanjing, city in Jiangsu")),
        ("(polite)", ()),
    ],
)
def test_glosses(gloss: str, kept: tuple[str, ...]) -> None:
    assert clean_glosses([gloss]) == kept


def test_held_out_pairs_share_no_text_with_the_rest(data: Path) -> None:
    pairs = read_sentences(data)
    doubled = [*pairs, *(Pair(pair.chinese.replace("。", " ! "), pair.english.upper()) for pair in pairs)]
    train, held = hold_out(doubled, 20, seed=3)
    hidden = [key(text) for pair in held for text in (pair.chinese, pair.english)]
    assert len(held) == 20
    assert len(set(hidden)) == 40
    assert not set(hidden) & {key(text) for pair in train for text in (pair.chinese, pair.english)}
    assert len(train) == 2 * len(pairs) - 40


def test_same_seed_holds_out_the_same_pairs(data: Path) -> None:
    pairs = read_sentences(data)
    assert hold_out(pairs, 10, seed=1) == hold_out(pairs, 10, seed=1)
    assert hold_out(pairs, 10, seed=1) != hold_out(pairs, 10, seed=2)


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(InputError, match="hold only 1 different ones; 2 are held out"):
        hold_out([Pair("走", "go"), Pair("走！", "Go!")], 2, seed=0)


def test_missing_data_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tatoeba_train.*is missing.*--data"):
        read_sentences(tmp_path)


def test_damaged_data_are_named(data: Path) -> None:
    (data / "parallel_en_zh/cedict.txt.gz").write_bytes(b"no gzip")
    with pytest.raises(InputError, match=r"cedict\.txt\.gz cannot be read"):
        read_dictionary(data)


def test_damaged_json_is_named(data: Path) -> None:
    (data / "qald").mkdir()
    (data / "qald/qald-9-train-multilingual.json.gz").write_bytes(gzip.compress(b"{"))
    with pytest.raises(InputError, match=r"qald-9.*holds no JSON"):
        english_texts(data, seed=0)


def test_sets_of_another_form_are_named(data: Path) -> None:
    (data / "qald").mkdir()
    (data / "qald/qald-9-train-multilingual.json.gz").write_bytes(gzip.compress(b'{"questions": [{}]}'))
    with pytest.raises(InputError, match=r"not in its published form \(KeyError\('question'\)\)"):
        english_texts(data, seed=0)


def test_optional_sets_may_be_absent(data: Path) -> None:
    assert english_texts(data, seed=0) == ["who is the teacher"]


def test_mixed_pairs_swap_one_word(data: Path) -> None:
    made = mixed_pairs([Pair("老师看书。", "The teacher sees the book.")] * 20, read_dictionary(data), seed=0)
    assert {pair.chinese for pair in made} == {"teacher看书。", "The 老师 sees the book."}
    assert {pair.english for pair in made} == {"The teacher sees the book."}


def test_questions_name_a_name_and_a_relation(data: Path) -> None:
    made = question_pairs(read_dictionary(data), 50, seed=0)
    assert len(made) == 50
    assert all("北京" in pair.chinese and "Beijing" in pair.english for pair in made)
    assert question_pairs([], 5, seed=0) == []


def test_numbers_keep_their_digits() -> None:
    made = number_pairs(200, seed=0)
    dates = [pair for pair in made if "日" in pair.chinese]
    assert dates
    assert all(pair.chinese[:4] in pair.english for pair in dates)


def test_long_pairs_join_whole_pairs(data: Path) -> None:
    made = long_pairs(read_sentences(data), 30, seed=0)
    assert {pair.chinese.count("。") for pair in made} == {2, 3, 4}
    assert all(pair.chinese.count("。") == pair.english.count(".") for pair in made)
